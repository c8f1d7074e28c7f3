"""Indices in bytes: the layout, its checks, and colours straight from packed bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmformat.codec.stored import check_packed
from kmformat.errors import Code, FormatError
from kmformat.kernels.packing import ColorTable, pack, row_bytes, unpack
from tests.samples import U8

bit_depths = st.sampled_from([1, 2, 4, 8])


def random_indices(height: int, width: int, colors: int, seed: int = 0) -> U8:
    return np.random.default_rng(seed).integers(0, colors, (height, width), np.uint8)


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


@given(bit_depths, st.integers(1, 17), st.data())
def test_every_spare_bit_is_checked(bits: int, width: int, data: st.DataObject) -> None:
    packed = pack(random_indices(3, width, 1 << bits), bits)
    spare = packed.shape[1] * 8 - width * bits
    if spare:
        row, bit = data.draw(st.integers(0, 2)), data.draw(st.integers(0, spare - 1))
        packed[row, -1] |= 1 << bit
        with pytest.raises(FormatError) as caught:
            check_packed(packed, bits, width, 1 << bits)
        assert caught.value.code is Code.PADDING


@given(bit_depths, st.integers(1, 17), st.data())
def test_every_index_outside_the_palette_is_found(
    bits: int, width: int, data: st.DataObject
) -> None:
    colors = data.draw(st.integers(1, (1 << bits) - 1))
    indices = random_indices(3, width, colors)
    check_packed(pack(indices, bits), bits, width, colors)
    indices[data.draw(st.integers(0, 2)), data.draw(st.integers(0, width - 1))] = colors
    with pytest.raises(FormatError, match=f"index {colors} is outside") as caught:
        check_packed(pack(indices, bits), bits, width, colors)
    assert caught.value.code is Code.INDEX


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
