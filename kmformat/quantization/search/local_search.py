"""A local search by swaps, which leaves bad optima of k-means: split one cluster, merge two others.

Lloyd's algorithm moves centroids only where points pull them; it never takes one from a place
that has too many to a place that has too few. A swap does. Swaps are tried in the order of their
estimated gain; each is repaired by a few passes of Lloyd's algorithm on the clusters nearby, and
kept if the inertia fell.

A fixed centroid stays where it is: its cluster may be split by a new centroid beside it, and others
may be merged into it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.quantization.search.lloyd import Partition, PointSet, lloyd

if TYPE_CHECKING:
    from kmformat.arrays import Bools, Floats, Labels

_REPAIR_PASSES = 12
_ALL_NEARBY = 24
"""Up to 24 clusters, a swap is repaired on all of them; above, on the 10 nearest to each."""
_SPLIT_GAIN = 2 / np.pi
"""Share of the variance along the principal axis that a cut removes, exact for a normal cloud."""
_BESIDE_GAIN, _BESIDE = 0.405, 1.22
"""Variance share removed when one centroid stays at the cluster mean, and the other's distance from
it in standard deviations."""

Swap = tuple[int, int, int]
"""(split, merged, into): cluster numbers."""


def local_search(points: PointSet, partition: Partition, patience: int) -> Partition:
    """Try swaps until `patience` in a row have failed to lower the inertia."""
    failed: set[Swap] = set()
    failures = 0
    while failures < patience and len(partition.centroids) > 2:
        round_ = _Round(points, partition, failed)
        failures = round_.run(patience, failures)
        if not round_.changed.any():
            break
        weights, sums = points.totals(partition.labels, len(partition.centroids))
        filled = weights > 0
        filled[: partition.fixed] = False
        partition.centroids[filled] = sums[filled] / weights[filled, None]
        partition = lloyd(points, partition.centroids, 2, fixed=partition.fixed)
    return partition


def kicked_search(
    points: PointSet, best: Partition, patience: int, kicks: int, rng: np.random.Generator
) -> Partition:
    """Move one to four centroids to random points, search from there, keep it if better; repeat."""
    odds = np.cumsum(points.weights)
    for _ in range(kicks):
        centroids = best.centroids.copy()
        K = len(centroids)
        for _ in range(1 + int(rng.integers(0, 1 + min(3, K // 8)))):
            target = np.searchsorted(odds, rng.random() * odds[-1])
            point = points.coordinates[:, min(target, len(points) - 1)]
            centroids[rng.integers(best.fixed, K)] = point
        other = lloyd(points, centroids, 20, fixed=best.fixed, tolerance=1e-4)
        other = local_search(points, other, max(6, patience // 4))
        if other.inertia < best.inertia * (1 - 1e-6):
            best = other
    return best


@dataclass(eq=False)
class _Estimates:
    """What each swap should gain, estimated from the clusters' weights, means and covariances.

    To merge cluster b into m adds w_b w_m / (w_b + w_m) |b - m|^2 to the inertia (Ward's
    criterion), or w_b |b - m|^2 if m is fixed.
    """

    weights: Floats
    lengths: Floats  # of each cluster, |mean|^2 - |mean - centroid|^2
    half: Floats  # from a centroid to where its two halves would be, (K, d)
    partner: Labels  # the cluster that each is cheapest to merge into
    near: Labels  # clusters by distance, (K, reach)
    promising: list[tuple[int, int]]  # (split, merged), best first

    @classmethod
    def of(cls, points: PointSet, partition: Partition) -> _Estimates:
        c, labels, K = partition.centroids, partition.labels, len(partition.centroids)
        fixed, numbers = partition.fixed, np.arange(K)
        weights, sums = points.totals(labels, K)
        moments = _covariances(points, labels, K) - sums[:, :, None] * c[:, None]
        gain, half = _halves(moments, weights)
        lengths = (c**2).sum(axis=1)
        distance = ((c[:, None] - c) ** 2).sum(axis=2)
        tiny = np.finfo(np.float64).tiny
        loss = distance * (
            weights[:, None] * weights / np.maximum(weights[:, None] + weights, tiny)
        )
        if fixed:
            pull = sums[:fixed] - weights[:fixed, None] * c[:fixed]
            around = moments[:fixed] - c[:fixed, :, None] * pull[:, None]
            gain[:fixed], half[:fixed] = _halves_beside(around, weights[:fixed], pull)
            lengths[:fixed] += 2 * (c[:fixed] * pull).sum(axis=1) / _divisors(weights[:fixed])
            loss[:, :fixed] = distance[:, :fixed] * weights[:, None]
        loss[numbers, numbers] = np.inf
        partner = loss.argmin(axis=1)
        score = gain[:, None] - loss[numbers, partner]
        score[numbers, numbers] = score[partner, numbers] = -np.inf
        twice = (partner[partner] == numbers) & (partner < numbers) & (partner >= fixed)
        score[:, twice] = score[:, :fixed] = -np.inf  # merges seen twice; fixed ones stay
        order = np.argsort(-score, axis=None, kind="stable")[: 4 * K + 64]
        order = order[np.isfinite(score.ravel()[order])]
        reach = K if K <= _ALL_NEARBY else 10
        near = np.argsort(distance, axis=1, kind="stable")[:, 1 : reach + 1]
        promising = [divmod(number, K) for number in order.tolist()]
        return cls(weights, lengths, half, partner, near, promising)


def _halves(moments: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return how much a split of each cluster lowers the inertia, and the way to one half.

    `moments` are those around the centroids, (K, d, d), the sums of w (x - c) (x - c)^T.
    """
    values, axes = np.linalg.eigh(moments)
    gain = _SPLIT_GAIN * np.maximum(values[:, -1], 0)
    return gain, axes[:, :, -1] * np.sqrt(gain / _divisors(weights))[:, None]


