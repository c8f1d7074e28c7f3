"""The registry of tile methods: how the indices of a tile become stored bytes (spec, section 4).

A method is a member of `Method` and, in `_MODULES`, the module that is imported when a file first
has a tile of it. The module says of which tiles it may be (`fits`), and reads them (`decode`):

    fits(widths, heights) -> bool (tiles,)            sides in pixels, int64 (tiles,) each
    decode(data, shape, head) -> list[PackedTile]     the stored bytes of tiles of one shape

Several tiles are decoded together only where the module says IN_STEP, and kernels are NumPy.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

import numpy as np

from kmformat.codec.varints import varint_size

if TYPE_CHECKING:
    from kmformat.arrays import U8, Bools, Ints
    from kmformat.codec.format.head import FileHead


class Method(IntEnum):
    """How the indices of a tile are stored (spec, section 4)."""

    STORED = 0
    ZSTD = 1
    COMPACT = 2
    DENSE = 3


_MODULES = {
    Method.STORED: "stored",
    Method.ZSTD: "zstd",
    Method.COMPACT: "compact.tile",
    Method.DENSE: "dense",
}
PLAIN = (Method.STORED, Method.ZSTD)
"""The methods that a plain reader knows. Tiles of the others are of their palette alone."""
CHECKSUM_BYTES = 4
MOST_METHODS = 8
"""Numbers of methods that the directory can tell, from 0."""
TABLE_CHUNKS = (b"ORDR", b"SMAP")
"""The critical chunks that a decoder knows: tables that the tiles of a method share."""


class PackedTile(NamedTuple):
    """The indices of a tile, packed as `kmformat.kernels.packing` has them, and checked."""

    rows: U8
    """uint8, shape (height, bytes a row). All indices are in the palette."""
    bits: int
    """Bits of each index: 1, 2, 4 or 8, not always those of the file."""


class TileMethod(Protocol):
    """What the module of a method has: see the head of this module."""

    IN_STEP: bool

    def fits(self, widths: Ints, heights: Ints) -> Bools:
        """Return which tiles may be of this method."""

    def decode(
        self, data: Sequence[bytes], shape: tuple[int, int], head: FileHead
    ) -> list[PackedTile]:
        """Return tiles, checked."""


def any_size(widths: Ints, _: Ints) -> Bools:
    """Return that every tile may be of a method, bool (tiles,): its `fits`, if it has no rule."""
    return np.ones(len(widths), bool)


@cache
def method_of(number: int) -> TileMethod | None:
    """Return the module of a method, or None if there is none of that number."""
    if number not in _MODULES:
        return None
    return cast("TileMethod", import_module(f"{__package__}.{_MODULES[Method(number)]}"))


@dataclass(frozen=True)
class StoredTile:
    """The bytes that stand in the file for a tile, and how to read them."""

    method: Method
    data: bytes

    def __len__(self) -> int:
        return len(self.data)

    @property
    def file_bytes(self) -> int:
        """Bytes that the tile takes in a file, with what the directory says of it."""
        return len(self) + varint_size(MOST_METHODS * len(self) + self.method) + CHECKSUM_BYTES

    def entry(self, palette: U8) -> tuple[int, int, int]:
        """Return what the directory of a file with this palette says of the tile."""
        return self.method, len(self.data), tile_checksum(self.method, self.data, palette)


def tile_checksum(method: int, data: bytes, palette: U8) -> int:
    """Return the CRC-32 of a tile's stored bytes; unless it is plain, of the palette before them.

    A compact or dense tile can be decoded with no palette but its own (spec, section 4.7).
    """
    return zlib.crc32(data, 0 if method in PLAIN else zlib.crc32(palette.tobytes()))
