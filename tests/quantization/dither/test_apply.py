"""Under every dither: which pixels take part, and that areas keep their mean colour."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmformat.arrays import U8
from kmformat.color.channels import with_channels
from kmformat.color.oklab import OKLAB
from kmformat.color.space import SRGB
from kmformat.quantization import dither as dither_wing
from kmformat.quantization.dither import DITHERS, Dither
from kmformat.quantization.dither.apply import remap_dithered
from kmformat.quantization.remap import remap
from tests.samples import noise, photo, settled

BLACK_AND_WHITE = np.array([[0, 0, 0], [255, 255, 255]], np.uint8)
MIXING: tuple[Dither, ...] = ("floyd-steinberg", "ordered")
each_dither = pytest.mark.parametrize("dither", DITHERS)
each_mixing = pytest.mark.parametrize("dither", MIXING)


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


@each_mixing
@pytest.mark.parametrize("level", [6, 30, 64, 100, 128, 155, 200, 250])
def test_flat_grey_keeps_its_mean_in_black_and_white(dither: Dither, level: int) -> None:
    indices = remap_dithered(grey(level), BLACK_AND_WHITE, dither, SRGB)
    assert abs(255 * indices.mean() - level) < 4
    for part in (indices[:16], indices[:, :16], indices[:, -16:]):  # at the borders too
        assert abs(255 * part.mean() - level) < 6


@each_mixing
@pytest.mark.parametrize(("level", "light"), [(64, 0.051), (128, 0.216), (192, 0.527)])
def test_in_oklab_flat_grey_keeps_its_light_in_black_and_white(
    dither: Dither, level: int, light: float
) -> None:
    indices = remap_dithered(grey(level), BLACK_AND_WHITE, dither, OKLAB)
    assert abs(indices.mean() - light) < 0.021
    for part in (indices[:16], indices[:, -16:]):
        assert abs(part.mean() - light) < 0.03


@each_mixing
def test_strength_is_from_nothing_to_all(dither: Dither) -> None:
    pixels, palette = photo(48, 64), photo(48, 64)[::16, ::16].reshape(-1, 3)
    for space in (SRGB, OKLAB):
        found = [remap_dithered(pixels, palette, dither, space, s) for s in (0, 0.5, 1)]
        assert np.array_equal(found[0], remap(pixels, palette, space))
        assert np.array_equal(found[2], remap_dithered(pixels, palette, dither, space))
        changed = [(indices != found[0]).mean() for indices in found]
        assert 0 == changed[0] < changed[1] < changed[2]


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


@each_dither
def test_what_transparent_pixels_hide_does_not_matter(dither: Dither) -> None:
    pixels = noise(20, 30, 4, 3)
    palette = noise(1, 7, 4, 4)[0]
    other = pixels.copy()
    other[pixels[..., 3] == 0, :3] ^= 0x5A
    expected = remap_dithered(pixels, palette, dither, SRGB)
    assert np.array_equal(remap_dithered(other, palette, dither, SRGB), expected)


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


# The registry


def modules_that_dither() -> set[str]:
    """The names of the modules of the wing that have what a dither must have."""
    names = [each.name for each in pkgutil.iter_modules(dither_wing.__path__)]
    modules = {name: import_module(f"{dither_wing.__name__}.{name}") for name in names}
    return {name for name, module in modules.items() if hasattr(module, "dithered")}


def test_every_dither_but_none_is_a_module_and_every_module_is_registered() -> None:
    assert DITHERS[0] == "none"
    assert {name.replace("-", "_") for name in DITHERS[1:]} == modules_that_dither()
    assert {*MIXING, "none", "optimized"} == set(DITHERS)


@each_mixing
@pytest.mark.parametrize("channels", [3, 4])
def test_a_dither_gives_an_index_for_each_pixel(dither: Dither, channels: int) -> None:
    module = import_module(f"{dither_wing.__name__}.{dither.replace('-', '_')}")
    pixels, palette = noise(9, 14, channels, 0), noise(1, 6, 3, 1)[0]
    moving = np.random.default_rng(0).random((9, 14)) < 0.8
    indices = module.dithered(pixels, moving, with_channels(palette, channels), SRGB, 1.0)
    assert (indices.dtype, indices.shape) == (np.uint8, (9, 14))
    assert indices[moving].max() < len(palette)
