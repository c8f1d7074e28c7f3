"""OKLab is that of its author's formula, to a fraction of a level, and found again from points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmformat.arrays import U8, Floats
from kmformat.color.oklab import OKLAB
from kmformat.quantization.remap import remap
from tests.samples import photo, random_colors

seeds = st.integers(0, 1000)


def published(colors: U8) -> Floats:
    """L, a and b by the formula and matrices of the source, in floating point."""
    values = colors / 255
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    cones = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
             [0.0883024619, 0.2817188376, 0.6299787005]]  # fmt: skip
    opponents = [[0.2104542553, 0.7936177850, -0.0040720468],
                 [1.9779984951, -2.4285922050, 0.4505937099],
                 [0.0259040371, 0.7827717662, -0.8086757660]]  # fmt: skip
    lab: Floats = np.cbrt(light @ np.transpose(cones)) @ np.transpose(opponents)
    return lab


@given(seeds, st.sampled_from([2, 18, 256]))
def test_points_are_those_of_the_formula(seed: int, steps: int) -> None:
    colors = random_colors(200, 3, seed, steps=steps)
    expected = 255 * published(colors) * (1, 1.12, 1.12)
    assert np.abs(OKLAB.points(colors) - expected).max() < 0.2


@pytest.mark.parametrize(
    ("color", "expected"),
    [([0, 0, 0], [0, 0, 0]), ([255, 255, 255], [65535, 0, 0]), ([255, 0, 0], [41146, 16499, 9244]),
     ([0, 0, 255], [29631, -2374, -22880]), ([1, 1, 1], [4412, 0, 0])],
)  # fmt: skip
def test_points_are_the_same_on_every_machine(color: list[int], expected: list[int]) -> None:
    assert OKLAB.whole(np.array([color], np.uint8)).tolist() == [expected]


def test_greys_have_no_hue() -> None:
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    whole = OKLAB.whole(greys)
    assert not whole[:, 1:].any()
    assert (np.diff(whole[:, 0]) > 0).all()


@given(seeds, st.integers(0, 2))
def test_colours_one_level_apart_are_different_points(seed: int, channel: int) -> None:
    colors = random_colors(200, 3, seed)
    colors[:100, (channel + 1) % 3] //= 85
    others = colors.copy()
    others[:, channel] ^= 1
    assert (OKLAB.whole(colors) != OKLAB.whole(others)).any(axis=1).all()


@given(seeds)
@settings(max_examples=20)
def test_points_of_no_colour_become_one_nearby(seed: int) -> None:
    points = OKLAB.points(random_colors(100, 3, seed)) + np.array([0, 20, -20])
    off = OKLAB.points(OKLAB.colors(points)) - points
    grid = OKLAB.points(random_colors(512, 3, 0))
    best = ((points[:, None] - grid) ** 2).sum(axis=2).min(axis=1)
    assert ((off**2).sum(axis=1) <= 2 * best + 50).all()


@pytest.mark.parametrize(("height", "width", "K"), [(300, 500, 17), (1030, 1030, 16)])
def test_large_images_are_mapped_exactly(height: int, width: int, K: int) -> None:
    pixels, palette = photo(height, width), random_colors(K, 3, 1)
    some, entries = OKLAB.whole(pixels[::11, ::13].reshape(-1, 3)), OKLAB.whole(palette)
    distances = (some[:, None] - entries) ** 2 @ OKLAB.whole_weights(3)
    nearest = remap(pixels, palette, OKLAB)[::11, ::13]
    assert np.array_equal(nearest.ravel(), distances.argmin(axis=1))
