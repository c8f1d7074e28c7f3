"""Where a command's files go: a file, a folder, or as bytes to standard output."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from errno import EACCES, EEXIST, EISDIR, ENOENT, ENOTDIR, EPERM, EROFS
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from kmformat.batches.existing import is_older, is_remnant, is_whole
from kmformat.cached import cached_property
from kmformat.cli.console import STANDARD, opened, show_bytes, shown
from kmformat.cli.tasks import Planned, Task, failed, new_marks, skipped
from kmformat.errors import ParameterError
from kmformat.storage.input import opened_stream
from kmformat.storage.output import write_file
from kmformat.storage.remote import is_url

if TYPE_CHECKING:
    from kmformat.cli.names import Found

SEPARATORS = tuple(filter(None, (os.sep, os.altsep)))
"""What a name ends with that is a folder's."""

_EXISTS = "already exists; --force replaces it"
_IS_INPUT = "{} is the input itself: name another file with -o"


class Targets:
    """Where the output for each input of a command goes, as its options say.

    Parameters
    ----------
    arguments
        With ``output``, ``force``, ``skip_existing`` and ``update``; and how the files were found.
    suffix
        Of the name that an output gets where none is told.
    files
        The inputs.
    also
        Names of what is read beside them and their originals, and not to be replaced.

    Raises
    ------
    OSError, ParameterError
        They can't all go where they should: two of them into one file, say.
    """

    def __init__(
        self, arguments: Namespace, suffix: str, files: Sequence[Found], also: Sequence[str] = ()
    ) -> None:
        self._also = also
        self._output: str | None = arguments.output
        self._arguments, self._suffix, self._files = arguments, suffix, files
        many = len(files) > 1 or arguments.recursive or arguments.files_from is not None
        output = self._output or ""
        self._folder = output.endswith(SEPARATORS) or (many and output not in ("", STANDARD))
        if self._folder and os.path.exists(output) and not os.path.isdir(output):
            raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR), output)
        if many and output == STANDARD:
            raise ParameterError("several files do not go to standard output: use -o FOLDER/")
        self._targets = [self._target_of(file) for file in files]
        self._check_different()

    def tasks(self) -> Iterator[Planned]:
        """Yield what is to be done with each file, in order, as things are when it is asked for."""
        marks = new_marks()
        for file, target in zip(self._files, self._targets, strict=True):
            if not isinstance(target, str):
                yield failed(Task(file.name, original=file.original), target)
                continue
            task = Task(file.name, target, next(marks), original=file.original)
            try:
                yield self._checked(task)
            except (OSError, ParameterError) as error:
                yield failed(task, error)

    def _target_of(self, file: Found) -> str | OSError:
        """Return where the output for an input goes, or why there is none.

        Raises
        ------
        ParameterError
        """
        if file.error is not None:
            return file.error
        if self._output is not None and not self._folder:
            return self._output
        if file.name == STANDARD:
            if self._folder:
                raise ParameterError("standard input has no name to use in a folder")
            return STANDARD
        if is_url(file.name) and not self._folder:
            raise ParameterError(
                f"{file.name}: a URL has no folder to put a file beside it: use -o"
            )
        if not Path(file.name).name:  # as of "." and "/"
            return IsADirectoryError(EISDIR, os.strerror(EISDIR), file.name)
        place = Path(file.place if self._folder else file.name).with_suffix(self._suffix)
        if not self._folder:
            return str(place)
        if is_url(self._output):
            return f"{self._output.rstrip('/')}/{place.as_posix()}"
        return os.path.join(str(self._output), place)

    def _check_different(self) -> None:
        """Raise ParameterError if two inputs have one output, which is neither of them."""
        sources: dict[str, Found] = {}
        for file, target in zip(self._files, self._targets, strict=True):
            if isinstance(target, str) and target != file.name:
                other = sources.setdefault(os.path.normcase(os.path.abspath(target)), file)
                if other is not file:
                    told_apart = os.path.basename(other.name) == os.path.basename(file.name)
                    hint = ", or -r FOLDER, which keeps folders" if told_apart else ""
                    raise ParameterError(
                        f"{shown(other.name)} and {shown(file.name)} would both become "
                        f"{shown(target)}: expected one of them{hint}"
                    )

    def _checked(self, task: Task) -> Planned:
        """Return a task that may be done, or one that need not be; raise if it can't."""
        name, target, told = task.name, task.target, self._arguments
        if name != STANDARD and not is_url(name) and not os.path.exists(name):
            raise FileNotFoundError(ENOENT, os.strerror(ENOENT), name)
        if self._output == target and os.path.isdir(target):
            hint = f"{os.strerror(EISDIR)}; {target}{os.sep} puts the file into it"
            raise IsADirectoryError(EISDIR, hint, target)
        if told.update and (is_url(name) or is_url(target)):
            raise ParameterError("--update: it is not known when URLs were written")
        _check_place(target, made=self._folder)
        if is_url(target):
            return self._checked_url(task)
        if target == STANDARD or not os.path.isfile(target):
            return task
        if _identity(target) in self._sources:
            raise ParameterError(_IS_INPUT.format(target))
        if told.update and is_older(target, name):
            return task._replace(replace=True)
        if told.skip_existing or told.update:
            if self._is_whole(target):
                return skipped(task)
            if is_remnant(target):
                return task._replace(replace=True)
        if not told.force:
            raise FileExistsError(EEXIST, _EXISTS, target)
        return task

    def _checked_url(self, task: Task) -> Planned:
        """Return the same for a task whose output goes to a URL, known to be a file's name."""
        if any(task.target in (file.name, file.original) for file in self._files):
            raise ParameterError(_IS_INPUT.format(task.target))
        if self._arguments.skip_existing and self._is_whole(task.target):
            return skipped(task)
        return task

    def _is_whole(self, target: str) -> bool:
        """Tell whether an output is complete, as far as can be told without decoding it."""
        if self._suffix == ".kmf":
            return is_whole(target)
        try:
            with opened_stream(target) as stream:
                return bool(stream.read(1))
        except OSError:
            return False

    @cached_property
    def _sources(self) -> set[tuple[int, int] | None]:
        """The identities of all that is read."""
        names = {name for file in self._files for name in (file.name, file.original)}
        return {_identity(name) for name in (*names, *self._also)} - {None}


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
    _check_place(target)
    if is_url(target) and target in sources:
        raise ParameterError(_IS_INPUT.format(target))
    if target != STANDARD and os.path.isfile(target):
        if _identity(target) in map(_identity, sources):
            raise ParameterError(_IS_INPUT.format(target))
        if not force:
            raise FileExistsError(EEXIST, _EXISTS, target)


