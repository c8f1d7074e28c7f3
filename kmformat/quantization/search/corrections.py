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
    from kmformat.arrays import U8, Bools, Floats
    from kmformat.color.space import ColorSpace

_FLAT_SHARE = 3 / 4
"""An entry is the one colour that so many of its pixels have, instead of the mean of them all.

Of sprites, that costs 2% of squared error, of screens and icons 0.5%, of photographs nothing; at
1/2 it would be 16% of sprites.
"""
_LARGE_SHARE = 1 / 100
"""The same colour must be that of so many of all pixels."""
_PASSES = 8
"""Passes of Lloyd's algorithm once it is settled which entries are opaque."""


def with_solid_entries(
    palette: U8, fixed: int, points: Floats, weights: Floats, space: ColorSpace
) -> U8:
    """Return the palette with those entries opaque that serve opaque pixels best.

    The first `fixed` entries stay as they are. Of the others, those become opaque most of whose
    pixels are, and those whose opaque pixels would lose more by getting another opaque entry, as
    they must, than their translucent ones by getting this.
    """
    opaque = points[:, 3] > space.points(np.array([[0, 0, 0, 254]], np.uint8))[0, 3]
    if not opaque.any() or fixed == len(palette):
        return palette
    entry = find_closest_centroids(points, space.points(palette))
    total, solid = (kernels.sum_by(entry, w, len(palette)) for w in (weights, weights * opaque))
    palette, free = palette.copy(), np.arange(len(palette)) >= fixed
    palette[free & (2 * solid > total), 3] = 255
    for number in np.flatnonzero(free & (solid > 0) & (palette[:, 3] < 255)):
        as_solid = palette[number] | np.array([0, 0, 0, 255], np.uint8)
        ours, others = entry == number, palette[palette[:, 3] == 255]
        theirs = ours & opaque
        if not len(others) or _error(points[theirs], weights[theirs], others, space) > _error(
            points[ours], weights[ours], as_solid[None], space
        ) - _error(points[ours & ~opaque], weights[ours & ~opaque], palette[number, None], space):
            palette[number] = as_solid
    return _settled(palette, fixed, points, weights, opaque, space)


def _settled(
    palette: U8, fixed: int, points: Floats, weights: Floats, opaque: Bools, space: ColorSpace
) -> U8:
    """Return the palette after some passes of Lloyd's algorithm, in which solid stays solid."""
    solid = np.flatnonzero(palette[:, 3] == 255)
    centroids = space.points(palette)
    opaque_alpha = space.points(np.array([[0, 0, 0, 255]], np.uint8))[0, 3]
    for _ in range(_PASSES):
        entry = find_closest_centroids(points, centroids)
        entry[opaque] = solid[find_closest_centroids(points[opaque], centroids[solid])]
        total = kernels.sum_by(entry, weights, len(palette))
        used = np.flatnonzero(total)
        used = used[used >= fixed]
        sums = kernels.sum_by(entry, points.T * weights, len(palette))
        centroids[used] = sums[used] / total[used, None]
        centroids[solid, 3] = opaque_alpha
    settled = space.colors(centroids)
    settled[:fixed] = palette[:fixed]
    settled[solid, 3] = 255
    return settled


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
