"""The optimised dither: looks like the picture from some way off, with a palette of its own."""

from __future__ import annotations

import numpy as np
import pytest

import kmformat
from kmformat import quantize
from kmformat.arrays import U8
from kmformat.color.light import light_of
from kmformat.color.space import SRGB
from kmformat.quantization.dither import optimized
from kmformat.quantization.dither.apply import remap_dithered
from kmformat.quantization.dither.optimized import suited_view, with_flat_colors
from kmformat.quantization.halftone.eye import EyeView
from tests.samples import icon, noise, photo, random_colors, rows, soft

BLACK_AND_WHITE = np.array([[0, 0, 0], [255, 255, 255]], np.uint8)
PRICE = EyeView.price
NONE = np.empty((0, 3), np.uint8)


def seen_error(pixels: U8, shown: U8) -> float:
    """The squared error of light in blocks of 4 x 4 pixels."""
    off = (light_of(pixels) - light_of(shown)) / 65535
    height, width = (side // 4 * 4 for side in off.shape[:2])
    blocks = off[:height, :width].reshape(height // 4, 4, width // 4, 4, 3).mean(axis=(1, 3))
    return float((blocks**2).mean())


@pytest.mark.parametrize("colors", [4, 8, 16, 40])
def test_from_some_way_off_it_looks_more_like_the_picture(colors: int) -> None:
    pixels = soft(64, 80)
    none, found = (quantize(pixels, colors=colors, dither=d) for d in ("none", "optimized"))
    assert len(found.palette) <= colors
    assert seen_error(pixels, found.to_pixels()) < seen_error(pixels, none.to_pixels()) / 1.6


def test_a_higher_price_of_bits_makes_smaller_files(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    for times in (0.1, 1, 4):
        monkeypatch.setattr(EyeView, "price", times * PRICE)
        sizes.append(len(kmformat.encode(soft(96, 128), colors=8, dither="optimized")))
    assert sizes[0] > sizes[1] > 1.1 * sizes[2]


@pytest.mark.parametrize(("level", "share"), [(128, 0.216), (160, 0.352), (192, 0.527)])
def test_grey_is_as_many_white_dots_as_its_light(level: int, share: float) -> None:
    pixels = np.full((48, 48, 3), level, np.uint8)
    found = remap_dithered(pixels, BLACK_AND_WHITE, "optimized", SRGB)
    assert found.mean() == pytest.approx(share, abs=0.06)


@pytest.mark.parametrize(("colors", "far"), [(2, True), (16, False)])
def test_a_sparse_palette_is_seen_from_further_away(colors: int, far: bool) -> None:
    pixels, everything = soft(40, 40), np.ones((40, 40), bool)
    palette = quantize(pixels, colors=colors).palette
    view = suited_view(pixels, everything, palette, 1.0)
    assert np.array_equal(view.viewer.taps, EyeView(far=far).viewer.taps)


def test_less_strength_makes_fewer_dots() -> None:
    y, x = np.mgrid[:48, :64]
    pixels = np.repeat((60 + x + y)[..., None], 3, axis=2).astype(np.uint8)
    palette = np.array([[60] * 3, [110] * 3, [170] * 3], np.uint8)

    def edges(strength: float) -> int:
        found = remap_dithered(pixels, palette, "optimized", SRGB, strength)
        return int((found[:, 1:] != found[:, :-1]).sum())

    assert edges(1) > 1.3 * edges(0.3) > 0
    assert edges(0.3) >= edges(0)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 3), (5, 7)])
@pytest.mark.parametrize("channels", [3, 4])
def test_any_size_has_a_palette_no_larger_than_asked(shape: tuple[int, int], channels: int) -> None:
    found = quantize(noise(*shape, channels, 3), colors=3, dither="optimized")
    assert found.indices.shape == shape
    assert len(found.palette) <= 3


@pytest.mark.parametrize("channels", [3, 4])
def test_colours_to_keep_stay_and_so_do_their_pixels(channels: int) -> None:
    pixels = photo(40, 50)
    pixels[10:14, 10:14] = (1, 250, 3)
    if channels == 4:
        pixels = np.concatenate([pixels, np.full((40, 50, 1), 255, np.uint8)], axis=2)
        pixels[0, 0, 3] = 100
    found = quantize(pixels, colors=6, keep=[(1, 250, 3)], dither="optimized")
    assert (found.to_pixels()[10:14, 10:14, :3] == (1, 250, 3)).all()


def test_a_palette_that_is_given_stays_as_it_is() -> None:
    palette = random_colors(7, 3, 2)
    found = quantize(photo(), palette=palette, dither="optimized")
    assert np.array_equal(found.palette, palette)
    assert found.indices.max() < 7


def test_what_is_transparent_stays_so_and_what_is_opaque_too() -> None:
    pixels = icon(40)
    found = quantize(pixels, colors=8, dither="optimized")
    alpha = found.palette[found.indices, 3]
    assert (alpha[pixels[..., 3] == 0] == 0).all()
    assert (alpha[pixels[..., 3] == 255] == 255).all()


def test_a_flat_colour_stays_flat_and_exact() -> None:
    pixels = photo(60, 80)
    pixels[:30, :40] = (200, 30, 60)
    found = quantize(pixels, colors=5, dither="optimized")
    assert (found.to_pixels()[:30, :40] == (200, 30, 60)).all()


def test_flat_colours_are_added_to_those_to_keep() -> None:
    pixels = noise(60, 60, 3, 0)
    pixels[:20, :20], pixels[30:36, :20], pixels[50:53, :3] = 1, 2, 3  # the last is a speck
    assert rows(with_flat_colors(pixels, NONE, 16)) == {(1, 1, 1), (2, 2, 2)}
    assert rows(with_flat_colors(pixels, NONE, 2)) == {(1, 1, 1)}
    kept = np.array([[1, 1, 1], [9, 9, 9]], np.uint8)
    assert rows(with_flat_colors(pixels, kept, 16)) == {(1, 1, 1), (9, 9, 9), (2, 2, 2)}
    assert np.array_equal(with_flat_colors(pixels, kept, 2), kept)


def test_flat_colours_that_are_not_opaque_are_left_alone() -> None:
    pixels = np.full((30, 30, 4), (5, 6, 7, 128), np.uint8)
    assert not len(with_flat_colors(pixels, np.empty((0, 4), np.uint8), 16))


def test_a_picture_in_bands_is_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = photo(150, 40)
    whole = quantize(pixels, colors=6, dither="optimized")
    monkeypatch.setattr("kmformat.quantization.halftone.state._BAND_PIXELS", 1)
    parts = quantize(pixels, colors=6, dither="optimized")
    assert np.array_equal(parts.palette, whole.palette)
    assert np.array_equal(parts.indices[:20], whole.indices[:20])
    errors = [seen_error(pixels, image.to_pixels()) for image in (whole, parts)]
    assert errors[1] < 1.1 * errors[0]


def test_opaque_entries_are_all_that_the_palette_step_moves() -> None:
    pixels = np.concatenate([photo(), np.full((60, 80, 1), 255, np.uint8)], axis=2)
    palette = np.concatenate([random_colors(4, 3, 0), [[0], [120], [255], [255]]], axis=1)
    found = optimized.fitted(pixels, palette.astype(np.uint8), np.empty((0, 4), np.uint8), 1.0)
    assert np.array_equal(found[:2], palette[:2])
    assert (found[2:] != palette[2:]).any(axis=1).all()
    assert (found[2:, 3] == 255).all()
