"""Dither: palette entries mixed so that areas keep their mean colour."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kmformat
from kmformat.color.space import SRGB
from kmformat.errors import ParameterError
from kmformat.quantization.dither import DITHERS, Dither
from kmformat.quantization.dither.dithering import remap_dithered
from kmformat.quantization.remap import remap
from tests.samples import U8, icon, photo

BLACK_AND_WHITE = np.array([[0, 0, 0], [255, 255, 255]], np.uint8)
MIXING: tuple[Dither, ...] = ("floyd-steinberg", "ordered")
MARGIN = 16

each_dither = pytest.mark.parametrize("dither", DITHERS)
each_mixing = pytest.mark.parametrize("dither", MIXING)


def noise(height: int, width: int, channels: int, seed: int) -> U8:
    """Random colours; with alpha, a quarter is transparent and a quarter opaque."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (height, width, channels), np.uint8)
    if channels == 4:
        some = rng.integers(0, 4, (height, width))
        pixels[some == 0, 3], pixels[some == 1, 3] = 0, 255
    return pixels


def grey(level: int, height: int = 48, width: int = 64) -> U8:
    return np.full((height, width, 3), level, np.uint8)


@st.composite
def cases(draw: st.DrawFn) -> tuple[U8, U8]:
    """Pixels and a palette, from 1x1 and one entry up; some pixels have colours of entries."""
    seed, channels = draw(st.integers(0, 999)), draw(st.sampled_from([3, 4]))
    pixels = noise(draw(st.integers(1, 12)), draw(st.integers(1, 12)), channels, seed)
    palette = noise(1, draw(st.sampled_from([1, 2, 3, 16, 17, 256])), channels, seed + 1)[0]
    rng = np.random.default_rng(seed + 2)
    exact = rng.random(pixels.shape[:2]) < draw(st.sampled_from([0, 0.3]))
    pixels[exact] = palette[rng.integers(0, len(palette), exact.sum())]
    return pixels, palette


def widest_gap(points: Any) -> float:
    """The longest edge needed to connect all points, by Kruskal's algorithm."""
    distances = np.sqrt(((points[:, None] - points) ** 2).sum(axis=2))
    group, widest = np.arange(len(points)), 0.0
    for flat in np.argsort(distances, axis=None, kind="stable"):
        a, b = divmod(int(flat), len(points))
        if group[a] != group[b]:
            group[group == group[b]] = group[a]
            widest = float(distances[a, b])
    return widest


def settled(pixels: U8, palette: U8) -> Any:
    """Which pixels keep their nearest entry."""
    still = (pixels[:, :, None] == palette).all(axis=3).any(axis=2)
    if pixels.shape[2] == 4:
        still |= (pixels[..., 3] == 0) | (palette[remap(pixels, palette, SRGB), 3] == 0)
    return still


def slow_floyd_steinberg(pixels: U8, palette: U8) -> U8:
    """The textbook's, pixel by pixel, in 16ths of a level and after a margin of mirror image."""
    sides = ((MARGIN, 0), (MARGIN, MARGIN), (0, 0))
    padded = np.pad(pixels, sides, "symmetric")
    rows, columns, d = padded.shape
    still, indices = settled(padded, palette), remap(padded, palette, SRGB)
    visible = np.flatnonzero(palette[:, 3:].all(axis=1))
    entries = np.rint(16 * SRGB.points(palette[visible]))
    reach = np.floor(16 * min(128, widest_gap(SRGB.points(palette[visible])) / 2))
    errors = np.zeros((rows + 1, columns + 2, d))
    for y in range(rows):
        for x in range(columns):
            if still[y, x]:
                continue
            value = np.rint(16 * SRGB.points(padded[y, x : x + 1])[0])
            value += np.rint(errors[y, x + 1] * 31 / 32 / 16)
            nearest = ((entries - value) ** 2).sum(axis=1).argmin()
            indices[y, x] = visible[nearest]
            error = np.clip(value - entries[nearest], -reach, reach)
            errors[y, x + 2] += 7 * error
            errors[y + 1, x] += 3 * error
            errors[y + 1, x + 1] += 5 * error
            errors[y + 1, x + 2] += error
    return indices[MARGIN:, MARGIN:-MARGIN]


