"""Halftones of large pictures: samples, bands, and what suits their indices best."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmformat.color.space import SRGB
from kmformat.quantization.halftone.eye import EyeView
from kmformat.quantization.halftone.plain import PlainView
from kmformat.quantization.halftone.state import Halftone, Sample, View, bands
from kmformat.quantization.remap import remap
from tests.samples import noise, photo, random_indices

VIEWS = pytest.mark.parametrize("view", [EyeView(), PlainView(SRGB)], ids=["eye", "plain"])


@given(st.integers(1, 3000), st.sampled_from([1, 7, 1000, 300_000]))
def test_bands_are_all_rows_in_turn_each_with_some_around(height: int, width: int) -> None:
    ends = [0]
    for band, rows in bands(height, width):
        assert band.start == ends[-1]
        assert max(0, band.start - 8) == rows.start
        assert min(height, band.stop + 16) == rows.stop
        ends.append(band.stop)
    assert ends[-1] == height


def test_a_small_picture_is_its_own_sample() -> None:
    pixels = noise(50, 70, 3, 0)
    assert np.array_equal(Sample(50, 70).of(pixels), pixels)


@pytest.mark.parametrize("shape", [(700, 900), (5, 100_000), (100_000, 1)])
def test_a_sample_is_blocks_from_all_over_the_picture(shape: tuple[int, int]) -> None:
    rows = np.broadcast_to(np.arange(shape[0])[:, None] * 256 // shape[0], shape)
    found = Sample(*shape).of(rows.astype(np.uint8))
    assert 1 << 16 <= found.size <= 1 << 17 or found.shape == shape
    assert len(np.unique(found)) > len(np.unique(rows)) / 2


@VIEWS
def test_the_best_palette_has_less_energy(view: View) -> None:
    pixels, palette = photo(32, 40), noise(1, 6, 3, 0)[0]
    indices, everything = remap(pixels, palette, SRGB), np.ones((32, 40), bool)
    halftone = Halftone(view, pixels, everything, everything, indices, palette)
    before = halftone.energy(slice(None))
    halftone.use(halftone.best_palette(np.ones(6, bool)))
    assert halftone.energy(slice(None)) < before / 2


def test_in_the_plain_view_entries_become_means() -> None:
    pixels, indices = noise(9, 11, 3, 0), random_indices(9, 11, 4)
    everything, palette = np.ones((9, 11), bool), noise(1, 5, 3, 1)[0]
    halftone = Halftone(PlainView(SRGB), pixels, everything, everything, indices, palette)
    movable = np.array([True, True, True, False, True])
    found = halftone.best_palette(movable)
    for k in range(3):
        assert np.abs(found[k] - pixels[indices == k].mean(axis=0)).max() <= 0.51
    assert np.array_equal(found[3:], palette[3:])  # one is held, and one has no pixels


@VIEWS
def test_what_is_invisible_does_not_count(view: View) -> None:
    pixels, palette = noise(8, 8, 3, 0), noise(1, 3, 3, 1)[0]
    nothing = np.zeros((8, 8), bool)
    halftone = Halftone(view, pixels, nothing, nothing, random_indices(8, 8, 3), palette)
    assert halftone.energy(slice(None)) == 0


def test_the_energy_of_the_plain_view_is_the_squared_error() -> None:
    pixels, palette, indices = noise(8, 8, 3, 0), noise(1, 3, 3, 1)[0], random_indices(8, 8, 3)
    everything = np.ones((8, 8), bool)
    halftone = Halftone(PlainView(SRGB), pixels, everything, everything, indices, palette)
    error = ((pixels.astype(int) - palette[indices]) ** 2).sum()
    assert halftone.energy(slice(None)) == 256 * error
    assert (
        halftone.energy(slice(2, 5))
        == 256 * ((pixels[2:5].astype(int) - palette[indices[2:5]]) ** 2).sum()
    )
