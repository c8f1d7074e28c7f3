"""Lloyd's algorithm as the palette search runs it: on weighted points, and over-relaxed.

`kmformat.kmeans` is the algorithm as it is taught; this is the same with its arithmetic laid out
for speed, and exact: centroids are whole numbers, as points are (`points`). Fixed centroids
(colours to keep) get points as any other does, but do not move.

Several sets of centroids can be improved at once, each by itself: where points are few, that takes
far less time than one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels

if TYPE_CHECKING:
    from kmformat.arrays import Floats, Labels
    from kmformat.quantization.search.points import PointSet

RELAXATION = 1.6
"""How far a centroid moves, as a share of the way to its mean: above 1, half the passes will do."""
_LARGEST_GAIN = 0.15
"""No pass is expected to gain more than this share of the inertia, divided by K: so most of those
that will not win end after their first pass, and of those that will, 1 in 20."""


@dataclass
class Partition:
    """Points divided among clusters, in one way or, in sets, in several.

    Attributes
    ----------
    centroids
        float64 (sets, K, d), whole units: rounded means of their points, but for the first `fixed`.
    inertia
        float64 (sets,): the weighted sum of squared distances from each point to its centroid.
    labels
        intp (sets, n): the cluster of each point.
    fixed
        How many centroids, from the first, do not move.
    """

    centroids: Floats
    inertia: Floats
    labels: Labels
    fixed: int = 0

    @classmethod
    def empty(cls, centroids: Floats, n: int, fixed: int) -> Partition:
        """Return partitions of n points that are still to be found."""
        sets = len(centroids)
        return cls(centroids.copy(), np.empty(sets), np.empty((sets, n), np.intp), fixed)

    def __len__(self) -> int:
        return len(self.inertia)

    def take(self, sets: Labels) -> Partition:
        """Return some of the sets."""
        return Partition(self.centroids[sets], self.inertia[sets], self.labels[sets], self.fixed)

    def put(self, sets: Labels, other: Partition) -> None:
        """Replace some of the sets."""
        self.centroids[sets], self.inertia[sets] = other.centroids, other.inertia
        self.labels[sets] = other.labels

    def best(self) -> Partition:
        """Return the set of least inertia."""
        return self.take(np.argsort(self.inertia, kind="stable")[:1])


def nearest(points: PointSet, centroids: Floats) -> Labels:
    """Return the number of the nearest of some centroids (..., K, d) for each point, (..., n)."""
    return kernels.nearest_centroids(points.rows, centroids)


def means_of(weights: Floats, sums: Floats, otherwise: Floats) -> Floats:
    """Return the rounded means of clusters (..., K, d), and `otherwise` where they are empty."""
    weights = weights[..., None]
    return np.where(weights > 0, np.rint(sums / np.maximum(weights, 1)), otherwise)


def lloyd(
    points: PointSet,
    centroids: Floats,
    passes: int,
    *,
    fixed: int = 0,
    tolerance: float = 1e-5,
    to_beat: Floats | float = np.inf,
) -> Partition:
    """Run up to `passes` passes, until the inertia falls by less than `tolerance` of itself.

    Stops early if three more gains like the last would still not bring the inertia to `to_beat`.
    A centroid without points stays where it is, as do the first `fixed` ones in any case.

    Parameters
    ----------
    centroids
        float64 (sets, K, d), whole units: several sets, each by itself.
    to_beat
        One for all, or (sets,).
    """
    count, K, _ = centroids.shape
    found = Partition.empty(centroids, len(points), fixed)
    going, targets = np.arange(count), np.broadcast_to(to_beat, count)
    previous: Floats | float = np.inf
    for left in reversed(range(passes)):
        labels = nearest(points, centroids)
        weights, sums = points.totals(labels, K)
        means = means_of(weights, sums, centroids)
        if fixed:
            means[:, :fixed] = centroids[:, :fixed]
        # The sum of w |x - m|^2 is that of w |x|^2, plus that of (w m - 2 w x) . m.
        terms = weights[..., None] * means
        terms -= 2 * sums
        inertia = points.inertia + np.einsum("skd,skd->s", terms, means)
        gain = previous - inertia
        likely = inertia - 3 * np.minimum(gain, inertia * (_LARGEST_GAIN / K))
        ended = (gain <= tolerance * inertia) | (likely > targets)
        if ended.any() or not left:
            ended |= not left
            found.put(going[ended], Partition(means[ended], inertia[ended], labels[ended], fixed))
            on = ~ended
            going, targets = going[on], targets[on]
            if not len(going):
                break
            centroids, means, inertia = centroids[on], means[on], inertia[on]
        previous = inertia
        centroids = means + (RELAXATION - 1) * (means - centroids)
        np.rint(centroids, out=centroids)
    return found
