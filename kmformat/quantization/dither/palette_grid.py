"""A palette for dithering: amounts in whole numbers, and how large an error each entry allows.

Where the space knows how points come from light, dots mix as they do before the eye: amounts of
opaque colours are of light, in 65535ths of white's. Otherwise, and with alpha, they are points, in
16ths of a level. Sums and scores of whole numbers are exact, so that a dither gives the same on
every machine.

A colour outside of the palette's hull has an error that no mix can settle: it would grow without
end and spill on the neighbours. So each coordinate of an error is clamped to what the longest
relevant edge of the palette's minimum spanning tree needs: the longest gap that one must cross to
get from entry to entry. From its ends, errors grow up to the middle, where the other end becomes
the nearer one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.color.light import WHITE, light_of

if TYPE_CHECKING:
    from kmformat.arrays import U8, Floats, Labels
    from kmformat.color.space import ColorSpace

_MOST_ERROR = 128.0
"""Half the range of a channel, in levels: what black and white need."""
_MOST_LIGHT = 0.875 * WHITE
"""The same in light: between black and white is a grey of an eighth of white's."""


class PaletteGrid:
    """The amounts of a palette's colours, and which entry is nearest to what.

    With coordinates of entries below 2^12 in 16ths and those of points below 2^13, all that is
    computed for up to 256 entries is exact in float64; and so it is with light up to twice white's.

    Attributes
    ----------
    entries
        float64, shape (d, K), whole numbers.
    reach
        float64, shape (K,): the largest coordinate of an error at each entry.
    nearest
        Finds the entry nearest to amounts.
    """

    def __init__(self, palette: U8, space: ColorSpace) -> None:
        self._space = space
        self._response = space.response if palette.shape[1] == 3 else None
        self.entries = np.empty(palette.shape[::-1])
        self.put(palette, self.entries)
        edges = _edges(space.points(palette))
        if (response := self._response) is None:
            self.nearest = kernels.NearestEntry(self.entries.T, np.ones(len(self.entries)))
            errors, most = 16 * _half_lengths(edges, space.points(palette)), 16 * _MOST_ERROR
        else:
            self.nearest = kernels.NearestLight(
                self.entries.T, response.cones, response.roots, response.opponents
            )
            errors, most = self._up_to_middles(edges, space.points(palette)), _MOST_LIGHT
        self.reach = np.zeros(len(palette))
        np.maximum.at(self.reach, edges, np.floor(np.minimum(most, errors)))

    def put(self, colors: U8, out: Floats) -> None:
        """Write colours, uint8 (n, d), as amounts, (d, n)."""
        if self._response is not None:
            out[...] = light_of(colors).T
        elif self._space.stored_rgb and colors.shape[1] == 3:  # whole as they are
            np.multiply(colors.T, 16.0, out=out)
        else:
            np.rint(16 * self._space.points(colors).T, out=out)

    def _up_to_middles(self, edges: Labels, points: Floats) -> Floats:
        """Return how far in light each edge's farther end is from its middle in the space, (n, 1).

        The error made at one end is carried on to the other.
        """
        middles = light_of(self._space.colors(points[edges].mean(axis=1)))
        ends = np.linalg.norm(self.entries.T[edges] - middles[:, None], axis=2)
        farther: Floats = ends.max(axis=1, keepdims=True)
        return farther


def _half_lengths(edges: Labels, points: Floats) -> Floats:
    """Return how far each end of an edge is from its middle, (n, 1)."""
    lengths: Floats = np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1)
    return lengths[:, None] / 2


def _edges(points: Floats) -> Labels:
    """Return the edges of the minimum spanning tree, intp (K - 1, 2) numbers (Prim, 1957)."""
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    edges, outside = [], np.arange(1, len(points))
    closest = np.zeros(len(points), np.intp)  # of the entries in the tree
    while len(outside):
        at = distances[outside, closest[outside]].argmin()
        new = outside[at]
        edges.append((new, closest[new]))
        outside = np.delete(outside, at)
        closer = outside[distances[outside, new] < distances[outside, closest[outside]]]
        closest[closer] = new
    return np.array(edges, np.intp).reshape(-1, 2)
