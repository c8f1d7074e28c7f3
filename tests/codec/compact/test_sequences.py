"""Sequences of small numbers come back from every layout."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kmformat.codec.compact.sequences import LAYOUTS, Coder, FieldReader, top_of, write_sequence
from kmformat.codec.zstd_frame import ENTROPY

QUICK = Coder((ENTROPY,))


@given(st.sampled_from(LAYOUTS), st.integers(1, 600), st.floats(0, 1), st.integers(0, 99))
def test_sequences_come_back_from_every_layout(
    layout: int, count: int, zeros: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    numbers = rng.integers(0, top_of(layout) + 1, count).astype(np.uint8)
    numbers[rng.random(count) < zeros] = 0
    written, chosen = write_sequence(numbers, [layout], QUICK)
    reader = FieldReader(written)
    read, found = reader.sequence(count)
    reader.end()
    assert chosen == found == layout
    assert np.array_equal(read, numbers)


@given(st.permutations(LAYOUTS), st.integers(1, 300), st.floats(0, 1), st.integers(0, 99))
def test_the_shortest_of_several_layouts_is_chosen_in_whatever_order(
    layouts: list[int], count: int, zeros: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    numbers = (rng.random(count) >= zeros).astype(np.uint8)
    written, chosen = write_sequence(numbers, layouts, QUICK)
    alone = {layout: write_sequence(numbers, [layout], QUICK)[0] for layout in layouts}
    assert len(written) == min(map(len, alone.values()))
    assert written == alone[chosen]
