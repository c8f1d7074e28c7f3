"""Writing: a whole file or nothing, and all bytes to a stream or an error."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from errno import EAGAIN, EEXIST, EIO
from typing import IO, TYPE_CHECKING

from kmformat.storage.remote import check_new, is_url, upload

if TYPE_CHECKING:
    from kmformat.storage.input import File, PathLike

TEMPORARY_PREFIX, TEMPORARY_SUFFIX = ".kmformat-", ".tmp"
"""Names of unfinished files. One is left only by a program that was killed; it may be deleted."""


def write_file(
    path: PathLike,
    data: bytes | Iterable[bytes],
    *,
    overwrite: bool = True,
    mark: str | None = None,
) -> None:
    """Write a whole file, or leave things as they were. Its bytes may come in parts.

    The bytes go to a new file in the same folder, which then takes the name. Through a symbolic
    link, the file that it points to is replaced. A replaced file keeps its permissions, but for
    set-user-ID and the like, and at no time can anyone else read the new one. A device or pipe is
    written to directly.

    With a mark, letters and digits that no writer of another file has, the unfinished file is known
    to `remove_unfinished` even where this process is killed; another attempt takes its place, and a
    file with these very bytes is taken for what an earlier one has written. URLs have no marks.

    Raises
    ------
    OSError
        With the name `path`, whatever went wrong: FileExistsError where a file of that name is
        there, or appeared meanwhile, and is not to be overwritten.
    """
    if is_url(path):
        _write_url(path, data, overwrite=overwrite)
        return
    from secrets import token_hex

    try:
        mode = _mode_of(path)
        if _is_device(mode):  # /dev/stdout has no real path to open
            with open(path, "wb", buffering=0) as device:
                write_parts(device, data)
            return
        if mark is not None:
            remove_unfinished(path, mark)
        if mode is not None and not overwrite:
            if mark is not None and isinstance(data, bytes) and _holds(path, data):
                return
            raise FileExistsError(EEXIST, os.strerror(EEXIST))
        target = os.path.realpath(path)
        temporary = _temporary(target, mark or token_hex(8))
        try:
            _write_new(temporary, data, mode)
            if overwrite:
                os.replace(temporary, target)
            else:
                _rename_new(temporary, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
        _sync_folder(os.path.dirname(target))
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None


def remove_unfinished(path: PathLike, mark: str) -> None:
    """Remove what a killed `write_file` of this path and mark has left, if it has."""
    with suppress(OSError):
        os.unlink(_temporary(os.path.realpath(path), mark))


def _temporary(target: str, mark: str) -> str:
    name = f"{TEMPORARY_PREFIX}{mark}{TEMPORARY_SUFFIX}"
    return os.path.join(os.path.dirname(target), name)


def _holds(path: PathLike, data: bytes) -> bool:
    if os.path.getsize(path) != len(data):
        return False
    with open(path, "rb") as file:
        return file.read() == data


def _write_url(url: str, data: bytes | Iterable[bytes], *, overwrite: bool) -> None:
    """Write a whole file to where a URL leads, or leave things as they were there."""
    from tempfile import TemporaryDirectory

    if not overwrite:
        check_new(url)
    with TemporaryDirectory(prefix=TEMPORARY_PREFIX) as folder:
        complete = os.path.join(folder, "complete")
        with open(complete, "wb", buffering=0) as file:
            write_parts(file, data)
        upload(complete, url)


@contextmanager
def opened_spool(file: File) -> Iterator[IO[bytes]]:
    """Yield a file without a name, for what is to become `file`: beside it, if that is a path."""
    from tempfile import TemporaryFile

    beside = None
    if isinstance(file, str | os.PathLike) and not is_url(file) and not _is_device(_mode_of(file)):
        beside = os.path.dirname(os.path.realpath(file))
    try:
        spool = TemporaryFile(prefix=TEMPORARY_PREFIX, suffix=TEMPORARY_SUFFIX, dir=beside)  # noqa: SIM115
    except OSError as error:
        raise OSError(error.errno, error.strerror, beside) from None
    with spool:
        yield spool


def _mode_of(path: PathLike) -> int | None:
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return None


def _is_device(mode: int | None) -> bool:
    return mode is not None and not stat.S_ISREG(mode)


def _write_new(path: str, data: bytes | Iterable[bytes], mode: int | None) -> None:
    """Write a file that is not there yet, to the disk; `mode` is that of the file it replaces."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    # until it is complete, a replacement is its owner's alone; a new file is as the umask has it
    descriptor = os.open(path, flags, 0o666 if mode is None else 0o600)
    with open(descriptor, "wb", buffering=0) as file:
        write_parts(file, data)
        if mode is not None:
            os.chmod(path, mode & 0o777)
        os.fsync(file.fileno())


def _rename_new(temporary: str, target: str) -> None:
    """Rename a file, unless there is one of the new name.

    A hard link does not replace anything. Where there are none, an empty file is made in its place
    first, which fails if there is one already, and then replaced.
    """
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        os.replace(temporary, target)
    else:
        with suppress(OSError):  # the file is there: it has two names for now
            os.unlink(temporary)


def _sync_folder(folder: str) -> None:
    """Let the new name last, too, where folders can be opened; the file itself is safe already."""
    with suppress(OSError, AttributeError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_parts(stream: IO[bytes], data: bytes | Iterable[bytes]) -> None:
    """Write bytes, or all parts of them, to a stream as `write_stream` does."""
    for part in (data,) if isinstance(data, bytes) else data:
        write_stream(stream, part)


def write_stream(stream: IO[bytes], data: bytes) -> None:
    """Write all of `data` to a stream, or raise; nothing else here calls a stream's `write`.

    A raw stream (`io.RawIOBase`), as standard output is under ``python -u``, takes parts.

    Raises
    ------
    OSError
        The stream failed, or takes no more now (BlockingIOError).
    """
    rest: bytes | memoryview = data
    while len(rest):
        written: int | None = stream.write(rest)
        if written is None and isinstance(stream, io.RawIOBase):
            raise BlockingIOError(EAGAIN, os.strerror(EAGAIN))
        if written is None:  # of other streams, one that says nothing has written all
            return
        if not written:
            raise OSError(EIO, "the stream takes no more bytes")
        rest = memoryview(rest)[written:]
