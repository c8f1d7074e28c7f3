"""Stored tiles: spare bits are zero, and every index is in the palette."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmformat.codec.stored import check_packed
from kmformat.errors import Code, FormatError
from kmformat.kernels.packing import pack
from tests.samples import random_indices

bit_depths = st.sampled_from([1, 2, 4, 8])


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
