"""k-means as the textbook has it."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmformat.arrays import Floats
from kmformat.errors import ParameterError
from kmformat.kmeans import (
    compute_centroids,
    find_closest_centroids,
    kmeans_init_centroids,
    run_kmeans,
)

seeds = st.integers(0, 1000)
TWO_GROUPS = np.array(
    [[0, 0], [0, 2], [2, 0], [2, 2], [10, 10], [10, 12], [12, 10], [12, 12]], float
)


def points(n: int, d: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).integers(0, 12, (n, d)).astype(float)


def test_two_groups_are_found_and_their_means_returned() -> None:
    result = run_kmeans(TWO_GROUPS, [[0, 0], [2, 2]], 10)
    (centroids, idx), history = result, result.history
    assert centroids.tolist() == [[1, 1], [11, 11]]
    assert idx.tolist() == [0] * 4 + [1] * 4
    assert history.inertia[-1] == 16
    assert history.centroids[0].tolist() == [[0, 0], [2, 2]]
    assert np.array_equal(history.centroids[-1], centroids)


@given(seeds, st.integers(1, 40), st.integers(1, 9), st.integers(1, 5))
def test_closest_centroid_is_the_brute_force_one_and_ties_go_to_the_lowest(
    seed: int, n: int, K: int, d: int
) -> None:
    X, centroids = points(n, d, seed), points(K, d, seed + 1)  # small integers: many ties
    distances = ((X[:, None] - centroids) ** 2).sum(axis=2)
    assert np.array_equal(find_closest_centroids(X, centroids), distances.argmin(axis=1))


def test_closest_centroids_of_many_points_do_not_depend_on_blocks() -> None:
    X, centroids = points(50_000, 3), points(16, 3, 5)
    whole = find_closest_centroids(X, centroids)
    assert np.array_equal(whole[::997], find_closest_centroids(X[::997], centroids))


@pytest.mark.parametrize("far", [1e8, 1e9, 1e150])
@pytest.mark.parametrize("unit", [1.0, 1e-8])
def test_spread_out_points_get_their_closest_centroid(far: float, unit: float) -> None:
    rng = np.random.default_rng(0)
    X = np.concatenate([unit * rng.normal(size=(500, 2)), [[far, far]]])
    centroids = X[[0, 1, 2, 3, -1]]
    distances = ((X[:, None] - centroids) ** 2).sum(axis=2)
    assert np.array_equal(find_closest_centroids(X, centroids), distances.argmin(axis=1))


@pytest.mark.parametrize("others", [1, 500])  # one outlier, or a second blob
@pytest.mark.parametrize("far", [1e8, 1e9])
def test_inertia_of_spread_out_points_never_rises(far: float, others: int) -> None:
    X = np.random.default_rng(1).normal(size=(500 + others, 2))
    X[500:] += far
    inertia = run_kmeans(X, X[[0, 1, 2, 3, -1]], 30).history.inertia
    assert (np.diff(inertia) <= 1e-9 * inertia[:-1]).all()
    assert len(inertia) < 31
    assert inertia[-1] < 5000


@given(seeds, st.integers(1, 40), st.integers(1, 9), st.integers(1, 8))
def test_large_whole_numbers_are_exact(seed: int, n: int, K: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    middle = rng.integers(1 << 24, size=d)
    X, centroids = (np.clip(middle + rng.integers(-2, 3, (m, d)), 0, 1 << 24) for m in (n, K))
    centroids = np.concatenate([centroids, np.zeros((1, d), int)])  # draws the origin away
    distances = ((X[:, None] - centroids) ** 2).sum(axis=2)
    assert np.array_equal(find_closest_centroids(X, centroids), distances.argmin(axis=1))


def test_far_from_the_origin_precision_is_kept() -> None:
    X = np.array([[1e9, 0], [1e9 + 1, 0], [1e9 + 2, 0]])
    assert find_closest_centroids(X, [[1e9 + 1.9, 0], [1e9 + 0.2, 0]]).tolist() == [1, 1, 0]


@given(seeds, st.integers(1, 30), st.integers(1, 6))
def test_centroids_are_weighted_means(seed: int, n: int, K: int) -> None:
    rng = np.random.default_rng(seed)
    X, weights, idx = points(n, 2, seed), rng.integers(1, 5, n), rng.integers(0, K, n)
    centroids = compute_centroids(X, idx, K, weights=weights)
    for k in np.unique(idx):
        mean = np.average(X[idx == k], axis=0, weights=weights[idx == k])
        assert np.allclose(centroids[k], mean)
    assert np.isfinite(centroids).all()


def test_empty_clusters_are_reseeded_with_the_worst_points() -> None:
    X = np.array([[0.0], [1.0], [2.0], [9.0]])
    centroids = compute_centroids(X, np.zeros(4, int), 3)
    assert centroids.tolist() == [[3], [9], [0]]  # squared distances from 3: 9, 4, 1, 36


@given(seeds, st.integers(1, 30), st.integers(1, 12))
def test_inertia_never_rises_and_is_that_of_the_assignment(seed: int, n: int, K: int) -> None:
    X, rng = points(n, 3, seed), np.random.default_rng(seed)
    initial = kmeans_init_centroids(X, min(K, n), rng)
    result = run_kmeans(X, initial, 20)
    (centroids, idx), history = result, result.history
    assert (np.diff(history.inertia) <= 1e-9).all()
    assert np.isclose(history.inertia[-1], ((X - centroids[idx]) ** 2).sum())
    assert history.centroids.shape == (len(history.inertia), len(initial), 3)


def test_a_duplicate_initial_centroid_is_put_to_use() -> None:
    result = run_kmeans(TWO_GROUPS, [[0, 0], [0, 0]], 10)
    assert sorted(result.centroids.tolist()) == [[1, 1], [11, 11]]
    assert result.history.inertia[-1] == 16


def test_a_weight_counts_a_point_so_many_times() -> None:
    X, weights = points(20, 2), np.arange(1, 21)
    initial = [[0.0, 0.0], [9.0, 9.0], [0.0, 9.0]]
    weighted = run_kmeans(X, initial, 30, weights=weights)
    repeated = run_kmeans(np.repeat(X, weights, axis=0), initial, 30)
    assert np.allclose(weighted.centroids, repeated.centroids)
    assert np.allclose(weighted.history.inertia, repeated.history.inertia)


def test_iterations_are_as_many_as_asked_unless_nothing_changes_any_more() -> None:
    X = points(500, 3)
    initial = kmeans_init_centroids(X, 8, np.random.default_rng(0))
    assert len(run_kmeans(X, initial, 3).history.inertia) == 4
    assert len(run_kmeans(X, initial, 0).history.inertia) == 1
    converged = run_kmeans(X, initial, 1000)
    assert len(converged.history.inertia) < 1000
    again = run_kmeans(X, converged.centroids, 1)
    assert np.array_equal(again.centroids, converged.centroids)


def test_initial_centroids_are_different_points_of_positive_weight() -> None:
    X = np.arange(10.0)[:, None]
    weights = np.array([0, 1] * 5)
    chosen = kmeans_init_centroids(X, 5, np.random.default_rng(3), weights=weights)
    assert sorted(chosen[:, 0]) == [1, 3, 5, 7, 9]


def test_the_same_seed_gives_the_same_centroids_and_another_other_ones() -> None:
    X = points(100, 3)
    first, again, other = (
        kmeans_init_centroids(X, 5, np.random.default_rng(seed)) for seed in (7, 7, 8)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_an_integer_is_a_seed() -> None:
    X = points(100, 3)
    seeded = kmeans_init_centroids(X, 5, np.random.default_rng(7))
    assert np.array_equal(kmeans_init_centroids(X, 5, 7), seeded)


@pytest.mark.parametrize("weights", [None, [1.0] * 100, range(100)])
def test_without_a_seed_each_draw_is_another(weights: Any) -> None:
    X = np.arange(100.0)[:, None]
    first, again = (kmeans_init_centroids(X, 20, weights=weights) for _ in range(2))
    assert not np.array_equal(first, again)
    assert len(np.unique(first)) == 20
    assert weights is None or 0 not in first or weights[0]


@pytest.mark.parametrize("weights", [None, [3.0] * 100])
def test_without_a_seed_draws_are_those_of_the_course(weights: Any) -> None:
    X = points(100, 3)
    np.random.seed(5)  # noqa: NPY002 - as lessons do
    as_taught = X[np.random.permutation(len(X))[:7]]  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    assert np.array_equal(kmeans_init_centroids(X, 7, weights=weights), as_taught)


def test_the_code_of_a_course_runs_as_it_is_written() -> None:
    lesson = """
