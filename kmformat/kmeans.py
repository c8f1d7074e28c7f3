"""k-means as it is taught: four functions on points; the palette search has its own.

The algorithm is Lloyd's (1982): assign each point to its closest centroid, move each centroid to
the mean of its points, repeat. Points ``X`` have shape (n, d), with values from -1e150 to 1e150;
a weight counts a point so many times, so a colour histogram gives the same result as all its
pixels. All four raise ParameterError for arguments that make no sense.

    initial_centroids = kmeans_init_centroids(X, K)
    centroids, idx = run_kmeans(X, initial_centroids, max_iters=10)

What `run_kmeans` returns also has the history of the run: ``run_kmeans(...).history``. A course's
`kMeans_init_centroids` and `run_kMeans` are other names of the same two functions.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from kmformat import kernels
from kmformat.errors import ParameterError

if TYPE_CHECKING:
    from kmformat.arrays import Floats, Labels

__all__ = [
    "KMeansHistory",
    "KMeansResult",
    "compute_centroids",
    "find_closest_centroids",
    "kMeans_init_centroids",
    "kmeans_init_centroids",
    "run_kMeans",
    "run_kmeans",
]

_BLOCK_DISTANCES = 1 << 15
_LARGEST = 1e150
"""Of any coordinate or weight: squares and their sums are finite still."""


class KMeansHistory(NamedTuple):
    """How a run went, from the initial centroids to the last."""

    centroids: Floats
    """float64, shape (iterations + 1, K, d)."""
    inertia: Floats
    """float64, shape (iterations + 1,): the weighted sum of squared distances from each point to
    its closest centroid, for each of those sets of centroids. Never rises, rounding apart."""


class _CentroidsAndIdx(NamedTuple):
    centroids: Floats
    """float64, shape (K, d)."""
    idx: Labels
    """intp, shape (n,): the closest of these centroids for each point."""


class KMeansResult(_CentroidsAndIdx):
    """What `run_kmeans` returns: two values, `centroids` and `idx`, as a course has them.

    Attributes
    ----------
    centroids
        float64, shape (K, d).
    idx
        intp, shape (n,): the closest of these centroids for each point.
    history
        How the run went, a `KMeansHistory`: on request, and no third value.
    """

    history: KMeansHistory

    def __new__(cls, centroids: Floats, idx: Labels, history: KMeansHistory) -> Self:
        """Return the two values, with a history beside them."""
        result = super().__new__(cls, centroids, idx)
        result.history = history
        return result

    def __getnewargs__(self) -> tuple[Floats, Labels, KMeansHistory]:
        return self.centroids, self.idx, self.history


def kmeans_init_centroids(
    X: npt.ArrayLike,
    K: int,
    rng: np.random.Generator | int | None = None,
    *,
    weights: npt.ArrayLike | None = None,
) -> Floats:
    """Choose K different rows of X at random, each as likely as its weight.

    Rows may have equal values, and then so may centroids.

    Parameters
    ----------
    rng
        A generator or a seed. Unless told, NumPy's own generator draws, anew each time: after
        ``np.random.seed(0)`` the rows are those of ``X[np.random.permutation(len(X))[:K]]``.

    Raises
    ------
    ParameterError
        K is below 1, or more than the points of positive weight.
    """
    X, weights = _checked(X, weights)
    K = _integer("K", K, 1)
    if rng is not None and not isinstance(rng, np.random.Generator):
        rng = np.random.default_rng(_integer("rng", rng, 0))
    likely = weights / weights.sum()
    choosable = int(np.count_nonzero(likely))
    if choosable < K:
        raise ParameterError(f"K = {K} centroids of {choosable} points: expected 1 to {choosable}")
    if rng is not None:
        rows = rng.choice(len(X), K, replace=False, p=likely)
    elif choosable == len(X) and (weights == weights[0]).all():
        rows = np.random.permutation(len(X))[:K]  # noqa: NPY002 - a lesson seeds this generator
    else:
        rows = np.random.choice(len(X), K, replace=False, p=likely)  # noqa: NPY002
    chosen: Floats = X[rows]
    return chosen


def find_closest_centroids(X: npt.ArrayLike, centroids: npt.ArrayLike) -> Labels:
    """Return for each point the number of its closest centroid, intp (n,); ties go to the lowest.

    Squared distances are rounded to float64, in the same way on every machine.
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
    K = _integer("K", K, 1)
    idx = _array("idx", idx, "iu", "integers")
    if idx.shape != X.shape[:1]:
        raise ParameterError(f"idx of shape {idx.shape}: expected {len(X)} integers")
    if idx.min() < 0 or idx.max() >= K:
        raise ParameterError(f"idx from {idx.min()} to {idx.max()}: expected 0 to {K - 1}")
    return _means(X, weights, idx.astype(np.intp, copy=False), K)


