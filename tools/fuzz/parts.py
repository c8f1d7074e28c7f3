"""KMF files taken apart, however wrong they are, and put together with checksums that are right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kmformat import kernels
from kmformat.codec.varints import read_varint
from kmformat.errors import FormatError
from tools.conformance.forge.container import forge

_MOST_TILES = 1 << 10
TILED, CHUNKS, PACKED = 8, 16, 32
"""Flags of what may be there (spec, section 3.1)."""


@dataclass
class Parts:
    """The fields of a file, as it states them.

    Attributes
    ----------
    flags
        All but `TILED`, `CHUNKS` and `PACKED`, which the other fields say.
    palette
        Its bytes, packed or not.
    chunks
        Each with its type and length, and behind them what is no chunk; None for a file without.
    tiles
        Method, 0 to 7, and bytes of each.
    """

    version: int
    flags: int
    colors: int
    width: int
    height: int
    tile_size: tuple[int, int] | None
    palette: bytes
    packed: bool
    chunks: list[bytes] | None
    tiles: list[tuple[int, bytes]]
    tail: bytes

    @property
    def streams(self) -> int:
        """How many streams a compact tile has, as `SMAP` says."""
        maps = [chunk[8] for chunk in self.chunks or () if chunk[:4] == b"SMAP" and len(chunk) > 8]
        return maps[0] if maps else 1

    def to_bytes(self) -> bytes:
        """Return the file."""
        return forge(
            major=self.version >> 4,
            minor=self.version & 15,
            flags=self.flags,
            colors=self.colors,
            width=self.width,
            height=self.height,
            tile_size=self.tile_size,
            chunks=None if self.chunks is None else b"".join(self.chunks),
            palette=self.unpacked() if self.packed else self.palette,
            packed=self.palette if self.packed else None,
            tiles=[data for _, data in self.tiles],
            methods=[method for method, _ in self.tiles],
            tail=self.tail,
        )

    def unpacked(self) -> bytes:
        """Return what a packed palette holds; nothing, if it is malformed."""
        shape = self.colors, 4 if self.flags & 4 else 3
        packed = np.frombuffer(self.palette, np.uint8).tobytes()
        palette = kernels.unpack_palette(packed, shape)
        return b"" if palette is None else palette.tobytes()


def take_apart(data: bytes) -> Parts | None:
    """Return the parts of a file, or None if it has none: the head ends or breaks off before."""
    try:
        return _Cursor(data).parts()
    except (FormatError, EOFError):
        return None


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, size: int) -> bytes:
        if size > len(self._data) - self._at:
            raise EOFError
        self._at += size
        return self._data[self._at - size : self._at]

    def varint(self) -> int:
        return read_varint(lambda: self.take(1)[0])

    def parts(self) -> Parts:
        _, version, flags, colors = self.take(4), *self.take(3)
        width, height = self.varint(), self.varint()
        tile_size = (self.varint(), self.varint()) if flags & TILED else None
        chunk_bytes = self.varint() if flags & CHUNKS else None
        packed = flags & PACKED != 0
        palette_bytes = (colors + 1) * (4 if flags & 4 else 3)
        palette = self.take(self.varint() if packed else palette_bytes)
        chunks = None if chunk_bytes is None else _chunks(self.take(chunk_bytes))
        tile_width, tile_height = tile_size or (width, height)
        if 0 in (width, height, tile_width, tile_height):
            raise EOFError
        count = -(-width // tile_width) * -(-height // tile_height)
        if count > _MOST_TILES:
            raise EOFError
        entries = [self.varint() for _ in range(count)]
        self.take(4 * count + 4)
        tiles = [(entry & 7, self._up_to(entry >> 3)) for entry in entries]
        kept = flags & ~(TILED | CHUNKS | PACKED)
        return Parts(
            version, kept, colors + 1, width, height, tile_size, palette, packed, chunks, tiles,
            self._data[self._at :],
        )  # fmt: skip

    def _up_to(self, size: int) -> bytes:
        """Return so many bytes, or those that are left."""
        return self.take(min(size, len(self._data) - self._at))


def _chunks(data: bytes) -> list[bytes]:
    chunks = []
    while data:
        size = 8 + int.from_bytes(data[4:8], "little")
        chunks.append(data[:size])
        data = data[size:]
    return chunks