def _check_place(target: str, *, made: bool = False) -> None:
    """Check that a name is that of a file, in a folder that is there, or will be made."""
    if target == STANDARD:
        if opened(sys.stdout, "standard output").isatty():
            raise ParameterError("binary data does not go to a terminal: use -o OUT")
    elif is_url(target):
        return
    elif not made and not os.path.isdir(os.path.dirname(target) or "."):
        raise FileNotFoundError(ENOENT, os.strerror(ENOENT), target)
    elif os.path.isdir(target):
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), target)


def _identity(name: str) -> tuple[int, int] | None:
    """Return what tells a file from all others, whatever its name; None if it is not there."""
    try:
        held = os.stat(name)
    except OSError:
        return None
    return held.st_dev, held.st_ino


def deliver(task: Task, data: bytes, arguments: Namespace) -> None:
    """Write the output of a task, into a folder that is made if it is not there."""
    try:
        if (
            task.target != STANDARD
            and not is_url(task.target)
            and (folder := os.path.dirname(task.target))
        ):
            os.makedirs(folder, exist_ok=True)
        write(task.target, data, force=arguments.force or task.replace, mark=task.mark)
    except OSError as error:
        if arguments.output is None and error.errno in (EACCES, EPERM, EROFS):
            hint = f"{error.strerror}; -o writes it elsewhere"
            raise OSError(error.errno, hint, task.target) from None
        raise


def write(target: str, data: bytes, *, force: bool, mark: str | None = None) -> None:
    """Write bytes to a file, whole or not at all, or to standard output."""
    if target == STANDARD:
        show_bytes(data)
    else:
        write_file(target, data, overwrite=force, mark=mark)
