"""KMF files and streams around the codec, which itself does no I/O.

A source is a path or a binary stream. Of a file that can seek, only what is needed is read: a
region of a large image costs its head and the tiles that it touches. A stream that cannot seek is
read forward, never further than its own head says that the image goes.
"""

from __future__ import annotations

import builtins
import io
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EEXIST, EIO
from threading import Lock
from typing import IO, TYPE_CHECKING, TypeAlias, Unpack

import numpy as np
import numpy.typing as npt

from kmformat.arguments import integer
from kmformat.codec.decoder import (
    AnyBox,
    Fetch,
    fetch_from,
    read_head,
    read_image,
    read_pixels,
    read_tiles,
)
from kmformat.codec.format.container import HEADER_MAX, check_available, parse_head, parse_header
from kmformat.codec.format.head import DEFAULT_MAX_PIXELS, Head
from kmformat.codec.format.info import Info, info_of
from kmformat.errors import Code, FormatError, ParameterError
from kmformat.indexed import IndexedImage
from kmformat.pictures.metadata import Metadata
from kmformat.writing import EncodeOptions, encode

if TYPE_CHECKING:
    from PIL import Image

U8 = npt.NDArray[np.uint8]
PathLike: TypeAlias = str | os.PathLike[str]
File: TypeAlias = PathLike | IO[bytes]

_READ_SIZE = 1 << 20


