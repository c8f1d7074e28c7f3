"""As few colours as reach a quality, and one less would not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmformat import ParameterError, quantize
from kmformat.indexed import IndexedImage
from kmformat.pictures.quality import mean_squared_error, psnr
from kmformat.quantization.target_psnr import fewest_colors
from tests.samples import ODD, icon, photo, random_colors, same


@pytest.mark.parametrize("options", [
    {}, {"psnr": 25}, {"psnr": 33.0, "effort": 2, "seed": 3}, {"psnr": 30, "keep": ODD},
    {"psnr": 28, "dither": "floyd-steinberg"}, {"psnr": 29, "init": "random"},
])  # fmt: skip
def test_one_colour_less_would_not_do(options: dict[str, Any]) -> None:
    pixels, target = photo(), options.get("psnr", 35)
    found = quantize(pixels, colors="auto", **options)
    options.pop("psnr", None)
    K = len(found.palette)
    assert same(found, quantize(pixels, colors=K, **options))
    assert psnr(mean_squared_error(pixels, found)) >= target
    less = quantize(pixels, colors=K - 1, **options)
    assert psnr(mean_squared_error(pixels, less)) < target


@pytest.mark.parametrize("colors", [1, 2, 7, 100])
def test_exactly_means_all_colours(colors: int) -> None:
    pixels = random_colors(colors, 3, 1)[np.arange(200).reshape(10, 20) % colors]
    found = quantize(pixels, colors="auto", psnr=np.inf)
    assert np.array_equal(found.to_pixels(), pixels)
    assert len(found.palette) == colors


def test_alpha_and_single_pixels_take_few_colours() -> None:
    assert len(quantize(photo(1, 1), colors="auto").palette) == 1
    pixels = icon()
    found = quantize(pixels, colors="auto", psnr=30)
    assert 1 < len(found.palette) < 60
    assert not found.to_pixels()[pixels[..., 3] == 0].any()
    assert len(quantize(photo(), colors="auto", psnr=0).palette) == 1


def test_kept_colours_count_among_the_fewest() -> None:
    assert len(quantize(photo(), colors="auto", psnr=5, keep=ODD).palette) == 3


def test_what_256_colours_reach_is_told_where_it_is_not_enough() -> None:
    pixels = random_colors(3000, 3, 1).reshape(50, 60, 3)
    reached = psnr(mean_squared_error(pixels, quantize(pixels, colors=256)))
    with pytest.raises(ParameterError, match=f"psnr 60: 256 colours reach {reached:.2f} dB"):
        quantize(pixels, colors="auto", psnr=60)


@given(st.integers(1, 300), st.integers(1, 40), st.sampled_from([1, 5, 60, 255]))
def test_few_trials_find_the_fewest(enough: int, least: int, steep: int) -> None:
    """On a black pixel, images whose error falls with their colours, and by steps."""
    tried = []

    def quantized(colors: int) -> IndexedImage:
        tried.append(colors)
        error = 128 + (max(enough, least) - colors) / steep
        grey = np.clip(np.ceil(error), 1, 255).astype(np.uint8)
        return IndexedImage(np.full((colors, 3), grey, np.uint8), np.zeros((1, 1), np.uint8))

    def reaches(colors: int) -> bool:
        return psnr(mean_squared_error(black, quantized(colors))) >= target

    black = np.zeros((1, 1, 3), np.uint8)
    target = psnr(128.0**2)
    try:
        found = len(fewest_colors(black, quantized, target, least, None).palette)
    except ParameterError:
        assert not reaches(256)
    else:
        assert len(tried) <= 14
        assert reaches(found)
        assert found == least or not reaches(found - 1)
