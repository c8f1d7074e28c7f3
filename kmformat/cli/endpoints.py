"""Where a command's data comes from and goes to: files, folders and the standard streams."""

from __future__ import annotations

import io
import logging
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from errno import EEXIST, EISDIR, ENOENT, ENOTDIR
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from kmformat.cli.console import complain, opened
from kmformat.errors import KmfError, LimitError, ParameterError
from kmformat.pictures.formats import load_picture
from kmformat.storage.streams import write_file

if TYPE_CHECKING:
    from PIL import Image

STANDARD = "-"
_STDERR = 2
_MOST_PIPED = 1 << 31
"""Bytes of a picture from a pipe, all of which must be in memory."""
_SEPARATORS = tuple(filter(None, (os.sep, os.altsep)))


def shown(name: str, standard: str = "standard input") -> str:
    """Return what to call a source, or a target, in messages."""
    return standard if name == STANDARD else name


class Picture(NamedTuple):
    """A picture that was read, how many frames or pages there were, and how many bytes."""

    image: Image.Image
    frames: int
    size: int


@contextmanager
def source(name: str) -> Iterator[IO[bytes]]:
    """Open a file to read, or standard input."""
    if name == STANDARD:
        yield opened(sys.stdin, "standard input").buffer
    else:
        with open(name, "rb") as stream:
            yield stream


def picture(stream: IO[bytes], max_pixels: int) -> Picture:
    """Read a picture as `load_picture` does, and let nothing else speak to standard error."""
    stream = seekable(stream)
    with silence():
        loaded = load_picture(stream, max_pixels)
    return Picture(*loaded, stream.seek(0, os.SEEK_END))


def seekable(stream: IO[bytes]) -> IO[bytes]:
    """Return a stream that can seek: of a pipe, one of all that comes through it."""
    if stream.seekable():
        return stream
    data = stream.read(_MOST_PIPED + 1)
    if len(data) > _MOST_PIPED:
        raise LimitError(f"more than {_MOST_PIPED:,} bytes through a pipe")
    return io.BytesIO(data)


@contextmanager
def silence() -> Iterator[None]:
    """Keep what is below Pillow, such as libtiff, from printing lines beside our one."""
    before = logging.root.manager.disable
    logging.disable()
    try:
        with _silent_stderr():
            yield
    finally:
        logging.disable(before)


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Send what is written to the file of standard error to nowhere."""
    try:
        real = sys.stderr is not None and sys.stderr.fileno() == _STDERR
    except OSError:  # it is another stream, without a file
        real = False
    if not real:
        yield
        return
    kept, nowhere = os.dup(_STDERR), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, _STDERR)
        yield
    finally:
        os.dup2(kept, _STDERR)
        os.close(kept)
        os.close(nowhere)


def for_each(names: Sequence[str], work: Callable[[str], None]) -> int:
    """Do `work(name)` for each source; complain of those that fail; return the status."""
    if names.count(STANDARD) > 1:
        raise ParameterError("standard input can be read only once")
    status = 0
    for name in names:
        try:
            work(name)
        except ParameterError as error:
            if len(names) == 1:
                raise
            status = complain(error, shown(name))
        except (KmfError, OSError, MemoryError) as error:
            status = complain(error, shown(name))
    return status


class Targets:
    """Where the output for each input of a command goes, as its options say.

    Parameters
    ----------
    options
        With ``inputs``, ``output`` and ``force``.
    suffix
        Of the name that an output gets where none is told.
    """

    def __init__(self, options: Namespace, suffix: str) -> None:
        self._output: str | None = options.output
        self._force: bool = options.force
        self._suffix = suffix
        self._inputs: list[str] = options.inputs
        self._written = set[str]()
        many, output = len(options.inputs) > 1, options.output or ""
        self._folder = output.endswith(_SEPARATORS) or (many and output not in ("", STANDARD))
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
        if name != STANDARD and not os.path.exists(name):
            raise FileNotFoundError(ENOENT, os.strerror(ENOENT), name)
        if self._output == target and os.path.isdir(target):
            hint = f"{os.strerror(EISDIR)}; {target}{os.sep} puts the file into it"
            raise IsADirectoryError(EISDIR, hint, target)
        if os.path.realpath(target) in self._written:
            raise FileExistsError(EEXIST, "was just written from another file", target)
        check_target(target, self._inputs, force=self._force)
        return target

    def _name_for(self, name: str) -> str:
        if self._output is not None and not self._folder:
            return self._output
        if name == STANDARD:
            if self._folder:
                raise ParameterError("standard input has no name to use in a folder")
            return STANDARD
        if not Path(name).name:  # as of "." and "/"
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR), name)
        beside = Path(name).with_suffix(self._suffix)
        return os.path.join(str(self._output), beside.name) if self._folder else str(beside)

    def write(self, target: str, data: bytes) -> None:
        """Write the output to where it goes."""
        write(target, data, force=self._force)
        if target != STANDARD:
            self._written.add(os.path.realpath(target))


def check_target(target: str, sources: Sequence[str], *, force: bool) -> None:
    """Check that a file may be written, and is none of the sources.

    Raises
    ------
    OSError, ParameterError
    """
    if target == STANDARD:
        if opened(sys.stdout, "standard output").isatty():
            raise ParameterError("binary data does not go to a terminal: use -o OUT")
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
    if target != STANDARD:
        write_file(target, data, overwrite=force)
        return
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from None
