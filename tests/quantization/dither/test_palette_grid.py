"""A palette in whole 16ths of a level, and how large an error each entry allows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kmformat.arrays import Floats
from kmformat.color.oklab import OKLAB
from kmformat.color.space import SRGB
from kmformat.quantization.dither.palette_grid import PaletteGrid
from kmformat.quantization.remap import remap
from tests.samples import noise

seeds = st.integers(0, 999)
channels = st.sampled_from([3, 4])


def longest_edges(points: Floats) -> list[float]:
    """The longest edge at each point of a minimum spanning tree, by Kruskal's algorithm."""
    distances = np.sqrt(((points[:, None] - points) ** 2).sum(axis=2))
    group, longest = np.arange(len(points)), np.zeros(len(points))
    for flat in np.argsort(distances, axis=None, kind="stable"):
        a, b = divmod(int(flat), len(points))
        if group[a] != group[b]:
            group[group == group[b]] = group[a]
            longest[[a, b]] = distances[a, b]  # edges come in rising order
    found: list[float] = longest.tolist()
    return found


@given(seeds, channels, st.sampled_from([1, 2, 3, 8, 16]))
def test_errors_reach_over_half_the_longest_gap_at_an_entry(
    seed: int, channels: int, K: int
) -> None:
    palette = noise(1, K, channels, seed)[0]
    palette[:, 3:] |= 1  # visible
    points = SRGB.points(palette)
    edges = np.linalg.norm(points[:, None] - points, axis=2)[np.triu_indices(K, 1)]
    assume(len(np.unique(edges)) == len(edges))  # so that there is one tree
    expected = np.floor(16 * np.minimum(128, np.array(longest_edges(points)) / 2))
    assert PaletteGrid(palette, SRGB).reach.tolist() == expected.tolist()


def test_errors_reach_no_further_than_black_and_white_need() -> None:
    black_and_white = np.array([[0, 0, 0], [255, 255, 255]], np.uint8)
    assert PaletteGrid(black_and_white, SRGB).reach.tolist() == [2048, 2048]
    assert PaletteGrid(black_and_white[:1], SRGB).reach.tolist() == [0]


def test_in_light_errors_reach_from_white_to_the_grey_halfway() -> None:
    black_and_white = np.array([[0, 0, 0], [255, 255, 255]], np.uint8)
    grid = PaletteGrid(black_and_white, OKLAB)
    assert grid.reach.tolist() == [57343, 57343]
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    columns = np.ones((4, 256))
    grid.put(greys, columns[:3])
    assert np.array_equal(grid.nearest.find(columns), remap(greys[None], black_and_white, OKLAB)[0])


@given(seeds, st.sampled_from([2, 17, 256]))
def test_in_light_the_nearest_entry_is_that_of_the_colour(seed: int, K: int) -> None:
    colors, palette = noise(1, 300, 3, seed)[0], noise(1, K, 3, seed + 1)[0]
    grid, columns = PaletteGrid(palette, OKLAB), np.ones((4, 300))
    grid.put(colors, columns[:3])
    found = np.linalg.norm(
        OKLAB.points(palette[grid.nearest.find(columns)]) - OKLAB.points(colors), axis=1
    )
    best = np.linalg.norm(OKLAB.points(palette) - OKLAB.points(colors)[:, None], axis=2).min(axis=1)
    assert (found < best + 1.3).all()  # roots of 11 bits are off by up to 0.6 units each


@given(seeds)
def test_with_alpha_amounts_are_points(seed: int) -> None:
    palette = noise(1, 9, 4, seed)[0]
    entries = PaletteGrid(palette, OKLAB).entries
    assert np.abs(entries - 16 * OKLAB.points(palette).T).max() <= 0.5


@given(seeds, channels)
def test_colours_are_put_on_whole_16ths(seed: int, channels: int) -> None:
    palette, colors = noise(1, 9, channels, seed)[0], noise(1, 30, channels, seed + 1)[0]
    grid, points = PaletteGrid(palette, SRGB), np.empty((channels, 30))
    grid.put(colors, points)
    assert np.array_equal(points, np.rint(points))
    assert np.abs(points - 16 * SRGB.points(colors).T).max() <= 0.5
    assert np.abs(grid.entries).max() < 1 << 12


@given(seeds, channels, st.sampled_from([1, 2, 17, 256]))
def test_the_nearest_entry_is_exact_and_of_equal_ones_the_first(
    seed: int, channels: int, K: int
) -> None:
    palette = noise(1, K, channels, seed)[0] // 64 * 64
    grid = PaletteGrid(palette, SRGB)
    points = np.random.default_rng(seed).integers(-4096, 4096, (channels, 50)).astype(float)
    columns = np.concatenate([points, np.ones((1, 50))])
    distances = ((points.T[:, None] - grid.entries.T) ** 2).sum(axis=2)
    assert grid.nearest.find(columns).tolist() == distances.argmin(axis=1).tolist()


@pytest.mark.parametrize("K", [2, 5])
def test_equal_entries_leave_no_gap(K: int) -> None:
    palette = np.full((K, 3), 77, np.uint8)
    assert PaletteGrid(palette, SRGB).reach.tolist() == [0] * K
