"""What indices cost beside each other: half the bits of each pair."""

from __future__ import annotations

import numpy as np
import pytest

from kmformat.quantization.halftone.costs import _log2, neighbour_bits, neighbour_costs
from tests.samples import random_indices


def test_logarithms_are_those_of_mathematics() -> None:
    values = np.concatenate([np.geomspace(1e-6, 1e9, 1001), 2.0 ** np.arange(-20, 40)])
    assert np.abs(_log2(values) - np.log2(values)).max() < 1e-8


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (40, 30)])
def test_costs_are_finite_and_the_same_seen_from_either_pixel(shape: tuple[int, int]) -> None:
    costs = neighbour_costs(random_indices(*shape, 5), 5, 3.0)
    assert costs.dtype == np.float32
    assert costs.shape == (4, 5, 5)
    assert (costs >= 0).all()
    assert np.isfinite(costs).all()
    assert np.array_equal(costs[2], costs[1].T)
    assert np.array_equal(costs[3], costs[0].T)


def test_what_is_common_beside_a_neighbour_is_cheap() -> None:
    indices = np.tile(np.array([0, 0, 1, 1], np.uint8), (8, 4))
    north, west, _, _ = neighbour_costs(indices, 3, 1.0)
    assert north[0, 0] < 0.1 < 1 < north[0, 1]  # columns are of one index
    assert west[0, 0] == pytest.approx(0.5, abs=0.1)  # half of one bit
    assert north[0, 2] > north[0, 1] > north[0, 0]


def test_costs_grow_with_the_price() -> None:
    indices = random_indices(20, 20, 4)
    twice, once = neighbour_costs(indices, 4, 2.0), neighbour_costs(indices, 4, 1.0)
    assert np.allclose(twice, 2 * once)


def test_bits_are_few_where_neighbours_tell_much() -> None:
    striped = np.tile(np.array([0, 1, 2, 3], np.uint8), (40, 10))
    noise = random_indices(40, 40, 4)
    assert neighbour_bits(striped, 4) < 0.1 * noise.size
    assert neighbour_bits(noise, 4) == pytest.approx(2 * noise.size, rel=0.05)
