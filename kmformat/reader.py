"""The way back: head, tiles, packed indices, then colours or indices, of any region.

Everything here takes a `fetch` function, which returns the bytes from one offset up to another, so
that the same code reads bytes in memory and files on disk (`kmformat.files`), and no more of them
than it needs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from kmformat.container import HEADER_MAX, parse_head, parse_header
from kmformat.errors import FormatError, ParameterError
from kmformat.grid import Box, TileGrid
from kmformat.head import Head
from kmformat.packing import ColorTable, unpack
from kmformat.parallel import map_threads
from kmformat.tiles import decode_tile

U8 = npt.NDArray[np.uint8]
AnyBox: TypeAlias = tuple[int, int, int, int]
BytesLike: TypeAlias = bytes | bytearray | memoryview
Fetch: TypeAlias = Callable[[int, int], bytes]


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
