"""Seeding: initial centroids by division, always of the cluster whose cut lowers the inertia most.

The idea is Wu's (1991), whose boxes are cut along the axes of colour space; here a cluster is cut
across its principal axis, where that lowers the inertia most, in any number of dimensions.

Where some centroids are fixed, all K are seeded as if none were; then those are dropped that the
fixed ones replace at least cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmformat.quantization.search.lloyd import means_of, nearest
from kmformat.quantization.search.points import PointSet
from kmformat.quantization.search.principal import principal_axes

if TYPE_CHECKING:
    from kmformat.arrays import Bools, Floats, Labels

_PLACES = 64
"""Places along its axis where a cluster may be cut, an eighth of a standard deviation apart."""


def seed_centroids(points: PointSet, K: int) -> Floats:
    """Return up to K centroids (K, d), in units; fewer if points coincide.

    Clusters whose gains are at least half the best one's are cut together.
    """
    labels, count = np.zeros(len(points), np.intp), 1
    while True:
        weights, sums = points.totals(labels, count)
        means = means_of(weights, sums, sums)
        if count == K:
            return means
        gains, above = _cuts(points, labels, means, weights, sums)
        cut = np.argsort(-gains, kind="stable")[: K - count]
        cut = cut[gains[cut] > gains.max() / 2]
        if not len(cut):
            return means
        halves = np.arange(count)
        halves[cut] = count + np.arange(len(cut))
        labels = np.where(above, halves[labels], labels)
        count += len(cut)


def _cuts(
    points: PointSet, labels: Labels, means: Floats, weights: Floats, sums: Floats
) -> tuple[Floats, Bools]:
    """Return how much the best cut of each cluster gains, and which points are above it."""
    K = len(means)
    spread, axes = principal_axes(points.moments(labels, means, weights, sums))
    squares = np.einsum("kd,kd->k", axes, axes)
    along = np.einsum("dn,dn->n", axes.T.take(labels, axis=1), points.coordinates)
    along -= np.einsum("kd,kd->k", axes, means)[labels]
    scale = (_PLACES / 8) / np.sqrt(np.maximum(spread * squares / weights, 1))
    places = np.clip(along * scale[labels] + _PLACES / 2, 0, _PLACES - 1).astype(np.intp)
    keys = labels * _PLACES + places
    below, moment = (
        np.bincount(keys, values, K * _PLACES).reshape(K, _PLACES).cumsum(axis=1)
        for values in (points.weights, points.weights * along)
    )
    whole = weights[:, None]
    shares = below * (whole - below)
    gains = (moment - moment[:, -1:] * below / whole) ** 2 * whole / np.maximum(shares, 1)
    gains[shares <= 0] = 0
    best = gains.argmax(axis=1)
    return gains[np.arange(K), best] / np.maximum(squares, 1), places > best[labels]


def seed_beside(points: PointSet, fixed: Floats, K: int) -> Floats:
    """Return up to K centroids, in units, of which the first are `fixed`."""
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
