"""Weighted points as the palette search has them: whole numbers, so that all sums are exact.

Coordinates count 32nds of a level from an origin amid the points, and weights are whole. Sums of
their products are exact in float64, in whatever order a machine adds them (BLAS, vector units,
fused operations), so a palette is the same everywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.cached import cached_property

if TYPE_CHECKING:
    from random import Random

    from kmformat.arrays import Floats, Labels

UNITS = 32
"""Units in a level: to round to them costs a thousandth of what rounding to 8 bits costs."""
_TOTAL_WEIGHT = 1 << 22
"""Weights add up to about this at most.

Coordinates are below 2^12 units in magnitude, and those of colours to keep, which may be far from
all points, below 2^13.6, in up to four dimensions. So sums of w |x|^2 are below 2^22 * 2^26 = 2^48,
and those of w |c|^2 and 2 w c.x below 2^52: all are exact in float64.
"""


@dataclass(frozen=True, eq=False)
class PointSet:
    """Weighted points in whole units around an origin, in the layouts that the inner loops want.

    Attributes
    ----------
    origin
        float64 (d,), in levels: what was subtracted from all points.
    rows
        float64 (d + 1, n), whole numbers: the coordinates in units, and below them 1.
    weighted
        float64 (d + 1, n): the same times the weights, which are whole numbers in a unit of their
        own; so below are the weights.
    """

    origin: Floats
    rows: Floats
    weighted: Floats

    @classmethod
    def of(cls, points: Floats, weights: Floats) -> PointSet:
        """Lay out points (n, d), in levels, with weights (n,) above 0, around the middle of all."""
        origin = np.rint((points.min(axis=0) + points.max(axis=0)) / 2)
        rows = np.ones((points.shape[1] + 1, len(points)))
        np.rint((points - origin).T * UNITS, out=rows[:-1])
        # A power of 2 keeps whole weights whole, and is the same for any rounding of the sum.
        scale = 2.0 ** math.floor(math.log2(_TOTAL_WEIGHT / np.cumsum(weights)[-1]))
        return cls(origin, rows, rows * np.maximum(np.rint(weights * scale), 1))

    def subset(self, numbers: Labels) -> PointSet:
        """Return some of the points, with the same origin."""
        rows, weighted = self.rows.take(numbers, axis=1), self.weighted.take(numbers, axis=1)
        return PointSet(self.origin, rows, weighted)

    def merged(self, side: int) -> PointSet:
        """Return the rounded means of the points in each cell of a grid, `side` levels wide.

        `side` is a power of 2.
        """
        key, size = np.zeros(len(self), np.int64), 1
        for row in self.coordinates:
            position = np.floor(row / (side * UNITS)).astype(np.int64)
            position -= position.min()
            span = int(position.max()) + 1
            key, size = key * span + position, size * span
        if size > max(1 << 19, 4 * len(self)):  # too many cells to count each, even empty ones
            used, key = np.unique(key, return_inverse=True)
            size = len(used)
        weights, sums = self.totals(key, size)
        filled = np.flatnonzero(weights)
        rows = np.ones((self.rows.shape[0], len(filled)))
        np.rint(sums[filled].T / weights[filled], out=rows[:-1])
        return PointSet(self.origin, rows, rows * weights[filled])

    def thinned(self, most: int, rng: Random) -> PointSet:
        """Return all points, or `most` draws at even steps of the summed weight."""
        if len(self) <= most:
            return self
        ends = np.cumsum(self.weights)
        drawn = np.searchsorted(ends, (np.arange(most) + rng.random()) * (ends[-1] / most))
        numbers, counts = np.unique(np.minimum(drawn, len(self) - 1), return_counts=True)
        rows = self.rows.take(numbers, axis=1)
        return PointSet(self.origin, rows, rows * counts)

    def __len__(self) -> int:
        return int(self.rows.shape[1])

    @property
    def coordinates(self) -> Floats:
        """The points alone: float64 (d, n), in units."""
        return self.rows[:-1]

    @property
    def weights(self) -> Floats:
        """How often each point counts: float64 (n,)."""
        weights: Floats = self.weighted[-1]
        return weights

    @cached_property
    def inertia(self) -> float:
        """The weighted sum of |x|^2: the squared error of one centroid at the origin."""
        return float(np.einsum("dn,dn->", self.weighted[:-1], self.coordinates))

    @cached_property
    def _products(self) -> Floats:
        """The w x_i x_j of each point, for i <= j: float64 (d (d + 1) / 2, n)."""
        d = len(self.coordinates)
        pairs = combinations_with_replacement(range(d), 2)
        return np.array([self.weighted[i] * self.rows[j] for i, j in pairs])

    def units(self, points: Floats) -> Floats:
        """Return points (k, d), in levels, as these have them: relative to the origin, in units."""
        return np.rint((points - self.origin) * UNITS)

    def levels(self, centroids: Floats) -> Floats:
        """Return points or centroids (k, d), in units, as they are in colour space."""
        return centroids / UNITS + self.origin

    def totals(self, labels: Labels, K: int) -> tuple[Floats, Floats]:
        """Return the weight (..., K) and the weighted sum of points (..., K, d) of each cluster.

        `labels`, (..., n), may be of several partitions.
        """
        totals = kernels.sum_clusters(labels, self.weighted, K)
        return totals[..., -1], totals[..., :-1]

    def moments(self, labels: Labels, centroids: Floats, weights: Floats, sums: Floats) -> Floats:
        """Return the sums of w (x - c) (x - c)^T of each cluster, (..., K, d, d).

        `weights` and `sums` are the `totals`.
        """
        *sets, K, d = centroids.shape
        products = kernels.sum_clusters(labels, self._products, K)
        moments = np.empty((*sets, K, d, d))
        for number, (i, j) in enumerate(combinations_with_replacement(range(d), 2)):
            moments[..., i, j] = moments[..., j, i] = products[..., number]
        moments -= sums[..., :, None] * centroids[..., None, :]
        pull = sums - weights[..., None] * centroids
        moments -= centroids[..., :, None] * pull[..., None, :]
        return moments
