"""Orders, contexts and tables, as the spec has them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kmformat.codec.compact.model import (
    default_tables,
    from_lehmer_codes,
    lehmer_codes,
    write_tables,
)
from kmformat.codec.compact.sequences import Coder
from kmformat.codec.compact.tile import decode_compact, encode_compact
from kmformat.codec.zstd_frame import ENTROPY
from tests.samples import random_case

QUICK = Coder((ENTROPY,))


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
