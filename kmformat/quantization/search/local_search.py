"""A local search by swaps, which leaves bad optima of k-means: split one cluster, merge two others.

Lloyd's algorithm moves centroids only where points pull them; it never takes one from a place
that has too many to a place that has too few. A swap does. Swaps are tried in the order of their
estimated gain (`swaps`); each is repaired by a few passes of Lloyd's algorithm, and kept if the
inertia fell.

Up to 24 clusters, or where points are few, a swap is repaired on all clusters. Then several swaps
are repaired together, also of several partitions, in less time than one after the other. Else, a
swap is repaired on the clusters nearby.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmformat.quantization.search.lloyd import Partition, lloyd, means_of
from kmformat.quantization.search.points import PointSet
from kmformat.quantization.search.swaps import Swaps

if TYPE_CHECKING:
    from random import Random

    from kmformat.arrays import Bools, Floats, Labels

_REPAIR_PASSES, _REPAIRED = 12, 1e-4
"""Passes of Lloyd's algorithm after a swap, at most; and by what share of itself the inertia falls
in the last."""
_KICKED_PASSES = 8
_ALL_NEARBY, _NEARBY = 24, 10
"""Up to 24 clusters, a swap is repaired on all of them; above, on the 10 nearest to each that it
changes, unless points are few."""
_TOGETHER = 1 << 17
"""So many swaps or kicks are repaired together that a pass takes about this many distances."""


def local_search(points: PointSet, partition: Partition, patience: int) -> Partition:
    """Try swaps until `patience` in a row have failed to lower the inertia, in each set."""
    K = partition.centroids.shape[1]
    if K <= 2:
        return partition
    if K <= _ALL_NEARBY or _together(points, K) > 1:
        return _search_all(points, partition, patience)
    return _search_nearby(points, partition, patience)


def kicked_search(
    points: PointSet, best: Partition, patience: int, kicks: int, rng: Random
) -> Partition:
    """Move one to four centroids to random points, search from there, keep it if better; repeat."""
    together = min(kicks, _together(points, best.centroids.shape[1]))
    for start in range(0, kicks, max(1, together)):
        count = min(together, kicks - start)
        kicked = np.stack([_kicked(points, best, rng) for _ in range(count)])
        other = lloyd(points, kicked, _KICKED_PASSES, fixed=best.fixed, tolerance=1e-4)
        other = local_search(points, other, max(6, patience // 4)).best()
        if other.inertia[0] < best.inertia[0] * (1 - 1e-6):
            best = other
    return best


def _kicked(points: PointSet, best: Partition, rng: Random) -> Floats:
    """Return centroids of which one to four are moved to random points."""
    centroids: Floats = best.centroids[0].copy()
    odds = np.cumsum(points.weights)
    K = len(centroids)
    for _ in range(1 + int(rng.random() * (1 + min(3, K // 8)))):
        target = min(np.searchsorted(odds, rng.random() * odds[-1]), len(points) - 1)
        moved = best.fixed + int(rng.random() * (K - best.fixed))
        centroids[moved] = points.coordinates[:, target]
    return centroids


def _together(points: PointSet, centroids: int) -> int:
    """Return how many sets of so many centroids should be improved together."""
    return max(1, _TOGETHER // (len(points) * centroids))


def _search_all(points: PointSet, partition: Partition, patience: int) -> Partition:
    """Search by swaps that are repaired on all clusters; of some together, the best is kept."""
    sets, K, _ = partition.centroids.shape
    together, searched = _together(points, K * sets), np.arange(sets)
    while len(searched):
        now = partition.take(searched)
        swaps = Swaps.of(points, now, patience)
        target, failed = now.inertia * (1 - 1e-5), np.ones(len(now), bool)
        for start in range(0, patience, together):
            part = swaps.ranked(start, start + together, failed)
            if not len(part):
                break
            owners = part.sets
            repaired = lloyd(
                points,
                part.centroids(now),
                _REPAIR_PASSES,
                fixed=now.fixed,
                tolerance=_REPAIRED,
                to_beat=target[owners],
            )
            order = np.lexsort((repaired.inertia, owners))
            best = order[np.diff(owners[order], prepend=-1) > 0]
            best = best[repaired.inertia[best] < target[owners[best]]]
            failed[owners[best]] = False
            partition.put(searched[owners[best]], repaired.take(best))
        searched = searched[~failed]
    return partition


def _search_nearby(points: PointSet, partition: Partition, patience: int) -> Partition:
    """Search one partition by swaps that are repaired on the clusters nearby."""
    failed: set[tuple[int, ...]] = set()
    failures = 0
    while failures < patience:
        round_ = _Round(points, partition, failed)
        failures = round_.run(patience, failures)
        if not round_.changed.any():
            break
        totals = points.totals(partition.labels, partition.centroids.shape[1])
        means, fixed = means_of(*totals, partition.centroids), partition.fixed
        means[:, :fixed] = partition.centroids[:, :fixed]
        partition = lloyd(points, means, 2, fixed=fixed)
    return partition


class _Round:
    """Swaps of one partition, tried on one set of estimates. Each cluster changes at most once."""

    def __init__(
        self, points: PointSet, partition: Partition, failed: set[tuple[int, ...]]
    ) -> None:
        self._points, self._partition, self._failed = points, partition, failed
        K = partition.centroids.shape[1]
        self._swaps = Swaps.of(points, partition, 4 * K + 64)
        self._near = _nearest_clusters(partition.centroids[0])
        labels = partition.labels[0]
        self._by_label = np.argsort(labels.astype(np.uint16), kind="stable")  # radix sort
        self._starts = np.searchsorted(labels[self._by_label], np.arange(K + 1))
        self.changed: Bools = np.zeros(K, bool)

    def run(self, patience: int, failures: int) -> int:
        """Try swaps, the most promising first; return how many in a row have failed."""
        changed = self.changed
        for number, swap in enumerate(self._swaps.clusters.tolist()):
            if changed[swap].any() or tuple(swap) in self._failed:
                continue
            if self._try(number, swap):
                failures = 0
                self._failed -= {old for old in self._failed if changed[list(old)].any()}
                if changed.sum() > len(changed) - 3:
                    break
            else:
                failures += 1
                self._failed.add(tuple(swap))
                if failures >= patience:
                    break
        return failures

    def _try(self, number: int, swap: list[int]) -> bool:
        """Make a swap and repair the clusters around it; keep it if the inertia falls enough."""
        partition = self._partition
        around = np.zeros(len(self.changed), bool)
        around[self._near[swap]] = True
        local = np.flatnonzero(around & ~self.changed)
        numbers = self._members(local)
        nearby = self._points.subset(numbers)
        before = float(self._swaps.errors[0, local].sum())
        target = before - 1e-5 * float(partition.inertia[0]) / max(1, len(self.changed) // 16)
        fixed = int(np.count_nonzero(local < partition.fixed))
        start = self._swaps.only(number).centroids(partition)[:, local]
        repaired = lloyd(
            nearby, start, _REPAIR_PASSES, fixed=fixed, tolerance=_REPAIRED, to_beat=target
        )
        if repaired.inertia[0] >= target:
            return False
        partition.labels[0, numbers] = local[repaired.labels[0]]
        partition.inertia += repaired.inertia - before
        self.changed[local] = True
        return True

    def _members(self, clusters: Labels) -> Labels:
        """Return the numbers of the points in these clusters."""
        ends = zip(self._starts[clusters], self._starts[clusters + 1], strict=True)
        return np.concatenate([self._by_label[start:end] for start, end in ends])


def _nearest_clusters(centroids: Floats) -> Labels:
    """Return the numbers of each cluster and of the 10 nearest to it, in any order, (K, 11)."""
    ways = centroids[:, None] - centroids
    distances = np.einsum("ijd,ijd->ij", ways, ways)
    no_two_alike = distances * len(centroids) + np.arange(len(centroids))
    return np.argpartition(no_two_alike, _NEARBY, axis=1)[:, : _NEARBY + 1]
