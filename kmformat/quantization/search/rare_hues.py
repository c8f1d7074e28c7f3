"""Rare hues: in a space for eyes, what few pixels have counts for more than those pixels.

Least squared error goes by numbers, and gives a palette's few entries to the shades of what is
large. Eyes look for what is different: the red button, the one blue cap. So all pixels of one hue
count together as the square root of their number; light and dark shades of it count among
themselves as often as they are there, so that gradients stay as smooth as they can be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kmformat.arrays import Floats, Labels

_NEUTRAL = 4.0
"""Of less chroma than so many units is grey, which counts as one hue."""
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


def _hues(points: Floats) -> Labels:
    """Return a number, (n,), for each of 16 hues and each doubling of chroma; 0 is grey."""
    a, b = points[:, 1], points[:, 2]
    _, exponent = np.frexp((a**2 + b**2) / _NEUTRAL**2)
    doublings = np.maximum((exponent + 1) // 2, 0)
    less, more = np.sort(np.abs([a, b]), axis=0)
    side = (a < 0) * 1 + (b < 0) * 2 + (np.abs(b) > np.abs(a)) * 4 + (less > _TAN * more) * 8
    return np.where(doublings, 16 * doublings + side, 0)
