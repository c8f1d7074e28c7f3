"""Varints: each number has one form, alone and among others."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kmformat import Code, FormatError
from kmformat.codec import varints as v
from tools.conformance.forge import varints as forge

MOST = (1 << 32) - 1
numbers = st.integers(0, MOST) | st.integers(0, 32).map(lambda bits: max(0, (1 << bits) - 1))


@given(numbers)
@example(0)
@example(MOST)
def test_a_number_comes_back_and_has_the_bytes_that_the_spec_says(value: int) -> None:
    written = v.varint(value)
    assert written == forge.varint(value)
    assert len(written) == v.varint_size(value) <= v.MOST_BYTES
    assert v.read_varint(iter(written).__next__) == value


@given(st.lists(numbers, min_size=1, max_size=60), st.binary(max_size=20))
def test_numbers_come_back_together(values: list[int], rest: bytes) -> None:
    array = np.array(values, np.int64)
    written = v.varints(array)
    assert written == b"".join(map(v.varint, values))
    assert v.varint_sizes(array).tolist() == [v.varint_size(value) for value in values]
    room = (written + rest).ljust(v.MOST_BYTES * len(values), b"\xff")
    read, taken = v.read_varints(np.frombuffer(room, np.uint8), len(values))
    assert (read.tolist(), taken) == (values, len(written))


@given(st.integers(1, 8), st.lists(st.sampled_from([0, 1, 15, 16, 127, 128, 255]), max_size=50))
def test_any_bytes_are_read_together_as_one_by_one(count: int, given: list[int]) -> None:
    data = bytes(given).ljust(v.MOST_BYTES * count, b"\1")
    left = iter(data)
    try:
        expected = [v.read_varint(left.__next__) for _ in range(count)]
    except FormatError as error:
        assert error.code is Code.VARINT
        with pytest.raises(FormatError) as caught:
            v.read_varints(np.frombuffer(data, np.uint8), count)
        assert caught.value.code is Code.VARINT
    else:
        read, taken = v.read_varints(np.frombuffer(data, np.uint8), count)
        assert (read.tolist(), len(data) - taken) == (expected, len(list(left)))


@pytest.mark.parametrize("name", forge.MALFORMED)
def test_malformed_ones_are_an_error_wherever_they_stand(name: str) -> None:
    data, _ = forge.MALFORMED[name]
    for before in (0, 1, 40):
        room = (b"\x85\1" * before + data).ljust(v.MOST_BYTES * (before + 1), b"\0")
        with pytest.raises(FormatError) as caught:
            v.read_varints(np.frombuffer(room, np.uint8), before + 1)
        assert caught.value.code is Code.VARINT


def test_a_large_directory_is_read_at_once() -> None:
    values = np.random.default_rng(0).integers(0, 1 << 24, 1 << 18)
    data = np.frombuffer(v.varints(values).ljust(5 << 18), np.uint8)
    start = time.perf_counter()
    assert np.array_equal(v.read_varints(data, 1 << 18)[0], values)
    assert time.perf_counter() - start < 1  # some 20 ms, with room for a busy machine
