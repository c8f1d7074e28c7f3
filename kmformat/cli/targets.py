"""Where a command's files go: a file, a folder, or as bytes to standard output."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from errno import EACCES, EEXIST, EISDIR, ENOENT, ENOTDIR, EPERM, EROFS
from pathlib import Path

from PIL import Image

from kmformat.cli.console import STANDARD, opened, show_bytes
from kmformat.errors import ParameterError
from kmformat.storage.output import write_file
from kmformat.storage.remote import is_url

SEPARATORS = tuple(filter(None, (os.sep, os.altsep)))
"""What a name ends with that is a folder's."""


class Targets:
    """Where the output for each input of a command goes, as its options say.

    Parameters
    ----------
    arguments
        With ``inputs``, ``output`` and ``force``.
    suffix
        Of the name that an output gets where none is told.
    """

    def __init__(self, arguments: Namespace, suffix: str) -> None:
        self._output: str | None = arguments.output
        self._force: bool = arguments.force
        self._suffix = suffix
        palette = getattr(arguments, "palette", None)  # of `encode`
        self._sources = [*arguments.inputs, *([] if palette is None else [palette])]
        self._written = set[str]()
        many, output = len(arguments.inputs) > 1, arguments.output or ""
        self._folder = output.endswith(SEPARATORS) or (many and output not in ("", STANDARD))
        if self._folder and not os.path.isdir(output):
            if os.path.exists(output):
                raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR), output)
            raise FileNotFoundError(ENOENT, "no such folder to put files into", output)
        if many and output == STANDARD:
            raise ParameterError("several files do not go to standard output: use -o FOLDER/")

    def of(self, name: str) -> str:
        """Return where the output for an input goes, having checked, before the work, that it may.

        Raises
        ------
        OSError, ParameterError
        """
        target = self._name_for(name)
        if name != STANDARD and not is_url(name) and not os.path.exists(name):
            raise FileNotFoundError(ENOENT, os.strerror(ENOENT), name)
        if self._output == target and os.path.isdir(target):
            hint = f"{os.strerror(EISDIR)}; {target}{os.sep} puts the file into it"
            raise IsADirectoryError(EISDIR, hint, target)
        if os.path.realpath(target) in self._written:
            raise FileExistsError(EEXIST, "was just written from another file", target)
        check_target(target, self._sources, force=self._force)
        return target

    def _name_for(self, name: str) -> str:
        if self._output is not None and not self._folder:
            return self._output
        if name == STANDARD:
            if self._folder:
                raise ParameterError("standard input has no name to use in a folder")
            return STANDARD
        if is_url(name) and not self._folder:
            raise ParameterError(f"{name}: a URL has no folder to put a file beside it: use -o")
        if not Path(name).name:  # as of "." and "/"
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR), name)
        beside = Path(name).with_suffix(self._suffix)
        return os.path.join(str(self._output), beside.name) if self._folder else str(beside)

    def write(self, target: str, data: bytes) -> None:
        """Write the output to where it goes."""
        try:
            write(target, data, force=self._force)
        except OSError as error:
            if self._output is None and error.errno in (EACCES, EPERM, EROFS):
                hint = f"{error.strerror}; -o writes it elsewhere"
                raise OSError(error.errno, hint, target) from None
            raise
        if target != STANDARD:
            self._written.add(os.path.realpath(target))


def picture_format(target: str) -> str:
    """Return the Pillow format that a name's suffix stands for, PNG for standard output.

    Raises
    ------
    ParameterError
        It stands for none that Pillow writes.
    """
    if target == STANDARD:
        return "PNG"
    suffix = Path(target).suffix.lower()
    kind = Image.registered_extensions().get(suffix)
    if kind not in Image.SAVE:
        raise ParameterError(f"{target}: Pillow writes no picture with the suffix {suffix!r}")
    return kind


def check_target(target: str, sources: Sequence[str], *, force: bool) -> None:
    """Check that a file may be written, and is none of the sources.

    Raises
    ------
    OSError, ParameterError
    """
    if target == STANDARD:
        if opened(sys.stdout, "standard output").isatty():
            raise ParameterError("binary data does not go to a terminal: use -o OUT")
    elif is_url(target):
        if target in sources:
            raise ParameterError(f"{target} is the input itself: name another file with -o")
    elif not os.path.isdir(os.path.dirname(target) or "."):
        raise FileNotFoundError(ENOENT, os.strerror(ENOENT), target)
    elif os.path.isdir(target):
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), target)
    elif os.path.isfile(target):
        for name in sources:
            if os.path.exists(name) and os.path.samefile(name, target):
                raise ParameterError(f"{target} is the input itself: name another file with -o")
        if not force:
            raise FileExistsError(EEXIST, "already exists; --force replaces it", target)


def write(target: str, data: bytes, *, force: bool) -> None:
    """Write bytes to a file, whole or not at all, or to standard output."""
    if target == STANDARD:
        show_bytes(data)
    else:
        write_file(target, data, overwrite=force)
