"""What is solid stays solid in a palette that is found, and what is flat keeps its colour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from kmformat import quantize
from kmformat.arrays import U8
from kmformat.color.channels import with_channels
from kmformat.quantization.dither import DITHERS, Dither
from tests.samples import icon, noise


@pytest.mark.parametrize("colors", [3, 16, 256])
@pytest.mark.parametrize("dither", DITHERS)
def test_solid_shapes_stay_solid(colors: int, dither: Dither) -> None:
    pixels = icon(80)
    alpha = quantize(pixels, colors=colors, dither=dither).to_pixels()[..., 3]
    assert (alpha[pixels[..., 3] == 255] == 255).all()
    assert (alpha[pixels[..., 3] == 0] == 0).all()


def test_a_few_opaque_pixels_of_their_own_colour_keep_it() -> None:
    pixels = np.zeros((40, 40, 4), np.uint8)
    pixels[...] = (250, 0, 0, 200)
    pixels[20:, :, :3] = (0, 0, 200)
    pixels[20, :, 3] = 255  # a line of opaque blue in translucent blue, and nothing opaque beside
    pixels[:, 0] = noise(1, 40, 4, 1)[0]
    pixels[:, 0, 3] = 100
    found = quantize(pixels, colors=4).to_pixels()[20, 1]
    assert found[3] == 255
    assert abs(found[:3].astype(int) - (0, 0, 200)).max() < 30


def page(ink: Sequence[int], paper: Sequence[int]) -> U8:
    """Strokes with soft, noisy edges on a page: most of it paper, some of it ink."""
    rng = np.random.default_rng(1)
    share = np.zeros((90, 120, 1))
    share[10:80:10, 8:110] = share[11:80:10, 8:110] = 1
    share[9:80:10, 8:110] = rng.random((8, 102, 1))
    share[12:80:10, 8:110] = rng.random((7, 102, 1))
    mixed = share * np.array(ink) + (1 - share) * np.array(paper)
    pixels: U8 = np.rint(mixed).astype(np.uint8)
    return pixels


@pytest.mark.parametrize("colors", [2, 3, 4, 8])
@pytest.mark.parametrize("channels", [3, 4])
def test_paper_and_ink_are_exactly_their_colours(colors: int, channels: int) -> None:
    ink, paper = (3, 2, 9), (255, 255, 251)
    pixels = with_channels(page(ink, paper), channels)
    if channels == 4:
        pixels[0, :, 3] = 120
    palette = with_channels(quantize(pixels, colors=colors).palette, 4).tolist()
    assert [*paper, 255] in palette
    if colors > 2:
        assert [*ink, 255] in palette


def test_a_colour_to_keep_is_not_moved_to_a_flat_one_nearby() -> None:
    pixels = page((0, 0, 0), (255, 255, 255))
    palette = quantize(pixels, colors=3, keep=["#fefefe"]).palette
    assert [254, 254, 254] in palette.tolist()


def test_the_textbook_palette_is_of_means() -> None:
    pixels = page((0, 0, 0), (255, 255, 255))
    found = quantize(pixels, colors=2, init="random")
    for number, entry in enumerate(found.palette):
        assert np.abs(pixels[found.indices == number].mean(axis=0) - entry).max() < 1
    assert [255, 255, 255] not in found.palette.tolist()
