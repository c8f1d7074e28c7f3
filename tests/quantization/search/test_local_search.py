"""Swaps and kicks leave what Lloyd's algorithm cannot."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from kmformat.arrays import Floats
from kmformat.quantization.search.lloyd import lloyd
from kmformat.quantization.search.local_search import kicked_search, local_search
from tests.quantization.search.blobs import CENTERS, blobs, inertia_of


@pytest.mark.parametrize("copies", [1, 9])
def test_swaps_leave_an_optimum_that_lloyd_cannot(copies: int) -> None:
    group = np.array([[0, 0, 0], [150, 0, 0], [150, 40, 0]], float)
    centers: Floats = (group + np.arange(copies, dtype=float)[:, None, None] * 300).reshape(-1, 3)
    points = blobs(centers)
    K, start = len(centers), centers.copy()
    start[1] = start[0] + 1  # two centroids share a cluster,
    start[2] -= (0, 20, 0)  # and two clusters a centroid
    stuck = lloyd(points, points.units(start)[None], 50)
    stuck_inertia, best = stuck.inertia[0], inertia_of(points, points.units(centers))
    assert stuck_inertia > 2 * best
    found = local_search(points, stuck, 10)
    assert found.centroids.shape == (1, K, 3)
    assert found.inertia[0] < 1.01 * best


def test_several_partitions_are_searched_each_by_itself() -> None:
    points = blobs(CENTERS, spread=40)
    starts = np.random.default_rng(0).permuted(np.tile(points.coordinates.T[:9], (4, 1, 1)), axis=2)
    together = local_search(points, lloyd(points, starts, 5), 8)
    for number, start in enumerate(starts):
        before = lloyd(points, start[None], 5).inertia[0]
        centroids, labels = together.centroids[number], together.labels[number]
        spread = ((points.coordinates.T - centroids[labels]) ** 2).sum(axis=1)
        assert together.inertia[number] == points.weights @ spread <= before


def test_an_empty_cluster_is_put_to_use() -> None:
    points = blobs(CENTERS)
    start = points.units(CENTERS)
    start[2] = 9999
    found = local_search(points, lloyd(points, start[None], 20), 10)
    assert found.inertia[0] < 1.01 * inertia_of(points, points.units(CENTERS))


def test_a_fixed_centroid_is_neither_split_away_nor_merged() -> None:
    points = blobs(CENTERS, spread=20)
    fixed = points.units(np.array([[0.0, 0, 0], [255, 255, 255]]))
    start = np.concatenate([fixed, points.units(CENTERS[:3]) + np.arange(3)[:, None]])
    for K, copies in ((5, 1), (30, 6)):
        many = np.concatenate([fixed, *[start[2:] + 40 * i for i in range(copies)]])
        many = np.concatenate([many, points.coordinates.T[: K - len(many)]])
        found = local_search(points, lloyd(points, many[None], 5, fixed=2), 20)
        assert np.array_equal(found.centroids[0, :2], fixed)
        assert found.inertia[0] < lloyd(points, many[None], 50, fixed=2).inertia[0] * 1.0001


def test_kicks_never_make_it_worse() -> None:
    points = blobs(CENTERS, spread=40)
    start = lloyd(points, np.zeros((1, 5, 3)) + np.arange(5)[:, None], 30)
    before = start.inertia[0]
    found = kicked_search(points, start, 6, 8, Random(0))
    assert found.inertia[0] <= before
    assert found.inertia[0] >= inertia_of(points, found.centroids[0])
