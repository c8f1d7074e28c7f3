"""The grid of tiles that covers an image, and rectangles in it. Pure arithmetic.

Tiles are numbered in row order. Those in the last column and row may be smaller::

    +-----+-----+--+
    |  0  |  1  | 2|
    +-----+-----+--+
    |  3  |  4  | 5|
    +-----+-----+--+
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

AUTO_TILE_PIXELS = 1 << 20
"""Tiles chosen for the caller have at most so many pixels (2^20): larger ones gain no size."""
_STRIP_WIDTH = 8192
_SQUARE = 1024


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

    def touching(self, box: Box) -> Iterator[int]:
        """Yield the numbers of the tiles that share a pixel with `box`, in order."""
        columns = range(box.left // self.tile_width, -(-box.right // self.tile_width))
        for row in range(box.upper // self.tile_height, -(-box.lower // self.tile_height)):
            for column in columns:
                yield row * self.columns + column


def auto_tile_size(width: int, height: int, *, strips: bool) -> tuple[int, int]:
    """Return a (width, height) of at most 2^20 pixels: one tile for a small image.

    As strips, tiles are as wide as the image if that is at most 8192 pixels: they lie in one piece
    in the decoded image, which is fastest for plain tiles. Otherwise they are about square: compact
    tiles then have fewest anti-diagonals. Either way they are all alike, if that takes less than
    twice as many.
    """
    if width * height <= AUTO_TILE_PIXELS:
        return width, height
    widest = _STRIP_WIDTH if strips else AUTO_TILE_PIXELS // min(height, _SQUARE)
    tile_width = _part(width, widest)
    return tile_width, _part(height, AUTO_TILE_PIXELS // tile_width)


def _part(length: int, most: int) -> int:
    """Return the length of equal parts, none longer than `most`, or as equal as can be."""
    fewest = -(-length // most)
    alike = (parts for parts in range(fewest, 2 * fewest) if length % parts == 0)
    return -(-length // next(alike, fewest))
