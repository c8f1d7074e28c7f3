"""Reading in Python: `decode`, `decode_indexed`, `open`, `read_info`, `verify`.

Each takes a path, a binary stream or the bytes of a file. `read` and `read_indexed` are other names
of `decode` and `decode_indexed`.

Arguments are checked here, and nothing else is done: `kmformat.storage` opens, and
`kmformat.codec.decoder` decodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Real
from typing import IO, TYPE_CHECKING, TypeAlias

from kmformat.arguments import DEFAULT_MAX_PIXELS, integer, integers
from kmformat.codec import decoder
from kmformat.codec.format.container import check_tiles
from kmformat.codec.format.head import Box, TileGrid
from kmformat.codec.levels import View, fitting, view_image, view_pixels
from kmformat.errors import FormatError, ParameterError
from kmformat.storage.input import ANY_SIZE, Source, check_file, opened_file, read_forward

if TYPE_CHECKING:
    from PIL import Image

    from kmformat.arrays import U8
    from kmformat.codec.format.container import Fetch, Region
    from kmformat.codec.format.head import FileHead
    from kmformat.codec.format.info import Info
    from kmformat.indexed import IndexedImage

AnyBox: TypeAlias = tuple[int, int, int, int]
Scale: TypeAlias = float | tuple[int, int]


def decode(
    file: Source,
    *,
    box: AnyBox | None = None,
    scale: Scale = 1,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    max_tiles: int | None = None,
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
    scale
        Makes it smaller: a factor of width and height, more than 0 and up to 1, such as 1/8; or
        (width, height), into which it is to fit. Sizes are rounded down. Each pixel is an average
        in linear light, of the smallest overview in the file that has enough pixels, if there is
        one, and otherwise of the image.
    max_pixels
        The most pixels that the image may have, or with a box, the tiles that it touches; with a
        scale, that of the overview.
    max_tiles
        The most tiles that the image may have, whatever is read of it; any number unless told. Each
        takes time of its own, and need not be more than 6 bytes of the file.
    threads
        How many tiles to decode at a time; unless told, one for each processor. Without native
        kernels, compact ones are decoded in step instead.

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
        The box is not inside the image, or empty; or the scale is none.
    """
    with _opened(file, box, scale, max_pixels, max_tiles, threads) as (head, fetch, view):
        return view_pixels(head, fetch, view)


def decode_indexed(
    file: Source,
    *,
    box: AnyBox | None = None,
    scale: Scale = 1,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    max_tiles: int | None = None,
    threads: int | None = None,
) -> IndexedImage:
    """Return palette, indices and chunks of a KMF file; parameters and errors as for `decode`.

    With a scale, each index is the one that most pixels have, as is right for label masks. It comes
    from overviews with the palette of the image, if there are any.
    """
    with _opened(file, box, scale, max_pixels, max_tiles, threads) as (head, fetch, view):
        return view_image(head, fetch, view)


read, read_indexed = decode, decode_indexed


def open(  # noqa: A001
    file: Source,
    *,
    box: AnyBox | None = None,
    scale: Scale = 1,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    max_tiles: int | None = None,
) -> Image.Image:
    """Read a KMF file as a Pillow image of mode RGB, or RGBA if its palette has alpha.

    `Image.open` of Pillow reads such files as well, as images of mode P whose pixels are read when
    they are needed, and with Pillow's errors and limits.

    Parameters
    ----------
    file
        A path, a binary stream or bytes, as for `decode`.
    box, scale, max_pixels, max_tiles
        As for `decode`.

    Raises
    ------
    FormatError, LimitError
        The file is malformed, or too large.
    OSError
        It can't be read.
    ParameterError
        The box is not inside the image, or empty; or the scale is none.
    """
    from PIL import Image

    from kmformat.pictures.metadata import Metadata

    with _opened(file, box, scale, max_pixels, max_tiles) as (head, fetch, view):
        image = Image.fromarray(view_pixels(head, fetch, view))
    image.info.update(Metadata.from_chunks(head.chunks).to_info())
    return image


def read_info(file: Source, *, max_pixels: int | None = None, max_tiles: int | None = None) -> Info:
    """Read what a KMF file says of itself; no tile is decoded. Parameters and errors as for `open`.

    It may be of any size, unless told. Tiles are read as far as it takes to know whether a small
    reader reads the file.
    """
    from kmformat.codec.format.info import info_of
    from kmformat.codec.small import small_workspace

    limit = ANY_SIZE if max_pixels is None else _limit(max_pixels)
    with opened_file(file, limit, region_of(None, max_tiles)) as (head, fetch):
        return info_of(head, small_workspace(head, fetch))


def verify(
    file: Source, *, max_pixels: int = DEFAULT_MAX_PIXELS, max_tiles: int | None = None
) -> None:
    """Check everything in a KMF file: every checksum, and that every index is in the palette.

    Memory is that of one tile, or of 16 small ones. Parameters and errors as for `open`.
    """
    for error in damaged_tiles(file, max_pixels=max_pixels, max_tiles=max_tiles):
        raise error


def damaged_tiles(
    file: Source, *, max_pixels: int = DEFAULT_MAX_PIXELS, max_tiles: int | None = None
) -> Iterator[FormatError]:
    """Do the same, but yield what is wrong with each damaged tile; damage to the head is raised."""
    with opened_file(file, _limit(max_pixels), region_of(None, max_tiles)) as (head, fetch):
        yield from decoder.damaged_tiles(head, fetch)


def read_one(
    stream: IO[bytes], *, max_pixels: int = DEFAULT_MAX_PIXELS, max_tiles: int | None = None
) -> bytes:
    """Read the bytes of one KMF file out of a longer stream, which is left just after its end.

    The stream need not seek. Errors as for `open`; the tiles themselves are not checked yet.
    """
    if not hasattr(stream, "read"):
        raise ParameterError(f"stream of type {type(stream).__name__}: expected a binary stream")
    check_file(stream, "read")
    return read_forward(stream, _limit(max_pixels), region_of(None, max_tiles))


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


@contextmanager
def _opened(
    file: Source,
    box: AnyBox | None,
    scale: Scale,
    max_pixels: int,
    max_tiles: int | None,
    threads: int | None = None,
) -> Iterator[tuple[FileHead, Fetch, View]]:
    """Yield the head of a file, a function that fetches its bytes, and what to read of it."""
    limit = _limit(max_pixels)
    if threads is not None:
        threads = integer("threads", threads, 1)
    chosen = region_of(box, max_tiles)
    with opened_file(file, limit, chosen, any_size=scale != 1) as (head, fetch):
        region = checked_box(head.header.grid, box)
        yield head, fetch, View(region, _factor(scale, region), limit, max_tiles, threads)


def _factor(scale: Scale, region: Box) -> float:
    """Return the factor of width and height that a scale stands for: more than 0, at most 1."""
    if isinstance(scale, Real) and not isinstance(scale, bool):
        if 0 < scale <= 1:
            return float(scale)
        raise ParameterError(f"scale {scale}: expected more than 0, up to 1")
    width, height = integers("scale", scale, 2, 1)
    return fitting((region.width, region.height), (width, height))


def region_of(box: AnyBox | None, max_tiles: int | None) -> Region | None:
    """Return what chooses a part of an image, once it has been seen that its tiles are not many."""
    if max_tiles is not None:
        max_tiles = integer("max_tiles", max_tiles, 1)
    elif box is None:
        return None

    def region(grid: TileGrid) -> Box:
        check_tiles(grid, max_tiles)
        return checked_box(grid, box)

    return region


def _limit(max_pixels: int) -> int:
    return integer("max_pixels", max_pixels, 1)
