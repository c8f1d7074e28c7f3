"""The nearest entry is that of brute force, and of equally near ones the lowest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmformat.arrays import U8, Ints
from kmformat.color.oklab import OKLAB
from kmformat.kernels import (
    SMALL_PRODUCT,
    NearestEntry,
    NearestLight,
    computed_once,
    look_up_colors,
    mark_colors,
    nearest_entries,
    nearest_rgb_entries,
)
from tests.samples import photo, random_colors

seeds = st.integers(0, 1000)
counts_of_entries = st.sampled_from([1, 2, 3, 16, 17, 128, 129, 256])


def by_brute_force(points: Ints, entries: Ints, weights: Ints) -> list[int]:
    distances = ((points[:, None] - entries) ** 2 * weights).sum(axis=2)
    nearest: list[int] = distances.argmin(axis=1).tolist()
    return nearest


@given(seeds, counts_of_entries, st.integers(1, 4), st.sampled_from([2, 9, 255, 65025]))
def test_entries_are_found_as_by_brute_force(seed: int, K: int, d: int, top: int) -> None:
    rng = np.random.default_rng(seed)
    points, entries = (rng.integers(-top, top + 1, (n, d)) for n in (60, K))
    weights = rng.integers(1, 5, d)
    found = nearest_entries(points, entries, weights)
    assert found.dtype == np.uint8
    assert found.tolist() == by_brute_force(points, entries, weights)


@given(seeds)
def test_distances_up_to_the_stated_limit_are_exact(seed: int) -> None:
    far = (1 << 21) - 1
    points, entries = np.random.default_rng(seed).integers(0, 99, (2, 256, 2))
    points[:, 0], entries[:, 0] = -far, far
    assert 512 * ((points - entries) ** 2).sum(axis=1).max() < 1 << 53
    one = np.ones(2, np.int64)
    assert nearest_entries(points, entries, one).tolist() == by_brute_force(points, entries, one)


def test_many_points_are_found_in_several_products() -> None:
    rng = np.random.default_rng(0)
    entries, points = rng.integers(0, 256, (64, 3)), rng.integers(0, 256, (5000, 3))
    one = np.ones(3, np.int64)
    assert NearestEntry(entries, one).step < len(points)
    assert NearestEntry(entries, one).step * 64 * 4 <= SMALL_PRODUCT
    found = nearest_entries(points, entries, one)
    assert found.tolist() == by_brute_force(points, entries, one)


@given(seeds, counts_of_entries)
def test_the_nearest_to_light_is_that_of_brute_force_far_outside_too(seed: int, K: int) -> None:
    rng, response = np.random.default_rng(seed), OKLAB.response
    ends = [-57343, 0, 65535, 65535 + 57343]  # as far as errors reach
    light = rng.integers(ends[0], ends[3] + 1, (80, 3))
    light[:40] = rng.choice(ends, (40, 3))
    entries = rng.integers(0, 65536, (K, 3))
    entries[: K // 2] = rng.choice(ends[1:3], (K // 2, 3))
    points, others = (
        response.roots[np.clip((x @ response.cones.T) >> 16, 0, 131071)] @ response.opponents.T
        for x in (light, entries)
    )
    tables = response.cones, response.roots, response.opponents
    found = NearestLight(entries.astype(float), *tables).find(
        np.concatenate([light.T, np.ones((1, 80))])
    )
    assert found.tolist() == by_brute_force(points, others, np.ones(3, np.int64))


def test_a_table_serves_other_distances_and_asks_for_each_colour_once() -> None:
    pixels, palette = np.tile(random_colors(1 << 12, 3, 0), (257, 1)), random_colors(5, 3, 1)
    weights = np.array([1, 9, 1])
    asked: list[U8] = []

    def nearest(colors: U8) -> U8:
        asked.append(colors)
        return nearest_entries(colors.astype(np.int64), palette.astype(np.int64), weights)

    found = computed_once(pixels, nearest)
    assert found[::997].tolist() == nearest(pixels[::997]).tolist()
    assert sum(map(len, asked[:-1])) <= (1 << 12) + 1  # the last pixel's once more


def test_colours_are_marked_by_a_1_and_looked_up_at_their_codes() -> None:
    colors = np.array([[3, 2, 1], [255, 0, 0], [3, 2, 1]], np.uint8)
    marks = np.zeros(1 << 24, np.uint8)
    mark_colors(colors, marks)
    assert marks.sum() == 2
    assert marks[[0x010203, 0x0000FF]].tolist() == [1, 1]
    marks[0xFF] = 9
    assert look_up_colors(colors, marks).tolist() == [1, 9, 1]


@given(seeds, st.integers(1, 4), st.sampled_from([1, 2, 16, 100]), st.integers(1, 4))
def test_entries_in_sets_are_found_each_in_its_own(seed: int, sets: int, K: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    entries, points = rng.integers(-9, 10, (sets, K, d)), rng.integers(-9, 10, (3000, d))
    columns = np.concatenate([points.T, np.ones((1, 3000))])
    found = NearestEntry(entries).find(columns)
    for numbers, alone in zip(found, entries, strict=True):
        assert numbers.tolist() == by_brute_force(points, alone, np.ones(d, np.int64))


def by_brute_force_in_rgb(colors: U8, palette: U8) -> list[int]:
    return by_brute_force(colors.astype(int), palette.astype(int), np.ones(3, np.int64))


@given(seeds, counts_of_entries, st.integers(1, 90), st.sampled_from([3, 256]))
@settings(deadline=None)
def test_colours_are_found_as_by_brute_force(seed: int, K: int, n: int, steps: int) -> None:
    colors, palette = (random_colors(m, 3, seed + m, steps=steps) for m in (n, K))
    assert nearest_rgb_entries(colors, palette).tolist() == by_brute_force_in_rgb(colors, palette)


@pytest.mark.parametrize("K", [2, 5, 16, 129, 256])
@pytest.mark.parametrize("large", [False, True])
def test_colours_looked_up_in_a_table_are_those_of_brute_force(
    K: int, large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kmformat.kernels.nearest._FEW_DISTANCES", 0)
    monkeypatch.setattr("kmformat.kernels.nearest._LARGE_PIXELS", 0 if large else 1 << 30)
    monkeypatch.setattr("kmformat.kernels.nearest._SAMPLE_PIXELS", 100)
    monkeypatch.setattr("kmformat.kernels.nearest._BLOCK_PIXELS", 700)
    colors = np.concatenate([random_colors(1400, 3, 2) // 64, random_colors(1400, 3, 1)])
    colors[100:1300:40] = random_colors(30, 3, 3)  # too few in a block to fill their cells
    colors = np.concatenate([colors, photo(40, 50).reshape(-1, 3)])
    palette = random_colors(K, 3, K, steps=17)  # some of them twice
    assert nearest_rgb_entries(colors, palette).tolist() == by_brute_force_in_rgb(colors, palette)


@pytest.mark.parametrize("K", [2, 128, 129, 256])
@pytest.mark.parametrize("corner", [0, 255])
def test_colours_far_from_all_entries_are_exact(K: int, corner: int) -> None:
    near, far = random_colors(20, 3, 1) // 32, 255 - random_colors(K, 3, 2) // 32
    colors, palette = (near, far) if corner == 0 else (255 - near, 255 - far)
    for place in range(4):  # of the winner, which rounding would show in its low bits
        moved = np.roll(palette, place, axis=0)
        assert nearest_rgb_entries(colors, moved).tolist() == by_brute_force_in_rgb(colors, moved)


@pytest.mark.parametrize("others", [0, 1 << 20])
def test_a_colour_that_occurs_once_is_computed_wherever_it_is(others: int) -> None:
    rare = np.arange(1, 16, dtype=np.uint8).reshape(5, 3)
    colors = np.concatenate([rare[:3], np.full((others, 3), 99, np.uint8), rare[3:]])
    found = computed_once(colors, lambda some: some[:, 2].copy())
    assert np.array_equal(found, colors[:, 2])
