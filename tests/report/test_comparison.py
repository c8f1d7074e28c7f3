"""A picture beside its original, in figures."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmformat import IndexedImage, ParameterError
from kmformat.report.comparison import compare
from tests.samples import icon, indexed, indexed_images, noisy, photo


def test_an_opaque_picture_with_alpha_compares_as_without() -> None:
    pixels = photo()
    shown = noisy(pixels)
    opaque = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    plain, mixed = compare(pixels, shown), compare(opaque, shown)
    assert (mixed.channels, plain.channels) == (4, 3)
    assert math.isclose(mixed.mse, plain.mse)
    assert math.isclose(mixed.ssim, plain.ssim)
    assert (mixed.max_error, mixed.exact) == (plain.max_error, plain.exact)


@given(indexed_images())
@settings(max_examples=30, deadline=None)
def test_a_picture_equals_itself(image: IndexedImage) -> None:
    for shown in (image, image.to_pixels()):
        found = compare(image.to_pixels(), shown)
        assert (found.mse, found.ssim, found.max_error, found.exact) == (0, 1, 0, 1)
        assert found.psnr == math.inf


@given(indexed_images(), st.integers(0, 9))
@settings(max_examples=30, deadline=None)
def test_a_comparison_is_the_same_in_both_directions(image: IndexedImage, seed: int) -> None:
    a = image.to_pixels()
    b = indexed(image.height, image.width, 9, alpha=True, seed=seed).to_pixels()
    there, back = compare(a, b), compare(b, a)
    assert math.isclose(there.mse, back.mse)
    assert math.isclose(there.ssim, back.ssim, abs_tol=1e-12)
    assert (there.max_error, there.exact) == (back.max_error, back.exact)
    assert (there.mse == 0) == (there.exact == 1) == (there.max_error == 0)
    assert -1 <= there.ssim <= 1


def test_the_colour_of_hidden_pixels_does_not_count() -> None:
    pixels = icon()
    shown = pixels.copy()
    shown[pixels[..., 3] == 0] = (9, 9, 9, 0)
    assert not np.array_equal(shown, pixels)
    assert compare(pixels, shown).exact == 1


def test_one_wrong_pixel_is_found() -> None:
    pixels = np.full((10, 20, 3), 100, np.uint8)
    shown = pixels.copy()
    shown[3, 4] = (100, 70, 110)
    found = compare(pixels, shown)
    assert (found.width, found.height, found.channels) == (20, 10, 3)
    assert math.isclose(found.mse, (30**2 + 10**2) / 600)
    assert math.isclose(found.psnr, 10 * math.log10(255**2 / found.mse))
    assert found.max_error == 30
    assert found.exact == 199 / 200


def test_shares_are_those_of_each_entry_in_the_order_of_the_file() -> None:
    palette = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]], np.uint8)
    image = IndexedImage(palette, np.array([[2, 2, 0, 2]], np.uint8))
    found = compare(image.to_pixels(), image)
    assert found.palette == ((1, 2, 3), (4, 5, 6), (7, 8, 9))
    assert found.shares == (0.25, 0, 0.75)
    large = indexed(150, 130, 256)  # more than one block
    counts = np.bincount(large.indices.ravel(), minlength=256)
    assert compare(large.to_pixels(), large).shares == tuple(counts / large.indices.size)


def test_sizes_give_bits_a_pixel_and_ratios() -> None:
    found = compare(photo(10, 20), photo(10, 20), original_bytes=300, file_bytes=50)
    assert found.raw_bytes == 600
    assert (found.original_bits_per_pixel, found.bits_per_pixel) == (12, 2)
    assert (found.ratio, found.raw_ratio) == (6, 12)
    assert found.figures()["original : file"] == "6.0 : 1"
    assert found.figures()["bits a pixel"] == "2.00"


def test_sizes_that_are_not_known_are_left_out() -> None:
    found = compare(photo(10, 20), photo(10, 20))
    assert (found.bits_per_pixel, found.ratio, found.raw_ratio) == (None, None, None)
    assert list(found.figures()) == ["PSNR", "SSIM", "largest error", "exact pixels"]
    assert (found.palette, found.shares) == (None, None)


def test_figures_say_exact_only_if_it_is() -> None:
    pixels = photo()
    shown = pixels.copy()
    shown[0, 0] ^= 1
    assert compare(pixels, pixels).figures()["PSNR"] == "exact"
    assert compare(pixels, pixels).figures()["exact pixels"] == "100.0 %"
    assert compare(pixels, shown).figures()["PSNR"].endswith(" dB")
    assert compare(pixels, shown).figures()["exact pixels"] == "99.9 %"


def test_a_comparison_is_json_even_if_the_psnr_is_infinite() -> None:
    def strict(text: str) -> Any:
        raise AssertionError(text)

    image = indexed(6, 7, 4, alpha=True)
    found = compare(image.to_pixels(), image, original_bytes=10, file_bytes=5)
    values = json.loads(json.dumps(found.to_dict()), parse_constant=strict)
    assert values["psnr"] is None
    assert (values["width"], values["height"], values["ratio"]) == (7, 6, 2)
    assert values["palette"] == image.palette.tolist()
    other = compare(photo(), noisy(photo()))
    assert other.to_dict()["psnr"] == other.psnr


def test_pictures_of_different_sizes_are_refused() -> None:
    with pytest.raises(ParameterError, match="20 x 10 and picture of 10 x 20 pixels"):
        compare(photo(10, 20), photo(20, 10))
