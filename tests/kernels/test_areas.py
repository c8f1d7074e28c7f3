"""Counts of indices in areas, and means over spans."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kmformat import kernels
from tests.samples import random_indices

sides = st.lists(st.integers(1, 5), min_size=1, max_size=6)


@given(sides, sides, st.integers(1, 9))
def test_each_area_counts_its_own_indices(heights: list[int], widths: list[int], K: int) -> None:
    indices = random_indices(sum(heights), sum(widths), K)
    counts = kernels.count_areas(indices, K, np.array(heights), np.array(widths))
    rows = np.split(indices, np.cumsum(heights)[:-1])
    areas = [np.split(row, np.cumsum(widths)[:-1], axis=1) for row in rows]
    expected = [[np.bincount(area.ravel(), minlength=K) for area in row] for row in areas]
    assert np.array_equal(counts, expected)


@given(st.integers(1, 9), st.lists(st.floats(0.05, 3), min_size=1, max_size=8))
def test_a_mean_weighs_values_by_how_much_of_them_lies_between_edges(
    n: int, lengths: list[float]
) -> None:
    values = np.random.default_rng(n).integers(0, 100, (n, 2)).astype(float)
    edges = np.cumsum([0, *lengths])
    edges *= n / edges[-1]
    edges[-1] = n
    fine = 2000  # parts of each value
    middles = (np.arange(n * fine) + 0.5) / fine
    for mean, start, end in zip(kernels.mean_spans(values, edges), edges, edges[1:], strict=False):
        parts = values[middles[(start <= middles) & (middles < end)].astype(int)]
        assert np.allclose(mean, parts.mean(axis=0), atol=0.5)


def test_edges_between_values_give_means_of_whole_ones() -> None:
    values = np.arange(12.0).reshape(6, 2)
    means = kernels.mean_spans(values, np.array([0.0, 1, 3, 6]))
    assert np.allclose(means, [[0, 1], [3, 4], [8, 9]])
