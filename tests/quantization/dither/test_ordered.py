"""Ordered dither: colour and place decide, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from kmformat.color.space import SRGB
from kmformat.quantization.dither.apply import remap_dithered
from tests.samples import noise, photo


def test_ordered_gives_the_same_colour_at_the_same_place_the_same_index() -> None:
    first, second = photo(40, 40), photo(40, 40, seed=2)
    palette = noise(1, 16, 3, 0)[0]
    second[10:30, 5:20] = first[10:30, 5:20]
    one, other = (remap_dithered(pixels, palette, "ordered", SRGB) for pixels in (first, second))
    assert np.array_equal(one[10:30, 5:20], other[10:30, 5:20])
    moved = remap_dithered(np.roll(first, 8, axis=(0, 1)), palette, "ordered", SRGB)
    assert np.array_equal(np.roll(one, 8, axis=(0, 1)), moved)


@pytest.mark.parametrize("channels", [3, 4])
def test_ordered_does_not_depend_on_blocks(channels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels, palette = noise(30, 21, channels, 0), noise(1, 9, channels, 1)[0]
    whole = remap_dithered(pixels, palette, "ordered", SRGB)
    monkeypatch.setattr("kmformat.quantization.dither.ordered._BLOCK_PIXELS", 50)
    assert np.array_equal(remap_dithered(pixels, palette, "ordered", SRGB), whole)
