"""Reading in Python: `decode`, `decode_indexed`, `open`, `read_info`, `verify`.

Each takes a path, a binary stream or the bytes of a file. `read` and `read_indexed` are other names
of `decode` and `decode_indexed`.

Arguments are checked here, and nothing else is done: `kmformat.storage` opens, and
`kmformat.codec.decoder` decodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, TypeAlias, TypeVar

from kmformat.arguments import DEFAULT_MAX_PIXELS, integer, integers
from kmformat.codec import decoder
from kmformat.codec.decoder import read_image, read_pixels
from kmformat.codec.format.head import Box, FileHead, TileGrid
from kmformat.errors import FormatError, ParameterError
from kmformat.storage.input import Source, check_file, opened_file, read_forward

if TYPE_CHECKING:
    from PIL import Image

    from kmformat.arrays import U8
    from kmformat.codec.decoder import Fetch
    from kmformat.codec.format.container import Region
    from kmformat.codec.format.info import Info
    from kmformat.indexed import IndexedImage

AnyBox: TypeAlias = tuple[int, int, int, int]
_Read = TypeVar("_Read")


def decode(
    file: Source,
    *,
    box: AnyBox | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    threads: int | None = None,
) -> U8:
    """Return the pixels of a KMF file.

    Parameters
    ----------
    file
        A path; a binary stream, which is read from where it stands to its end; or the whole file,
        any bytes-like object.
    box
        (left, upper, right, lower), half open: the part to decode. Only the tiles that it touches
        are read, so damage elsewhere goes unnoticed. Unless told, the whole image.
    max_pixels
        The most pixels that the image may have, or with a box, the tiles that it touches.
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
    OSError
        It can't be read.
    ParameterError
        The box is not inside the image, or empty.
    """
    return _decoded(read_pixels, file, box, max_pixels, threads)


def decode_indexed(
    file: Source,
    *,
    box: AnyBox | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    threads: int | None = None,
) -> IndexedImage:
    """Return palette, indices and chunks of a KMF file; parameters and errors as for `decode`."""
    return _decoded(read_image, file, box, max_pixels, threads)


read, read_indexed = decode, decode_indexed


def open(  # noqa: A001
    file: Source, *, box: AnyBox | None = None, max_pixels: int = DEFAULT_MAX_PIXELS
) -> Image.Image:
    """Read a KMF file as a Pillow image of mode RGB, or RGBA if its palette has alpha.

    `Image.open` of Pillow reads such files as well, as images of mode P whose pixels are read when
    they are needed, and with Pillow's errors and limits.

    Parameters
    ----------
    file
        A path, a binary stream or bytes, as for `decode`.
    box, max_pixels
        As for `decode`.

    Raises
    ------
    FormatError, LimitError
        The file is malformed, or too large.
    OSError
        It can't be read.
    ParameterError
        The box is not inside the image, or empty.
    """
    from PIL import Image

    from kmformat.pictures.metadata import Metadata

    with opened_file(file, _limit(max_pixels), _region_of(box)) as (head, fetch):
        image = Image.fromarray(read_pixels(head, fetch, checked_box(head.header.grid, box), None))
    image.info.update(Metadata.from_chunks(head.chunks).to_info())
    return image


def read_info(file: Source, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> Info:
    """Read what a KMF file says of itself; no tile is decoded. Parameters and errors as for `open`.

    Tiles are read as far as it takes to know whether a small reader reads the file.
    """
    from kmformat.codec.format.info import info_of
    from kmformat.codec.small import small_workspace

    with opened_file(file, _limit(max_pixels)) as (head, fetch):
        return info_of(head, small_workspace(head, fetch))


def verify(file: Source, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> None:
    """Check everything in a KMF file: every checksum, and that every index is in the palette.

    Memory is that of one tile, or of 16 small ones. Parameters and errors as for `open`.
    """
    for error in damaged_tiles(file, max_pixels=max_pixels):
        raise error


def damaged_tiles(file: Source, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> Iterator[FormatError]:
    """Do the same, but yield what is wrong with each damaged tile; damage to the head is raised."""
    with opened_file(file, _limit(max_pixels)) as (head, fetch):
        yield from decoder.damaged_tiles(head, fetch)


def read_one(stream: IO[bytes], *, max_pixels: int = DEFAULT_MAX_PIXELS) -> bytes:
    """Read the bytes of one KMF file out of a longer stream, which is left just after its end.

    The stream need not seek. Errors as for `open`; the tiles themselves are not checked yet.
    """
    if not hasattr(stream, "read"):
        raise ParameterError(f"stream of type {type(stream).__name__}: expected a binary stream")
    check_file(stream, "read")
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
    file: Source,
    box: AnyBox | None,
    max_pixels: int,
    threads: int | None,
) -> _Read:
    with opened_file(file, _limit(max_pixels), _region_of(box)) as (head, fetch):
        if threads is not None:
            threads = integer("threads", threads, 1)
        return read(head, fetch, checked_box(head.header.grid, box), threads)


def _region_of(box: AnyBox | None) -> Region | None:
    return None if box is None else lambda grid: checked_box(grid, box)


def _limit(max_pixels: int) -> int:
    return integer("max_pixels", max_pixels, 1)
