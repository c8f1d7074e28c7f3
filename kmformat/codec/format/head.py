"""The head of a KMF file as frozen dataclasses: dimensions, tile grid, palette, chunks, directory.

`kmformat.codec.format.container` turns them into bytes and back. The image is covered by a grid of
tiles, numbered in row order; those in the last column and row may be smaller::

    +-----+-----+--+
    |  0  |  1  | 2|
    +-----+-----+--+
    |  3  |  4  | 5|
    +-----+-----+--+
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from kmformat import kernels
from kmformat.cached import cached_property
from kmformat.codec.methods import CHECKSUM_BYTES, MOST_METHODS
from kmformat.codec.varints import varint_size, varint_sizes

if TYPE_CHECKING:
    from kmformat.arrays import U8, U16, Ints
    from kmformat.codec.compact.model import Tables
    from kmformat.indexed import Chunk

VERSION = (1, 0)
MAX_TILE_PIXELS = 1 << 28
ENTRY = np.dtype([("method", "u1"), ("length", "u4"), ("crc32", "u4")])
"""What the directory says of a tile: how it is coded, length and CRC-32 of its stored bytes."""
Directory: TypeAlias = npt.NDArray[np.void]
FIRST_FIELDS = 7
"""Bytes of magic, version, flags and colours."""
TAIL_CHUNK, OVERVIEWS_CHUNK = b"TAIL", b"ovrv"
"""The chunk that states how long the tail is, and one that lists what is in it (section 3.6)."""
MAX_TAIL = (1 << 53) - 1
"""Bytes of the longest tail."""


class Box(NamedTuple):
    """A rectangle of pixels, half open, with the origin at the top left (as Pillow has it)."""

    left: int
    upper: int
    right: int
    lower: int

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.lower - self.upper

    def intersection(self, other: Box) -> Box:
        """Return the part common to both; they must overlap."""
        return Box(
            max(self.left, other.left),
            max(self.upper, other.upper),
            min(self.right, other.right),
            min(self.lower, other.lower),
        )

    def slices(self, origin: tuple[int, int] = (0, 0)) -> tuple[slice, slice]:
        """Return the (rows, columns) of this box in an array whose corner lies at (x, y)."""
        x, y = origin
        return slice(self.upper - y, self.lower - y), slice(self.left - x, self.right - x)


@dataclass(frozen=True)
class TileGrid:
    """How an image of `width` x `height` pixels is cut into tiles; all four are at least 1."""

    width: int
    height: int
    tile_width: int
    tile_height: int

    @property
    def columns(self) -> int:
        """Number of tiles in a row."""
        return -(-self.width // self.tile_width)

    @property
    def rows(self) -> int:
        """Number of tiles in a column."""
        return -(-self.height // self.tile_height)

    @property
    def count(self) -> int:
        """Number of tiles."""
        return self.columns * self.rows

    @property
    def image(self) -> Box:
        """The whole image."""
        return Box(0, 0, self.width, self.height)

    def box(self, tile: int) -> Box:
        """Return where tile number `tile` lies."""
        row, column = divmod(tile, self.columns)
        left, upper = column * self.tile_width, row * self.tile_height
        return Box(
            left,
            upper,
            min(left + self.tile_width, self.width),
            min(upper + self.tile_height, self.height),
        )

    def around(self, box: Box) -> Box:
        """Return the rectangle of all tiles that share a pixel with `box`."""
        width, height = self.tile_width, self.tile_height
        return Box(
            box.left // width * width,
            box.upper // height * height,
            min(-(-box.right // width) * width, self.width),
            min(-(-box.lower // height) * height, self.height),
        )

    def tile_sides(self) -> tuple[Ints, Ints]:
        """Return widths and heights of all tiles in pixels, int64 (tiles,) each."""
        row, column = np.divmod(np.arange(self.count, dtype=np.int64), self.columns)
        widths = np.minimum(self.width - column * self.tile_width, self.tile_width)
        heights = np.minimum(self.height - row * self.tile_height, self.tile_height)
        return widths, heights

    def touching(self, box: Box) -> Iterator[int]:
        """Yield the numbers of the tiles that share a pixel with `box`, in order."""
        columns = range(box.left // self.tile_width, -(-box.right // self.tile_width))
        for row in range(box.upper // self.tile_height, -(-box.lower // self.tile_height)):
            for column in columns:
                yield row * self.columns + column


@dataclass(frozen=True)
class FixedHeader:
    """What the fields before the palette say.

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
    palette_length
        Bytes of the palette if it is packed, else None.
    chunks_length
        Bytes of all chunks with their headers, or None where the file has no chunks field.
    """

    bits: int
    colors: int
    alpha: bool
    grid: TileGrid
    version: tuple[int, int] = VERSION
    palette_length: int | None = None
    chunks_length: int | None = None

    @property
    def packed(self) -> bool:
        """Whether the palette is packed."""
        return self.palette_length is not None

    @property
    def tiled(self) -> bool:
        """Whether there is more than one tile."""
        return self.grid.count > 1

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Bytes of each part of the head before the directory, in order."""
        grid, chunks = self.grid, self.chunks_length
        numbers = [grid.width, grid.height]
        numbers += [grid.tile_width, grid.tile_height] if self.tiled else []
        numbers += [each for each in (self.palette_length, chunks) if each is not None]
        return {
            "header": FIRST_FIELDS + sum(map(varint_size, numbers)),
            "palette": self.palette_length or self.raw_palette_length,
            "chunks": chunks or 0,
        }

    @property
    def raw_palette_length(self) -> int:
        """Bytes of the palette where it is not packed."""
        return self.colors * (4 if self.alpha else 3)

    @property
    def directory_offset(self) -> int:
        """Bytes before the directory."""
        return sum(self.sizes.values())

    @property
    def least_length(self) -> int:
        """Bytes of the shortest head that begins so: of each tile a number and its checksum."""
        return self.directory_offset + self.grid.count * (1 + CHECKSUM_BYTES) + CHECKSUM_BYTES


