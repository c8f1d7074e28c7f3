"""Which method for which tile, and which tables for the file: the smallest of what is tried."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from kmformat.compact import encode_compact
from kmformat.effort import Effort
from kmformat.grid import TileGrid
from kmformat.head import MIN_COMPACT_SIDE, Chunk, Method
from kmformat.indexed import IndexedImage
from kmformat.learning import learn_tables, sample_rows
from kmformat.parallel import map_threads
from kmformat.tables import write_tables
from kmformat.tiles import StoredTile, encode_plain

U8 = npt.NDArray[np.uint8]

_FEWER_STREAMS = ((1 << 13, 1), (40_000, 2), (150_000, 4))
"""Tiles of less than so many pixels repay no more streams."""
_LEARN_PIXELS = 1 << 13
"""Images of less repay no learned orders."""


@dataclass(frozen=True)
class Candidate:
    """All tiles of a file as compact ones (None: it is too thin), and the tables they need."""

    tiles: list[StoredTile | None]
    chunks: list[Chunk]

    @property
    def tables_size(self) -> int:
        """Bytes that the tables add to the file."""
        return sum(8 + len(chunk.payload) for chunk in self.chunks) + (4 if self.chunks else 0)


@dataclass(frozen=True)
class Choice:
    """What to write: index bits, tiles, and the chunks of their tables."""

    bits: int
    tiles: list[StoredTile]
    chunks: list[Chunk]


def compact_candidates(
    image: IndexedImage, grid: TileGrid, how: Effort, threads: int | None
) -> list[Candidate]:
    """Return the image in compact tiles, with each of the tables worth trying."""
    thin = min(grid.tile_width, grid.tile_height) < MIN_COMPACT_SIDE
    if not how.streams or thin or len(image.palette) == 1:
        return []
    sample = sample_rows(image.indices)
    candidates = []
    tile_pixels = grid.tile_width * grid.tile_height
    for streams, learned in _plans(tile_pixels, image.indices.size, how):
        tables = learn_tables(sample, image.palette, streams=streams, learned=learned)

        def encode_one(number: int) -> StoredTile | None:
            box = grid.box(number)
            if min(box.width, box.height) < MIN_COMPACT_SIDE:
                return None
            data = encode_compact(image.indices[box.slices()], tables, how.coder)  # noqa: B023
            return StoredTile(Method.COMPACT, data)

        tiles = list(map_threads(encode_one, range(grid.count), threads))
        candidates.append(Candidate(tiles, write_tables(tables)))
    return candidates


def _plans(tile_pixels: int, pixels: int, how: Effort) -> list[tuple[int, bool]]:
    """Return numbers of streams, and whether to learn orders, to try.

    Streams are paid for in each tile, orders once.
    """
    streams = next((few for limit, few in _FEWER_STREAMS if tile_pixels < limit), 8)
    plans = [(min(streams, how.streams), how.streams > 1 and pixels >= _LEARN_PIXELS)]
    if how.plans:
        plans += [(1, False), (2, True), (4, True), (8, True), (4, False), (8, False)]
    return list(dict.fromkeys(plans))


def choose_tiles(
    image: IndexedImage,
    grid: TileGrid,
    choices: Iterable[int],
    candidates: list[Candidate],
    level: int | None,
    how: Effort,
    threads: int | None,
) -> Choice:
    """Return the smallest file of plain tiles, of each of some index bits, and compact ones."""
    rivals: list[int | None] = [
        min((len(tile) for tile in tiles if tile is not None), default=None)
        for tiles in zip(*(candidate.tiles for candidate in candidates), strict=True)
    ] or [None] * grid.count
    found: list[tuple[int, Choice]] = []
    for bits in choices:

        def encode_one(number: int) -> StoredTile:
            indices = image.indices[grid.box(number).slices()]
            rival = rivals[number]
            return encode_plain(indices, bits, level, rival=rival, hopeless=how.hopeless)  # noqa: B023

        plain = list(map_threads(encode_one, range(grid.count), threads))
        found.append((sum(map(len, plain)), Choice(bits, plain, [])))
        for candidate in candidates:
            mixed = [
                compact if compact is not None and len(compact) < len(tile) else tile
                for tile, compact in zip(plain, candidate.tiles, strict=True)
            ]
            size = sum(map(len, mixed)) + candidate.tables_size
            found.append((size, Choice(bits, mixed, candidate.chunks)))
    return min(found, key=itemgetter(0))[1]
