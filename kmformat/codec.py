"""Indexed images and pixels to the bytes of a file, and back. No I/O: bytes in, values out.

The way out:  pixels -> quantise -> indices -> tiles -> head + tile data.
The way back: head -> tiles -> packed indices -> colours, or indices.

The readers here take a `fetch` function, which returns the bytes at an offset, so that the same
code reads a region of bytes in memory and of a file on disk (`kmformat.files`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, TypeAlias, TypedDict, TypeVar

import numpy as np
import numpy.typing as npt

from kmformat.compression import check_level
from kmformat.container import (
    DEFAULT_MAX_PIXELS,
    ENTRY,
    HEADER_MAX,
    MAX_TILE_PIXELS,
    Head,
    Header,
    build_head,
    parse_head,
    parse_header,
)
from kmformat.errors import FormatError, ParameterError
from kmformat.grid import Box, TileGrid, auto_tile_size
from kmformat.indexed import IndexedImage
from kmformat.packing import ColorTable, unpack
from kmformat.quantizer import DEFAULT_COLORS, Init, quantize
from kmformat.tiles import StoredTile, decode_tile, encode_tile

if TYPE_CHECKING:
    from PIL import Image

U8 = npt.NDArray[np.uint8]
Fetch: TypeAlias = Callable[[int, int], bytes]
"""Returns the bytes from one offset of a file up to another."""
AnyBox: TypeAlias = tuple[int, int, int, int]
BytesLike: TypeAlias = bytes | bytearray | memoryview
_Result = TypeVar("_Result")

_BATCH = 256
DEFAULT_LEVEL = 15
"""zstd's level unless told: higher ones take several times as long for some 3% on photographs."""


class EncodeOptions(TypedDict, total=False):
    """The options of `encode`: those of `quantize` and then those of `encode_indexed`."""

    colors: int | None
    init: Init
    iterations: int | None
    seed: int
    bits: int | None
    zstd: bool
    level: int
    tile: tuple[int, int] | None
    threads: int | None


def encode(
    image: Image.Image | npt.NDArray[np.uint8],
    *,
    colors: int | None = None,
    bits: int | None = None,
    init: Init = "best",
    iterations: int | None = None,
    seed: int = 0,
    zstd: bool = True,
    level: int = DEFAULT_LEVEL,
    tile: tuple[int, int] | None = None,
    threads: int | None = None,
) -> bytes:
    """Reduce an image to a small palette and return it as the bytes of a KMF file.

    Parameters
    ----------
    image, init, iterations, seed
        See `kmformat.quantize`.
    colors
        The most palette entries, 1 to 256. Unless told 16, or 2^bits if that is less.
    bits, zstd, level, tile, threads
        See `kmformat.encode_indexed`.

    Raises
    ------
    ParameterError
    """
    count = palette_size(colors, bits)
    indexed = quantize(image, colors=count, init=init, iterations=iterations, seed=seed)
    return encode_indexed(indexed, bits=bits, zstd=zstd, level=level, tile=tile, threads=threads)


def palette_size(colors: int | None, bits: int | None) -> int:
    """Return how many colours `encode` asks for, given what its caller says of colours and bits."""
    if bits not in (None, 1, 2, 4, 8):
        raise ParameterError(f"{bits} index bits: expected 1, 2, 4 or 8")
    most = 256 if bits is None else 1 << bits
    if colors is None:
        return min(DEFAULT_COLORS, most)
    if colors > most:
        raise ParameterError(f"{colors} colours do not fit: expected at most {most}")
    return colors


def encode_indexed(
    image: IndexedImage,
    *,
    bits: int | None = None,
    zstd: bool = True,
    level: int = DEFAULT_LEVEL,
    tile: tuple[int, int] | None = None,
    threads: int | None = None,
) -> bytes:
    """Return an indexed image as the bytes of a KMF file, without loss.

    Parameters
    ----------
    bits
        Bits of each index: 1, 2, 4 or 8, enough for the palette. Unless told, 4, or 8 for a
        palette of more than 16 colours.
    zstd, level
        Whether tiles may be compressed, and how hard: 1 to 22. A tile that would grow is stored.
    tile
        Width and height of the tiles in pixels, each at least 1. Unless told, one tile for an
        image of up to 2^20 pixels, and tiles of half that or more for a larger one.
    threads
        How many tiles to encode at a time; unless told, one for each processor. The bytes do not
        depend on it.

    Raises
    ------
    ParameterError
    """
    check_level(level)
    colors, grid = len(image.palette), _tile_grid(image.width, image.height, tile)
    index_bits = bits or (4 if colors <= 16 else 8)
    palette_size(colors, index_bits)
    tile_level = level if zstd else None

    def encode_one(number: int) -> StoredTile:
        return encode_tile(image.indices[grid.box(number).slices()], index_bits, tile_level)

    tiles = list(map_threads(encode_one, range(grid.count), threads))
    directory = np.array([stored.entry for stored in tiles], ENTRY)
    header = Header(index_bits, colors, image.palette.shape[1] == 4, grid)
    head = build_head(header, image.palette, image.chunks, directory)
    return b"".join([head, *(stored.data for stored in tiles)])


