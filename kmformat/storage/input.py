"""Reading KMF files and streams: their head, and a function that fetches bytes by offset.

A source is a path, a URL, a binary stream or bytes in memory. Of a file that can seek, only what is
needed is read: a region of a large image costs its head and the tiles that it touches. One that
cannot seek is read forward, never further than its own head says that the image goes.

Files in other formats, which are read as streams that can seek, come in by `opened_stream` and
`seekable`.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import IO, TYPE_CHECKING, TypeAlias, cast

from kmformat.codec.decoder import read_head
from kmformat.codec.format import container
from kmformat.codec.format.container import check_available
from kmformat.errors import Code, FormatError, LimitError, ParameterError
from kmformat.storage.remote import fetch_from_url, is_url, opened_url

if TYPE_CHECKING:
    from kmformat.codec.format.container import Fetch, Region
    from kmformat.codec.format.head import FileHead

PathLike: TypeAlias = str | os.PathLike[str]
File: TypeAlias = PathLike | IO[bytes]
BytesLike: TypeAlias = bytes | bytearray | memoryview
Source: TypeAlias = File | BytesLike

_READ_SIZE = 1 << 20
ANY_SIZE = 1 << 64
"""A limit of pixels that no image reaches."""
_MOST_PIPED = 1 << 31
"""Bytes of a stream that can't seek, where all of them must be in memory."""


@contextmanager
def opened_file(
    source: Source, max_pixels: int, region: Region | None = None, *, any_size: bool = False
) -> Iterator[tuple[FileHead, Fetch]]:
    """Yield the head of a KMF file, and a function that fetches bytes by offset.

    With a region, the limit is on the pixels of its tiles alone. With `any_size`, it is for the
    caller to check, but for a stream that can't seek, of which everything is read.
    """
    head_limit = ANY_SIZE if any_size else max_pixels
    if (view := _view_of(source)) is not None:
        fetch, length = fetch_from(view)
        yield read_head(fetch, length, head_limit, region), fetch
        return
    if is_url(source):
        fetch, length = fetch_from_url(source)
        yield read_head(fetch, length, head_limit, region), fetch
        return
    with opened_stream(source) as stream:
        fetch, length = fetch_from_stream(stream, max_pixels, region)
        yield read_head(fetch, length, head_limit, region), fetch


@contextmanager
def opened_stream(source: Source) -> Iterator[IO[bytes]]:
    """Yield the stream that a source is, or that reads it; a file is closed afterwards."""
    if (view := _view_of(source)) is not None:
        yield io.BytesIO(view)
        return
    file = cast("File", source)
    check_file(file, "read")
    if is_url(file):
        with opened_url(file) as stream:
            yield stream
    elif isinstance(file, str | os.PathLike):
        with open(file, "rb") as stream:
            yield stream
    else:
        yield file


def read_at_most(stream: IO[bytes], most: int) -> bytes:
    """Return what follows in a stream, up to one byte more than `most`."""
    data = bytearray()
    _fill(data, stream, most + 1)
    return bytes(data)


def seekable(stream: IO[bytes], taken: bytes = b"") -> IO[bytes]:
    """Return a stream that can seek, and that begins with `taken`, which was read just now.

    It is the same one, or, of a pipe, one of all that comes through it.

    Raises
    ------
    LimitError
        Too much comes through the pipe.
    """
    if hasattr(stream, "seekable") and stream.seekable():
        stream.seek(-len(taken), os.SEEK_CUR)
        return stream
    whole = io.BytesIO()
    whole.write(taken)
    while part := stream.read(_READ_SIZE):
        whole.write(part)
        if whole.tell() > _MOST_PIPED:
            raise LimitError(f"more than {_MOST_PIPED:,} bytes through a pipe")
    whole.seek(0)
    return whole


def fetch_from_stream(
    stream: IO[bytes], max_pixels: int, region: Region | None = None
) -> tuple[Fetch, int]:
    """Return a function that fetches bytes by offset from where a stream stands, and its length.

    One that can't seek is read whole, and then nothing may follow the file. Its tail is not kept.
    """
    try:
        origin = stream.tell()
        length = stream.seek(0, os.SEEK_END) - origin
    except (OSError, AttributeError):  # a pipe, say: UnsupportedOperation is an OSError
        data, head = _read_tiles(stream, max_pixels, region)
        check_available(head.file_length, len(data) + _skip(stream, head.tail), "the tail")
        if stream.read(1):
            message = f"more bytes follow the end of the image at offset {head.file_length}"
            raise FormatError(Code.TRAILING, message) from None
        return fetch_from(data)[0], head.file_length
    lock = Lock()

    def fetch(start: int, end: int) -> bytes:
        data = bytearray()
        with lock:
            stream.seek(origin + start)
            _fill(data, stream, end - start)
        return bytes(data)

    return fetch, length


def _fill(data: bytearray, stream: IO[bytes], length: int) -> None:
    """Read until `data` has so many bytes, or the stream ends. Allocates only what has come."""
    while len(data) < length:
        part = stream.read(min(length - len(data), _READ_SIZE))
        if not part:
            return
        data += part


def _skip(stream: IO[bytes], length: int) -> int:
    """Read past so many bytes, or what there is of them; return how many there were."""
    left = length
    while left and (part := stream.read(min(left, _READ_SIZE))):
        left -= len(part)
    return length - left


def fetch_from(data: BytesLike) -> tuple[Fetch, int]:
    """Return a function that fetches from bytes in memory, and how many there are."""
    view = memoryview(data).cast("B")
    return lambda start, end: bytes(view[start:end]), len(view)


def _view_of(source: Source) -> memoryview | None:
    """Return the bytes that a source is, or None if it is a path or a stream."""
    try:
        return memoryview(cast("BytesLike", source)).cast("B")
    except TypeError:
        return None


def read_forward(stream: IO[bytes], max_pixels: int, region: Region | None = None) -> bytes:
    """Read the bytes of one KMF file from a stream, which is left just after its end."""
    data, head = _read_tiles(stream, max_pixels, region)
    _fill(data, stream, head.file_length)
    check_available(head.file_length, len(data), "the tail")
    return bytes(data)


def _read_tiles(
    stream: IO[bytes], max_pixels: int, region: Region | None = None
) -> tuple[bytearray, FileHead]:
    """Read a KMF file up to the end of its tile data, and return its head as well."""
    data = bytearray()

    def fetch(start: int, end: int) -> bytes:
        _fill(data, stream, end)
        return bytes(data[start:end])

    head = container.read_head(fetch, max_pixels=max_pixels, region=region)
    _fill(data, stream, head.tail_offset)
    check_available(head.tail_offset, len(data), "the tile data")
    return data, head


def check_file(file: File, method: str) -> None:
    """Check that a file is a path, or a binary stream to read or write; bytes are neither."""
    if isinstance(file, str | os.PathLike):
        if not os.fspath(file):
            raise ParameterError("an empty path: expected the name of a file")
    elif not hasattr(file, method) or isinstance(file, io.TextIOBase):
        expected = "a path or a binary stream" + ", or bytes" * (method == "read")
        raise ParameterError(f"{type(file).__name__}: expected {expected}")
    elif getattr(file, "closed", False):
        raise ParameterError(f"closed {type(file).__name__}: expected an open stream")
