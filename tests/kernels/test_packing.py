"""Indices in bytes: the layout, and colours straight from packed bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmformat.arrays import U8
from kmformat.codec.stored import check_packed
from kmformat.kernels.packing import (
    ColorTable,
    clip,
    largest_index,
    pack,
    read_runs,
    row_bytes,
    unpack,
    write_runs,
)
from tests.samples import random_indices

bit_depths = st.sampled_from([1, 2, 4, 8])


@pytest.mark.parametrize(
    ("bits", "row", "packed"),
    [
        (1, [1, 0, 1, 1, 0, 0, 0, 1, 1], "b1 80"),
        (2, [3, 0, 1, 2, 1], "c6 40"),
        (4, [1, 2, 15], "12 f0"),
        (8, [1, 255], "01 ff"),
    ],
)
def test_left_pixels_stand_in_high_bits_and_spare_bits_are_zero(
    bits: int, row: list[int], packed: str
) -> None:
    indices = np.array([row, row[::-1]], np.uint8)
    assert pack(indices, bits)[0].tobytes() == bytes.fromhex(packed)
    assert np.array_equal(unpack(pack(indices, bits), bits, len(row)), indices)


@given(bit_depths, st.integers(1, 9), st.integers(1, 40))
def test_unpacking_inverts_packing(bits: int, height: int, width: int) -> None:
    indices = random_indices(height, width, 1 << bits)
    packed = pack(indices, bits)
    assert packed.shape == (height, row_bytes(width, bits))
    assert np.array_equal(unpack(packed, bits, width), indices)
    check_packed(packed, bits, width, 1 << bits)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize(
    ("height", "width"), [(1, 1), (3, 5), (200, 301), (520, 1030), (9, 70_001)]
)
@pytest.mark.parametrize("inside", [False, True])
def test_colours_painted_are_palette_of_index(
    bits: int, channels: int, height: int, width: int, inside: bool
) -> None:
    colors = (1 << bits) - 1  # one less than the bits could tell
    palette = np.random.default_rng(2).integers(0, 256, (colors, channels), np.uint8)
    indices = random_indices(height, width, colors)
    canvas = np.full((height + 2, width + 3, channels), 77, np.uint8)
    out = canvas[1:-1, 2:-1] if inside else np.empty((height, width, channels), np.uint8)
    ColorTable(palette, bits, indices.size).paint(pack(indices, bits), out)
    assert np.array_equal(out, palette[indices])
    assert (canvas[[0, -1]] == 77).all()
    assert (canvas[:, [0, 1, -1]] == 77).all()


@given(bit_depths, st.integers(1, 9), st.integers(1, 40), st.data())
def test_the_largest_index_is_that_of_all_pixels(
    bits: int, height: int, width: int, data: st.DataObject
) -> None:
    largest = data.draw(st.integers(0, (1 << bits) - 1))
    indices = random_indices(height, width, largest + 1)
    assert largest_index(pack(indices, bits), bits) == indices.max()


# Runs of zeros

run_bits = st.sampled_from([1, 2, 3, 4])


@st.composite
def numbers_of_bits(draw: st.DrawFn) -> tuple[U8, int]:
    """Numbers, and in how many bits; from no zeros at all to nothing else."""
    bits, rng = draw(run_bits), np.random.default_rng(draw(st.integers(0, 999)))
    numbers = rng.integers(0, 1 << bits, draw(st.integers(1, 700))).astype(np.uint8)
    numbers[rng.random(len(numbers)) < draw(st.sampled_from([0, 0.5, 0.9, 0.99, 1]))] = 0
    return numbers, bits


@given(numbers_of_bits())
def test_runs_give_back_what_they_were_written_from(case: tuple[U8, int]) -> None:
    numbers, bits = case
    again = read_runs(write_runs(numbers, bits), bits, len(numbers))
    assert again is not None
    assert again.tolist() == numbers.tolist()


@given(numbers_of_bits(), st.integers(1, 700))
def test_runs_of_another_count_are_none(case: tuple[U8, int], other: int) -> None:
    numbers, bits = case
    if other != len(numbers):
        assert read_runs(write_runs(numbers, bits), bits, other) is None


@pytest.mark.parametrize(
    ("bits", "numbers", "runs"),
    [
        (4, [0, 0, 5, 1], "25 01"),
        (4, [0] * 16, "f0"),
        (4, [0] * 17, "f0 00"),
        (4, [0] * 16 + [7], "f0 07"),
        (1, [0] * 3 + [1] + [0] * 128, "07 fe"),
    ],
)
def test_runs_have_zeros_in_high_bits_and_the_number_after_them_in_low_ones(
    bits: int, numbers: list[int], runs: str
) -> None:
    assert write_runs(np.array(numbers, np.uint8), bits).tobytes() == bytes.fromhex(runs)


def test_numbers_above_the_top_are_clipped_and_their_excess_is_told() -> None:
    clipped, escapes = clip(np.array([0, 3, 7, 255, 2, 3], np.uint8), 3)
    assert clipped.tolist() == [0, 3, 3, 3, 2, 3]
    assert escapes.tolist() == [0, 4, 252, 0]
