"""Sums by group, of which centroids and histograms are made; and how to keep to one thread."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

SMALL_PRODUCT = 1 << 18
"""Matrix products of no more multiplications are computed by one thread.

Above this, OpenBLAS starts all processors on a product that takes microseconds, and where another
program keeps one of them busy, every product waits for it. Sums over all points use einsum, which
has no threads, for the same reason.
"""

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.intp]


def sum_by(groups: npt.NDArray[np.integer[Any]], values: Floats, count: int) -> Floats:
    """Return the sum of the values in each of `count` groups.

    Parameters
    ----------
    groups
        Shape (n,), each 0 to count - 1.
    values
        float64, shape (n,), or several such as columns: (d, n).

    Returns
    -------
    float64, shape (count,), or (count, d).
    """
    if values.ndim == 1:
        return np.bincount(groups, values, count).astype(np.float64, copy=False)
    return np.stack([sum_by(groups, column, count) for column in values], axis=1)
