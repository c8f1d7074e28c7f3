"""The principal axis of clusters: the direction in which their points vary most.

It decides where clusters are cut, so it must be the same on every machine, which LAPACK's is not.
Here all is rounded to whole numbers below 2^24, whose products add up exactly in any order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kmformat.arrays import Floats

AXIS = 128
"""The length of an axis, but for rounding."""
_ONE = float(1 << 24)


def principal_axes(moments: Floats) -> tuple[Floats, Floats]:
    """Return how much points vary along their principal axes, (...), and those axes, (..., d).

    The axis is that of the fourth power of the moments, which is near enough to choose cuts.

    Parameters
    ----------
    moments
        float64, (..., d, d), whole numbers: the sums of w (x - c) (x - c)^T of some clusters.

    Returns
    -------
    The sums of w ((x - c) . axis)^2 for an axis of length 1; and axes, whole numbers, of length
    `AXIS`. Both are 0 where nothing varies.
    """
    *sets, d, _ = moments.shape
    matrices = moments.reshape(-1, d, d)
    scale = np.maximum(np.einsum("kii->k", matrices), 1) / _ONE
    matrices = np.rint(matrices / scale[:, None, None])  # of trace 2^24
    power = np.rint(matrices @ matrices / _ONE)
    power = np.rint(power @ power / _ONE)
    largest = np.einsum("kii->ki", power).argmax(axis=1)
    axes = power[np.arange(len(power)), largest]
    lengths = np.sqrt(np.maximum(np.einsum("kd,kd->k", axes, axes), 1))
    axes = np.rint(axes * (AXIS / lengths)[:, None])
    squares = np.maximum(np.einsum("kd,kd->k", axes, axes), 1)
    along = np.einsum("kij,kj->ki", matrices, axes)
    spread = np.einsum("kd,kd->k", along, axes) * scale / squares
    return spread.reshape(sets), axes.reshape(*sets, d)