def _tile_grid(width: int, height: int, tile: tuple[int, int] | None) -> TileGrid:
    tile_width, tile_height = tile or auto_tile_size(width, height)
    if min(tile_width, tile_height) < 1:
        raise ParameterError(f"tiles of {tile_width} x {tile_height} pixels: expected 1 x 1 up")
    grid = TileGrid(width, height, min(tile_width, width), min(tile_height, height))
    if grid.tile_width * grid.tile_height > MAX_TILE_PIXELS:
        raise ParameterError(
            f"tiles of {grid.tile_width} x {grid.tile_height}: "
            f"expected at most {MAX_TILE_PIXELS} pixels"
        )
    return grid


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
        How many tiles to decode at a time; unless told, one for each processor.

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
    fetch, length = fetch_from(data)
    return read_pixels(read_head(fetch, length, max_pixels), fetch, box, threads)


def decode_indexed(
    data: BytesLike,
    *,
    box: AnyBox | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    threads: int | None = None,
) -> IndexedImage:
    """Return palette, indices and chunks of a KMF file; parameters and errors as for `decode`."""
    fetch, length = fetch_from(data)
    head = read_head(fetch, length, max_pixels)
    return IndexedImage(head.palette, read_indices(head, fetch, box, threads), head.chunks)


def read_pixels(head: Head, fetch: Fetch, box: AnyBox | None, threads: int | None) -> U8:
    """Return the colours of a region, as `decode` does, of a file whose head is read."""
    region = checked_box(head.header.grid, box)
    table = ColorTable(head.palette, head.header.bits, region.width * region.height)
    out = np.empty((region.height, region.width, head.palette.shape[1]), np.uint8)
    _read_tiles(head, fetch, region, out, table.paint, threads)
    return out


def read_indices(head: Head, fetch: Fetch, box: AnyBox | None, threads: int | None) -> U8:
    """Return the indices of a region, uint8 (height, width), of a file whose head is read."""
    region, bits = checked_box(head.header.grid, box), head.header.bits
    out = np.empty((region.height, region.width), np.uint8)

    def spread(packed: U8, part: U8) -> None:
        part[...] = unpack(packed, bits, part.shape[1])

    _read_tiles(head, fetch, region, out, spread, threads)
    return out


def _read_tiles(
    head: Head,
    fetch: Fetch,
    region: Box,
    out: U8,
    expand: Callable[[U8, U8], None],
    threads: int | None,
) -> None:
    """Fill `out`, which shows `region`, with what `expand(packed, part)` makes of each tile."""

    def read_one(number: int) -> None:
        tile = head.header.grid.box(number)
        inside = tile.intersection(region)
        packed = read_tile(head, fetch, number)[inside.slices(tile[:2])[0]]
        part = out[inside.slices(region[:2])]
        if inside.width == tile.width:
            expand(packed, part)
        else:
            whole = np.empty((inside.height, tile.width, *out.shape[2:]), np.uint8)
            expand(packed, whole)
            part[...] = whole[:, inside.slices(tile[:2])[1]]

    for _ in map_threads(read_one, head.header.grid.touching(region), threads):
        pass


def read_tile(head: Head, fetch: Fetch, number: int) -> U8:
    """Return the packed indices of one tile, checked: see `kmformat.tiles.decode_tile`."""
    header, (start, end) = head.header, head.offsets[number : number + 2].tolist()
    tile = header.grid.box(number)
    try:
        return decode_tile(
            fetch(start, end),
            head.directory[number],
            (tile.height, tile.width),
            header.bits,
            header.colors,
        )
    except FormatError as error:
        raise error.in_tile(number) from None


def read_head(fetch: Fetch, file_length: int, max_pixels: int) -> Head:
    """Read everything before the tile data of a file of `file_length` bytes."""
    header = parse_header(fetch(0, min(HEADER_MAX, file_length)), max_pixels=max_pixels)
    return parse_head(fetch(0, min(header.head_length, file_length)), header, file_length)


def fetch_from(data: BytesLike) -> tuple[Fetch, int]:
    """Return a function that fetches from bytes in memory, and how many there are."""
    try:
        view = memoryview(data).cast("B")
    except TypeError:
        raise ParameterError(f"data of type {type(data).__name__}: expected bytes") from None
    return lambda start, end: bytes(view[start:end]), len(view)


def checked_box(grid: TileGrid, box: AnyBox | None) -> Box:
    """Return `box` as a Box, the whole image if it is None; it must lie inside the image."""
    if box is None:
        return grid.image
    left, upper, right, lower = box
    if not (0 <= left < right <= grid.width and 0 <= upper < lower <= grid.height):
        raise ParameterError(
            f"box {tuple(box)}: expected left < right and upper < lower, "
            f"inside the image of {grid.width} x {grid.height} pixels"
        )
    return Box(left, upper, right, lower)


def map_threads(
    function: Callable[[int], _Result], items: Iterable[int], threads: int | None
) -> Iterator[_Result]:
    """Yield function(item) for each item in order, computing several at a time.

    Of several errors, the one of the earliest item is raised.
    """
    if threads is None:
        threads = os.cpu_count() or 1
    elif threads < 1:
        raise ParameterError(f"{threads} threads: expected 1 or more")
    items = iter(items)
    batch = list(islice(items, _BATCH))
    if threads == 1 or len(batch) == 1:
        yield from map(function, chain(batch, items))
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(threads) as pool:
        while batch:  # in batches, so that a file of a million tiles does not queue a million tasks
            yield from pool.map(function, batch)
            batch = list(islice(items, _BATCH))