@given(cases(), st.sampled_from(DITHERS))
def test_each_pixel_gets_an_index_of_the_palette_always_the_same(
    case: tuple[U8, U8], dither: Dither
) -> None:
    pixels, palette = case
    before = pixels.copy(), palette.copy()
    indices = remap_dithered(pixels, palette, dither, SRGB)
    assert indices.dtype == np.uint8
    assert indices.shape == pixels.shape[:2]
    assert indices.max() < len(palette)
    assert np.array_equal(indices, remap_dithered(pixels, palette, dither, SRGB))
    assert np.array_equal(pixels, before[0])
    assert np.array_equal(palette, before[1])


@given(cases())
def test_none_is_the_nearest_entry(case: tuple[U8, U8]) -> None:
    assert np.array_equal(remap_dithered(*case, "none", SRGB), remap(*case, SRGB))


@given(cases(), st.sampled_from(DITHERS))
def test_pixels_of_palette_colours_and_transparent_ones_keep_their_nearest_entry(
    case: tuple[U8, U8], dither: Dither
) -> None:
    pixels, palette = case
    still = settled(pixels, palette)
    indices = remap_dithered(pixels, palette, dither, SRGB)
    assert np.array_equal(indices[still], remap(pixels, palette, SRGB)[still])


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (7, 11), (20, 13)])
@pytest.mark.parametrize("K", [2, 5, 16])
def test_floyd_steinberg_is_that_of_the_textbook(
    channels: int, shape: tuple[int, int], K: int
) -> None:
    pixels, palette = noise(*shape, channels, K), noise(1, K, channels, 99)[0]
    pixels[::3, ::2] = palette[1]
    expected = slow_floyd_steinberg(pixels, palette)
    assert np.array_equal(remap_dithered(pixels, palette, "floyd-steinberg", SRGB), expected)


def test_floyd_steinberg_is_that_of_the_textbook_in_smooth_shades() -> None:
    for pixels in (photo(24, 40), icon(24)):
        palette = pixels[::5, ::7].reshape(-1, pixels.shape[2])
        expected = slow_floyd_steinberg(pixels, palette)
        assert np.array_equal(remap_dithered(pixels, palette, "floyd-steinberg", SRGB), expected)


@each_mixing
@pytest.mark.parametrize("level", [6, 30, 64, 100, 128, 155, 200, 250])
def test_flat_grey_keeps_its_mean_in_black_and_white(dither: Dither, level: int) -> None:
    indices = remap_dithered(grey(level), BLACK_AND_WHITE, dither, SRGB)
    assert abs(255 * indices.mean() - level) < 4
    for part in (indices[:16], indices[:, :16], indices[:, -16:]):  # at the borders too
        assert abs(255 * part.mean() - level) < 6


@each_mixing
def test_flat_colour_keeps_its_mean_with_alpha(dither: Dither) -> None:
    palette = np.array([[0, 0, 0, 0], [0, 0, 0, 255], [255, 255, 255, 255]], np.uint8)
    pixels = np.full((48, 64, 4), (90, 90, 90, 255), np.uint8)
    indices = remap_dithered(pixels, palette, dither, SRGB)
    assert abs((palette[indices] - 1.0 * pixels).mean(axis=(0, 1))[:3]).max() < 4
    assert (indices > 0).all()  # opaque areas stay opaque


@each_mixing
def test_blurred_it_is_nearer_to_the_image_than_without(dither: Dither) -> None:
    pixels = photo(96, 128)
    palette = np.array([[r, g, b] for r in (40, 200) for g in (40, 200) for b in (40, 200)], "u1")

    def error(how: Dither) -> float:
        change = palette[remap_dithered(pixels, palette, how, SRGB)] - pixels.astype(float)
        blocks = change.reshape(24, 4, 32, 4, 3).mean(axis=(1, 3))
        return float((blocks**2).mean())

    assert error(dither) < error("none") / 4


