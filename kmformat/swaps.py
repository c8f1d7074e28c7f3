"""A local search that leaves bad optima of k-means: split one cluster, merge two others.

Lloyd's algorithm moves centroids only where points pull them; it never takes one from a place
that has too many to a place that has too few. A swap does: it is tried where the estimates promise
most, repaired by a few passes of Lloyd's algorithm nearby, and kept if the inertia fell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kmformat.grouping import Floats, Labels, sum_by
from kmformat.lloyd import Partition, PointSet, lloyd

_REPAIR_PASSES = 12
_ALL_NEARBY = 24
"""Up to so many clusters, all are repaired around a swap; above, the 10 nearest of each."""
_SPLIT_GAIN = 2 / np.pi
"""Share of the variance along the principal axis that a cut removes, exact for a normal cloud."""

Swap = tuple[int, int, int]
"""(split, merged, into): cluster numbers."""


def local_search(points: PointSet, partition: Partition, patience: int) -> Partition:
    """Try swaps until so many in a row have failed."""
    failed: set[Swap] = set()
    failures = 0
    while failures < patience and len(partition.centroids) > 2:
        round_ = _Round(points, partition, failed)
        failures = round_.run(patience, failures)
        if not round_.changed.any():
            break
        weights, sums = points.totals(partition.labels, len(partition.centroids))
        filled = weights > 0
        partition.centroids[filled] = sums[filled] / weights[filled, None]
        partition = lloyd(points, partition.centroids, 2)
    return partition


def kicked_search(
    points: PointSet, best: Partition, patience: int, kicks: int, rng: np.random.Generator
) -> Partition:
    """Throw some centroids onto random points, search from there, and keep what is better."""
    odds = np.cumsum(points.weights)
    for _ in range(kicks):
        centroids = best.centroids.copy()
        K = len(centroids)
        for _ in range(1 + int(rng.integers(0, 1 + min(3, K // 8)))):
            target = np.searchsorted(odds, rng.random() * odds[-1])
            centroids[rng.integers(K)] = points.coordinates[:, min(target, len(points) - 1)]
        other = lloyd(points, centroids, 20, tolerance=1e-4)
        other = local_search(points, other, max(6, patience // 4))
        if other.inertia < best.inertia * (1 - 1e-6):
            best = other
    return best


@dataclass(eq=False)
class _Estimates:
    """What swaps promise: gains of splits, losses of merges, and who is near whom.

    Merging b into its partner loses w_b w_m / (w_b + w_m) |b - m|^2 (Ward's criterion).
    """

    weights: Floats
    half: Floats  # from a centroid to where its two halves would be, (K, d)
    partner: Labels  # the cluster that each is cheapest to merge into
    near: Labels  # clusters by distance, (K, reach)
    promising: list[tuple[int, int]]  # (split, merged), best first

    @classmethod
    def of(cls, points: PointSet, partition: Partition) -> _Estimates:
        c, labels, K = partition.centroids, partition.labels, len(partition.centroids)
        weights, sums = points.totals(labels, K)
        values, axes = np.linalg.eigh(
            _covariances(points, labels, K) - sums[:, :, None] * c[:, None]
        )
        gain = _SPLIT_GAIN * np.maximum(values[:, -1], 0)
        half = axes[:, :, -1] * np.sqrt(gain / np.where(weights > 0, weights, 1))[:, None]
        distance = ((c[:, None] - c) ** 2).sum(axis=2)
        tiny = np.finfo(np.float64).tiny
        loss = distance * (
            weights[:, None] * weights / np.maximum(weights[:, None] + weights, tiny)
        )
        numbers = np.arange(K)
        loss[numbers, numbers] = np.inf
        partner = loss.argmin(axis=1)
        score = gain[:, None] - loss[numbers, partner]
        score[numbers, numbers] = score[partner, numbers] = -np.inf
        score[:, (partner[partner] == numbers) & (partner < numbers)] = -np.inf  # merges seen twice
        order = np.argsort(-score, axis=None, kind="stable")[: 4 * K + 64]
        order = order[np.isfinite(score.ravel()[order])]
        reach = K if K <= _ALL_NEARBY else 10
        near = np.argsort(distance, axis=1, kind="stable")[:, 1 : reach + 1]
        promising = [divmod(number, K) for number in order.tolist()]
        return cls(weights, half, partner, near, promising)


def _covariances(points: PointSet, labels: Labels, K: int) -> Floats:
    """Return the sums of w x x^T of each cluster, (K, d, d)."""
    d = len(points.weighted)
    sums = np.empty((K, d, d))
    for i in range(d):
        for j in range(i, d):
            products = points.weighted[i] * points.coordinates[j]
            sums[:, i, j] = sums[:, j, i] = sum_by(labels, products, K)
    return sums


class _Round:
    """Swaps tried on one set of estimates. Clusters that one has changed are left alone after."""

    def __init__(self, points: PointSet, partition: Partition, failed: set[Swap]) -> None:
        self._points, self._partition, self._failed = points, partition, failed
        K = len(partition.centroids)
        self._estimates = _Estimates.of(points, partition)
        self._by_label = np.argsort(partition.labels.astype(np.uint16), kind="stable")  # radix sort
        self._starts = np.searchsorted(partition.labels[self._by_label], np.arange(K + 1))
        self.changed: npt.NDArray[np.bool_] = np.zeros(K, bool)

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
        local = np.array(list(dict.fromkeys([*swap, *around])))
        whole = len(local) == len(partition.centroids)
        numbers = None if whole else self._members(local)
        nearby = self._points if numbers is None else self._points.subset(numbers)
        centroids, weights = partition.centroids[local], estimates.weights[local]
        before = nearby.inertia - float(weights @ (centroids**2).sum(axis=1))
        half = estimates.half[swap[0]]
        pair = max(weights[1] + weights[2], np.finfo(np.float64).tiny)
        centroids[2] = (weights[1] * centroids[1] + weights[2] * centroids[2]) / pair
        centroids[1] = centroids[0] + half
        centroids[0] -= half
        target = before - 1e-5 * partition.inertia / max(1, len(partition.centroids) // 16)
        repaired = lloyd(nearby, centroids, _REPAIR_PASSES, beat=target)
        if repaired.inertia >= target:
            return False
        partition.labels[slice(None) if numbers is None else numbers] = local[repaired.labels]
        partition.inertia += repaired.inertia - before
        self.changed[local] = True
        return True

    def _members(self, clusters: Labels) -> Labels:
        """Return the numbers of the points in these clusters."""
        ends = zip(self._starts[clusters], self._starts[clusters + 1], strict=True)
        return np.concatenate([self._by_label[start:end] for start, end in ends])
