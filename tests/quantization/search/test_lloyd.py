"""Lloyd's algorithm as the search runs it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kmformat.arrays import Floats
from kmformat.kmeans import find_closest_centroids
from kmformat.quantization.search.lloyd import lloyd, nearest
from kmformat.quantization.search.points import UNITS, PointSet
from kmformat.quantization.search.seeding import seed_beside
from tests.quantization.search.blobs import CENTERS, blobs, inertia_of
from tests.samples import random_colors

seeds = st.integers(0, 1000)


def anywhere(seed: int, *shape: int) -> Floats:
    """Centroids anywhere near points, in units."""
    return np.rint(np.random.default_rng(seed).uniform(-128, 128, shape) * UNITS)


@given(seeds, st.sampled_from([1, 2, 5, 16, 80, 81, 200]), st.sampled_from([3, 4]))
def test_nearest_is_the_textbook_closest(seed: int, K: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    points = PointSet.of(rng.uniform(0, 255, (1000, d)), rng.uniform(0.5, 2, 1000))
    centroids = anywhere(seed, K, d) // 512 * 512  # some of them alike, and ties
    closest = find_closest_centroids(points.coordinates.T, centroids)
    assert np.array_equal(nearest(points, centroids), closest)


@given(seeds, st.integers(1, 20))
def test_lloyd_returns_rounded_means_and_their_inertia(seed: int, K: int) -> None:
    points, start = blobs(CENTERS, seed=seed), anywhere(seed, 1, K, 3)
    partition = lloyd(points, start, 10)
    centroids, labels = partition.centroids[0], partition.labels[0]
    for number in range(K):
        x, w = points.coordinates[:, labels == number], points.weights[labels == number]
        if len(w):
            assert np.abs((x @ w) / w.sum() - centroids[number]).max() <= 0.5
    spread = ((points.coordinates.T - centroids[labels]) ** 2).sum(axis=1)
    assert partition.inertia[0] == points.weights @ spread
    assert partition.inertia[0] <= inertia_of(points, start[0])


@given(seeds, st.integers(1, 9), st.integers(1, 6), st.integers(0, 2))
def test_sets_are_improved_each_by_itself(seed: int, K: int, sets: int, fixed: int) -> None:
    points, starts = blobs(CENTERS, spread=30, seed=seed), anywhere(seed, sets, K, 3)
    targets = np.linspace(0.5, 1.5, sets) * inertia_of(points, CENTERS * 0)
    fixed = min(fixed, K)
    together = lloyd(points, starts, 6, fixed=fixed, to_beat=targets)
    for number, (start, target) in enumerate(zip(starts, targets, strict=True)):
        alone = lloyd(points, start[None], 6, fixed=fixed, to_beat=target)
        assert np.array_equal(together.centroids[number], alone.centroids[0])
        assert np.array_equal(together.labels[number], alone.labels[0])
        assert together.inertia[number] == alone.inertia[0]
    assert together.best().inertia[0] == together.inertia.min()


@given(seeds, st.integers(1, 40))
def test_the_order_of_points_does_not_matter(seed: int, K: int) -> None:
    rng = np.random.default_rng(seed)
    colors, weights = rng.uniform(0, 255, (500, 4)), rng.integers(1, 1000, 500).astype(float)
    order = rng.permutation(500)
    found = [
        lloyd(PointSet.of(*points), anywhere(seed, 1, K, 4), 12)
        for points in ((colors, weights), (colors[order], weights[order]))
    ]
    assert np.array_equal(found[0].centroids, found[1].centroids)
    assert found[0].inertia[0] == found[1].inertia[0]
    assert np.array_equal(found[0].labels[0, order], found[1].labels[0])


def test_lloyd_gives_up_when_it_cannot_win() -> None:
    points, start = blobs(CENTERS), anywhere(1, 1, 5, 3)
    hopeless = lloyd(points, start, 50, to_beat=0.0)
    assert hopeless.inertia[0] > lloyd(points, start, 50).inertia[0]


def test_fixed_centroids_stay_and_the_inertia_is_theirs() -> None:
    points = PointSet.of(random_colors(300, 3, 1).astype(float), np.linspace(1, 2, 300))
    fixed = points.units(np.array([[100.0, 100, 100], [400, 400, 400], [190, 10, 100]]))
    found = lloyd(points, seed_beside(points, fixed, 9)[None], 20, fixed=3)
    assert np.array_equal(found.centroids[0, :3], fixed)
    spread = ((points.coordinates.T - found.centroids[0, found.labels[0]]) ** 2).sum(axis=1)
    assert found.inertia[0] == points.weights @ spread
