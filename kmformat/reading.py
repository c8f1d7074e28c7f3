"""Reading in Python: `decode`, `open`, `read`, `read_info`, `verify`, of files, streams and bytes.

Arguments are checked here, and nothing else is done: `kmformat.storage` opens, and
`kmformat.codec.decoder` decodes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, TypeAlias, TypeVar

from kmformat.arguments import DEFAULT_MAX_PIXELS, integer, integers
from kmformat.codec import decoder
from kmformat.codec.decoder import read_head, read_image, read_pixels
from kmformat.codec.format.head import Box, FileHead, TileGrid
from kmformat.errors import FormatError, ParameterError
from kmformat.storage.input import File, check_file, fetch_from, opened_file, read_forward

if TYPE_CHECKING:
    from PIL import Image

    from kmformat.arrays import U8
    from kmformat.codec.decoder import Fetch
    from kmformat.codec.format.info import Info
    from kmformat.indexed import IndexedImage
    from kmformat.storage.input import BytesLike

AnyBox: TypeAlias = tuple[int, int, int, int]
_Read = TypeVar("_Read")


def decode(
    data: BytesLike,
    *,
    box: AnyBox | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    threads: int | None = None,
) -> U8:
    """Return the pixels of a KMF file.

    Parameters
    ----------
    data
        The whole file, any bytes-like object.
    box
        (left, upper, right, lower), half open: the part to decode. Only the tiles that it touches
        are read, so damage elsewhere goes unnoticed. Unless told, the whole image.
    max_pixels
        The most pixels that the image (all of it) may have.
    threads
        How many plain tiles to decode at a time; unless told, one for each processor. Compact ones
        are decoded in step instead.

    Returns
    -------
    uint8, shape (height, width, 3) RGB, or (height, width, 4) RGBA if the palette has alpha.

    Raises
    ------
    FormatError, LimitError
        The file is malformed, or too large.
    ParameterError
        The box is not inside the image, or empty.
    """
    return _decoded(read_pixels, data, box, max_pixels, threads)


def decode_indexed(
    data: BytesLike,
    *,
    box: AnyBox | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    threads: int | None = None,
) -> IndexedImage:
    """Return palette, indices and chunks of a KMF file; parameters and errors as for `decode`."""
    return _decoded(read_image, data, box, max_pixels, threads)


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

    from kmformat.pictures.metadata import Metadata

    with opened_file(file, _limit(max_pixels)) as (head, fetch):
        image = Image.fromarray(read_pixels(head, fetch, head.header.grid.image, None))
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
    with opened_file(file, _limit(max_pixels)) as (head, fetch):
        return _region(read_pixels, head, fetch, box, threads)


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
    with opened_file(file, _limit(max_pixels)) as (head, fetch):
        return _region(read_image, head, fetch, box, threads)


def read_info(file: File, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> Info:
    """Read what a KMF file says of itself; no tile is read. Parameters and errors as for `open`."""
    from kmformat.codec.format.info import info_of

    with opened_file(file, _limit(max_pixels)) as (head, _):
        return info_of(head)


def verify(file: File, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> None:
    """Check everything in a KMF file: every checksum, and that every index is in the palette.

    Memory is that of one tile, or of 16 small ones. Parameters and errors as for `open`.
    """
    for error in damaged_tiles(file, max_pixels=max_pixels):
        raise error


def damaged_tiles(file: File, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> Iterator[FormatError]:
    """Do the same, but yield what is wrong with each damaged tile; damage to the head is raised."""
    with opened_file(file, _limit(max_pixels)) as (head, fetch):
        yield from decoder.damaged_tiles(head, fetch)


def read_one(stream: IO[bytes], *, max_pixels: int = DEFAULT_MAX_PIXELS) -> bytes:
    """Read the bytes of one KMF file out of a longer stream, which is left just after its end.

    The stream need not seek. Errors as for `open`; the tiles themselves are not checked yet.
    """
    check_file(stream, "read")
    if isinstance(stream, str | os.PathLike):
        raise ParameterError(f"stream of type {type(stream).__name__}: expected a binary stream")
    return read_forward(stream, _limit(max_pixels))


def checked_box(grid: TileGrid, box: AnyBox | None) -> Box:
    """Return `box` as a Box, the whole image if it is None; it must lie inside the image."""
    if box is None:
        return grid.image
    left, upper, right, lower = integers("box", box, 4, 0)
    if not (left < right <= grid.width and upper < lower <= grid.height):
        raise ParameterError(
            f"box {(left, upper, right, lower)}: expected left < right and upper < lower, "
            f"inside the image of {grid.width} x {grid.height} pixels"
        )
    return Box(left, upper, right, lower)


def _decoded(
    read: Callable[[FileHead, Fetch, Box, int | None], _Read],
    data: BytesLike,
    box: AnyBox | None,
    max_pixels: int,
    threads: int | None,
) -> _Read:
    fetch, length = fetch_from(data)
    return _region(read, read_head(fetch, length, _limit(max_pixels)), fetch, box, threads)


def _region(
    read: Callable[[FileHead, Fetch, Box, int | None], _Read],
    head: FileHead,
    fetch: Fetch,
    box: AnyBox | None,
    threads: int | None,
) -> _Read:
    if threads is not None:
        threads = integer("threads", threads, 1)
    return read(head, fetch, checked_box(head.header.grid, box), threads)


def _limit(max_pixels: int) -> int:
    return integer("max_pixels", max_pixels, 1)