def directory_numbers(directory: Directory) -> Ints:
    """Return the number in which a directory states method and length of each tile, int64."""
    numbers: Ints = directory["length"].astype(np.int64) * MOST_METHODS + directory["method"]
    return numbers


@dataclass(frozen=True, eq=False)
class FileHead:
    """Everything in a file before its tile data, checked.

    Attributes
    ----------
    palette
        uint8, shape (colors, 3) RGB or (colors, 4) RGBA.
    directory
        Shape (tiles,), dtype ENTRY.
    tables
        What the compact tiles share, if the chunks say anything of it.
    tail
        Bytes that follow the tile data and end the file.
    """

    header: FixedHeader
    palette: U8
    chunks: tuple[Chunk, ...]
    directory: Directory
    tables: Tables | None
    tail: int
    offsets: Ints = field(init=False, repr=False)
    """Where each tile's bytes start in the file, and after the last of them where they end."""

    def __post_init__(self) -> None:
        offsets = np.full(len(self.directory) + 1, self.head_length)
        offsets[1:] += np.cumsum(self.directory["length"], dtype=np.int64)
        object.__setattr__(self, "offsets", offsets)

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Bytes of each part of the head, in order."""
        numbers = varint_sizes(directory_numbers(self.directory))
        directory = int(numbers.sum()) + CHECKSUM_BYTES * len(numbers)
        return self.header.sizes | {"directory": directory, "checksum": CHECKSUM_BYTES}

    @property
    def head_length(self) -> int:
        """Bytes before the data of the first tile."""
        return sum(self.sizes.values())

    @cached_property
    def methods(self) -> list[int]:
        """The numbers of all methods that tiles have, ascending."""
        numbers: list[int] = np.flatnonzero(np.bincount(self.directory["method"])).tolist()
        return numbers

    @cached_property
    def compact_tables(self) -> Tables:
        """What the compact tiles share, whether the chunks say it or not."""
        from kmformat.codec.compact.model import default_tables

        return default_tables(self.palette) if self.tables is None else self.tables

    @cached_property
    def color_distances(self) -> U16:
        """Distances between colours, which dense tiles share, uint16 (K, K)."""
        return kernels.color_distances(self.palette)

    @property
    def file_length(self) -> int:
        """Bytes of the whole file."""
        return self.tail_offset + self.tail

    @property
    def tail_offset(self) -> int:
        """Where the tile data end and the tail, if there is one, begins."""
        return int(self.offsets[-1])
