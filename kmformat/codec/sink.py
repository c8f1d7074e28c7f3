"""The sink takes coded tiles in order, chooses how each is stored, and makes the file of them.

All forms of all tiles are kept until the smallest file is known: in memory, or of a large image in
a *spool*, a file that is there for nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import starmap
from operator import itemgetter
from typing import IO, TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

from kmformat.codec.format.container import build_head
from kmformat.codec.format.head import ENTRY, FixedHeader
from kmformat.codec.methods import StoredTile

if TYPE_CHECKING:
    from kmformat.arrays import U8
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


class _SpooledTile:
    """A `StoredTile` whose bytes are in a spool."""

    __slots__ = ("_length", "_spool", "_start", "file_bytes", "method")

    def __init__(self, tile: StoredTile, spool: IO[bytes]) -> None:
        self.method, self._spool, self._start = tile.method, spool, spool.seek(0, os.SEEK_END)
        self._length, self.file_bytes = spool.write(tile.data), tile.file_bytes

    @property
    def data(self) -> bytes:
        """The bytes that stand in the file."""
        self._spool.seek(self._start)
        return self._spool.read(self._length)

    def __len__(self) -> int:
        return self._length

    def entry(self, palette: U8) -> tuple[int, int, int]:
        """Return what the directory says of it."""
        return StoredTile(self.method, self.data).entry(palette)


KeptTile: TypeAlias = StoredTile | _SpooledTile
"""A tile as a file will have it: its method, its data, and its entry in the directory."""
_Tile = TypeVar("_Tile", bound=KeptTile)


class Sink:
    """Keeps all forms of all tiles, so that the smallest file can be chosen in the end.

    Every tile takes the smallest of its forms; the bits of an index are the same for all; and the
    tables of compact tiles are stated only if the file is smaller for them.

    Parameters
    ----------
    plan
        Of the file.
    spool
        Where tiles are kept, an empty file; None for memory.
    """

    def __init__(self, plan: Plan, spool: IO[bytes] | None = None) -> None:
        self._plan, self._spool = plan, spool
        self._tiles: list[tuple[tuple[KeptTile, ...], KeptTile | None]] = []

    def add(self, tile: CodedTile) -> None:
        """Take the next tile, in the order of the grid."""
        compact = None if tile.compact is None else self._kept(tile.compact)
        others = (self._kept(_smaller(each, tile.dense)) for each in tile.plain)
        self._tiles.append((tuple(others), compact))

    def to_bytes(self, palette: U8, chunks: Sequence[Chunk], tail: bytes = b"") -> bytes:
        """Return the smallest file of all the tiles, with a palette and chunks beside them.

        The tail follows the tiles; ancillary chunks say what is in it (spec, section 3.6).
        """
        head, tiles = self.smallest(palette, chunks, len(tail))
        return b"".join([head, *(tile.data for tile in tiles), tail])

    def smallest(
        self, palette: U8, chunks: Sequence[Chunk], tail: int
    ) -> tuple[bytes, list[KeptTile]]:
        """Return the same in parts: the head, and the tiles; a tail of so many bytes follows."""
        bits, tiles, tables = self._smallest()
        directory = np.array([tile.entry(palette) for tile in tiles], ENTRY)
        header = FixedHeader(bits, len(palette), palette.shape[1] == 4, self._plan.grid)
        stated, packed = (*tables, *chunks), self._plan.packed
        return build_head(header, palette, stated, directory, tail, packed=packed), tiles

    def _kept(self, tile: StoredTile) -> KeptTile:
        return tile if self._spool is None else _SpooledTile(tile, self._spool)

    def _smallest(self) -> tuple[int, list[KeptTile], tuple[Chunk, ...]]:
        """Return bits of an index, tiles, and the chunks of their tables."""
        plan = self._plan
        found: list[tuple[int, tuple[int, list[KeptTile], tuple[Chunk, ...]]]] = []
        for place, bits in enumerate(plan.bits):
            tiles = [forms[place] for forms, _ in self._tiles]
            found.append((_file_bytes(tiles), (bits, tiles, ())))
            if plan.tables is not None:
                pairs = ((forms[place], compact) for forms, compact in self._tiles)
                mixed = list(starmap(_smaller, pairs))
                size = _file_bytes(mixed) + plan.tables_size
                found.append((size, (bits, mixed, plan.chunks)))
        return min(found, key=itemgetter(0))[1]


def _file_bytes(tiles: Sequence[KeptTile]) -> int:
    return sum(tile.file_bytes for tile in tiles)


def _smaller(tile: _Tile, other: _Tile | None) -> _Tile:
    return tile if other is None or len(tile) <= len(other) else other