def _halves_beside(moments: Floats, weights: Floats, pull: Floats) -> tuple[Floats, Floats]:
    """Return the same for fixed centroids: one half stays, and the way is that to the other.

    `pull` is the weight of each cluster times the way from its centroid to its mean. The other
    half is put at the mean, or some way along the principal axis, whichever gains more.
    """
    values, axes = np.linalg.eigh(moments)
    spread, axis = np.maximum(values[:, -1], 0), axes[:, :, -1]
    axis = np.where((axis * pull).sum(axis=1, keepdims=True) < 0, -axis, axis)
    divisors = _divisors(weights)
    at_mean = (pull**2).sum(axis=1) / divisors
    along = _BESIDE * np.sqrt(spread / divisors)[:, None] * axis
    off = (at_mean > _BESIDE_GAIN * spread)[:, None]
    half = np.where(off, pull / divisors[:, None], along)
    return np.maximum(at_mean, _BESIDE_GAIN * spread), half


def _divisors(weights: Floats) -> Floats:
    return np.where(weights > 0, weights, 1)


def _covariances(points: PointSet, labels: Labels, K: int) -> Floats:
    """Return the sums of w x x^T of each cluster, (K, d, d)."""
    d = len(points.weighted)
    sums = np.empty((K, d, d))
    for i in range(d):
        for j in range(i, d):
            products = points.weighted[i] * points.coordinates[j]
            sums[:, i, j] = sums[:, j, i] = kernels.sum_by(labels, products, K)
    return sums


class _Round:
    """Swaps tried on one set of estimates. Each cluster is changed at most once."""

    def __init__(self, points: PointSet, partition: Partition, failed: set[Swap]) -> None:
        self._points, self._partition, self._failed = points, partition, failed
        K = len(partition.centroids)
        self._estimates = _Estimates.of(points, partition)
        self._by_label = np.argsort(partition.labels.astype(np.uint16), kind="stable")  # radix sort
        self._starts = np.searchsorted(partition.labels[self._by_label], np.arange(K + 1))
        self.changed: Bools = np.zeros(K, bool)

    def run(self, patience: int, failures: int) -> int:
        """Try swaps, the most promising first; return how many in a row have failed."""
        changed = self.changed
        for split, merged in self._estimates.promising:
            swap = (split, merged, int(self._estimates.partner[merged]))
            if changed[list(swap)].any() or swap in self._failed:
                continue
            if self._try(swap):
                failures = 0
                self._failed -= {old for old in self._failed if changed[list(old)].any()}
                if changed.sum() > len(changed) - 3:
                    break
            else:
                failures += 1
                self._failed.add(swap)
                if failures >= patience:
                    break
        return failures

    def _try(self, swap: Swap) -> bool:
        """Make a swap and repair the clusters around it; keep it if the inertia falls enough."""
        partition, estimates = self._partition, self._estimates
        around = [n for n in estimates.near[list(swap)].ravel().tolist() if not self.changed[n]]
        clusters = dict.fromkeys([*swap, *around])
        local = np.array(sorted(clusters, key=lambda n: n >= partition.fixed))  # fixed ones first
        whole = len(local) == len(partition.centroids)
        numbers = None if whole else self._members(local)
        nearby = self._points if numbers is None else self._points.subset(numbers)
        before = nearby.inertia - float(estimates.weights[local] @ estimates.lengths[local])
        target = before - 1e-5 * partition.inertia / max(1, len(partition.centroids) // 16)
        fixed, start = np.count_nonzero(local < partition.fixed), self._swapped(swap)[local]
        repaired = lloyd(nearby, start, _REPAIR_PASSES, fixed=int(fixed), to_beat=target)
        if repaired.inertia >= target:
            return False
        partition.labels[slice(None) if numbers is None else numbers] = local[repaired.labels]
        partition.inertia += repaired.inertia - before
        self.changed[local] = True
        return True

    def _swapped(self, swap: Swap) -> Floats:
        """Return the centroids after a swap, before any repair."""
        split, merged, into = swap
        centroids, weights = self._partition.centroids.copy(), self._estimates.weights
        pair = max(weights[merged] + weights[into], np.finfo(np.float64).tiny)
        merged_mean = (weights[merged] * centroids[merged] + weights[into] * centroids[into]) / pair
        if into >= self._partition.fixed:
            centroids[into] = merged_mean
        centroids[merged] = centroids[split] + self._estimates.half[split]
        if split >= self._partition.fixed:
            centroids[split] -= self._estimates.half[split]
        return centroids

    def _members(self, clusters: Labels) -> Labels:
        """Return the numbers of the points in these clusters."""
        ends = zip(self._starts[clusters], self._starts[clusters + 1], strict=True)
        return np.concatenate([self._by_label[start:end] for start, end in ends])
