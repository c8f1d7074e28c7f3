"""What an eye sees of errors: as formulas have it, in arithmetic that is the same everywhere."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from kmformat.arrays import U8, Floats
from kmformat.quantization.halftone.eye import EyeView
from tests.samples import noise, photo

CONES = np.array([[0.30, 0.622, 0.078], [0.23, 0.692, 0.078], [0.24342269, 0.20476744, 0.55180987]])
BIAS = 0.0037930732552754493


def linear(pixels: U8) -> Floats:
    values = pixels / 255
    light: Floats = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return light


def test_values_are_cones_of_xyb() -> None:
    pixels = noise(20, 30, 3, 0)
    assert np.abs(EyeView().values(pixels) - linear(pixels) @ CONES.T).max() < 1e-4


def test_colours_come_back() -> None:
    colors = noise(1, 400, 3, 0)[0]
    view = EyeView()
    assert np.array_equal(view.colors(view.values(colors).astype(np.float64)), colors)


def test_values_out_of_range_become_the_nearest_colours_in_range() -> None:
    values = np.array([[-1.0, -1, -1], [2, 2, 2]])
    assert EyeView().colors(values).tolist() == [[0, 0, 0], [255, 255, 255]]


@pytest.mark.parametrize("level", [0, 3, 40, 128, 255])
def test_in_flat_areas_sensitivity_is_the_slope_of_the_cube_root(level: int) -> None:
    pixels = np.full((5, 4, 3), level, np.uint8)
    cones = linear(pixels[0, 0]) @ CONES.T
    slope = (cones + BIAS) ** (-2 / 3) / 3
    hidden = 5.2 * 0.02**0.5  # no texture: noise of 0.02, to the power of a half
    assert EyeView().sensitivity(pixels) == pytest.approx(
        np.broadcast_to(2048 * slope / hidden, pixels.shape), rel=3e-3
    )


def test_texture_hides_errors() -> None:
    flat = np.full((16, 16, 3), 120, np.uint8)
    rough = flat.copy()
    rough[::2, ::2] += 100
    view = EyeView()
    assert (view.sensitivity(rough) < 0.8 * view.sensitivity(flat)).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 3)])
def test_tiny_pictures_have_a_sensitivity(shape: tuple[int, int]) -> None:
    found = EyeView().sensitivity(noise(*shape, 3, 0))
    assert found.shape == (*shape, 3)
    assert (found > 0).all()


def test_less_strength_makes_single_errors_count_more() -> None:
    full, half, faint = (EyeView(strength).viewer for strength in (1, 0.5, 1e-6))
    assert (half.own - full.own == full.taps[:, 0] ** 2).all()
    assert (faint.center == 128**2).all()  # so that fields stay below 2^31


def test_results_are_the_same_on_every_machine() -> None:
    pixels, view = photo(40, 50), EyeView()
    digest = hashlib.sha256(view.sensitivity(pixels).astype("<f4").tobytes())
    digest.update(view.values(pixels).astype("<f4").tobytes())
    assert digest.hexdigest()[:16] == "a5f2f90f1242acad"


@pytest.mark.parametrize(("K", "times"), [(1, 1), (16, 1), (17, 1.125), (64, 1.25), (256, 1.5)])
def test_bits_are_dearer_among_many_entries(K: int, times: float) -> None:
    assert EyeView().price_among(K) == times * EyeView.price
