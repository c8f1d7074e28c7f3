"""Orders, contexts and tables, as the spec has them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kmformat.codec.compact.model import (
    default_orders,
    default_tables,
    from_lehmer_codes,
    inverse,
    lehmer_codes,
    write_tables,
)
from kmformat.codec.compact.sequences import Coder
from kmformat.codec.compact.tile import decode_compact, encode_compact
from kmformat.codec.zstd_frame import ENTROPY
from tests.samples import random_case

QUICK = Coder((ENTROPY,))


def test_default_orders_are_neighbours_first_then_by_distance() -> None:
    palette = np.array([[0, 0, 0], [10, 0, 0], [30, 0, 0], [200, 0, 0]], np.uint8)
    orders = default_orders(palette)
    # sums of distances from 3 and 1: of 2 they are 170 + 20, of 0 they are 200 + 10
    assert orders[1, 3].tolist() == [3, 1, 2, 0]
    assert orders[2, 2].tolist() == [2, 1, 0, 3]
    assert np.array_equal(np.sort(orders, axis=2), np.broadcast_to(np.arange(4), (4, 4, 4)))
    assert np.array_equal(inverse(inverse(orders)), orders)


@given(st.integers(1, 16), st.integers(0, 99))
def test_lehmer_codes_tell_a_permutation(K: int, seed: int) -> None:
    rows = np.random.default_rng(seed).permuted(np.tile(np.arange(K), (9, 1)), axis=1)
    digits = lehmer_codes(rows.astype(np.uint8))
    assert (digits < np.arange(K, 0, -1)).all()
    assert np.array_equal(from_lehmer_codes(digits), rows)
    assert not lehmer_codes(np.arange(K, dtype=np.uint8)).any()


def test_an_image_without_tables_has_one_stream_and_default_orders() -> None:
    palette, indices = random_case(5, 9, 9, 1)
    tables = default_tables(palette)
    assert write_tables(tables) == []
    decoded = decode_compact([encode_compact(indices, tables, QUICK)], (9, 9), tables)
    assert np.array_equal(decoded[0], indices)
