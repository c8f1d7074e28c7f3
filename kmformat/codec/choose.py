"""Which method for which tile, and which tables for the file: the smallest of what is tried."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from kmformat.codec.compact.fit import learn_tables, sample_rows
from kmformat.codec.compact.model import Tables, write_tables
from kmformat.codec.compact.sequences import Coder
from kmformat.codec.compact.streams import encode_compact
from kmformat.codec.format.grid import TileGrid
from kmformat.codec.format.head import Chunk, Header, Method
from kmformat.codec.methods import StoredTile, encode_plain
from kmformat.codec.threads import map_threads
from kmformat.effort import QUICK, Effort
from kmformat.indexed import IndexedImage

U8 = npt.NDArray[np.uint8]

_FEWER_STREAMS = ((1 << 13, 1), (40_000, 2), (150_000, 4))
"""Tiles of less than so many pixels repay no more streams."""
_LEARN_PIXELS = 1 << 13
"""Images of less repay no learned orders."""


@dataclass(frozen=True)
class Candidate:
    """All tiles of a file as compact ones (None: it may not be), and the tables they need."""

    tiles: list[StoredTile | None]
    chunks: list[Chunk]

    @property
    def size(self) -> int:
        """Bytes of all compact tiles and their tables."""
        return self.tables_size + sum(len(tile) for tile in self.tiles if tile is not None)

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


def compact_candidate(
    image: IndexedImage, grid: TileGrid, how: Effort, threads: int | None
) -> Candidate | None:
    """Return the image in compact tiles, with the best of the tables worth trying."""
    may = Header(8, len(image.palette), False, grid).may_be_compact()
    if not how.streams or not may.any() or len(image.palette) == 1:
        return None
    sample, tile_pixels = sample_rows(image.indices), grid.tile_width * grid.tile_height
    plans = [
        learn_tables(sample, image.palette, streams=streams, learned=learned)
        for streams, learned in _plans(tile_pixels, image.indices.size, how)
    ]
    if len(plans) > 1:  # which tables are best shows with little effort, too
        quickly = [_compact(image, grid, may, tables, QUICK, threads) for tables in plans]
        plans = [plans[min(range(len(plans)), key=lambda number: quickly[number].size)]]
    return _compact(image, grid, may, plans[0], how.coder, threads)


def _compact(
    image: IndexedImage,
    grid: TileGrid,
    may: npt.NDArray[np.bool_],
    tables: Tables,
    coder: Coder,
    threads: int | None,
) -> Candidate:
    def encode_one(number: int) -> StoredTile | None:
        if not may[number]:
            return None
        data = encode_compact(image.indices[grid.box(number).slices()], tables, coder)
        return StoredTile(Method.COMPACT, data)

    tiles = list(map_threads(encode_one, range(grid.count), threads))
    return Candidate(tiles, write_tables(tables))


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
    compact: Candidate | None,
    level: int | None,
    how: Effort,
    threads: int | None,
) -> Choice:
    """Return the smallest file of plain tiles, of each of some index bits, and compact ones."""
    rivals: list[int | None] = [None] * grid.count
    if compact is not None:
        share = compact.tables_size // grid.count
        rivals = [None if tile is None else len(tile) + share for tile in compact.tiles]
    found: list[tuple[int, Choice]] = []
    for bits in choices:
        plain = _plain(image, grid, bits, level, rivals, how, threads)
        found.append((sum(map(len, plain)), Choice(bits, plain, [])))
        if compact is not None:
            pairs = zip(plain, compact.tiles, strict=True)
            mixed = [min((tile for tile in pair if tile is not None), key=len) for pair in pairs]
            size = sum(map(len, mixed)) + compact.tables_size
            found.append((size, Choice(bits, mixed, compact.chunks)))
    return min(found, key=itemgetter(0))[1]


def _plain(
    image: IndexedImage,
    grid: TileGrid,
    bits: int,
    level: int | None,
    rivals: list[int | None],
    how: Effort,
    threads: int | None,
) -> list[StoredTile]:
    hopeless = how.hopeless_for(image.indices.size)

    def encode_one(number: int) -> StoredTile:
        indices = image.indices[grid.box(number).slices()]
        return encode_plain(indices, bits, level, rival=rivals[number], hopeless=hopeless)

    return list(map_threads(encode_one, range(grid.count), threads))
