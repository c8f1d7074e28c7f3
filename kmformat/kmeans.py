"""k-means as its teachers name it: four functions on points, with optional weights.

The algorithm is Lloyd's (1982): assign each point to its closest centroid, move each centroid to
the mean of its points, repeat. Points ``X`` have shape (n, d) and any finite values; a weight
counts a point so many times, so a colour histogram gives the same result as all its pixels.

    centroids = kmeans_init_centroids(X, K, rng)
    centroids, idx, history = run_kmeans(X, centroids, max_iters=10)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kmformat.errors import ParameterError
from kmformat.grouping import SMALL_PRODUCT, Floats, Labels, sum_by


class KMeansHistory(NamedTuple):
    """How a run went, from the initial centroids to the last.

    Attributes
    ----------
    centroids
        float64, shape (iterations + 1, K, d).
    inertia
        float64, shape (iterations + 1,): the weighted sum of squared distances from each point
        to its closest centroid, for each of those sets of centroids. Never rises.
    """

    centroids: Floats
    inertia: Floats


class KMeansResult(NamedTuple):
    """What `run_kmeans` returns.

    Attributes
    ----------
    centroids
        float64, shape (K, d).
    idx
        intp, shape (n,): the closest of these centroids for each point.
    history
        How it went.
    """

    centroids: Floats
    idx: Labels
    history: KMeansHistory


def kmeans_init_centroids(
    X: npt.ArrayLike, K: int, rng: np.random.Generator, *, weights: npt.ArrayLike | None = None
) -> Floats:
    """Choose K different points at random, each as likely as its weight.

    Raises
    ------
    ParameterError
        K is below 1, or more than the points of positive weight.
    """
    X, weights = _checked(X, weights)
    choosable = int(np.count_nonzero(weights))
    if not 1 <= K <= choosable:
        raise ParameterError(f"K = {K} centroids of {choosable} points: expected 1 to {choosable}")
    chosen: Floats = X[rng.choice(len(X), K, replace=False, p=weights / weights.sum())]
    return chosen


def find_closest_centroids(X: npt.ArrayLike, centroids: npt.ArrayLike) -> Labels:
    """Return for each point the number of its closest centroid, intp (n,); ties go to the lowest.

    Exact for integer values below 2^24; otherwise to the precision of float64.
    """
    X, _ = _checked(X, None)
    return _assign(X, _checked_centroids(centroids, X.shape[1]))[0]


def compute_centroids(
    X: npt.ArrayLike, idx: npt.ArrayLike, K: int, *, weights: npt.ArrayLike | None = None
) -> Floats:
    """Return the mean of the points assigned to each of K clusters, float64 (K, d).

    An empty cluster is reseeded with the point that adds most to the inertia (its weight times
    its squared distance from the mean of its cluster), a different point for each empty cluster.
    """
    X, weights = _checked(X, weights)
    idx = np.asarray(idx)
    if idx.shape != X.shape[:1] or not np.issubdtype(idx.dtype, np.integer):
        raise ParameterError(f"idx of shape {idx.shape}: expected {len(X)} integers")
    if idx.min() < 0 or idx.max() >= K:
        raise ParameterError(f"idx from {idx.min()} to {idx.max()}: expected 0 to {K - 1}")
    return _means(X, weights, idx.astype(np.intp, copy=False), K)


def run_kmeans(
    X: npt.ArrayLike,
    initial_centroids: npt.ArrayLike,
    max_iters: int,
    *,
    weights: npt.ArrayLike | None = None,
) -> KMeansResult:
    """Run Lloyd's algorithm from the given centroids.

    It stops after `max_iters` iterations, or earlier once no point changes its cluster, when
    further ones would change nothing.

    Raises
    ------
    ParameterError
        Shapes do not fit, a value is not finite, or a weight is negative.
    """
    X, weights = _checked(X, weights)
    centroids = _checked_centroids(initial_centroids, X.shape[1])
    if max_iters < 0:
        raise ParameterError(f"max_iters = {max_iters}: expected 0 or more")
    idx, distances = _assign(X, centroids)
    path, inertia = [centroids], [float(weights @ distances)]
    for _ in range(max_iters):
        centroids = _means(X, weights, idx, len(centroids))
        previous = idx
        idx, distances = _assign(X, centroids)
        path.append(centroids)
        inertia.append(float(weights @ distances))
        if np.array_equal(idx, previous):
            break
    return KMeansResult(centroids, idx, KMeansHistory(np.array(path), np.array(inertia)))


def _assign(X: Floats, centroids: Floats) -> tuple[Labels, Floats]:
    """Return the closest centroid of each point, and the squared distance to it.

    |x - c|^2 = |x|^2 - 2 x.c + |c|^2, and |x|^2 is the same for all c: one matrix product.
    Both are taken relative to the centroids' mean, which keeps the terms small.
    """
    origin = np.rint(centroids.mean(axis=0))  # whole numbers stay whole, so exact ones stay exact
    C = centroids - origin
    offsets = np.einsum("kd,kd->k", C, C)
    idx, distances = np.empty(len(X), np.intp), np.empty(len(X))
    step = max(1, SMALL_PRODUCT // C.size)
    for start in range(0, len(X), step):
        block = slice(start, start + step)
        x = X[block] - origin
        partial = offsets - 2 * (x @ C.T)
        idx[block] = closest = partial.argmin(axis=1)
        shortest = np.take_along_axis(partial, closest[:, None], axis=1)[:, 0]
        distances[block] = np.maximum(shortest + np.einsum("nd,nd->n", x, x), 0)
    return idx, distances


def _means(X: Floats, weights: Floats, idx: Labels, K: int) -> Floats:
    totals, sums = sum_by(idx, weights, K), sum_by(idx, X.T * weights, K)
    filled = totals > 0
    centroids = np.zeros((K, X.shape[1]))
    centroids[filled] = sums[filled] / totals[filled, None]
    empty = np.flatnonzero(~filled)
    if empty.size:
        cost = weights * ((X - centroids[idx]) ** 2).sum(axis=1)
        worst = np.argsort(-cost, kind="stable")[: empty.size]
        centroids[empty] = X[np.resize(worst, empty.size)]
    return centroids


def _checked(X: npt.ArrayLike, weights: npt.ArrayLike | None) -> tuple[Floats, Floats]:
    X = np.asarray(X, np.float64)
    if X.ndim != 2 or 0 in X.shape:
        raise ParameterError(f"points of shape {X.shape}: expected (n, d), each at least 1")
    weights = np.ones(len(X)) if weights is None else np.asarray(weights, np.float64)
    if weights.shape != X.shape[:1]:
        raise ParameterError(f"weights of shape {weights.shape}: expected ({len(X)},)")
    if not (np.isfinite(X).all() and np.isfinite(weights).all()):
        raise ParameterError("points and weights must be finite, but some are NaN or infinite")
    if (weights < 0).any() or not weights.any():
        raise ParameterError("weights must not be negative, nor all zero")
    return X, weights


def _checked_centroids(centroids: npt.ArrayLike, d: int) -> Floats:
    centroids = np.asarray(centroids, np.float64)
    if centroids.ndim != 2 or centroids.shape[1] != d or not len(centroids):
        raise ParameterError(f"centroids of shape {centroids.shape}: expected (K, {d})")
    if not np.isfinite(centroids).all():
        raise ParameterError("centroids must be finite, but some are NaN or infinite")
    return centroids
