"""Three channels or four: alpha where it says something, and the same colours either way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmformat.color.channels import (
    clear_hidden,
    with_channels,
    with_equal_channels,
    without_opaque_alpha,
)
from tests.samples import icon, noise, photo

seeds = st.integers(0, 1000)
channels = st.sampled_from([3, 4])


@given(seeds, st.integers(1, 6), st.integers(1, 6))
def test_alpha_that_is_added_can_be_left_out_again(seed: int, height: int, width: int) -> None:
    pixels = noise(height, width, 3, seed)
    opaque = with_channels(pixels, 4)
    assert opaque.shape == (height, width, 4)
    assert (opaque[..., 3] == 255).all()
    assert np.array_equal(without_opaque_alpha(opaque), pixels)
    assert without_opaque_alpha(opaque).flags.c_contiguous


def test_alpha_is_kept_if_a_single_colour_is_not_opaque() -> None:
    pixels = with_channels(photo(), 4)
    pixels[-1, -1, 3] = 254
    assert without_opaque_alpha(pixels) is pixels


@pytest.mark.parametrize("shape", [(0, 3), (0, 4)])
def test_no_colours_are_opaque(shape: tuple[int, int]) -> None:
    assert without_opaque_alpha(np.empty(shape, np.uint8)).shape == (0, 3)


@given(seeds, channels, channels)
def test_two_arrays_get_alpha_if_either_has_it(seed: int, one: int, other: int) -> None:
    a, b = noise(2, 3, one, seed), noise(4, 1, other, seed + 1)
    both = with_equal_channels(a, b)
    assert {array.shape[-1] for array in both} == {max(one, other)}
    for array, given_ in zip(both, (a, b), strict=True):
        assert np.array_equal(array[..., : given_.shape[-1]], given_)


@given(seeds)
def test_hidden_colours_become_one_and_the_others_stay(seed: int) -> None:
    pixels = noise(7, 9, 4, seed)
    before, hidden = pixels.copy(), pixels[..., 3] == 0
    cleared = clear_hidden(pixels)
    assert not cleared[hidden].any()
    assert np.array_equal(cleared[~hidden], pixels[~hidden])
    assert np.array_equal(pixels, before)
    assert np.array_equal(clear_hidden(cleared), cleared)


def test_what_hides_nothing_is_not_copied() -> None:
    for pixels in (photo(), clear_hidden(icon())):
        assert clear_hidden(pixels) is pixels
