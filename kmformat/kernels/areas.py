"""Making pictures smaller: which indices there are in each area, and means over areas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kmformat.arrays import U8, Floats, Ints


def count_areas(indices: U8, colors: int, heights: Ints, widths: Ints) -> Ints:
    """Count the indices in each area of a grid.

    Parameters
    ----------
    indices
        Shape (height, width), each below `colors`.
    heights, widths
        Of the rows and columns of the grid; their sums are height and width.

    Returns
    -------
    int64, shape (rows, columns, colors)
    """
    shape = len(heights), len(widths), colors
    bins = np.repeat(np.arange(len(widths)) * colors, widths) + indices
    bins += np.repeat(np.arange(len(heights)) * (len(widths) * colors), heights)[:, None]
    return np.bincount(bins.ravel(), minlength=shape[0] * shape[1] * colors).reshape(shape)


def mean_spans(values: Floats, edges: Floats) -> Floats:
    """Return the means of values along the first axis, each between one edge and the next.

    Value i is that of every place from i up to i + 1, so that edges may cut it.

    Parameters
    ----------
    values
        Shape (n, ...).
    edges
        Shape (m + 1,), ascending, from 0 up to n.

    Returns
    -------
    float64, shape (m, ...)
    """
    starts, ends = edges[:-1], edges[1:]
    first = starts.astype(np.intp)
    means = np.zeros((len(starts), *values.shape[1:]))
    for place in range(int((np.ceil(ends) - first).max())):
        value = np.minimum(first + place, len(values) - 1)
        covered = np.minimum(value + 1, ends) - np.maximum(first + place, starts)
        weights = np.maximum(covered, 0) / (ends - starts)
        means += values[value] * weights.reshape(-1, *[1] * (values.ndim - 1))
    return means
