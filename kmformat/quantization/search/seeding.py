"""Seeding: initial centroids by division, always of the cluster whose cut lowers the inertia most.

The idea is Wu's (1991), whose boxes are cut along the axes of colour space; here a cluster is cut
across its principal axis, where that lowers the inertia most, in any number of dimensions.

Where some centroids are fixed, all K are seeded as if none were; then those are dropped that the
fixed ones replace at least cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kmformat.quantization.search.lloyd import PointSet, nearest

if TYPE_CHECKING:
    from kmformat.arrays import Floats, Labels

_ROUNDING = 1e-9
"""A gain below this share of the inertia may be rounding alone, of points that coincide."""


class _Cut(NamedTuple):
    gain: float
    left: Labels
    right: Labels


def seed_centroids(points: PointSet, K: int) -> Floats:
    """Return up to K centroids (K, d), relative to the points' origin; fewer if points coincide."""
    clusters = [np.arange(len(points))]
    cuts = [_best_cut(points, clusters[0])]
    while len(clusters) < K:
        best = max(range(len(cuts)), key=lambda number: cuts[number].gain)
        gain, left, right = cuts[best]
        if gain <= _ROUNDING * points.inertia:
            break
        clusters[best], cuts[best] = left, _best_cut(points, left)
        clusters.append(right)
        cuts.append(_best_cut(points, right))
    sums = [points.weighted[:, cluster].sum(axis=1) for cluster in clusters]
    weights = [points.weights[cluster].sum() for cluster in clusters]
    centroids: Floats = np.array(sums) / np.array(weights)[:, None]
    return centroids


def seed_beside(points: PointSet, fixed: Floats, K: int) -> Floats:
    """Return up to K centroids, relative to the points' origin, of which the first are `fixed`."""
    centroids = np.concatenate([fixed, seed_centroids(points, K)])
    if not len(fixed):
        return centroids
    weights = np.bincount(nearest(points, centroids), points.weights, len(centroids))
    distance = ((centroids[:, None] - centroids) ** 2).sum(axis=2)
    np.fill_diagonal(distance, np.inf)
    left = np.arange(len(centroids))
    while len(left) > K:
        among = distance[np.ix_(left, left)]
        loss = weights[left] * among.min(axis=1)
        loss[: len(fixed)] = np.inf
        dropped = int(loss.argmin())
        weights[left[among[dropped].argmin()]] += weights[left[dropped]]
        left = np.delete(left, dropped)
    return centroids[left]


def _best_cut(points: PointSet, cluster: Labels) -> _Cut:
    """Return the cut of a cluster across its principal axis that lowers the inertia most."""
    nothing = _Cut(0.0, cluster, cluster)
    if len(cluster) < 2:
        return nothing
    weights, weighted = points.weights.take(cluster), points.weighted.take(cluster, axis=1)
    weight, total = weights.sum(), weighted.sum(axis=1)
    x = weighted / weights
    moments = np.einsum("in,jn->ij", x, weighted) - np.outer(total, total / weight)
    axis = np.linalg.eigh(moments)[1][:, -1]
    along = np.einsum("d,dn->n", axis, x)
    order = np.argsort(along)
    below = np.cumsum(weights[order])[:-1]
    moment = np.cumsum(((along - axis @ total / weight) * weights)[order])[:-1]
    gains = moment**2 * weight / (below * (weight - below))
    at = int(gains.argmax())
    if not gains[at] > 0:
        return nothing
    return _Cut(float(gains[at]), cluster[order[: at + 1]], cluster[order[at + 1 :]])
