"""Lloyd's algorithm as the search runs it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kmformat.kmeans import find_closest_centroids
from kmformat.quantization.search.lloyd import PointSet, lloyd, nearest
from kmformat.quantization.search.seeding import seed_beside
from tests.quantization.search.blobs import CENTERS, blobs, inertia_of
from tests.samples import random_colors

seeds = st.integers(0, 1000)


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


def test_fixed_centroids_stay_and_the_inertia_is_theirs() -> None:
    points = PointSet.of(random_colors(300, 3, 1).astype(float), np.linspace(1, 2, 300))
    fixed = np.array([[0.0, 0, 0], [300, 300, 300], [90, -90, 0]])
    found = lloyd(points, seed_beside(points, fixed, 9), 20, fixed=3)
    assert np.array_equal(found.centroids[:3], fixed)
    x = points.coordinates.T
    distances = ((x - found.centroids[found.labels]) ** 2).sum(axis=1)
    assert np.isclose(found.inertia, points.weights @ distances, rtol=1e-5)
