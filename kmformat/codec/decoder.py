"""The way back: a file's head, then its tiles, to the colours or indices of any region.

Everything here takes a `fetch` function, which returns the bytes from one offset up to another, so
that the same code reads bytes in memory and files on disk (`kmformat.storage`), and no more of them
than it needs. Arguments are checked by `kmformat.reading`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from kmformat import kernels
from kmformat.codec.fetching import JoinedFetch
from kmformat.codec.format import container
from kmformat.codec.format.container import Fetch, check_file_length
from kmformat.codec.format.head import OVERVIEWS_CHUNK, Box, FileHead
from kmformat.codec.methods import PackedTile, TileMethod, method_of, tile_checksum
from kmformat.errors import ChecksumError, Code, FormatError
from kmformat.indexed import METADATA_CHUNKS, NAMES_CHUNK, IndexedImage

if TYPE_CHECKING:
    from kmformat.arrays import U8
    from kmformat.codec.fetching import TileCache
    from kmformat.codec.format.container import Region
    from kmformat.indexed import Chunk

_Result = TypeVar("_Result")

_IN_STEP, _IN_STEP_PIXELS = 16, 1 << 24
"""So many tiles, of so many pixels, are decoded in step: twice as fast as one by one."""


def read_head(
    fetch: Fetch,
    file_length: int,
    max_pixels: int,
    region: Region | None = None,
    *,
    complete: bool = True,
) -> FileHead:
    """Read everything before the tile data of a file of `file_length` bytes.

    With a region, the limit is on the pixels of its tiles alone. If `complete`, check that the file
    has all tile data, and nothing after that but its tail.
    """

    def fetch_inside(start: int, end: int) -> bytes:
        return fetch(min(start, file_length), min(end, file_length))

    head = container.read_head(fetch_inside, max_pixels=max_pixels, region=region)
    if complete:
        check_file_length(head, file_length)
    return head


def read_pixels(
    head: FileHead,
    fetch: Fetch,
    region: Box,
    threads: int | None,
    cache: TileCache | None = None,
) -> U8:
    """Return the colours of a region, as `kmformat.decode` does, of a file whose head is read."""
    tables: dict[int, kernels.ColorTable] = {}
    out = np.empty((region.height, region.width, head.palette.shape[1]), np.uint8)

    def paint(tile: PackedTile, part: U8) -> None:
        if tile.bits not in tables:
            pixels = region.width * region.height
            tables[tile.bits] = kernels.ColorTable(head.palette, tile.bits, pixels)
        tables[tile.bits].paint(tile.rows, part)

    _fill(out, region, head, fetch, paint, threads, cache)
    return out


def read_indices(head: FileHead, fetch: Fetch, region: Box, threads: int | None) -> U8:
    """Return the indices of a region, uint8 (height, width), of a file whose head is read."""
    out = np.empty((region.height, region.width), np.uint8)

    def unpack(tile: PackedTile, part: U8) -> None:
        part[...] = kernels.unpack(tile.rows, tile.bits, part.shape[1])

    _fill(out, region, head, fetch, unpack, threads)
    return out


def read_image(head: FileHead, fetch: Fetch, region: Box, threads: int | None) -> IndexedImage:
    """Return palette, indices and chunks of a region, as `kmformat.decode_indexed` does."""
    chunks = chunks_of(head, unchanged=region == head.header.grid.image)
    return IndexedImage(head.palette, read_indices(head, fetch, region, threads), chunks)


def chunks_of(head: FileHead, *, unchanged: bool) -> tuple[Chunk, ...]:
    """Return the ancillary chunks that belong to what is read of a file.

    Overviews are no part of it, and unless the image is unchanged, unknown chunks are not either.
    """
    return tuple(
        chunk
        for chunk in head.chunks
        if (not chunk.critical and chunk.type != OVERVIEWS_CHUNK)
        and (unchanged or chunk.type in (*METADATA_CHUNKS, NAMES_CHUNK))
    )


def _fill(
    out: U8,
    region: Box,
    head: FileHead,
    fetch: Fetch,
    expand: Callable[[PackedTile, U8], None],
    threads: int | None,
    cache: TileCache | None = None,
) -> None:
    """Fill `out`, which shows `region`, with what `expand(tile, part)` makes of each tile."""

    def place(box: Box, tile: PackedTile) -> None:
        inside = box.intersection(region)
        rows, columns = inside.slices(box[:2])
        part, tile = out[inside.slices(region[:2])], tile._replace(rows=tile.rows[rows])
        if inside.width == box.width:
            expand(tile, part)
        else:
            whole = np.empty((inside.height, box.width, *out.shape[2:]), np.uint8)
            expand(tile, whole)
            part[...] = whole[:, columns]

    for_each_tile(head, fetch, region, place, threads, cache)


def for_each_tile(
    head: FileHead,
    fetch: Fetch,
    region: Box,
    use: Callable[[Box, PackedTile], None],
    threads: int | None,
    cache: TileCache | None = None,
) -> None:
    """Call `use(box, tile)` with each tile that a region touches, several at a time.

    Those in the cache, if there is one, are not read again. Of several damaged tiles, the error of
    the first is raised.
    """
    grid, numbers = head.header.grid, list(head.header.grid.touching(region))
    if cache is not None:
        kept = {number: cache.get(number) for number in numbers}
        for number, tile in kept.items():
            if tile is not None:
                use(grid.box(number), tile)
        numbers = [number for number, tile in kept.items() if tile is None]
    joined = JoinedFetch(fetch, head.offsets, numbers)

    def read_group(group: list[int]) -> None:
        for number, tile in zip(group, read_tiles(head, joined, group), strict=True):
            use(grid.box(number), tile)
            if cache is not None:
                cache.put(number, tile)

    in_step = _in_step(head)
    groups = _groups(head, numbers, in_step)
    # What is decoded in step takes many short steps, for which threads only wait for each other.
    alone = len(numbers) == 1 or any(in_step.values())
    for _ in _each_group(read_group, groups, 1 if alone else threads):
        pass


def damaged_tiles(
    head: FileHead, fetch: Fetch, threads: int | None = None
) -> Iterator[FormatError]:
    """Yield what is wrong with each damaged tile of a file whose head is read, in order."""
    in_step, every = _in_step(head), range(head.header.grid.count)
    joined = JoinedFetch(fetch, head.offsets, every)

    def errors_in(numbers: list[int]) -> list[FormatError]:
        if len(numbers) > 1:
            with suppress(FormatError):
                _decode(head, joined, numbers)
                return []
        errors = []
        for number in numbers:
            try:
                _decode(head, joined, [number])
            except FormatError as error:
                errors.append(error.in_tile(number))
        return errors

    groups = _groups(head, every, in_step)
    for errors in _each_group(errors_in, groups, 1 if any(in_step.values()) else threads):
        yield from errors


def _each_group(
    work: Callable[[list[int]], _Result], groups: Iterable[list[int]], threads: int | None
) -> Iterator[_Result]:
    """Yield work(group) for each group of tiles, in order, several at a time."""
    if threads == 1:
        return map(work, groups)
    from kmformat.codec.threads import map_threads

    return map_threads(work, groups, threads)


def _in_step(head: FileHead) -> dict[int, bool]:
    """Return of each method in a file whether its tiles are decoded in step, as only NumPy does."""
    return {number: _method(number).IN_STEP and not kernels.NATIVE for number in head.methods}


def _groups(
    head: FileHead, numbers: Iterable[int], in_step: dict[int, bool]
) -> Iterator[list[int]]:
    """Yield tiles in order; those together that can be decoded in step."""
    grid, methods = head.header.grid, head.directory["method"]
    group: list[int] = []
    shared: tuple[int, int, int] | None = None
    for number in numbers:
        box, method = grid.box(number), int(methods[number])
        kind = (method, box.height, box.width) if in_step[method] else None
        full = len(group) == max(1, min(_IN_STEP, _IN_STEP_PIXELS // (box.width * box.height)))
        if group and (kind is None or kind != shared or full):
            yield group
            group = []
        group.append(number)
        shared = kind
    if group:
        yield group


def read_tiles(head: FileHead, fetch: Fetch, numbers: Sequence[int]) -> list[PackedTile]:
    """Return tiles, checked (spec, section 5, steps 12 to 16).

    Several tiles must be of one shape, and of one method that decodes them in step.

    Raises
    ------
    FormatError
        Of the first tile at fault.
    """
    if len(numbers) > 1:
        with suppress(FormatError):  # which of them is the first at fault shows one by one
            return _decode(head, fetch, numbers)
    tiles = []
    for number in numbers:
        try:
            tiles += _decode(head, fetch, [number])
        except FormatError as error:
            raise error.in_tile(number) from None
    return tiles


def _decode(head: FileHead, fetch: Fetch, numbers: Sequence[int]) -> list[PackedTile]:
    data, first = [], numbers[0]
    for number in numbers:
        start, end = head.offsets[number : number + 2].tolist()
        data.append(fetch(start, end))
        method, _, stated = head.directory[number].tolist()
        actual = tile_checksum(method, data[-1], head.palette)
        if actual != stated:
            raise ChecksumError(
                Code.TILE_CHECKSUM,
                f"stored bytes have CRC-32 {actual:08x}, but {stated:08x} is stated",
            )
    box = head.header.grid.box(first)
    return _method(head.directory["method"][first]).decode(data, (box.height, box.width), head)


def _method(number: int) -> TileMethod:
    return cast("TileMethod", method_of(number))  # the container has checked that there is one
