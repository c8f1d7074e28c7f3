"""Sinks take coded tiles in order, choose the method by which each is stored, and make the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from kmformat.codec.format.container import build_head
from kmformat.codec.format.head import ENTRY, FixedHeader

if TYPE_CHECKING:
    from kmformat.arrays import U8
    from kmformat.codec.methods import StoredTile
    from kmformat.codec.plan import Plan
    from kmformat.indexed import Chunk


@dataclass(frozen=True)
class CodedTile:
    """A tile in every form that a plan allows.

    Attributes
    ----------
    plain
        Stored or zstd, one for each number of bits of the plan.
    dense, compact
        Dense and compact, or None where it may not be, or is not worth trying.
    """

    plain: tuple[StoredTile, ...]
    dense: StoredTile | None
    compact: StoredTile | None


class MemorySink:
    """Keeps all forms of all tiles, so that the smallest file can be chosen in the end.

    Every tile takes the smallest of its forms; the bits of an index are the same for all; and the
    tables of compact tiles are stated only if the file is smaller for them.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._tiles: list[CodedTile] = []

    def add(self, tile: CodedTile) -> None:
        """Take the next tile, in the order of the grid."""
        self._tiles.append(tile)

    def to_bytes(self, palette: U8, chunks: Sequence[Chunk], tail: bytes = b"") -> bytes:
        """Return the smallest file of all the tiles, with a palette and chunks beside them.

        The tail follows the tiles; ancillary chunks say what is in it (spec, section 3.6).
        """
        plan = self._plan
        bits, tiles, tables = self._smallest()
        directory = np.array([tile.entry(palette) for tile in tiles], ENTRY)
        header = FixedHeader(
            bits, len(palette), palette.shape[1] == 4, plan.grid,
            palette_length=0 if plan.packed else None,
        )  # fmt: skip
        head = build_head(header, palette, (*tables, *chunks), directory, len(tail))
        return b"".join([head, *(tile.data for tile in tiles), tail])

    def _smallest(self) -> tuple[int, list[StoredTile], tuple[Chunk, ...]]:
        """Return bits of an index, tiles, and the chunks of their tables."""
        plan = self._plan
        found: list[tuple[int, tuple[int, list[StoredTile], tuple[Chunk, ...]]]] = []
        for place, bits in enumerate(plan.bits):
            plain = [_smaller(tile.plain[place], tile.dense) for tile in self._tiles]
            found.append((_file_bytes(plain), (bits, plain, ())))
            if plan.tables is not None:
                compact = (tile.compact for tile in self._tiles)
                mixed = list(map(_smaller, plain, compact))
                size = _file_bytes(mixed) + plan.tables_size
                found.append((size, (bits, mixed, plan.chunks)))
        return min(found, key=itemgetter(0))[1]


def _file_bytes(tiles: Sequence[StoredTile]) -> int:
    return sum(tile.file_bytes for tile in tiles)


def _smaller(tile: StoredTile, other: StoredTile | None) -> StoredTile:
    return tile if other is None or len(tile) <= len(other) else other
