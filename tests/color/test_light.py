"""Linear light."""

from __future__ import annotations

import numpy as np
import pytest

from kmformat.color.light import light_of, shown_colors
from tests.samples import noise


@pytest.mark.parametrize("alpha", [(), (255,), (128,), (1,)])
def test_every_level_comes_back(alpha: tuple[int, ...]) -> None:
    levels = np.arange(256, dtype=np.uint8)
    colors = np.stack(
        [levels, levels[::-1], levels // 2, *([np.full(256, a, np.uint8) for a in alpha])], 1
    )
    assert np.array_equal(shown_colors(light_of(colors)), colors)


def test_light_adds_up_as_srgb_says() -> None:
    black, white = np.zeros((1, 3), np.uint8), np.full((1, 3), 255, np.uint8)
    half = (light_of(black) + light_of(white)) / 2
    assert shown_colors(half).tolist() == [[188, 188, 188]]  # and not 128


def test_a_transparent_colour_gives_no_light() -> None:
    colors = np.array([[255, 0, 0, 255], [0, 0, 255, 0]], np.uint8)
    assert shown_colors(light_of(colors).mean(axis=0)).tolist() == [255, 0, 0, 128]
    assert shown_colors(light_of(colors[1:])).tolist() == [[0, 0, 0, 0]]


def test_light_is_whole_and_exact_where_all_is_opaque() -> None:
    pixels = noise(5, 5, 3, seed=1)
    opaque = np.concatenate([pixels, np.full((5, 5, 1), 255, np.uint8)], axis=2)
    assert np.array_equal(light_of(opaque)[..., :3], 255 * light_of(pixels))
    assert np.array_equal(light_of(pixels), np.rint(light_of(pixels)))
