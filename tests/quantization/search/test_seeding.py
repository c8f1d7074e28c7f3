"""Initial centroids by division."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kmformat.quantization.search.points import PointSet
from kmformat.quantization.search.seeding import seed_centroids
from tests.quantization.search.blobs import CENTERS, blobs, inertia_of


def test_seeds_find_clusters_that_stand_apart() -> None:
    points = blobs(CENTERS)
    seeds = points.levels(seed_centroids(points, 5))
    nearest_seed = ((CENTERS[:, None] - seeds) ** 2).sum(axis=2).min(axis=1)
    assert nearest_seed.max() < 4


def test_there_are_no_more_seeds_than_different_points() -> None:
    points = PointSet.of(np.array([[1.0, 2, 3]] * 4 + [[7.0, 8, 9]] * 3), np.ones(7))
    assert len(seed_centroids(points, 5)) == 2
    assert len(seed_centroids(PointSet.of(np.ones((1, 3)), np.ones(1)), 3)) == 1


@given(st.integers(0, 1000), st.integers(1, 40), st.sampled_from([3, 4]))
def test_all_different_points_are_seeds_if_there_are_enough(seed: int, n: int, d: int) -> None:
    colors = np.random.default_rng(seed).integers(0, 256, (n, d)).astype(float)
    points = PointSet.of(colors, np.ones(n))
    seeds = seed_centroids(points, 64)
    assert sorted(points.levels(seeds).tolist()) == np.unique(colors, axis=0).tolist()


def test_a_far_point_of_little_weight_is_cut_off() -> None:
    colors = np.array([[x, 0, 0] for x in range(9)] + [[255.0, 0, 0]])
    points = PointSet.of(colors, np.array([10000.0] * 9 + [100]))
    assert inertia_of(points, seed_centroids(points, 2)) < 0.2 * points.inertia
