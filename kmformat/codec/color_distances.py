"""How far the colours of a palette are from each other, as compact and dense tiles take it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kmformat.arrays import U8, U16


def color_distances(palette: U8) -> U16:
    """Return distances between colours (K, K): Euclidean over R, G, B (and A), in sixteenths.

    They are those of the spec's section 4.7. floor(sqrt(256 d2)) is exact in doubles: 256 d2 is
    below 2^53, and IEEE roots round correctly.
    """
    squares = np.zeros((len(palette), len(palette)))
    for channel in palette.T.astype(np.float64):
        squares += (channel[:, None] - channel) ** 2
    sixteenths: U16 = np.sqrt(256 * squares).astype(np.uint16)
    return sixteenths
