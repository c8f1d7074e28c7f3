"""Sums by group: what histograms, centroids and cells are all made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

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
