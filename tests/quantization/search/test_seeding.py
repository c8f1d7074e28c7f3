"""Initial centroids by division."""

from __future__ import annotations

import numpy as np

from kmformat.quantization.search.lloyd import PointSet
from kmformat.quantization.search.seeding import seed_centroids
from tests.quantization.search.blobs import CENTERS, blobs


def test_seeds_find_clusters_that_stand_apart() -> None:
    points = blobs(CENTERS)
    seeds = seed_centroids(points, 5) + points.origin
    nearest_seed = ((CENTERS[:, None] - seeds) ** 2).sum(axis=2).min(axis=1)
    assert nearest_seed.max() < 4


def test_there_are_no_more_seeds_than_different_points() -> None:
    points = PointSet.of(np.array([[1.0, 2, 3]] * 4 + [[7.0, 8, 9]] * 3), np.ones(7))
    assert len(seed_centroids(points, 5)) == 2
    assert len(seed_centroids(PointSet.of(np.ones((1, 3)), np.ones(1)), 3)) == 1
