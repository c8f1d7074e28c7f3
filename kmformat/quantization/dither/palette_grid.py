"""A palette for dithering: points in whole 16ths of a level, and how large an error each allows.

Sums and scores of whole numbers are exact, so that a dither gives the same on every machine.

A colour outside of the palette's hull has an error that no mix can settle: it would grow without
end and spill on the neighbours. So each coordinate of an error is clamped to half the longest
relevant edge of the palette's minimum spanning tree: the longest gap that one must cross to get
from entry to entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels

if TYPE_CHECKING:
    from kmformat.arrays import U8, Floats, Labels
    from kmformat.color.space import ColorSpace

_MOST_ERROR = 128.0
"""Half the range of a channel, in levels: what black and white need."""


class PaletteGrid:
    """A palette on the grid of 16ths, and which entry is nearest to what.

    With coordinates of entries below 2^12 in 16ths and those of points below 2^13, all that is
    computed for up to 256 entries is exact in float64.

    Attributes
    ----------
    points
        float64, shape (d, K), whole numbers: the entries, in 16ths of a level.
    reach
        float64, shape (K,): the largest coordinate of an error at each entry, in 16ths.
    """

    def __init__(self, palette: U8, space: ColorSpace) -> None:
        self._space = space
        self.points = np.empty(palette.shape[::-1])
        self.put(palette, self.points)
        gaps = _gaps(space.points(palette))
        self.reach = np.floor(16 * np.minimum(_MOST_ERROR, gaps / 2))
        self._entries = kernels.NearestEntry(self.points.T, np.ones(len(self.points)))

    def put(self, colors: U8, out: Floats) -> None:
        """Write colours, uint8 (n, d), as points of the grid, (d, n)."""
        if self._space.stored_rgb and colors.shape[1] == 3:  # whole as they are
            np.multiply(colors.T, 16.0, out=out)
        else:
            np.rint(16 * self._space.points(colors).T, out=out)

    def nearest(self, columns: Floats) -> Labels:
        """Return the nearest entry, ties the lowest, to columns of which the last row is ones."""
        return self._entries.find(columns)


def _gaps(points: Floats) -> Floats:
    """Return each entry's longest edge in the palette's minimum spanning tree (Prim, 1957)."""
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    gaps, outside = np.zeros(len(points)), np.arange(1, len(points))
    closest = np.zeros(len(points), np.intp)  # of the entries in the tree
    while len(outside):
        lengths = distances[outside, closest[outside]]
        at = lengths.argmin()
        new = outside[at]
        ends = [new, closest[new]]
        gaps[ends] = np.maximum(gaps[ends], lengths[at])
        outside = np.delete(outside, at)
        closer = outside[distances[outside, new] < distances[outside, closest[outside]]]
        closest[closer] = new
    return gaps
