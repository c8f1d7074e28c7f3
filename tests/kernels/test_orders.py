"""Orders of a palette beside two neighbours."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kmformat.kernels import PairOrders, color_distances, default_orders, inverse_orders
from tests.samples import all_orders, random_colors

counts = st.sampled_from([2, 3, 16, 17, 40])
seeds = st.integers(0, 99)


def test_default_orders_are_neighbours_first_then_by_distance() -> None:
    palette = np.array([[0, 0, 0], [10, 0, 0], [30, 0, 0], [200, 0, 0]], np.uint8)
    pairs = np.array([4 * 1 + 3, 4 * 2 + 2])  # of N and W
    orders = default_orders(color_distances(palette), pairs)
    # sums of distances from 3 and 1: of 2 they are 170 + 20, of 0 they are 200 + 10
    assert orders.tolist() == [[3, 1, 2, 0], [2, 1, 0, 3]]


@given(counts, seeds)
def test_orders_are_sorted_and_equal_sums_go_by_index(K: int, seed: int) -> None:
    between = color_distances(random_colors(K, 3, seed, steps=3))  # many are equally far apart
    orders = default_orders(between, np.arange(K * K))
    for pair, order in enumerate(orders.tolist()):
        N, W = divmod(pair, K)
        sums = between[N].astype(int) + between[W]
        others = [(sums[index], index) for index in range(K) if index not in (N, W)]
        expected = list(dict.fromkeys([W, N])) + [index for _, index in sorted(others)]
        assert order == expected


@given(counts, seeds)
def test_the_inverse_of_orders_are_ranks(K: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    orders = rng.permuted(np.tile(np.arange(K, dtype=np.uint8), (3, 300, 1)), axis=2)
    ranks = inverse_orders(orders)
    assert np.array_equal(np.take_along_axis(orders, ranks.astype(int), axis=2)[1, 299], range(K))
    assert np.array_equal(inverse_orders(ranks), orders)


@given(counts, seeds, st.booleans())
def test_orders_made_when_needed_are_those_made_at_once(K: int, seed: int, inverse: bool) -> None:
    between = color_distances(random_colors(K, 4, seed))
    expected = default_orders(between, np.arange(K * K))
    orders = PairOrders(between, inverse=inverse)
    for pairs in np.random.default_rng(seed).integers(0, K * K, (3, 5)):
        with orders.lent() as table:
            orders.make(table, pairs)
            found = inverse_orders(table[0][pairs]) if inverse else table[0][pairs]
            assert table[1][pairs].all()
        assert np.array_equal(found, expected[pairs])
    whole = all_orders(orders).reshape(-1, K)
    assert np.array_equal(inverse_orders(whole) if inverse else whole, expected)


def test_no_two_threads_have_the_same_orders() -> None:
    orders = PairOrders(color_distances(random_colors(17, 3, 1)))
    with orders.lent() as one, orders.lent() as other:
        assert one[0] is not other[0]
    with orders.lent() as again:
        assert again[0] is other[0] or again[0] is one[0]
