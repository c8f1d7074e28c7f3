"""Colours as points: distance means something, with alpha too; another space is another object."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmformat.arrays import U8, Floats, Ints
from kmformat.color.channels import clear_hidden, with_channels
from kmformat.color.oklab import OKLAB
from kmformat.color.space import SRGB, ColorSpace
from kmformat.indexed import IndexedImage
from kmformat.pictures.quality import mean_squared_error
from kmformat.quantization.dither import DITHERS, Dither
from kmformat.quantization.dither.apply import remap_dithered
from kmformat.quantization.effort import search_effort
from kmformat.quantization.histogram import ColorHistogram
from kmformat.quantization.remap import remap
from kmformat.quantization.search.palette import search_palette, textbook_palette
from tests.samples import background_distance, icon, noise, photo, random_colors, solid_only

seeds = st.integers(0, 1000)
channels = st.sampled_from([3, 4])


class GreenCounts(ColorSpace):
    """RGB in which a difference of green counts nine times, and one of red or blue once."""

    steps = 3
    weights = (1, 9, 1)

    def whole(self, colors: U8) -> Ints:
        return colors.astype(np.int64)

    def nearest_colors(self, points: Floats) -> U8:
        return SRGB.nearest_colors(points * (3, 1, 3))

    def lightness(self, points: Floats) -> Floats:
        green: Floats = points[:, 1]
        return green


class Swapped(ColorSpace):
    """`SRGB` with the axes of red and blue exchanged: all distances are the same."""

    steps = 1
    weights = (1, 1, 1)

    def whole(self, colors: U8) -> Ints:
        return SRGB.whole(colors[:, ::-1])

    def nearest_colors(self, points: Floats) -> U8:
        return SRGB.nearest_colors(points[:, ::-1])

    def lightness(self, points: Floats) -> Floats:
        return SRGB.lightness(points[:, [2, 1, 0]])


GREEN, SWAPPED = GreenCounts(), Swapped()
each_space = pytest.mark.parametrize("space", [SRGB, GREEN, SWAPPED, OKLAB])


def green_distance(pixels: U8, palette: U8) -> Floats:
    """9 times the squared distance of each pixel and entry where green counts, by composition."""
    x, y = with_channels(pixels, 4)[:, None], with_channels(palette, 4)
    differences = np.zeros((len(pixels), len(palette)))
    for background in (0, 255):
        seen = [
            c[..., :3] * (c[..., 3:] / 255) + background * (1 - c[..., 3:] / 255) for c in (x, y)
        ]
        differences += ((seen[0] - seen[1]) ** 2) @ (1, 9, 1) / 2
    return differences


def found_in(space: ColorSpace, pixels: U8, colors: int) -> U8:
    """The palette of some pixels that is found in a space."""
    return search_palette(ColorHistogram.of(pixels, space), colors, search_effort(5), 0)


def error_in(space: ColorSpace, pixels: U8, palette: U8) -> float:
    """What is lost in a space if each pixel gets its nearest entry there."""
    image = IndexedImage(palette, remap(pixels, palette, space))
    return mean_squared_error(pixels, image, space)


# Every space


@given(seeds)
def test_distance_with_alpha_is_the_mean_on_black_and_white(seed: int) -> None:
    x, y = (random_colors(50, 4, seed + k) for k in (0, 1))
    assert np.allclose(
        ((SRGB.points(x) - SRGB.points(y)) ** 2).sum(axis=1), background_distance(x, y), atol=1e-6
    )


@each_space
@given(seeds, channels)
def test_colours_survive_as_points(space: ColorSpace, seed: int, channels: int) -> None:
    colors = clear_hidden(random_colors(200, channels, seed, steps=18))
    assert np.array_equal(space.colors(space.points(colors)), colors)


@each_space
@given(seeds, channels)
def test_whole_points_are_as_far_apart_as_points(
    space: ColorSpace, seed: int, channels: int
) -> None:
    x, y = (random_colors(50, channels, seed + k) for k in (0, 1))
    far = ((space.points(x) - space.points(y)) ** 2).sum(axis=1)
    whole = (space.whole_points(x) - space.whole_points(y)) ** 2 @ space.whole_weights(channels)
    steps = space.steps if channels == 3 else 510 * space.steps / space.alpha_divisor
    assert np.allclose(whole**0.5 / steps, far**0.5, atol=1e-3)
    assert 512 * whole.max() < 1 << 53


@each_space
@given(seeds, st.integers(1, 9))
def test_sums_of_opaque_points_are_those_with_alpha(space: ColorSpace, seed: int, n: int) -> None:
    colors, weights = random_colors(n, 3, seed), np.arange(1.0, n + 1)
    sums = space.in_steps(colors) * weights[:, None]
    expected = space.in_steps(with_channels(colors, 4)) * weights[:, None]
    assert (space.opaque_sums(sums, weights) == expected).all()


def test_points_outside_the_cube_become_the_nearest_colours() -> None:
    assert SRGB.colors(np.array([[-3.0, 255.4, 300.0]])).tolist() == [[0, 255, 255]]


@each_space
@given(seeds)
def test_opaque_colours_are_as_far_apart_with_alpha(space: ColorSpace, seed: int) -> None:
    x, y = (random_colors(50, 3, seed + k) for k in (0, 1))
    wide = (space.whole_points(with_channels(c, 4)) for c in (x, y))
    plain = (space.whole_points(c) for c in (x, y))
    distances = [(a - b) ** 2 @ space.whole_weights(a.shape[1]) for a, b in (wide, plain)]
    assert np.array_equal(distances[0], distances[1] * (510 // space.alpha_divisor) ** 2)


# Another space


@given(seeds, channels, st.sampled_from([1, 2, 16, 17, 256]))
@settings(deadline=None)
def test_the_nearest_entry_is_that_of_the_space(seed: int, channels: int, K: int) -> None:
    pixels, palette = (random_colors(n, channels, seed + n) for n in (60, K))
    distances = np.rint(green_distance(pixels, palette) * 510**2)  # so that ties are ties
    distances = solid_only(pixels, palette, distances)
    assert remap(pixels[None], palette, GREEN)[0].tolist() == distances.argmin(axis=1).tolist()
    assert np.array_equal(remap(pixels[None], palette, SWAPPED), remap(pixels[None], palette, SRGB))


def test_the_nearest_entry_of_many_pixels_is_that_of_the_space() -> None:
    pixels, palette = photo(300, 500), random_colors(64, 3, 1)
    indices = remap(pixels, palette, GREEN)
    distances = green_distance(pixels[::7, ::9].reshape(-1, 3), palette)
    assert indices[::7, ::9].ravel().tolist() == distances.argmin(axis=1).tolist()


@pytest.mark.parametrize("colors", [5, 16, 50])
@pytest.mark.parametrize("pixels", [photo(), icon(40)], ids=["photo", "icon"])
def test_the_palette_found_in_a_space_is_better_there(pixels: U8, colors: int) -> None:
    green, plain = (found_in(space, pixels, colors) for space in (GREEN, SRGB))
    assert error_in(GREEN, pixels, green) < 0.97 * error_in(GREEN, pixels, plain)
    assert error_in(SRGB, pixels, plain) < 0.97 * error_in(SRGB, pixels, green)


@pytest.mark.parametrize("colors", [2, 5, 16, 50])
@pytest.mark.parametrize("pixels", [photo(), icon(40)], ids=["photo", "icon"])
def test_a_space_of_the_same_distances_has_palettes_as_good(pixels: U8, colors: int) -> None:
    errors = [error_in(SRGB, pixels, found_in(space, pixels, colors)) for space in (SWAPPED, SRGB)]
    assert errors[0] < 1.02 * errors[1] + 0.1


def test_the_textbook_runs_in_any_space() -> None:
    histogram = ColorHistogram.of(photo(), GREEN)
    palette = textbook_palette(histogram, 16, iterations=10, seed=0)
    best = error_in(GREEN, photo(), found_in(GREEN, photo(), 16))
    assert best <= error_in(GREEN, photo(), palette) < 2 * best


def test_histograms_of_a_space_add_up_with_and_without_alpha() -> None:
    opaque, clear = photo(40, 40), icon(40)
    both = ColorHistogram.of(np.concatenate([with_channels(opaque, 4), clear]), GREEN)
    added = ColorHistogram.of(opaque, GREEN) + ColorHistogram.of(clear, GREEN)
    assert (added.space, added.hidden) == (GREEN, both.hidden)
    assert np.array_equal(added.codes, both.codes)
    assert np.allclose(added.points, both.points)


@pytest.mark.parametrize("dither", DITHERS)
@pytest.mark.parametrize("channels", [3, 4])
def test_a_dither_depends_on_distances_only(dither: Dither, channels: int) -> None:
    pixels, palette = noise(30, 40, channels, 1), noise(1, 16, channels, 2)[0]
    expected = remap_dithered(pixels, palette, dither, SRGB)
    assert np.array_equal(remap_dithered(pixels, palette, dither, SWAPPED), expected)


@pytest.mark.parametrize("dither", ["floyd-steinberg", "ordered"])
def test_a_dither_gives_areas_their_mean_in_the_space(dither: Dither) -> None:
    pixels = photo(96, 128)
    palette = np.array([[r, g, b] for r in (40, 200) for g in (40, 200) for b in (40, 200)], "u1")

    def error(how: Dither) -> float:
        shown = palette[remap_dithered(pixels, palette, how, GREEN)]
        change = GREEN.points(shown.reshape(-1, 3)) - GREEN.points(pixels.reshape(-1, 3))
        blocks = change.reshape(24, 4, 32, 4, 3).mean(axis=(1, 3))
        return float((blocks**2).mean())

    assert error(dither) < error("none") / 4
    green, plain = (remap_dithered(pixels, palette, dither, space) for space in (GREEN, SRGB))
    assert (green != plain).mean() > 0.01


@given(seeds, channels)
def test_errors_are_those_of_the_space(seed: int, channels: int) -> None:
    pixels, palette = noise(5, 6, channels, seed), random_colors(9, channels, seed)
    image = IndexedImage(palette, remap(pixels, palette, GREEN))
    flat = pixels.reshape(-1, channels)
    nearest = solid_only(flat, palette, green_distance(flat, palette)).min(axis=1)
    assert np.isclose(mean_squared_error(pixels, image, GREEN), nearest.mean() / 9 / 3)
