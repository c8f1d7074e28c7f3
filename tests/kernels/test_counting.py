"""Colours as numbers, how often each occurs, sums by group, and ranks by context."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmformat.codec.compact.model import context_count, default_tables
from kmformat.kernels import (
    PairOrders,
    color_codes,
    count_neighbours,
    count_ranks,
    decode_codes,
    overlapping_words,
    sum_by,
    unique_codes,
    unique_colors,
)
from tests.samples import all_orders, neighbours, random_case, random_colors

seeds = st.integers(0, 1000)
channels = st.sampled_from([3, 4])
sides = st.integers(1, 12)


@given(seeds, channels, st.integers(1, 50))
def test_codes_tell_colours_apart_and_give_them_back(seed: int, channels: int, n: int) -> None:
    colors = random_colors(n, channels, seed)
    assert np.array_equal(decode_codes(color_codes(colors), channels), colors)
    strided = np.repeat(colors, 2, axis=0)[::2]  # not contiguous
    assert np.array_equal(color_codes(strided), color_codes(colors))


@pytest.mark.parametrize(("color", "code"), [([1, 2, 3], 0x030201), ([1, 2, 3, 4], 0x04030201)])
def test_a_code_has_red_in_its_low_bits_and_then_green_blue_and_alpha(
    color: list[int], code: int
) -> None:
    assert color_codes(np.array([color], np.uint8)).tolist() == [code]


@given(seeds, st.integers(1, 50))
def test_overlapping_words_have_the_codes_in_their_low_bits(seed: int, n: int) -> None:
    colors = random_colors(n, 3, seed)
    assert np.array_equal(overlapping_words(colors) & 0xFFFFFF, color_codes(colors)[:-1])


@given(seeds, st.integers(1, 60))
def test_distinct_codes_ascend_and_are_counted(seed: int, n: int) -> None:
    codes = color_codes(random_colors(n, 3, seed, steps=2))
    expected, counts = np.unique(codes, return_counts=True)
    found = unique_codes(codes)
    assert found[0].tolist() == expected.tolist()
    assert found[1].tolist() == counts.tolist()


@given(seeds, channels, st.integers(0, 60))
def test_distinct_colours_are_in_the_order_of_their_codes(seed: int, channels: int, n: int) -> None:
    colors = random_colors(n, channels, seed, steps=2)
    found = unique_colors(colors)
    assert found.dtype == np.uint8
    assert sorted(found.tolist()) == np.unique(colors, axis=0).tolist()
    assert n == 0 or (np.diff(color_codes(found).astype(np.int64)) > 0).all()


@given(seeds, st.integers(0, 40), st.integers(1, 6), st.integers(1, 4))
def test_sums_are_those_of_each_group(seed: int, n: int, count: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    groups, columns = rng.integers(0, count, n), rng.integers(-9, 9, (d, n)).astype(float)
    expected = [[column[groups == group].sum() for column in columns] for group in range(count)]
    assert sum_by(groups, columns, count).tolist() == expected
    assert sum_by(groups, columns[0], count).tolist() == [row[0] for row in expected]


@given(st.sampled_from([1, 2, 3, 15, 16]), sides, sides, seeds)
def test_indices_are_counted_by_neighbours_as_by_a_slow_loop(
    K: int, height: int, width: int, seed: int
) -> None:
    _, indices = random_case(K, height, width, seed)
    expected = np.zeros((K, K, K, K), int)
    for index, N, W, NW in neighbours(indices):
        expected[N, W, NW, index] += 1
    assert np.array_equal(count_neighbours(indices, K), expected)


@given(st.sampled_from([17, 40]), sides, sides, seeds, st.sampled_from([1, 2, 32]))
def test_ranks_are_counted_as_by_a_slow_loop(
    K: int, height: int, width: int, seed: int, bins: int
) -> None:
    palette, indices = random_case(K, height, width, seed)
    tables, contexts = default_tables(palette), context_count(K)
    assert isinstance(tables.ranks, PairOrders)
    ranks, (first, second) = (
        all_orders(tables.ranks),
        (part.astype(int) for part in tables.contexts),
    )
    expected = np.zeros((contexts, bins), int)
    for index, N, W, NW in neighbours(indices):
        context = first[N, W] + second[N, NW] + 16 * (NW == W)
        expected[context, min(ranks[N, W, index], bins - 1)] += 1
    found = count_ranks(indices, tables.ranks, tables.contexts, context_count=contexts, bins=bins)
    assert np.array_equal(found, expected)
