"""Rare hues: what counts for how much, and that small areas of a hue of their own keep it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kmformat
from kmformat.arrays import U8, Bools
from kmformat.color import Space
from kmformat.color.oklab import OKLAB
from kmformat.quantization.dither import Dither
from kmformat.quantization.histogram import ColorHistogram
from kmformat.quantization.remap import remap
from kmformat.quantization.search.rare_hues import counted_by_hue, rare_entries
from tests.samples import photo

seeds = st.integers(0, 1000)
LAB = np.array(
    [[50, 40, 2], [90, 41, 3], [50, -40, 2], [10, 1, 1], [99, -1, 2], [50, 20, 1]], float
)
"""Two of one hue; one of the opposite hue; two greys; and one of less chroma."""


def test_what_is_of_one_hue_counts_together_as_the_root_of_its_pixels() -> None:
    found = counted_by_hue(LAB, np.array([60.0, 4, 16, 900, 0.5, 25]))
    assert np.allclose(found, [60 / 8, 4 / 8, 4, *(np.array([900, 0.5]) / 900.5**0.5), 5])


@given(seeds, st.sampled_from([3, 4]))
def test_shades_of_a_hue_keep_their_shares(seed: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    points, weights = rng.normal(0, 30, (90, d)), rng.random(90) + 0.1
    found = counted_by_hue(points, weights) / weights
    darker = points - np.eye(d)[0] * 40
    assert np.array_equal(counted_by_hue(darker, weights) / weights, found)
    assert (found < 1 / np.sqrt(weights) + 1e-9).all()


@pytest.mark.parametrize("angle", range(0, 360, 15))
def test_opposite_hues_never_count_together(angle: int) -> None:
    turn = np.deg2rad(angle + np.array([0, 60, 180]))
    points = np.stack([np.full(3, 50), 30 * np.cos(turn), 30 * np.sin(turn)], axis=1)
    assert np.allclose(counted_by_hue(points, np.array([1.0, 4, 9])), [1, 2, 3])


# Small areas of a hue of their own


def turned(pixels: U8, tint: list[float], color: list[int], radius: int) -> tuple[U8, Bools]:
    """A picture of one tint, with a disc of another colour; and which pixels that is."""
    luma = (pixels @ (0.299, 0.587, 0.114))[..., None]
    tinted = np.clip(luma * tint + (pixels - luma) / 8, 0, 255).astype(np.uint8)
    y, x = np.indices(pixels.shape[:2])
    disc: Bools = np.hypot(x - 70, y - 40) <= radius
    shades = 0.8 + 0.2 * photo(*pixels.shape[:2])[..., :1] / 255
    tinted[disc] = (shades * color)[disc]
    return tinted, disc


def hue_error(image: U8, shown: U8, where: Bools) -> float:
    """By how many degrees the mean hue of an area is off, or 180 if it has become nearly grey."""
    before, after = (
        complex(*OKLAB.points(pixels[where])[:, 1:].mean(axis=0)) for pixels in (image, shown)
    )
    return 180.0 if abs(after) < abs(before) / 2 else float(abs(np.angle(after / before, deg=True)))


CASES = [
    ([0.8, 1.0, 1.1], [230, 60, 40]), ([0.7, 0.9, 1.2], [60, 160, 50]),
    ([1.1, 1.0, 0.7], [50, 70, 190]), ([0.9, 1.1, 0.8], [210, 60, 170]),
    ([1.1, 0.9, 0.9], [40, 170, 170]), ([1.0, 1.0, 1.0], [200, 190, 60]),
]  # fmt: skip


def kept(space: Space, dither: Dither = "none") -> int:
    """How many of the discs keep their hue at 8 colours."""
    number = 0
    for tint, color in CASES:
        image, disc = turned(photo(120, 160), tint, color, 2)
        found = kmformat.quantize(image, colors=8, space=space, dither=dither)
        number += int(hue_error(image, found.palette[found.indices], disc) < 30)
    return number


def test_small_areas_of_a_hue_of_their_own_keep_it_in_oklab() -> None:
    assert kept("oklab") == len(CASES)
    assert kept("srgb") < len(CASES) / 2


def test_they_keep_it_in_the_optimised_dither_too() -> None:
    assert kept("oklab", "optimized") == len(CASES)


@pytest.mark.parametrize(("tint", "color"), CASES)
def test_entries_of_rare_hues_are_told_from_others(tint: list[float], color: list[int]) -> None:
    image, disc = turned(photo(120, 160), tint, color, 2)
    palette = kmformat.build_palette([image], colors=8, space="oklab")
    palette = np.concatenate([palette, np.array([[0, 255, 0]], np.uint8)])
    rare = rare_entries(palette, ColorHistogram.of(image, OKLAB))
    assert rare[remap(image, palette, OKLAB)[disc]].all()
    assert rare[-1]  # no pixel has it
    assert rare.sum() <= 4
