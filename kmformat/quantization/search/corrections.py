"""What is mended in a palette that is found: solid entries, and flat colours.

Squared error alone would make entries slightly translucent where a few of their pixels are, and
the white of a page slightly grey. Both show; the corrections cost little of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.quantization.search.lloyd import means_of, nearest

if TYPE_CHECKING:
    from kmformat.arrays import U8, Bools, Floats
    from kmformat.color.space import ColorSpace
    from kmformat.quantization.search.points import PointSet

_FLAT_SHARE = 3 / 4
"""An entry is the one colour that so many of its pixels have, instead of the mean of them all.

Of sprites, that costs 2% of squared error, of screens and icons 0.5%, of photographs nothing; at
1/2 it would be 16% of sprites.
"""
_LARGE_SHARE = 1 / 100
"""The same colour must be that of so many of all pixels."""
_PASSES = 8
"""Passes of Lloyd's algorithm once it is settled which entries are opaque."""


def with_solid_entries(palette: U8, fixed: int, points: PointSet, space: ColorSpace) -> U8:
    """Return the palette with those entries opaque that serve opaque pixels best.

    The first `fixed` entries stay as they are. Of the others, those become opaque most of whose
    pixels are, and those whose opaque pixels would lose more by getting another opaque entry, as
    they must, than their translucent ones by getting this.
    """
    if palette.shape[1] == 3 or fixed == len(palette):
        return palette
    levels = space.points(np.array([[0, 0, 0, 254], [0, 0, 0, 255]], np.uint8))
    almost, solid_alpha = points.units(levels)[:, 3]
    opaque = points.coordinates[3] > almost
    if not opaque.any():
        return palette
    weights = points.weights
    entry = nearest(points, points.units(space.points(palette)))
    total, solid = (kernels.sum_by(entry, w, len(palette)) for w in (weights, weights * opaque))
    palette, free = palette.copy(), np.arange(len(palette)) >= fixed
    palette[free & (2 * solid > total), 3] = 255
    for number in np.flatnonzero(free & (solid > 0) & (palette[:, 3] < 255)):
        as_solid = palette[number] | np.array([0, 0, 0, 255], np.uint8)
        ours, others = entry == number, palette[palette[:, 3] == 255]
        candidates = points.units(space.points(np.array([palette[number], as_solid])))
        clear, theirs = (points.subset(np.flatnonzero(ours & those)) for those in (~opaque, opaque))
        gain = _error(clear, candidates[1:]) - _error(clear, candidates[:1])
        gain += _error(theirs, candidates[1:])
        if not len(others) or _error(theirs, points.units(space.points(others))) > gain:
            palette[number] = as_solid
    if not (palette[:, 3] == 255).any():  # translucent ones that are kept serve all that is opaque
        return palette
    return _settled(palette, fixed, points, opaque, float(solid_alpha), space)


def _settled(
    palette: U8, fixed: int, points: PointSet, opaque: Bools, solid_alpha: float, space: ColorSpace
) -> U8:
    """Return the palette after some passes of Lloyd's algorithm, in which solid stays solid."""
    solid = np.flatnonzero(palette[:, 3] == 255)
    centroids = points.units(space.points(palette))
    opaque_points = points.subset(np.flatnonzero(opaque))
    before = None
    for _ in range(_PASSES):
        entry = nearest(points, centroids)
        entry[opaque] = solid[nearest(opaque_points, centroids[solid])]
        if before is not None and np.array_equal(entry, before):
            break
        before = entry
        means = means_of(*points.totals(entry, len(palette)), centroids)
        centroids[fixed:] = means[fixed:]
        centroids[solid, 3] = solid_alpha
    settled = space.colors(points.levels(centroids))
    settled[:fixed] = palette[:fixed]
    settled[solid, 3] = 255
    return settled


def with_flat_colors(palette: U8, points: PointSet, space: ColorSpace) -> U8:
    """Return the palette with each entry that mostly serves one colour being that colour.

    The mean of a white page and the soft edges of its text is a grey that shows. Among scattered
    colours, the mean is right.
    """
    weights = points.weights
    large = np.flatnonzero(weights >= _LARGE_SHARE * weights.sum())
    if not len(large):
        return palette
    entry = nearest(points, points.units(space.points(palette)))
    total = kernels.sum_by(entry, weights, len(palette))
    large = large[weights[large] >= _FLAT_SHARE * total[entry[large]]]
    palette = palette.copy()
    for color, number in zip(
        space.colors(points.levels(points.coordinates.T[large])), entry[large], strict=True
    ):
        if (palette[number, 3:] == color[3:]).all():  # alpha is settled already
            palette[number] = color
    return palette


def _error(points: PointSet, centroids: Floats) -> float:
    """Return the weighted sum of the squared distances of points to their nearest centroids."""
    if not len(points):
        return 0.0
    ways = points.coordinates - centroids.T.take(nearest(points, centroids), axis=1)
    return float(np.einsum("n,dn,dn->", points.weights, ways, ways))
