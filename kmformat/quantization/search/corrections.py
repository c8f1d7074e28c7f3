"""What is mended in a palette that is found: solid entries, and flat colours.

Squared error alone would make entries slightly translucent where a few of their pixels are, and
the white of a page slightly grey. Both show; the corrections cost little of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.kmeans import find_closest_centroids

if TYPE_CHECKING:
    from kmformat.arrays import U8, Floats
    from kmformat.color.space import ColorSpace

_FLAT_SHARE = 3 / 4
"""An entry is the one colour that so many of its pixels have, instead of the mean of them all.

Of sprites, that costs 2% of squared error, of screens and icons 0.5%, of photographs nothing; at
1/2 it would be 16% of sprites.
"""
_LARGE_SHARE = 1 / 100
"""The same colour must be that of so many of all pixels."""


def with_solid_entries(palette: U8, points: Floats, weights: Floats, space: ColorSpace) -> U8:
    """Return the palette with those entries opaque that serve opaque pixels best.

    These are entries most of whose pixels are opaque; and others, if their opaque pixels would lose
    more by getting another opaque entry, as they must, than their translucent ones by getting this.
    """
    opaque = points[:, 3] > space.points(np.array([[0, 0, 0, 254]], np.uint8))[0, 3]
    entry = find_closest_centroids(points, space.points(palette))
    total, solid = (kernels.sum_by(entry, w, len(palette)) for w in (weights, weights * opaque))
    palette = palette.copy()
    palette[2 * solid > total, 3] = 255
    for number in np.flatnonzero((solid > 0) & (palette[:, 3] < 255)):
        as_solid = palette[number] | np.array([0, 0, 0, 255], np.uint8)
        ours, others = entry == number, palette[palette[:, 3] == 255]
        theirs = ours & opaque
        if not len(others) or _error(points[theirs], weights[theirs], others, space) > _error(
            points[ours], weights[ours], as_solid[None], space
        ) - _error(points[ours & ~opaque], weights[ours & ~opaque], palette[number, None], space):
            palette[number] = as_solid
    return palette


def with_flat_colors(palette: U8, points: Floats, weights: Floats, space: ColorSpace) -> U8:
    """Return the palette with each entry that mostly serves one colour being that colour.

    The mean of a white page and the soft edges of its text is a grey that shows. Among scattered
    colours, the mean is right.
    """
    large = np.flatnonzero(weights >= _LARGE_SHARE * weights.sum())
    if not len(large):
        return palette
    entry = find_closest_centroids(points, space.points(palette))
    total = kernels.sum_by(entry, weights, len(palette))
    palette = palette.copy()
    for point in large[weights[large] >= _FLAT_SHARE * total[entry[large]]]:
        color = space.colors(points[point, None])[0]
        if (palette[entry[point], 3:] == color[3:]).all():  # alpha is settled already
            palette[entry[point]] = color
    return palette


def _error(points: Floats, weights: Floats, palette: U8, space: ColorSpace) -> float:
    """Return the weighted sum of the squared distances of points to their nearest entries."""
    entries = space.points(palette)
    nearest = entries[find_closest_centroids(points, entries)]
    return float(weights @ ((points - nearest) ** 2).sum(axis=1))
