"""Patches that stand for a large image: what is learned or judged of it comes from these pixels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmformat.cached import cached_property

if TYPE_CHECKING:
    from kmformat.arrays import U8

_PIXELS, _SIDE = 1 << 22, 256
"""So many pixels are enough, in patches of such a side or the image's. Of images of up to twice as
many all are taken: files of screens of 3840 x 2160 get 2% smaller by that."""
_GOLDEN = 0x9E3779B9
"""The golden ratio's part after the point, in 2^-32: its multiples fill a row most evenly."""


@dataclass(frozen=True)
class Patches:
    """About 2^22 pixels of an image, spread over it; of one of up to 2^23, such as a screen, all.

    No two patches are in the same rows or columns, where there is room, since rows of images differ
    from each other as sky and ground do. Put together they make a mosaic.

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
        return self.width * self.height <= 2 * _PIXELS

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of each patch, in pixels."""
        if self.all:
            return self.width, self.height
        return min(_SIDE, self.width), min(_SIDE, self.height)

    @property
    def _grid(self) -> tuple[int, int]:
        """How many patches are in a row and in a column of the mosaic."""
        width, height = self.size
        across = max(1, math.isqrt(_PIXELS // (width * height)))
        return (1, 1) if self.all else (across, _PIXELS // (width * height) // across)

    @cached_property
    def boxes(self) -> list[tuple[int, int, int, int]]:
        """Where each patch lies in the image, (left, upper, right, lower)."""
        (width, height), (across, down) = self.size, self._grid
        boxes, count = [], across * down
        for number in range(count):
            left = (2 * number + 1) * (self.width - width) // (2 * count)
            top = ((2 * number + 1) * (_GOLDEN >> 1) & 0xFFFFFFFF) * (self.height - height) >> 32
            boxes.append((left, top, left + width, top + height))
        return boxes

    @property
    def mosaic_shape(self) -> tuple[int, int]:
        """(height, width) of the mosaic."""
        return self.size[1] * self._grid[1], self.size[0] * self._grid[0]

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
        for (y, x), (left, upper, right, lower) in zip(self._places, self.boxes, strict=True):
            first, top = max(left, box[0]), max(upper, box[1])
            end, bottom = min(right, box[2]), min(lower, box[3])
            if first < end and top < bottom:
                y_there, x_there = y + top - upper, x + first - left
                yield (
                    (slice(y_there, y_there + bottom - top), slice(x_there, x_there + end - first)),
                    (slice(top - box[1], bottom - box[1]), slice(first - box[0], end - box[0])),
                )

    def split(self, mosaic: U8) -> Iterator[U8]:
        """Yield the patches of which a mosaic is made, in the order of `boxes`."""
        width, height = self.size
        for y, x in self._places:
            yield mosaic[y : y + height, x : x + width]

    @property
    def _places(self) -> list[tuple[int, int]]:
        """Where the first pixel of each patch is in the mosaic, (row, column)."""
        (width, height), (across, down) = self.size, self._grid
        return [(y * height, x * width) for y in range(down) for x in range(across)]
