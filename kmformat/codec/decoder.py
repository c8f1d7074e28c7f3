"""The way back: head, tiles, packed indices, then colours or indices, of any region.

Everything here takes a `fetch` function, which returns the bytes from one offset up to another, so
that the same code reads bytes in memory and files on disk (`kmformat.storage.streams`), and no more of them
than it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from kmformat.arguments import integer, integers
from kmformat.codec.format.container import HEADER_MAX, check_file_length, parse_head, parse_header
from kmformat.codec.format.grid import Box, TileGrid
from kmformat.codec.format.head import Head, Method
from kmformat.codec.methods import decode_tiles
from kmformat.codec.threads import map_threads
from kmformat.errors import FormatError, ParameterError
from kmformat.indexed import IndexedImage
from kmformat.kernels.packing import ColorTable, unpack

U8 = npt.NDArray[np.uint8]
AnyBox: TypeAlias = tuple[int, int, int, int]
BytesLike: TypeAlias = bytes | bytearray | memoryview
Fetch: TypeAlias = Callable[[int, int], bytes]

_IN_STEP, _IN_STEP_PIXELS = 16, 1 << 24
"""So many compact tiles, of so many pixels, are decoded together: twice as fast as one by one."""


def read_pixels(head: Head, fetch: Fetch, box: AnyBox | None, threads: int | None) -> U8:
    """Return the colours of a region, as `decode` does, of a file whose head is read."""
    region = checked_box(head.header.grid, box)
    table = ColorTable(head.palette, head.header.bits, region.width * region.height)
    out = np.empty((region.height, region.width, head.palette.shape[1]), np.uint8)
    _fill(out, region, head, fetch, table.paint, threads)
    return out


def read_indices(head: Head, fetch: Fetch, box: AnyBox | None, threads: int | None) -> U8:
    """Return the indices of a region, uint8 (height, width), of a file whose head is read."""
    region, bits = checked_box(head.header.grid, box), head.header.bits
    out = np.empty((region.height, region.width), np.uint8)

    def spread(packed: U8, part: U8) -> None:
        part[...] = unpack(packed, bits, part.shape[1])

    _fill(out, region, head, fetch, spread, threads)
    return out


def read_image(head: Head, fetch: Fetch, box: AnyBox | None, threads: int | None) -> IndexedImage:
    """Return palette, indices and chunks of a region, as `decode_indexed` does."""
    chunks = tuple(chunk for chunk in head.chunks if not chunk.critical)
    return IndexedImage(head.palette, read_indices(head, fetch, box, threads), chunks)


def _fill(
    out: U8,
    region: Box,
    head: Head,
    fetch: Fetch,
    expand: Callable[[U8, U8], None],
    threads: int | None,
) -> None:
    """Fill `out`, which shows `region`, with what `expand(packed, part)` makes of each tile."""

    def place(tile: Box, packed: U8) -> None:
        inside = tile.intersection(region)
        rows = packed[inside.slices(tile[:2])[0]]
        part = out[inside.slices(region[:2])]
        if inside.width == tile.width:
            expand(rows, part)
        else:
            whole = np.empty((inside.height, tile.width, *out.shape[2:]), np.uint8)
            expand(rows, whole)
            part[...] = whole[:, inside.slices(tile[:2])[1]]

    for_each_tile(head, fetch, region, place, threads)


def for_each_tile(
    head: Head, fetch: Fetch, region: Box, use: Callable[[Box, U8], None], threads: int | None
) -> None:
    """Call `use(box, packed)` with each tile that a region touches, several at a time."""

    def read_group(numbers: list[int]) -> None:
        for number, packed in zip(numbers, read_tiles(head, fetch, numbers), strict=True):
            use(head.header.grid.box(number), packed)

    groups = _groups(head, region)
    # Compact tiles are decoded in many short steps, for which threads only wait for each other.
    serial = (head.directory["method"] == Method.COMPACT).any()
    for _ in map_threads(read_group, groups, threads, serial=bool(serial)):
        pass


def _groups(head: Head, region: Box) -> Iterator[list[int]]:
    """Yield the tiles that a region touches; those together that can be decoded in step."""
    grid, methods = head.header.grid, head.directory["method"]
    group: list[int] = []
    shape: tuple[int, int] | None = None
    for number in grid.touching(region):
        box = grid.box(number)
        compact = methods[number] == Method.COMPACT
        full = len(group) == max(1, min(_IN_STEP, _IN_STEP_PIXELS // (box.width * box.height)))
        if group and (not compact or shape != (box.height, box.width) or full):
            yield group
            group = []
        group.append(number)
        shape = (box.height, box.width) if compact else None
    yield group


def read_tiles(head: Head, fetch: Fetch, numbers: Sequence[int]) -> list[U8]:
    """Return the packed indices of tiles, checked: see `kmformat.codec.methods.decode_tiles`."""
    if len(numbers) > 1:
        with suppress(FormatError):  # which of them is the first at fault shows one by one
            return decode_tiles([_stored(head, fetch, n) for n in numbers], numbers, head)
    tiles = []
    for number in numbers:
        try:
            tiles += decode_tiles([_stored(head, fetch, number)], [number], head)
        except FormatError as error:
            raise error.in_tile(number) from None
    return tiles


def _stored(head: Head, fetch: Fetch, number: int) -> bytes:
    start, end = head.offsets[number : number + 2].tolist()
    return fetch(start, end)


def read_head(fetch: Fetch, file_length: int, max_pixels: int, *, complete: bool = True) -> Head:
    """Read everything before the tile data of a file of `file_length` bytes.

    If `complete`, check that the file has all tile data, and nothing after that.
    """
    max_pixels = integer("max_pixels", max_pixels, 1)
    header = parse_header(fetch(0, min(HEADER_MAX, file_length)), max_pixels=max_pixels)
    head = parse_head(fetch(0, min(header.head_length, file_length)), header)
    if complete:
        check_file_length(head, file_length)
    return head


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
    left, upper, right, lower = integers("box", box, 4, 0)
    if not (left < right <= grid.width and upper < lower <= grid.height):
        raise ParameterError(
            f"box {(left, upper, right, lower)}: expected left < right and upper < lower, "
            f"inside the image of {grid.width} x {grid.height} pixels"
        )
    return Box(left, upper, right, lower)
