"""What a palette loses of small areas is told, so that it can be kept."""

from __future__ import annotations

import numpy as np
import pytest

from kmformat import quantize, suggest_keep
from kmformat.arrays import U8
from tests.samples import icon, noise, photo

RED, BLUE = (230, 0, 0), (0, 0, 250)


def terrain(height: int = 300, width: int = 400) -> U8:
    """Smooth, noisy greens and browns."""
    y, x = np.mgrid[:height, :width]
    shades = [120 + 60 * np.sin(x / 50), 150 + 40 * np.cos(y / 40), 110 + 30 * np.sin((x + y) / 60)]
    rough = np.stack(shades, axis=-1) + np.random.default_rng(1).normal(0, 6, (height, width, 3))
    return rough.clip(0, 255).astype(np.uint8)


def marked() -> U8:
    """A map with a dot of red and a small country of blue."""
    pixels = terrain()
    pixels[100:103, 120:123] = RED
    pixels[20:28, 30:40] = BLUE
    return pixels


def test_a_dot_and_a_small_country_are_named_and_can_be_kept() -> None:
    pixels = marked()
    assert not (quantize(pixels).to_pixels()[101, 121] == RED).all()
    suggested = suggest_keep(pixels)
    assert suggested.tolist() == [list(BLUE), list(RED)]
    kept = quantize(pixels, keep=suggested).to_pixels()
    assert (kept[100:103, 120:123] == RED).all()
    assert (kept[20:28, 30:40] == BLUE).all()


def test_what_is_kept_or_in_a_given_palette_is_not_named() -> None:
    pixels = marked()
    assert suggest_keep(pixels, keep=[RED, BLUE]).tolist() == []
    palette = np.array([RED, [120, 150, 110]], np.uint8)
    assert suggest_keep(pixels, palette=palette).tolist() == [list(BLUE)]


@pytest.mark.parametrize("pixels", [terrain(), np.full((9, 9, 3), 7, np.uint8), icon(24)])
def test_nothing_is_named_where_nothing_is_lost(pixels: U8) -> None:
    assert suggest_keep(pixels).shape == (0, pixels.shape[2])


def test_single_specks_are_no_areas() -> None:
    pixels = terrain()
    pixels[10::20, 10::20] = RED
    assert not len(suggest_keep(pixels))


def test_areas_with_alpha_are_named_with_it_and_hidden_colours_are_not() -> None:
    pixels = np.insert(marked(), 3, 255, axis=2)
    pixels[100:103, 120:123, 3] = 200
    pixels[40:60, 40:60] = (255, 0, 255, 0)
    assert suggest_keep(pixels).tolist() == [[*BLUE, 255], [*RED, 200]]


def test_no_more_are_named_than_half_the_palette() -> None:
    pixels = terrain()
    rng = np.random.default_rng(3)
    for number in range(20):
        y, x = 7 * number, 9 * number
        pixels[y : y + 4, x : x + 4] = rng.integers(0, 2, 3) * 255
    assert len(suggest_keep(pixels, colors=8)) <= 4
    assert len(suggest_keep(pixels, colors=1)) == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 2)])
def test_tiny_pictures_have_an_answer(shape: tuple[int, int]) -> None:
    assert suggest_keep(noise(*shape, 3, 1), colors=2).shape[1] == 3
    assert suggest_keep(photo(8, 8), colors=1).shape[1] == 3
