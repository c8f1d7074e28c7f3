"""How far a picture is from the original: the measures are those of the books."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from kmformat import ParameterError, quantize
from kmformat.arrays import U8, Floats
from kmformat.pictures.quality import difference, mean_squared_error, psnr, ssim
from tests.samples import icon, indexed, noisy, photo


def on(background: int, pixels: U8) -> Floats:
    """RGBA as it is seen on grey, (height, width, 3), not rounded."""
    alpha = pixels[..., 3:] / 255
    return pixels[..., :3] * alpha + background * (1 - alpha)


def ssim_by_windows(a: Floats, b: Floats) -> float:
    """The formula of the paper, window by window, for RGB of at least 11 x 11 pixels."""
    y, x = np.mgrid[-5:6, -5:6]
    weights = np.exp(-(x * x + y * y) / (2 * 1.5**2))
    weights /= weights.sum()
    grey_a, grey_b = a @ (0.299, 0.587, 0.114), b @ (0.299, 0.587, 0.114)
    values = []
    for top in range(a.shape[0] - 10):
        for left in range(a.shape[1] - 10):
            p = grey_a[top : top + 11, left : left + 11]
            q = grey_b[top : top + 11, left : left + 11]
            mean_p, mean_q = (weights * p).sum(), (weights * q).sum()
            variances = (weights * ((p - mean_p) ** 2 + (q - mean_q) ** 2)).sum()
            covariance = (weights * (p - mean_p) * (q - mean_q)).sum()
            values.append(
                (2 * mean_p * mean_q + 2.55**2)
                * (2 * covariance + 7.65**2)
                / ((mean_p**2 + mean_q**2 + 2.55**2) * (variances + 7.65**2))
            )
    return float(np.mean(values))


def test_mean_squared_error_and_psnr_are_the_usual_ones() -> None:
    pixels = photo(300, 400)  # more than one block
    image = quantize(pixels, colors=4)
    error = mean_squared_error(pixels, image)
    assert np.isclose(error, ((pixels.astype(float) - image.to_pixels()) ** 2).mean())
    assert np.isclose(psnr(error), 10 * np.log10(255**2 / error))
    assert psnr(0) == np.inf
    opaque = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    assert np.isclose(mean_squared_error(opaque, image), error)


def test_mean_squared_error_is_the_same_for_an_indexed_image_and_its_pixels() -> None:
    for pixels, image in ((photo(150, 130), indexed(150, 130, 5)), (icon(), indexed(24, 24, 5))):
        expected = mean_squared_error(pixels, image.to_pixels())
        assert math.isclose(mean_squared_error(pixels, image), expected, rel_tol=1e-6)


def test_errors_with_alpha_are_those_on_black_and_on_white() -> None:
    pixels, shown = icon(), noisy(icon(), 30)
    off = [np.abs(on(ground, pixels) - on(ground, shown)) for ground in (0, 255)]
    assert math.isclose(
        mean_squared_error(pixels, shown), np.mean([(part**2).mean() for part in off])
    )
    largest = np.maximum(*off).max(axis=2)
    assert np.array_equal(difference(pixels, shown), np.ceil(largest - 1e-9))


def test_difference_is_that_of_the_channel_that_is_furthest_off() -> None:
    pixels = photo(150, 130)  # more than one block
    shown = noisy(pixels)
    expected = np.abs(pixels.astype(int) - shown).max(axis=2)
    assert np.array_equal(difference(pixels, shown), expected)
    assert difference(pixels, shown).dtype == np.uint8


@pytest.mark.parametrize("shape", [(11, 11), (12, 31), (75, 13), (80, 75)])
def test_ssim_is_that_of_the_paper(shape: tuple[int, int]) -> None:
    pixels = photo(*shape)
    shown = noisy(pixels, 25)
    expected = ssim_by_windows(pixels.astype(float), shown.astype(float))
    assert 0 < expected < 0.95
    assert math.isclose(ssim(pixels, shown), expected, rel_tol=1e-9)


def test_ssim_with_alpha_is_the_mean_of_that_on_black_and_on_white() -> None:
    pixels, shown = icon(), noisy(icon(), 30)
    seen = [ssim_by_windows(on(ground, pixels), on(ground, shown)) for ground in (0, 255)]
    assert not math.isclose(*seen, abs_tol=0.01)
    assert math.isclose(ssim(pixels, shown), np.mean(seen), rel_tol=1e-9)


def test_ssim_of_two_flat_greys_has_only_the_term_of_luminance() -> None:
    a, b = np.full((20, 20, 3), 100, np.uint8), np.full((20, 20, 3), 140, np.uint8)
    expected = (2 * 100 * 140 + 2.55**2) / (100**2 + 140**2 + 2.55**2)
    assert math.isclose(ssim(a, b), expected, rel_tol=1e-9)
    assert math.isclose(ssim(a[:1, :1], b[:1, :1]), expected, rel_tol=1e-9)


@pytest.mark.parametrize("shape", [(1, 40), (40, 1), (10, 30), (5, 6)])
def test_ssim_mirrors_what_is_narrower_than_a_window(shape: tuple[int, int]) -> None:
    pixels = photo(*shape)
    shown = noisy(pixels, 25)
    margins = [(5, 5) if side < 11 else (0, 0) for side in shape]
    a, b = (np.pad(p, [*margins, (0, 0)], mode="symmetric") for p in (pixels, shown))
    assert math.isclose(
        ssim(pixels, shown), ssim_by_windows(a.astype(float), b.astype(float)), rel_tol=1e-9
    )


def test_ssim_falls_as_noise_grows() -> None:
    pixels = photo()
    values = [ssim(pixels, noisy(pixels, amount)) for amount in (2, 8, 32)]
    assert 1 > values[0] > values[1] > values[2] > 0


@pytest.mark.parametrize("measure", [ssim, difference, mean_squared_error])
def test_pictures_of_different_sizes_are_refused(measure: Any) -> None:
    with pytest.raises(ParameterError, match="20 x 10 and picture of 10 x 20 pixels"):
        measure(photo(10, 20), photo(20, 10))


def test_an_indexed_image_of_another_size_is_refused() -> None:
    with pytest.raises(ParameterError, match="20 x 10 and picture of 10 x 20 pixels"):
        mean_squared_error(photo(10, 20), indexed(20, 10, 3))
