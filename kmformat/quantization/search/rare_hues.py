"""Rare hues: in a space for eyes, what few pixels have counts for more than those pixels.

Least squared error goes by numbers, and gives a palette's few entries to the shades of what is
large. Eyes look for what is different: the red button, the one blue cap. So all pixels of one hue
count together as the square root of their number; light and dark shades of it count among
themselves as often as they are there, so that gradients stay as smooth as they can be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.quantization.search.lloyd import nearest
from kmformat.quantization.search.points import PointSet

if TYPE_CHECKING:
    from kmformat.arrays import U8, Bools, Floats, Labels
    from kmformat.quantization.histogram import ColorHistogram

_NEUTRAL = 4.0
"""Of less chroma than so many units is grey, which counts as one hue."""
_RARE, _VIVID = 3, 16.0
"""An entry is for a rare hue if its pixels count so many times as much as others, for it, and it
has so much chroma."""
_TAN = 2**0.5 - 1
"""The tangent of an eighth of half a turn: one of 16 hues is as wide."""


def counted_by_hue(points: Floats, weights: Floats) -> Floats:
    """Return weights that add up, over the points of each hue, to the square root of what they did.

    Parameters
    ----------
    points
        float64 (n, d), of lightness, two coordinates of hue, and perhaps alpha.
    weights
        float64 (n,), more than 0.
    """
    hues = _hues(points)
    counted: Floats = weights / np.sqrt(np.bincount(hues, weights))[hues]
    return counted


def rare_entries(palette: U8, histogram: ColorHistogram) -> Bools:
    """Return which entries of a palette, uint8 (K, 3 or 4), are for rare hues, bool (K,)."""
    entries, weights = histogram.space.points(palette), histogram.weights
    points = PointSet.of(histogram.points, weights)
    labels, counted = (
        nearest(points, points.units(entries)), counted_by_hue(histogram.points, weights)
    )  # fmt: skip
    counted_of, weights_of = (
        kernels.sum_by(labels, values, len(palette)) for values in (counted, weights)
    )
    # Sums in order: in any other, they might come out otherwise on another machine.
    mean = np.cumsum(counted)[-1] / np.cumsum(weights)[-1]
    vivid = entries[:, 1] ** 2 + entries[:, 2] ** 2 > _VIVID**2
    rare: Bools = vivid & (counted_of >= _RARE * mean * weights_of)
    return rare


def _hues(points: Floats) -> Labels:
    """Return a number, (n,), for each of 16 hues and each doubling of chroma; 0 is grey."""
    a, b = points[:, 1], points[:, 2]
    _, exponent = np.frexp((a**2 + b**2) / _NEUTRAL**2)
    doublings = np.maximum((exponent + 1) // 2, 0)
    less, more = np.sort(np.abs([a, b]), axis=0)
    side = (a < 0) * 1 + (b < 0) * 2 + (np.abs(b) > np.abs(a)) * 4 + (less > _TAN * more) * 8
    return np.where(doublings, 16 * doublings + side, 0)
