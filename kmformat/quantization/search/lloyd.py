"""Lloyd's algorithm as the palette search runs it: on weighted points, and over-relaxed.

`kmformat.kmeans` is the algorithm as it is taught; this is the same with its arithmetic laid out
for speed. Points are float32 and centred, so that squared distances are accurate to about 1e-6 of
themselves; where two centroids are nearly as near, either may be taken, which costs nothing. Fixed
centroids (colours to keep) get points as any other does, but do not move.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kmformat import kernels

if TYPE_CHECKING:
    from kmformat.arrays import Floats, Labels

RELAXATION = 1.6
"""How far a centroid moves, as a share of the way to its mean: above 1, half the passes will do."""
_MOST_LOW_BITS = 80
"""Up to so many centroids, their numbers ride in the low bits of distances."""


@dataclass(frozen=True, eq=False)
class PointSet:
    """Weighted points relative to their mean, in the layouts that the inner loops want.

    Attributes
    ----------
    origin
        float64 (d,): what was subtracted from all points. Centroids are relative to it too.
    weights
        float64 (n,): how often each point counts.
    rows
        float32 (d + 2, n): the coordinates, then |x|^2, then 1.
    weighted
        float64 (d, n): the coordinates times the weights.
    inertia
        The weighted sum of |x|^2: the squared error of one centroid at the origin.
    """

    origin: Floats
    weights: Floats
    rows: npt.NDArray[np.float32]
    weighted: Floats
    inertia: float

    @classmethod
    def of(cls, points: Floats, weights: Floats) -> PointSet:
        """Lay out points (n, d) with weights (n,), relative to their mean."""
        origin = np.einsum("n,nd->d", weights, points) / weights.sum()
        columns = (points - origin).T
        squares = np.einsum("dn,dn->n", columns, columns)
        rows = np.concatenate([columns, squares[None], np.ones((1, len(points)))])
        weighted = np.ascontiguousarray(columns * weights)
        inertia = float(np.einsum("n,n->", weights, squares))
        return cls(origin, weights, rows.astype(np.float32), weighted, inertia)

    def subset(self, numbers: Labels) -> PointSet:
        """Return some of the points, with the same origin."""
        weights, rows = self.weights.take(numbers), self.rows.take(numbers, axis=1)
        weighted = self.weighted.take(numbers, axis=1)
        inertia = float(np.einsum("n,n->", weights, rows[-2]))
        return PointSet(self.origin, weights, rows, weighted, inertia)

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def coordinates(self) -> npt.NDArray[np.float32]:
        """The points alone, without |x|^2 and 1: float32 (d, n)."""
        return self.rows[:-2]

    def totals(self, labels: Labels, K: int) -> tuple[Floats, Floats]:
        """Return the weight (K,) and the weighted sum of points (K, d) of each cluster."""
        return kernels.sum_by(labels, self.weights, K), kernels.sum_by(labels, self.weighted, K)


@dataclass
class Partition:
    """Points divided among clusters.

    Attributes
    ----------
    centroids
        float64 (K, d): means of their points, but for the first `fixed` ones.
    inertia
        The weighted sum of squared distances from each point to its centroid.
    labels
        intp (n,): the cluster of each point.
    fixed
        How many centroids, from the first, do not move.
    """

    centroids: Floats
    inertia: float
    labels: Labels
    fixed: int = 0


def nearest(points: PointSet, centroids: Floats) -> Labels:
    """Return the number of the nearest centroid of each point, intp (n,)."""
    K, n = len(centroids), len(points)
    # |x - c|^2 = [-2 c, 1, |c|^2] . [x, |x|^2, 1]; 0.25 keeps rounding from making it negative.
    matrix = np.concatenate(
        [-2 * centroids, np.ones((K, 1)), (centroids**2).sum(axis=1)[:, None] + 0.25], axis=1
    ).astype(np.float32)
    labels = np.empty(n, np.intp)
    step = kernels.SMALL_PRODUCT // (K * len(points.rows))
    blocks = [slice(start, start + step) for start in range(0, n, step)]
    if K > _MOST_LOW_BITS:
        for block in blocks:
            np.argmin(points.rows[:, block].T @ matrix.T, axis=1, out=labels[block])
        return labels
    # Floats that are not negative are ordered as their bits are. With the number of the centroid
    # in the low bits, one minimum finds it: at few centroids four times as fast as argmin.
    low = (1 << max(1, (K - 1).bit_length())) - 1
    numbers = np.arange(K, dtype=np.int32)[:, None]
    for block in blocks:
        distances = (matrix @ points.rows[:, block]).view(np.int32)
        distances &= ~low
        distances |= numbers
        labels[block] = distances.min(axis=0) & low
    return labels


def lloyd(
    points: PointSet,
    centroids: Floats,
    passes: int,
    *,
    fixed: int = 0,
    tolerance: float = 1e-5,
    to_beat: float = np.inf,
) -> Partition:
    """Run up to `passes` passes, until the inertia falls by less than `tolerance` of itself.

    Stops early if three more gains like the last would still not bring the inertia to `to_beat`.
    A centroid without points stays where it is, as do the first `fixed` ones in any case.
    """
    previous = np.inf
    for _ in range(passes):
        labels = nearest(points, centroids)
        weights, sums = points.totals(labels, len(centroids))
        empty = (weights <= 0)[:, None]
        means = np.where(empty, centroids, sums / np.where(empty, 1, weights[:, None]))
        means[:fixed] = centroids[:fixed]
        inertia = points.inertia - float(np.vdot(sums, means))
        if fixed:  # around a centroid it has -2 S.c + w |c|^2, which is -S.c only around a mean
            held = means[:fixed]
            inertia += float(np.vdot(weights[:fixed, None] * held - sums[:fixed], held))
        gain = previous - inertia
        if gain <= tolerance * inertia or (np.isfinite(gain) and inertia - 3 * gain > to_beat):
            break
        previous = inertia
        centroids = means + (RELAXATION - 1) * (means - centroids)
    return Partition(means, inertia, labels, fixed)
