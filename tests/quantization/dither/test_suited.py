"""Which dither suits a picture, and what "auto" comes to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kmformat
from kmformat.arrays import U8
from kmformat.quantization.dither.suited import suited_dither
from kmformat.quantization.options import QuantizeOptions
from tests.samples import icon, photo, same

PHOTO = photo(120, 160)


def drawing() -> U8:
    """A screen: flat, with text-like strokes, and a small photograph on it."""
    pixels = np.full((400, 600, 3), 250, np.uint8)
    pixels[::7, 20:300:3] = 20
    pixels[200:320, 300:460] = PHOTO
    return pixels


@pytest.mark.parametrize(
    ("pixels", "dither"),
    [
        (PHOTO, "optimized"),
        (np.dstack([PHOTO, np.full(PHOTO.shape[:2], 255, np.uint8)]), "optimized"),
        (photo(1500, 3000), "floyd-steinberg"),  # more than 4 megapixels
        (drawing(), "none"),  # many colours, but mostly flat
        (icon(), "none"),
        (photo(60, 60), "none"),  # of an icon's size: few colours
        (PHOTO[:1], "none"),
        (PHOTO[:, :1], "none"),
        (PHOTO[:1, :1], "none"),
    ],
)
def test_photographs_get_a_dither_and_drawings_none(pixels: U8, dither: str) -> None:
    assert suited_dither(pixels) == dither


def test_what_transparent_pixels_hide_makes_no_photograph() -> None:
    hidden = np.dstack([PHOTO, np.zeros(PHOTO.shape[:2], np.uint8)])
    assert suited_dither(hidden) == "none"


@pytest.mark.parametrize("options", [{}, {"lossy": 0.1}, {"dither_strength": 0.5}, {"colors": 5}])
def test_auto_is_the_suited_dither_in_oklab(options: dict[str, Any]) -> None:
    found = kmformat.quantize(PHOTO, dither="auto", **options)
    assert same(found, kmformat.quantize(PHOTO, dither="optimized", **options))
    assert same(
        kmformat.quantize(icon(), dither="auto", dither_strength=0.5), kmformat.quantize(icon())
    )


def test_auto_of_a_fixed_palette_is_suited_too() -> None:
    palette = ["#000", "#fff", "#f00", "#0f0"]
    found = kmformat.quantize(PHOTO, dither="auto", palette=palette)
    assert same(found, kmformat.quantize(PHOTO, dither="optimized", palette=palette))


@pytest.mark.parametrize("options", [{"colors": "auto", "psnr": 25}, {"init": "random"}])
def test_where_numbers_count_auto_is_none_in_srgb(options: dict[str, Any]) -> None:
    found = kmformat.quantize(PHOTO, dither="auto", space="auto", **options)
    assert same(found, kmformat.quantize(PHOTO, **options))


def test_a_space_of_auto_is_oklab_otherwise() -> None:
    found = kmformat.quantize(PHOTO, space="auto")
    assert same(found, kmformat.quantize(PHOTO, space="oklab"))


def test_options_with_a_dither_stay_as_they_are() -> None:
    options = QuantizeOptions(dither="ordered")
    assert options.with_dither_for(PHOTO) is options
