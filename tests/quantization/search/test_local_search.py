"""Swaps and kicks leave what Lloyd's algorithm cannot."""

from __future__ import annotations

import numpy as np
import pytest

from kmformat.arrays import Floats
from kmformat.quantization.search.lloyd import Partition, lloyd
from kmformat.quantization.search.local_search import kicked_search, local_search
from tests.quantization.search.blobs import CENTERS, blobs, inertia_of


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
