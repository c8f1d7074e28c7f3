"""Which swaps are promising: what each should gain, estimated from clusters' weights and moments.

A split gains a share of the variance along the principal axis. To merge cluster b into m adds
w_b w_m / (w_b + w_m) |b - m|^2 to the inertia (Ward's criterion), or w_b |b - m|^2 if m is fixed.

A fixed centroid stays where it is: its cluster may be split by a new centroid beside it, and others
may be merged into it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kmformat.quantization.search.principal import AXIS, principal_axes

if TYPE_CHECKING:
    from kmformat.arrays import Bools, Floats, Labels
    from kmformat.quantization.search.lloyd import Partition
    from kmformat.quantization.search.points import PointSet

_SPLIT_GAIN = 2 / np.pi
"""Share of the variance along the principal axis that a cut removes, exact for a normal cloud."""
_BESIDE_GAIN, _BESIDE = 0.405, 1.22
"""Variance share removed when one centroid stays at the cluster mean, and the other's distance from
it in standard deviations."""


@dataclass(frozen=True, eq=False)
class Swaps:
    """Swaps of some partitions, those of one after those of another, the most promising first.

    Attributes
    ----------
    sets
        intp (m,): the partition of each.
    clusters
        intp (m, 3): the cluster to split, that to merge, and that into which it is merged.
    ranks
        intp (m,): 0 for the most promising swap of each partition, and so on.
    weights, errors
        float64 (sets, K): the weight and the inertia of each cluster.
    half
        float64 (sets, K, d): the way from each centroid to that of one half, if it is split.
    """

    sets: Labels
    clusters: Labels
    ranks: Labels
    weights: Floats
    errors: Floats
    half: Floats

    @classmethod
    def of(cls, points: PointSet, partition: Partition, most: int) -> Swaps:
        """Return about `most` swaps of each partition."""
        c, fixed = partition.centroids, partition.fixed
        count, K, _ = c.shape
        weights, sums = points.totals(partition.labels, K)
        moments = points.moments(partition.labels, c, weights, sums)
        gain, half = _halves(moments, weights)
        ways = c[:, :, None] - c[:, None]
        distance = np.einsum("sijd,sijd->sij", ways, ways)
        pairs = weights[:, :, None], weights[:, None]
        loss = distance * (pairs[0] * pairs[1] / np.maximum(pairs[0] + pairs[1], 1))
        if fixed:
            pull = sums[:, :fixed] - weights[:, :fixed, None] * c[:, :fixed]
            beside = _halves_beside(moments[:, :fixed], weights[:, :fixed], pull)
            gain[:, :fixed], half[:, :fixed] = beside
            loss[:, :, :fixed] = distance[:, :, :fixed] * pairs[0]
        every, numbers = np.arange(count)[:, None], np.arange(K)
        loss[:, numbers, numbers] = np.inf
        into = loss.argmin(axis=2)
        score = gain[:, :, None] - loss.min(axis=2)[:, None]  # of (split, merged)
        score[:, numbers, numbers] = score[every, into, numbers] = -np.inf
        back = np.take_along_axis(into, into, axis=1)
        twice = (back == numbers) & (into < numbers) & (into >= fixed)  # seen from the other side
        twice[:, :fixed] = True  # fixed ones stay
        np.copyto(score, -np.inf, where=twice[:, None])
        flat = score.reshape(count, -1)
        most = min(most, K * K)
        least = np.partition(flat, K * K - most, axis=1)[:, K * K - most, None]
        sets, pair = np.nonzero((flat >= least) & (flat > -np.inf))
        order = np.lexsort((-flat[sets, pair], sets))
        sets, (split, merged) = sets[order], np.divmod(pair[order], K)
        clusters = np.stack([split, merged, into[sets, merged]], axis=1)
        ranks = np.arange(len(sets)) - np.searchsorted(sets, sets)
        return cls(sets, clusters, ranks, weights, np.einsum("skii->sk", moments), half)

    def __len__(self) -> int:
        return len(self.sets)

    def ranked(self, start: int, end: int, wanted: Bools) -> Swaps:
        """Return those of some ranks, of the partitions that are wanted."""
        return self._take((self.ranks >= start) & (self.ranks < end) & wanted[self.sets])

    def only(self, number: int) -> Swaps:
        """Return one of the swaps."""
        return self._take(slice(number, number + 1))

    def _take(self, which: Bools | slice) -> Swaps:
        sets, clusters, ranks = self.sets[which], self.clusters[which], self.ranks[which]
        return replace(self, sets=sets, clusters=clusters, ranks=ranks)

    def centroids(self, partition: Partition) -> Floats:
        """Return the centroids after each swap, before any repair: (m, K, d)."""
        numbers, sets, fixed = np.arange(len(self)), self.sets, partition.fixed
        split, merged, into = self.clusters.T
        centroids, half = partition.centroids[sets], self.half[sets, split]
        one, other = self.weights[sets, merged, None], self.weights[sets, into, None]
        sums = one * centroids[numbers, merged] + other * centroids[numbers, into]
        means, whole = sums / np.maximum(one + other, 1), centroids[numbers, split]
        centroids[numbers, into] = np.where(
            (into >= fixed)[:, None], means, centroids[numbers, into]
        )
        centroids[numbers, merged] = whole + half
        whole = centroids[numbers, split]
        centroids[numbers, split] = np.where((split >= fixed)[:, None], whole - half, whole)
        return np.rint(centroids)


def _halves(moments: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return how much a split of each cluster lowers the inertia, and the way to one half.

    `moments` are those around the centroids, (..., d, d), the sums of w (x - c) (x - c)^T.
    """
    spread, axes = principal_axes(moments)
    gain = _SPLIT_GAIN * spread
    return gain, axes * (np.sqrt(gain / np.maximum(weights, 1)) / AXIS)[..., None]


def _halves_beside(moments: Floats, weights: Floats, pull: Floats) -> tuple[Floats, Floats]:
    """Return the same for fixed centroids: one half stays, and the way is that to the other.

    `pull` is the weight of each cluster times the way from its centroid to its mean. The other
    half is put at the mean, or some way along the principal axis, whichever gains more.
    """
    spread, axes = principal_axes(moments)
    back = np.einsum("...d,...d->...", axes, pull) < 0
    axes = np.where(back[..., None], -axes, axes)
    divisors = np.maximum(weights, 1)
    at_mean = np.einsum("...d,...d->...", pull, pull) / divisors
    along = axes * (_BESIDE / AXIS * np.sqrt(spread / divisors))[..., None]
    off = (at_mean > _BESIDE_GAIN * spread)[..., None]
    half = np.where(off, pull / divisors[..., None], along)
    return np.maximum(at_mean, _BESIDE_GAIN * spread), half
