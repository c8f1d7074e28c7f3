"""The parts of the palette search."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmformat.arrays import Floats
from kmformat.kmeans import find_closest_centroids
from kmformat.quantization.search.lloyd import Partition, PointSet, lloyd, nearest
from kmformat.quantization.search.local_search import kicked_search, local_search
from kmformat.quantization.search.seeding import seed_centroids

seeds = st.integers(0, 1000)


def blobs(centers: Floats, each: int = 50, spread: float = 2.0, seed: int = 0) -> PointSet:
    """Points around each of some centers, which become their origin's neighbours in turn."""
    rng = np.random.default_rng(seed)
    points = np.repeat(centers, each, axis=0) + rng.normal(0, spread, (len(centers) * each, 3))
    return PointSet.of(points, rng.integers(1, 4, len(points)).astype(float))


def inertia_of(points: PointSet, centroids: Floats) -> float:
    x = points.weighted / points.weights
    distances = ((x.T[:, None] - centroids) ** 2).sum(axis=2)
    return float(points.weights @ distances.min(axis=1))


CENTERS = np.array(
    [[40, 40, 40], [200, 40, 90], [60, 220, 130], [210, 200, 30], [120, 90, 240]], float
)


@given(seeds, st.sampled_from([1, 2, 5, 16, 80, 81, 200]), st.sampled_from([3, 4]))
def test_nearest_agrees_with_the_textbook_but_for_near_ties(seed: int, K: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    points = PointSet.of(rng.uniform(0, 255, (3000, d)), rng.uniform(0.5, 2, 3000))
    centroids = rng.uniform(-128, 128, (K, d))
    labels = nearest(points, centroids)
    x = points.coordinates.T.astype(float)
    exact = find_closest_centroids(x, centroids)
    longer = ((x - centroids[labels]) ** 2).sum(axis=1) - ((x - centroids[exact]) ** 2).sum(axis=1)
    assert longer.max() < 1.0
    assert (labels == exact).mean() > 0.99


@given(seeds, st.integers(1, 20))
def test_lloyd_returns_means_and_their_inertia(seed: int, K: int) -> None:
    points = blobs(CENTERS, seed=seed)
    start = np.random.default_rng(seed).uniform(-120, 120, (K, 3))
    partition = lloyd(points, start, 10)
    weights, sums = points.totals(partition.labels, K)
    filled = weights > 0
    assert np.allclose(partition.centroids[filled], sums[filled] / weights[filled, None])
    x = (points.weighted / points.weights).T
    spread = ((x - partition.centroids[partition.labels]) ** 2).sum(axis=1)
    assert np.isclose(partition.inertia, points.weights @ spread, rtol=1e-4)
    assert partition.inertia <= inertia_of(points, start) * 1.001


def test_lloyd_gives_up_when_it_cannot_win() -> None:
    points = blobs(CENTERS)
    start = np.random.default_rng(1).uniform(-120, 120, (5, 3))
    hopeless = lloyd(points, start, 50, to_beat=0.0)
    assert hopeless.inertia >= lloyd(points, start, 50).inertia


def test_seeds_find_clusters_that_stand_apart() -> None:
    points = blobs(CENTERS)
    seeds = seed_centroids(points, 5) + points.origin
    nearest_seed = ((CENTERS[:, None] - seeds) ** 2).sum(axis=2).min(axis=1)
    assert nearest_seed.max() < 4


def test_there_are_no_more_seeds_than_different_points() -> None:
    points = PointSet.of(np.array([[1.0, 2, 3]] * 4 + [[7.0, 8, 9]] * 3), np.ones(7))
    assert len(seed_centroids(points, 5)) == 2
    assert len(seed_centroids(PointSet.of(np.ones((1, 3)), np.ones(1)), 3)) == 1


@pytest.mark.parametrize("copies", [1, 9])
def test_swaps_leave_an_optimum_that_lloyd_cannot(copies: int) -> None:
    group = np.array([[0, 0, 0], [150, 0, 0], [150, 40, 0]], float)
    centers: Floats = (group + np.arange(copies, dtype=float)[:, None, None] * 300).reshape(-1, 3)
    points = blobs(centers)
    K, start = len(centers), centers - points.origin
    start[1] = start[0] + 1  # two centroids share a cluster,
    start[2] -= (0, 20, 0)  # and two clusters a centroid
    stuck = lloyd(points, start, 50)
    best = inertia_of(points, centers - points.origin)
    assert stuck.inertia > 2 * best
    found = local_search(points, stuck, 10)
    assert found.centroids.shape == (K, 3)
    assert found.inertia < 1.01 * best


def test_an_empty_cluster_is_put_to_use() -> None:
    points = blobs(CENTERS)
    start = CENTERS - points.origin
    start[2] = 9999
    found = local_search(points, lloyd(points, start, 20), 10)
    assert found.inertia < 1.01 * inertia_of(points, CENTERS - points.origin)


def test_kicks_never_make_it_worse() -> None:
    points = blobs(CENTERS, spread=40)
    start = lloyd(points, np.zeros((5, 3)) + np.arange(5)[:, None], 30)
    best = Partition(start.centroids.copy(), start.inertia, start.labels.copy())
    found = kicked_search(points, start, 6, 8, np.random.default_rng(0))
    assert found.inertia <= best.inertia
    assert np.isclose(found.inertia, inertia_of(points, found.centroids), rtol=1e-3)
