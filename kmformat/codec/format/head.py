"""What the head of a KMF file says, as frozen dataclasses: all of a file but its tile data.

`kmformat.codec.format.container` turns them into bytes and back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from kmformat.codec.format.grid import TileGrid

if TYPE_CHECKING:
    from kmformat.codec.compact.model import Tables

VERSION = (1, 0)
DEFAULT_MAX_PIXELS = 1 << 28
MAX_TILE_PIXELS = 1 << 28
MIN_COMPACT_SIDE, MAX_COMPACT_PIXELS = 8, 1 << 24
"""A compact tile is neither thin, which would be slow, nor huge, which would take much memory."""
ENTRY = np.dtype([("method", "u1"), ("length", "<u4"), ("crc32", "<u4")])
"""A directory entry: how the tile is coded, and length and CRC-32 of its stored bytes."""

Palette: TypeAlias = npt.NDArray[np.uint8]
Directory: TypeAlias = npt.NDArray[np.void]


class Method(IntEnum):
    """How the indices of a tile are stored (spec, section 4)."""

    STORED = 0
    ZSTD = 1
    COMPACT = 2


@dataclass(frozen=True)
class Chunk:
    """A typed piece of data beside the image.

    Attributes
    ----------
    type
        Four ASCII letters or digits. The first is a letter: upper case if a reader that does not
        know the type must refuse the file (critical), lower case if it may skip it (ancillary).
    payload
        At most 2^32 - 1 bytes, of any value.
    """

    type: bytes
    payload: bytes

    @property
    def critical(self) -> bool:
        """Whether a reader must know this type."""
        return self.type[:1].isupper()

    @property
    def well_formed(self) -> bool:
        """Whether the type is one at all."""
        kind = self.type
        return len(kind) == 4 and kind.isascii() and kind.isalnum() and kind[:1].isalpha()


@dataclass(frozen=True)
class Header:
    """What the first bytes of a file say.

    Attributes
    ----------
    bits
        Bits of each index: 1, 2, 4 or 8.
    colors
        Entries of the palette: 1 to 2^bits.
    alpha
        Whether palette entries are RGBA (straight alpha) and not RGB.
    grid
        Dimensions of the image and of its tiles, in pixels, each 1 to 2^32 - 1.
    version
        (major, minor).
    chunks_length
        Bytes of all chunks with their headers, or None where the file has no chunks field.
    """

    bits: int
    colors: int
    alpha: bool
    grid: TileGrid
    version: tuple[int, int] = VERSION
    chunks_length: int | None = None

    @property
    def tiled(self) -> bool:
        """Whether there is more than one tile."""
        return self.grid.count > 1

    @property
    def sizes(self) -> dict[str, int]:
        """Bytes of each part of the head, in order."""
        tiled, chunks = self.tiled, self.chunks_length
        return {
            "header": 16 + 8 * tiled + (0 if chunks is None else 4),
            "palette": self.colors * (4 if self.alpha else 3),
            "chunks": chunks or 0,
            "directory": self.grid.count * ENTRY.itemsize,
            "checksum": 4,
        }

    @property
    def head_length(self) -> int:
        """Bytes before the data of the first tile."""
        return sum(self.sizes.values())

    def may_be_compact(self) -> npt.NDArray[np.bool_]:
        """Tell which tiles may be compact, shape (tiles,)."""
        widths, heights = self.tile_sides()
        may: npt.NDArray[np.bool_] = np.minimum(widths, heights) >= MIN_COMPACT_SIDE
        return may & (widths * heights <= MAX_COMPACT_PIXELS)

    def tile_sides(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Widths and heights of the tiles, shape (tiles,) each."""
        grid = self.grid
        row, column = np.divmod(np.arange(grid.count, dtype=np.int64), grid.columns)
        widths = np.minimum(grid.width - column * grid.tile_width, grid.tile_width)
        heights = np.minimum(grid.height - row * grid.tile_height, grid.tile_height)
        return widths, heights


@dataclass(frozen=True, eq=False)
class Head:
    """Everything in a file before its tile data, checked.

    Attributes
    ----------
    palette
        uint8, shape (colors, 3) RGB or (colors, 4) RGBA.
    directory
        Shape (tiles,), dtype ENTRY.
    tables
        What the compact tiles share.
    """

    header: Header
    palette: Palette
    chunks: tuple[Chunk, ...]
    directory: Directory
    tables: Tables
    offsets: npt.NDArray[np.int64] = field(init=False, repr=False)
    """Where each tile's bytes start in the file, and after the last of them where they end."""

    def __post_init__(self) -> None:
        ends = np.cumsum(self.directory["length"], dtype=np.int64)
        offsets = np.concatenate([np.zeros(1, np.int64), ends]) + self.header.head_length
        object.__setattr__(self, "offsets", offsets)

    @property
    def file_length(self) -> int:
        """Bytes of the whole file."""
        return int(self.offsets[-1])
