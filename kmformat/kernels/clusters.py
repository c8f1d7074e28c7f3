"""Clusters of points: which centroid is nearest to each, and sums over the points of each cluster.

Points, weights and centroids are whole numbers, and so are all sums and scores: they are exact in
float64, in whatever order they are added.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kmformat.kernels.counting import sum_by
from kmformat.kernels.nearest import NearestEntry

if TYPE_CHECKING:
    from kmformat.arrays import Floats, Labels


def nearest_centroids(rows: Floats, centroids: Floats) -> Labels:
    """Return the number of the nearest centroid of each point, of equally near ones the first.

    Parameters
    ----------
    rows
        float64 (d + 1, n): the coordinates of points, and below them 1.
    centroids
        float64 (..., K, d): several sets of them, each by itself. d is 3 or 4, and K at most
        512.

    Returns
    -------
    intp (..., n)
    """
    return NearestEntry(centroids).find(rows)


def sum_clusters(labels: Labels, values: Floats, K: int) -> Floats:
    """Return sums over the points of each cluster.

    Parameters
    ----------
    labels
        intp (..., n), each 0 to K - 1: several partitions of the points, each by itself.
    values
        float64 (m, n).

    Returns
    -------
    float64 (..., K, m)
    """
    sets = labels.shape[:-1]
    count = math.prod(sets)
    if count > 1:
        values = np.tile(values, count)
        labels = labels + K * np.arange(count).reshape(*sets, 1)
    sums = sum_by(labels.reshape(-1), values, count * K)
    return sums.reshape(*sets, K, len(values))