import numpy as np
from kmformat.kmeans import *

original_img = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
original_img = original_img / 255
X_img = np.reshape(original_img, (original_img.shape[0] * original_img.shape[1], 3))
K = 16
max_iters = 10
initial_centroids = kMeans_init_centroids(X_img, K)
centroids, idx = run_kMeans(X_img, initial_centroids, max_iters)
defaults, _ = run_kMeans(X_img, initial_centroids)
idx = find_closest_centroids(X_img, centroids)
X_recovered = centroids[idx, :]
X_recovered = np.reshape(X_recovered, original_img.shape)
moved = compute_centroids(X_img, idx, K)
"""
    names: dict[str, Any] = {}
    exec(lesson, names)
    assert names["X_recovered"].shape == (16, 16, 3)
    assert names["moved"].shape == (16, 3)
    assert np.array_equal(names["defaults"], names["centroids"])


def test_a_result_is_two_values_and_keeps_its_history_when_copied() -> None:
    result = run_kmeans(TWO_GROUPS, [[0, 0], [2, 2]], 10)
    assert len(result) == 2
    for again in (copy.copy(result), pickle.loads(pickle.dumps(result))):
        assert np.array_equal(again.history.inertia, result.history.inertia)
        assert np.array_equal(again.idx, result.idx)


def test_rows_of_equal_value_can_all_be_chosen() -> None:
    assert kmeans_init_centroids([[1], [1]], 2).tolist() == [[1], [1]]


def test_the_last_iteration_moves_centroids_and_then_assigns() -> None:
    X = points(500, 3)
    initial = kmeans_init_centroids(X, 8)
    centroids, idx = run_kmeans(X, initial, 1)
    before = find_closest_centroids(X, initial)
    assert np.array_equal(centroids, compute_centroids(X, before, 8))
    assert np.array_equal(idx, find_closest_centroids(X, centroids))
    assert not np.array_equal(idx, before)


def test_numpy_integers_are_integers() -> None:
    X = points(20, 2)
    initial = kmeans_init_centroids(X, np.uint8(3), np.int64(5))  # type: ignore[arg-type]
    assert np.array_equal(initial, kmeans_init_centroids(X, 3, 5))
    assert len(run_kmeans(X, initial, np.int16(1)).history.inertia) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [True, np.True_, 1.0, np.float64(1), "1", None])
def test_what_is_no_integer_is_named(number: Any) -> None:
    with pytest.raises(ParameterError, match=r"K = .*: expected an integer"):
        kmeans_init_centroids([[1]], number)
    with pytest.raises(ParameterError, match=r"K = .*: expected an integer"):
        compute_centroids([[1]], [0], number)
    with pytest.raises(ParameterError, match=r"max_iters = .*: expected an integer"):
        run_kmeans([[1]], [[1]], number)
    if number is not None:
        with pytest.raises(ParameterError, match=r"rng = .*: expected an integer"):
            kmeans_init_centroids([[1]], 1, number)


@pytest.mark.parametrize("idx", [[True], [0.0]])
def test_an_idx_of_another_dtype_is_named(idx: object) -> None:
    with pytest.raises(ParameterError, match=r"idx of dtype (bool|float64)"):
        compute_centroids([[1]], idx, 1)  # type: ignore[arg-type]


def test_the_largest_values_allowed_do_not_overflow() -> None:
    result = run_kmeans([[1e150], [-1e150], [9e149]], [[-1e150], [1e150]], 5)
    assert result.idx.tolist() == [1, 0, 1]
    assert np.isfinite(result.history.inertia).all()


def test_one_point_one_cluster() -> None:
    result = run_kmeans([[3, 4]], [[0, 0]], 5)
    assert result.centroids.tolist() == [[3, 4]]
    assert result.history.inertia.tolist()[:2] == [25, 0]


@pytest.mark.parametrize(
    ("X", "centroids", "weights", "message"),
    [
        ([1, 2], [[1]], None, "shape"),
        (np.zeros((0, 2)), [[1, 2]], None, "shape"),
        ([[1, 2]], [[1]], None, "centroids of shape"),
        ([[np.nan]], [[1]], None, "finite"),
        ([[1]], [[np.inf]], None, "finite"),
        ([[1]], [[1]], [1, 2], "weights of shape"),
        ([[1]], [[1]], [-1], "negative"),
        ([[1]], [[1]], [0], "zero"),
        ([["a"]], [[1]], None, "points of dtype"),
        ([[None]], [[1]], None, "points of dtype"),
        ([[1j]], [[1]], None, "points of dtype complex128"),
        ([[1], [2, 3]], [[1]], None, "points: expected an array, with rows of one length"),
        ([[1]], [[1j]], None, "centroids of dtype"),
        ([[1]], [[1]], ["a"], "weights of dtype"),
        ([[1e200]], [[1]], None, r"points must be at most 1e\+150"),
        ([[1]], [[-1e200]], None, r"centroids must be at most 1e\+150"),
        ([[1]], [[1]], [1e200], r"weights must be at most 1e\+150"),
    ],
)
def test_bad_arguments_are_named(
    X: object, centroids: object, weights: object, message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        run_kmeans(X, centroids, 1, weights=weights)  # type: ignore[arg-type]


def test_impossible_numbers_are_named() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ParameterError, match="K = 0: expected 1 or more"):
        kmeans_init_centroids([[1], [2]], 0, rng)
    with pytest.raises(ParameterError, match="expected 1 to 2"):
        kmeans_init_centroids([[1], [2]], 3, rng)
    with pytest.raises(ParameterError, match="rng = -1"):
        kmeans_init_centroids([[1], [2]], 1, -1)
    with pytest.raises(ParameterError, match="K = 0: expected 1 or more"):
        compute_centroids([[1]], [0], 0)
    with pytest.raises(ParameterError, match="expected 0 to 1"):
        compute_centroids([[1]], [2], 2)
    with pytest.raises(ParameterError, match="expected 1 integers"):
        compute_centroids([[1]], [0, 1], 2)
    with pytest.raises(ParameterError, match="max_iters"):
        run_kmeans([[1]], [[1]], -1)