def test_ordered_gives_the_same_colour_at_the_same_place_the_same_index() -> None:
    first, second = photo(40, 40), photo(40, 40, seed=2)
    palette = noise(1, 16, 3, 0)[0]
    second[10:30, 5:20] = first[10:30, 5:20]
    one, other = (remap_dithered(pixels, palette, "ordered", SRGB) for pixels in (first, second))
    assert np.array_equal(one[10:30, 5:20], other[10:30, 5:20])
    moved = remap_dithered(np.roll(first, 8, axis=(0, 1)), palette, "ordered", SRGB)
    assert np.array_equal(np.roll(one, 8, axis=(0, 1)), moved)


@pytest.mark.parametrize("channels", [3, 4])
def test_ordered_does_not_depend_on_blocks(channels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels, palette = noise(30, 21, channels, 0), noise(1, 9, channels, 1)[0]
    whole = remap_dithered(pixels, palette, "ordered", SRGB)
    monkeypatch.setattr("kmformat.quantization.dither.ordered._BLOCK_PIXELS", 50)
    assert np.array_equal(remap_dithered(pixels, palette, "ordered", SRGB), whole)


@each_dither
def test_what_transparent_pixels_hide_does_not_matter(dither: Dither) -> None:
    pixels = noise(20, 30, 4, 3)
    palette = noise(1, 7, 4, 4)[0]
    other = pixels.copy()
    other[pixels[..., 3] == 0, :3] ^= 0x5A
    expected = remap_dithered(pixels, palette, dither, SRGB)
    assert np.array_equal(remap_dithered(other, palette, dither, SRGB), expected)


def test_error_does_not_pass_through_transparent_pixels() -> None:
    palette = np.array([[0, 0, 0, 0], [0, 0, 0, 255], [255, 255, 255, 255]], np.uint8)
    pixels = np.zeros((20, 30, 4), np.uint8)
    pixels[..., 3] = 255
    pixels[..., :3] = 77
    pixels[:, 14:16, 3] = 0
    other = pixels.copy()
    other[:, :14, :3] = 140
    one, two = (remap_dithered(p, palette, "floyd-steinberg", SRGB) for p in (pixels, other))
    assert np.array_equal(one[:, 14:], two[:, 14:])
    assert not np.array_equal(one[:, :14], two[:, :14])


@each_dither
def test_opaque_images_with_alpha_are_dithered_as_without(dither: Dither) -> None:
    pixels, palette = photo(30, 40), noise(1, 16, 3, 5)[0]
    with_alpha, entries = (np.insert(a, 3, 255, axis=-1) for a in (pixels, palette))
    expected = remap_dithered(pixels, palette, dither, SRGB)
    assert np.array_equal(remap_dithered(with_alpha, entries, dither, SRGB), expected)


@each_mixing
def test_colours_that_no_mix_can_give_do_not_spoil_their_neighbours(dither: Dither) -> None:
    palette = np.array([[100, 100, 100], [110, 110, 110], [120, 120, 120]], np.uint8)
    pixels = np.concatenate([grey(255), grey(105)])
    indices = remap_dithered(pixels, palette, dither, SRGB)
    assert (indices[:48] == 2).all()
    assert (indices[50:] < 2).all()


@each_dither
def test_a_palette_that_is_all_transparent_takes_everything(dither: Dither) -> None:
    pixels, palette = noise(5, 6, 4, 0), np.zeros((2, 4), np.uint8)
    assert not remap_dithered(pixels, palette, dither, SRGB).any()


@each_dither
def test_arrays_that_are_not_contiguous_are_read_as_they_look(dither: Dither) -> None:
    pixels, palette = photo(20, 30)[::2, ::-3], noise(1, 5, 3, 0)[0]
    expected = remap_dithered(pixels.copy(), palette, dither, SRGB)
    assert np.array_equal(remap_dithered(pixels, palette, dither, SRGB), expected)


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    wrong: Any = "bayer"
    with pytest.raises(ParameterError, match="dither 'bayer': expected one of none, floyd"):
        kmformat.quantize(grey(9), palette=BLACK_AND_WHITE, dither=wrong)
