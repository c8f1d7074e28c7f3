"""Dense tiles: indices through the adaptive coder and back."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmformat.arrays import U8, U16
from kmformat.kernels import dense
from kmformat.kernels.binary_coder import Encoder
from kmformat.kernels.dense import squash_table, stretch_table
from tests.kernels.dense_cases import dense_cases
from tests.samples import random_indices


@settings(max_examples=40)
@given(dense_cases())
def test_any_indices_come_back(case: tuple[U8, U16]) -> None:
    indices, distances = case
    data = dense.encode_dense(indices, distances)
    decoded = dense.decode_dense(data, indices.shape, distances)
    assert np.array_equal(decoded, indices)


@settings(max_examples=60)
@given(st.binary(max_size=40), st.sampled_from([1, 2, 5]), st.integers(1, 9), st.integers(1, 9))
def test_any_bytes_are_indices_in_the_palette_or_nothing(
    data: bytes, K: int, height: int, width: int
) -> None:
    indices = dense.decode_dense(data, (height, width), np.zeros((K, K), np.uint16))
    if isinstance(indices, int):
        assert indices in {dense.BAD_RUN, dense.BAD_RANK, dense.BAD_END}
    else:
        assert indices.shape == (height, width)
        assert indices.max() < K


def test_data_end_where_the_last_pixel_does() -> None:
    indices, distances = random_indices(9, 9, 4), np.zeros((4, 4), np.uint16)
    data = dense.encode_dense(indices, distances)
    assert dense.decode_dense(data + bytes(5), indices.shape, distances) == dense.BAD_END
    assert isinstance(dense.decode_dense(data[:9], indices.shape, distances), int)


@pytest.mark.parametrize("index", [0, 1])
def test_a_flat_tile_takes_next_to_nothing(index: int) -> None:
    indices = np.full((500, 500), index, np.uint8)
    assert len(dense.encode_dense(indices, np.zeros((2, 2), np.uint16))) < 20


def test_what_is_repeated_is_remembered() -> None:
    distances = np.zeros((16, 16), np.uint16)
    once = random_indices(20, 20, 16)
    size = len(dense.encode_dense(once, distances))
    assert size > 150  # 4 bits a pixel are 200 bytes
    assert len(dense.encode_dense(np.tile(once, (6, 1)), distances)) < 2 * size


def test_near_colours_take_fewer_bits_than_far_ones() -> None:
    steps = np.random.default_rng(1).integers(-1, 2, (40, 40)).cumsum(axis=1) % 100
    slope = steps.astype(np.uint8)
    scale = np.abs(np.subtract.outer(np.arange(100), np.arange(100))).astype(np.uint16)
    unknown = np.random.default_rng(1).permutation(100)
    near = dense.encode_dense(slope, scale)
    far = dense.encode_dense(slope, scale[unknown][:, unknown])
    assert len(near) < 0.95 * len(far)


def test_chances_are_stretched_and_squashed_in_order() -> None:
    stretch, squash = stretch_table(), squash_table()
    assert len(stretch) == 4096
    assert len(squash) == 2815
    assert list(stretch) == sorted(stretch)
    assert list(squash) == sorted(squash)
    assert (squash[0], squash[1407], squash[-1]) == (32, 32768, 65504)


def test_chances_are_stretched_by_logarithms_that_run_straight_between_powers_of_two() -> None:
    def logarithm(number: int) -> int:
        power = max(power for power in range(17) if 2**power <= number)
        return math.floor(128 * (power + Fraction(number, 2**power) - 1))

    chances = [16 * step + 8 for step in range(4096)]
    expected = [logarithm(chance) - logarithm(65536 - chance) for chance in chances]
    assert list(stretch_table()) == expected


def test_chances_are_those_of_odds_that_run_straight_between_powers_of_two() -> None:
    squash = squash_table()
    for x in range(1408):
        odds = Fraction(128 + x % 128, 128) * 2 ** (x // 128)
        unlikely = int((1 << 16) / (1 + odds))
        assert (squash[1407 - x], squash[1407 + x]) == (unlikely, (1 << 16) - unlikely)


def test_a_context_has_a_slot_a_pixel_from_2_10_to_2_16() -> None:
    shapes = {(1, 1): 10, (1, 1024): 10, (5, 205): 11, (64, 32): 11, (256, 256): 16, (999, 999): 16}
    assert {shape: dense.slot_bits(shape) for shape in shapes} == shapes


@pytest.mark.parametrize(
    ("weight", "right", "becomes"),
    [
        (131071, 1, (131071, 130239)),  # one context was sure of it, the other of the contrary
        (131071, 0, (130239, 131071)),
        (130241, 1, (131071, 129409)),
        (-131072, 1, (-130241, -131072)),
        (-131072, 0, (-131072, -130241)),
        (100000, 1, (100831, 99168)),
    ],
)
def test_weights_stay_between_minus_8_and_8(
    weight: int, right: int, becomes: tuple[int, int]
) -> None:
    tile = dense._Tile(Encoder(), (2, 2), np.zeros((2, 2), np.uint16))
    tile._by_kind[0][0], tile._by_kind[1][0] = [(1 << 22) - 1, 9], [0, 9]
    slots, weights = tuple(dense._Slot(0) for _ in range(3)), [weight, weight, 0, 0]
    assert tile._code_guess(slots, 0, 0, weights, right) == right
    assert tuple(weights[:2]) == becomes