def run_kmeans(
    X: npt.ArrayLike,
    initial_centroids: npt.ArrayLike,
    max_iters: int = 10,
    plot_progress: bool = False,
    *,
    weights: npt.ArrayLike | None = None,
) -> KMeansResult:
    """Run Lloyd's algorithm from the given centroids.

    It stops after `max_iters` iterations, or earlier once no point changes its cluster, when
    further ones would change nothing. In the first case, as in the textbook, the centroids are
    the means of the previous assignment; idx is the closest of these centroids, where a course's
    own loop may return the assignment that they are the means of.

    Parameters
    ----------
    plot_progress
        Show, at the end, the first two coordinates of the points and how the centroids moved, with
        matplotlib's pyplot, as courses do, and whether they converged before `max_iters`.

    Returns
    -------
    centroids, idx
        Two values, of an object whose `history` says how the centroids moved and the inertia fell.

    Raises
    ------
    ParameterError
        Shapes do not fit, a value is not a number from -1e150 to 1e150, or a weight is negative.
    ImportError
        matplotlib is missing for `plot_progress`.
    """
    X, weights = _checked(X, weights)
    centroids = _checked_centroids(initial_centroids, X.shape[1])
    max_iters = _integer("max_iters", max_iters, 0)
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
    result = KMeansResult(centroids, idx, KMeansHistory(np.array(path), np.array(inertia)))
    if plot_progress:  # the wing stands above this one, and only a lesson brings it in
        import_module("kmformat.explain.progress").show_progress(X, result, max_iters)
    return result


kMeans_init_centroids, run_kMeans = kmeans_init_centroids, run_kmeans  # noqa: N816 - a course's


def _assign(X: Floats, centroids: Floats) -> tuple[Labels, Floats]:
    """Return the closest centroid of each point, and the squared distance to it."""
    n, columns = len(X), np.ascontiguousarray(X.T)
    idx, distances = np.empty(n, np.intp), np.empty(n)
    step = max(1, _BLOCK_DISTANCES // len(centroids))
    for block in (slice(i, i + step) for i in range(0, n, step)):
        found = _squared(columns[:, block], centroids.T[..., None])
        idx[block], distances[block] = found.argmin(axis=0), found.min(axis=0)
    return idx, distances


def _squared(X: Floats, Y: Floats) -> Floats:
    """Return the squared distances of points by columns, (d, ...) each.

    A matrix product would be faster, but rounds as the machine likes.
    """
    squares: Floats = np.zeros(np.broadcast_shapes(X.shape[1:], Y.shape[1:]))
    for x, y in zip(X, Y, strict=True):
        differences = x - y
        differences *= differences
        squares += differences
    return squares


def _means(X: Floats, weights: Floats, idx: Labels, K: int) -> Floats:
    totals, sums = kernels.sum_by(idx, weights, K), kernels.sum_by(idx, X.T * weights, K)
    filled = totals > 0
    centroids = np.zeros((K, X.shape[1]))
    centroids[filled] = sums[filled] / totals[filled, None]
    empty = np.flatnonzero(~filled)
    if empty.size:
        cost = weights * _squared(X.T, centroids[idx].T)
        worst = np.argsort(-cost, kind="stable")[: empty.size]
        centroids[empty] = X[np.resize(worst, empty.size)]
    return centroids


def _checked(X: npt.ArrayLike, weights: npt.ArrayLike | None) -> tuple[Floats, Floats]:
    X = _numbers("points", X)
    if X.ndim != 2 or 0 in X.shape:
        raise ParameterError(f"points of shape {X.shape}: expected (n, d), each at least 1")
    weights = np.ones(len(X)) if weights is None else _numbers("weights", weights)
    if weights.shape != X.shape[:1]:
        raise ParameterError(f"weights of shape {weights.shape}: expected ({len(X)},)")
    if (weights < 0).any() or not weights.any():
        raise ParameterError("weights must not be negative, nor all zero")
    return X, weights


def _checked_centroids(centroids: npt.ArrayLike, d: int) -> Floats:
    centroids = _numbers("centroids", centroids)
    if centroids.ndim != 2 or centroids.shape[1] != d or not len(centroids):
        raise ParameterError(f"centroids of shape {centroids.shape}: expected (K, {d})")
    return centroids


def _numbers(name: str, values: npt.ArrayLike) -> Floats:
    with np.errstate(over="ignore"):  # of long doubles, which become infinite
        floats = _array(name, values, "biuf", "real numbers").astype(np.float64, copy=False)
    if not np.isfinite(floats).all():
        raise ParameterError(f"{name} must be finite, but some are NaN or infinite")
    if np.abs(floats).max(initial=0) > _LARGEST:
        raise ParameterError(f"{name} must be at most {_LARGEST:g} in magnitude")
    return floats


def _array(name: str, values: npt.ArrayLike, kinds: str, expected: str) -> npt.NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ParameterError(f"{name}: expected an array, with rows of one length") from error
    if array.size and array.dtype.kind not in kinds:
        raise ParameterError(f"{name} of dtype {array.dtype}: expected a dtype of {expected}")
    return array


def _integer(name: str, value: int, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise ParameterError(f"{name} = {value!r}: expected an integer")
    if value < least:
        raise ParameterError(f"{name} = {value}: expected {least} or more")
    return int(value)
