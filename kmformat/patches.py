"""Patches that stand for a large image: what is learned or judged of it comes from these pixels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kmformat.arrays import U8

_PIXELS, _SIDE = 1 << 22, 256
"""So many pixels are enough, in patches of such a side or the image's."""


@dataclass(frozen=True)
class Patches:
    """About 2^22 pixels of an image, spread over it in rows and columns; of a small one, all.

    Put together they make a mosaic, in which each lies as it does in the image.

    Attributes
    ----------
    width, height
        Those of the image, in pixels.
    """

    width: int
    height: int

    @property
    def all(self) -> bool:
        """Whether the image is so small that it is its one patch."""
        return self.width * self.height <= _PIXELS

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of each patch, in pixels."""
        return (
            (self.width, self.height)
            if self.all
            else (min(_SIDE, self.width), min(_SIDE, self.height))
        )

    @cached_property
    def lefts(self) -> list[int]:
        """The first column of each patch in a row of them."""
        return _spread(self.width, self.size[0], self._across)

    @cached_property
    def tops(self) -> list[int]:
        """The first row of each patch in a column of them."""
        most = 1 if self.all else _PIXELS // (self.size[0] * self.size[1] * self._across)
        return _spread(self.height, self.size[1], max(1, min(most, self.height // self.size[1])))

    @property
    def _across(self) -> int:
        """How many patches are in a row: as many a pixel as in a column, if there is room."""
        if self.all:
            return 1
        (width, height), square = self.size, math.isqrt(_PIXELS * self.width // self.height)
        most = min(self.width // width, _PIXELS // (width * height))
        return max(1, min(square // width, most), most * (self.height <= 2 * height))

    @property
    def mosaic_shape(self) -> tuple[int, int]:
        """(height, width) of the mosaic."""
        return self.size[1] * len(self.tops), self.size[0] * len(self.lefts)

    def mosaic(self, image: U8) -> U8:
        """Return the patches of an image, (height, width, ...), put together."""
        if self.all:
            return image
        out = np.empty((*self.mosaic_shape, *image.shape[2:]), np.uint8)
        for there, here in self.parts((0, 0, self.width, self.height)):
            out[there] = image[here]
        return out

    def parts(
        self, box: tuple[int, int, int, int]
    ) -> Iterator[tuple[tuple[slice, slice], tuple[slice, slice]]]:
        """Yield what of the patches lies in a box of the image, (left, upper, right, lower).

        Of each part come its (rows, columns) in the mosaic, and in the box.
        """
        left, upper, right, lower = box
        columns = list(_cuts(self.lefts, self.size[0], left, right))
        for y_there, y_here in _cuts(self.tops, self.size[1], upper, lower):
            for x_there, x_here in columns:
                yield (y_there, x_there), (y_here, x_here)

    @property
    def boxes(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield where each patch lies, (left, upper, right, lower), in the order of `split`."""
        width, height = self.size
        for top in self.tops:
            for left in self.lefts:
                yield left, top, left + width, top + height

    def split(self, mosaic: U8) -> Iterator[U8]:
        """Yield the patches of which a mosaic is made."""
        width, height = self.size
        for row in range(len(self.tops)):
            for column in range(len(self.lefts)):
                yield mosaic[
                    row * height : (row + 1) * height, column * width : (column + 1) * width
                ]


def _spread(length: int, part: int, count: int) -> list[int]:
    """Return where parts begin, each in the middle of its share of a length."""
    return [((2 * number + 1) * length // count - part) // 2 for number in range(count)]


def _cuts(starts: list[int], length: int, low: int, high: int) -> Iterator[tuple[slice, slice]]:
    """Yield the places of what lies from `low` to `high`: among all parts, and from `low` on."""
    for number, start in enumerate(starts):
        first, end = max(start, low), min(start + length, high)
        if first < end:
            there = number * length + first - start
            yield slice(there, there + end - first), slice(first - low, end - low)