def open(file: File, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> Image.Image:  # noqa: A001
    """Read a KMF file as a Pillow image of mode RGB, or RGBA if its palette has alpha.

    `Image.open` of Pillow reads such files as well, as images of mode P whose pixels are read when
    they are needed, and with Pillow's errors and limits.

    Parameters
    ----------
    file
        A path, or a binary stream, which is read from where it stands to its end.
    max_pixels
        The most pixels that the image may have.

    Raises
    ------
    FormatError, LimitError
        The file is malformed, or too large.
    OSError
        It can't be read.
    """
    from PIL import Image

    with opened_file(file, max_pixels) as (head, fetch):
        image = Image.fromarray(read_pixels(head, fetch, None, None))
    image.info.update(Metadata.from_chunks(head.chunks).to_info())
    return image


def read(
    file: File,
    *,
    box: AnyBox | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    threads: int | None = None,
) -> U8:
    """Read the pixels of a KMF file, or a part of them, as `kmformat.decode` does of bytes.

    With a `box`, (left, upper, right, lower), only the tiles that it touches are read from disk.
    Other parameters, result and errors as for `kmformat.open` and `kmformat.decode`.
    """
    with opened_file(file, max_pixels) as (head, fetch):
        return read_pixels(head, fetch, box, threads)


def read_indexed(
    file: File,
    *,
    box: AnyBox | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    threads: int | None = None,
) -> IndexedImage:
    """Read palette, indices and chunks of a KMF file, as `kmformat.decode_indexed` does of bytes.

    Parameters and errors as for `read`.
    """
    with opened_file(file, max_pixels) as (head, fetch):
        return read_image(head, fetch, box, threads)


def read_info(file: File, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> Info:
    """Read what a KMF file says of itself; no tile is read. Parameters and errors as for `open`."""
    with opened_file(file, max_pixels) as (head, _):
        return info_of(head)


def verify(file: File, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> None:
    """Check everything in a KMF file: every checksum, and that every index is in the palette.

    Memory is that of one tile. Parameters and errors as for `open`.
    """
    for error in damaged_tiles(file, max_pixels=max_pixels):
        raise error


def damaged_tiles(file: File, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> Iterator[FormatError]:
    """Do the same, but yield what is wrong with each damaged tile; damage to the head is raised."""
    with opened_file(file, max_pixels) as (head, fetch):
        for number in range(head.header.grid.count):
            try:
                read_tiles(head, fetch, [number])
            except FormatError as error:
                yield error


def read_one(stream: IO[bytes], *, max_pixels: int = DEFAULT_MAX_PIXELS) -> bytes:
    """Read the bytes of one KMF file out of a longer stream, which is left just after its end.

    The stream need not seek. Errors as for `open`; the tiles themselves are not checked yet.
    """
    check_file(stream, "read")
    max_pixels, data = integer("max_pixels", max_pixels, 1), bytearray()
    _fill(data, stream, HEADER_MAX)  # every valid file is longer
    header = parse_header(bytes(data), max_pixels=max_pixels)
    _fill(data, stream, header.head_length)
    head = parse_head(bytes(data), header)
    _fill(data, stream, head.file_length)
    check_available(head.file_length, len(data), "the tile data")
    return bytes(data)


def save(
    image: Image.Image | npt.NDArray[np.uint8], file: File, **options: Unpack[EncodeOptions]
) -> None:
    """Encode an image to a KMF file.

    Parameters
    ----------
    image, options
        See `kmformat.encode`.
    file
        A path, whose file is replaced only once the new one is complete; or a binary stream.

    Raises
    ------
    ParameterError
    OSError
        The file can't be written; an old one is left as it was.
    """
    check_file(file, "write")
    data = encode(image, **options)
    if isinstance(file, str | os.PathLike):
        write_file(file, data)
    else:
        write_stream(file, data)


def write_file(path: PathLike, data: bytes, *, overwrite: bool = True) -> None:
    """Write a whole file, or leave things as they were.

    The bytes go to a new file in the same folder, which then takes the name. Through a symbolic
    link, the file that it points to is replaced. A device or pipe is written to directly.

    Raises
    ------
    OSError
        With the name `path`, whatever went wrong.
    """
    try:
        mode = _mode_of(path)
        if mode is not None and not stat.S_ISREG(mode):  # /dev/stdout has no real path to open
            with builtins.open(path, "wb") as device:
                device.write(data)
            return
        if mode is not None and not overwrite:
            raise FileExistsError(EEXIST, os.strerror(EEXIST))
        target = os.path.realpath(path)
        name = f".kmformat-{secrets.token_hex(8)}.tmp"  # not longer than names may be
        temporary = os.path.join(os.path.dirname(target), name)
        try:
            with builtins.open(temporary, "xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if mode is not None:
                os.chmod(temporary, stat.S_IMODE(mode))
            os.replace(temporary, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None


def _mode_of(path: PathLike) -> int | None:
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return None


def check_file(file: File, method: str) -> None:
    """Check that a file is a path, or a binary stream to read or write."""
    if isinstance(file, str | os.PathLike):
        if not os.fspath(file):
            raise ParameterError("an empty path: expected the name of a file")
    elif not hasattr(file, method) or isinstance(file, io.TextIOBase):
        raise ParameterError(f"{type(file).__name__}: expected a path or a binary stream")
    elif getattr(file, "closed", False):
        raise ParameterError(f"closed {type(file).__name__}: expected an open stream")


@contextmanager
def opened_file(file: File, max_pixels: int) -> Iterator[tuple[Head, Fetch]]:
    """Yield the head of a KMF file, and a function that fetches bytes by offset."""
    check_file(file, "read")
    if isinstance(file, str | os.PathLike):
        with builtins.open(file, "rb") as stream, opened_file(stream, max_pixels) as opened:
            yield opened
        return
    fetch, length = fetch_from_stream(file, max_pixels)
    yield read_head(fetch, length, max_pixels), fetch


def fetch_from_stream(stream: IO[bytes], max_pixels: int) -> tuple[Fetch, int]:
    """Return a function that fetches bytes by offset from where a stream stands, and its length.

    One that can't seek is read whole, and then checked as by `read_one`.
    """
    try:
        origin = stream.tell()
        length = stream.seek(0, os.SEEK_END) - origin
    except (OSError, AttributeError):  # a pipe, say: UnsupportedOperation is an OSError
        data = read_one(stream, max_pixels=max_pixels)
        if stream.read(1):
            message = f"more bytes follow the end of the image at offset {len(data)}"
            raise FormatError(Code.TRAILING, message) from None
        return fetch_from(data)
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


def write_stream(stream: IO[bytes], data: bytes) -> None:
    """Write all of `data`, which takes a raw stream (`io.RawIOBase`) as often as it likes."""
    rest: bytes | memoryview = data
    while len(rest):
        written: int | None = stream.write(rest)
        if written is None:  # as of streams that say nothing, and write all
            return
        if not written:
            raise OSError(EIO, "the stream takes no more bytes")
        rest = memoryview(rest)[written:]
