"""Files that a URL leads to, by fsspec: read in ranges, written whole or not at all.

fsspec, the extra `urls`, knows s3://, gs://, https://, zip://, memory:// and more, some of them by
packages of their own. A server that knows no ranges sends the whole file at the first request.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any, TypeAlias, TypeGuard, cast

from kmformat.errors import KmfError, ParameterError

if TYPE_CHECKING:
    from kmformat.codec.format.container import Fetch

    _FileSystem: TypeAlias = Any

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(://|::)")  # one letter is a drive
_FIRST = 1 << 14
"""Bytes of the first request: the head of most files, and all of small ones."""
_WHOLE = {
    "abfs", "abfss", "adl", "az", "gcs", "gs", "memory", "oci", "oss", "s3", "s3a",
}  # fmt: skip
"""Stores in which a file appears when all of it is there."""
_READ_ONLY = {"http", "https"}


def is_url(file: object) -> TypeGuard[str]:
    """Tell whether something is a URL, such as "s3://bucket/a.kmf" or "zip://a.kmf::b.zip"."""
    return isinstance(file, str) and _URL.match(file) is not None


def fetch_from_url(url: str) -> tuple[Fetch, int]:
    """Return a function that fetches bytes by offset, and the length of the file.

    Many threads may use the function.

    Raises
    ------
    OSError
        The file is not there or can't be read; also when the function is called.
    ParameterError
        There is no such kind of URL.
    """
    with _named_errors(url):
        system, path = _system_of(url)
        first: bytes = system.cat_file(path, start=0, end=_FIRST)
        length = system.size(path) if len(first) == _FIRST else None
        if length is None and len(first) == _FIRST:  # it does not say: all of it, then
            first = system.cat_file(path)
    if length is None:
        return lambda start, end: first[start:end], len(first)

    def fetch(start: int, end: int) -> bytes:
        if end <= len(first):
            return first[start:end]
        known = first[start:end]
        with _named_errors(url):
            rest: bytes = system.cat_file(path, start=start + len(known), end=end)
        return known + rest

    return fetch, int(length)


@contextmanager
def opened_url(url: str) -> Iterator[IO[bytes]]:
    """Yield a stream that can seek, of any file that a URL leads to."""
    with _named_errors(url):
        system, path = _system_of(url)
        try:
            stream = system.open(path, "rb")
            stream.seek(0)
        except ValueError:  # of a server without ranges
            from io import BytesIO

            stream = BytesIO(system.cat_file(path))
    with cast("IO[bytes]", stream):
        yield stream


def check_new(url: str) -> None:
    """Raise FileExistsError if a file is there already."""
    with _named_errors(url):
        system, path = _system_of(url)
        if system.exists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))


def upload(file: str, url: str) -> None:
    """Copy a file of this machine to a URL, where it appears or replaces another when complete.

    Raises
    ------
    OSError
        It can't be written there; an old file is left as it was.
    ParameterError
        There is no such kind of URL.
    """
    from secrets import token_hex

    with _named_errors(url):
        system, path = _system_of(url)
        kinds = {system.protocol} if isinstance(system.protocol, str) else set(system.protocol)
        if kinds & _READ_ONLY:
            raise OSError(errno.EROFS, "can't be written by HTTP")
        if kinds & _WHOLE:
            system.put_file(file, path)
            return
        temporary = f"{path}.kmformat-{token_hex(8)}.tmp"
        try:
            system.put_file(file, temporary)
            system.mv(temporary, path)
        except BaseException:
            with suppress(Exception):
                system.rm_file(temporary)
            raise


def _system_of(url: str) -> tuple[_FileSystem, str]:
    """Return what fsspec has for a kind of URL, and the path in it."""
    try:
        import fsspec
    except ImportError:
        raise ImportError(f"{url}: a URL needs fsspec (pip install 'kmformat[urls]')") from None
    try:
        system, path = fsspec.core.url_to_fs(url)
    except ValueError as error:
        raise ParameterError(f"{url}: {error}") from None
    return system, path


@contextmanager
def _named_errors(url: str) -> Iterator[None]:
    """Turn the errors of a file system, of whatever class, into an OSError that names the URL."""
    try:
        yield
    except (KmfError, ImportError, MemoryError):
        raise
    except OSError as error:
        number = errno.ENOENT if isinstance(error, FileNotFoundError) else error.errno or errno.EIO
        known = os.strerror(number) if number == errno.ENOENT else str(error)
        raise OSError(number, error.strerror or known, url) from error  # of the class of its number
    except Exception as error:
        raise OSError(errno.EIO, str(error) or type(error).__name__, url) from error
