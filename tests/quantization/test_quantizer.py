"""A picture to a palette and indices: its own, one that is given, or the best that there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

import kmformat
from kmformat import Chunk, ParameterError, quantize
from kmformat.arrays import U8
from kmformat.color.channels import clear_hidden, with_channels
from kmformat.color.space import SRGB
from kmformat.errors import ContradictionError
from kmformat.pictures.quality import mean_squared_error
from kmformat.quantization.remap import remap
from kmformat.quantization.search.palette import sort_palette
from tests.samples import ODD, icon, indexed, photo, random_colors, rows, same

seeds = st.integers(0, 1000)
channels = st.sampled_from([3, 4])
dithers = pytest.mark.parametrize("dither", ["none", "floyd-steinberg", "ordered"])


@pytest.mark.parametrize("colors", [1, 2, 5, 16, 17, 200, 256])
def test_palette_is_no_larger_than_asked_and_sorted(colors: int) -> None:
    image = quantize(photo(), colors=colors)
    assert 1 <= len(image.palette) <= colors
    luma = image.palette.astype(int) @ (299, 587, 114)
    assert (np.diff(luma) >= 0).all()


def test_indices_are_the_nearest_palette_entries() -> None:
    pixels = photo()
    image = quantize(pixels)
    distances = ((pixels[:, :, None].astype(int) - image.palette.astype(int)) ** 2).sum(axis=3)
    assert np.array_equal(image.indices, distances.argmin(axis=2))


@given(seeds, channels, st.integers(1, 9))
@settings(deadline=None)
def test_an_image_of_few_colours_is_kept_exactly(seed: int, channels: int, n: int) -> None:
    pixels = random_colors(n, channels, seed)[np.random.default_rng(seed).integers(0, n, (5, 7))]
    for colors in (n, 256):
        shown = quantize(pixels, colors=colors).to_pixels()
        assert np.array_equal(shown, pixels[..., : shown.shape[2]])


@pytest.mark.parametrize(
    "options", [{}, {"effort": 7}, {"init": "random"}, {"init": "random", "iterations": 2}]
)
def test_the_same_seed_gives_the_same_image(options: dict[str, object]) -> None:
    first, again = (quantize(photo(), seed=5, **options) for _ in range(2))  # type: ignore[arg-type]
    assert np.array_equal(first.palette, again.palette)
    assert np.array_equal(first.indices, again.indices)


def test_random_init_depends_on_the_seed_and_gains_with_iterations() -> None:
    pixels = photo()
    errors = [
        mean_squared_error(pixels, quantize(pixels, init="random", iterations=n, seed=seed))
        for n, seed in [(1, 1), (20, 1), (20, 2)]
    ]
    assert errors[1] < errors[0]
    assert errors[1] != errors[2]


def test_grey_is_read_as_rgb() -> None:
    grey = photo()[..., 0]
    assert np.array_equal(
        quantize(grey).to_pixels(), quantize(np.repeat(grey[..., None], 3, axis=2)).to_pixels()
    )


# Alpha


def test_alpha_survives_and_hidden_pixels_stay_hidden() -> None:
    pixels = icon()
    for colors in (2, 4, 16):
        shown = quantize(pixels, colors=colors).to_pixels()
        assert not shown[pixels[..., 3] == 0].any()
    assert mean_squared_error(pixels, quantize(pixels)) < 60


def test_colour_under_full_transparency_does_not_count() -> None:
    pixels = icon()
    hidden = pixels.copy()
    hidden[pixels[..., 3] == 0, :3] = photo(24, 24)[pixels[..., 3] == 0]
    plain, noisy = quantize(pixels), quantize(hidden)
    assert np.array_equal(plain.palette, noisy.palette)
    assert np.array_equal(plain.indices, noisy.indices)


def test_an_alpha_channel_without_transparency_is_dropped() -> None:
    pixels = np.dstack([photo(), np.full((60, 80), 255, np.uint8)])
    assert quantize(pixels).palette.shape == (16, 3)


@pytest.mark.parametrize("init", ["best", "random"])
def test_many_colours_under_full_transparency_are_one(init: Any) -> None:
    pixels = random_colors(400, 4, 1).reshape(20, 20, 4)
    pixels[..., 3] = 0
    assert not quantize(pixels, init=init).to_pixels().any()
    pixels[0, 0, 3] = 255
    assert len(quantize(pixels, init=init).palette) == 2


# A palette that is given


@given(seeds, channels, channels, st.sampled_from([1, 2, 17, 256]))
@settings(deadline=None)
def test_a_given_palette_is_used_as_it_is(seed: int, image: int, palette: int, K: int) -> None:
    pixels = random_colors(35, image, seed).reshape(5, 7, image)
    colors = random_colors(K, palette, seed + 1)
    opaque_only = with_channels(colors, 4)[:, 3].all()
    needs_an_entry = image == 4 and not pixels[..., 3].all() and bool(opaque_only)
    assume(not needs_an_entry or K < 256)
    found = quantize(pixels, palette=colors)
    if needs_an_entry:
        colors = np.concatenate([with_channels(colors, 4), np.zeros((1, 4), np.uint8)])
    assert np.array_equal(found.palette, colors)
    flat, entries = (with_channels(c, 4) for c in (pixels.reshape(-1, image), colors))
    assert np.array_equal(found.indices.ravel(), remap(flat[None], entries, SRGB)[0])


def test_a_given_palette_stays_as_it_was_given() -> None:
    colors = np.array([[9, 9, 9], [250, 0, 0], [9, 9, 9], [0, 0, 0]], np.uint8)
    found = quantize(photo(), palette=colors)
    assert found.palette.tolist() == colors.tolist()
    assert 2 not in found.indices  # of equal entries the lowest is used
    colors[0] = 77
    assert found.palette[0].tolist() == [9, 9, 9]


@dithers
def test_an_image_in_the_colours_of_a_given_palette_is_kept_exactly(dither: Any) -> None:
    image = quantize(photo(), colors=30)
    again = quantize(image.to_pixels(), palette=image.palette, dither=dither)
    assert same(again, image)


def test_what_is_transparent_takes_the_transparent_entry_of_a_given_palette() -> None:
    pixels = icon()
    colors = np.array([[0, 0, 0, 255], [90, 90, 0, 0], [90, 90, 0, 255]], np.uint8)
    assert (quantize(pixels, palette=colors).indices[pixels[..., 3] == 0] == 1).all()
    assert quantize(pixels, palette=colors).palette.shape == (3, 4)


# Colours to keep


@given(seeds, channels, channels, st.integers(1, 12), st.integers(0, 3))
@settings(deadline=None, max_examples=60)
def test_kept_colours_are_in_the_palette_and_the_rest_fits(
    seed: int, image: int, kept: int, n: int, more: int
) -> None:
    pixels = random_colors(48, image, seed).reshape(6, 8, image)
    keep = random_colors(n, kept, seed + 1)
    keep[0, 3:] //= 2  # not opaque, so that the palette has alpha
    found = quantize(pixels, colors=n + more, keep=keep).palette
    assert len(found) <= n + more
    assert found.shape[1] == max(image, kept)
    assert rows(with_channels(keep, found.shape[1])) <= rows(found)
    assert np.array_equal(found, sort_palette(found))


@given(seeds, channels, st.integers(1, 9), st.integers(0, 5), st.integers(1, 4))
@settings(deadline=None)
def test_an_image_is_exact_where_its_colours_and_the_kept_ones_fit(
    seed: int, channels: int, n: int, common: int, other: int
) -> None:
    colors = random_colors(n, channels, seed)
    pixels = colors[np.random.default_rng(seed).integers(0, n, (5, 7))]
    keep = np.concatenate([colors[:common], random_colors(other, channels, seed + 1)])
    K = len(rows(np.concatenate([pixels.reshape(-1, channels), keep])))
    found = quantize(pixels, colors=K, keep=keep)
    assert np.array_equal(found.to_pixels(), pixels[..., : found.palette.shape[1]])
    assert rows(with_channels(keep, 4)) <= rows(with_channels(found.palette, 4))


def test_as_many_kept_colours_as_asked_are_the_palette() -> None:
    for pixels in (photo(), icon()):
        assert rows(quantize(pixels, colors=3, keep=ODD).palette[:, :3]) == {
            (255, 0, 0), (255, 255, 255), (0, 0, 0),
        }  # fmt: skip
    assert quantize(photo(1, 1), colors=1, keep=["#123"]).to_pixels().tolist() == [[[17, 34, 51]]]


# Dither


@dithers
def test_an_image_of_few_colours_is_exact_under_any_dither(dither: Any) -> None:
    pixels = random_colors(9, 3, 1)[np.arange(200).reshape(10, 20) % 9]
    assert np.array_equal(quantize(pixels, dither=dither).to_pixels(), pixels)


def test_dither_keeps_the_palette_and_mixes_it() -> None:
    plain, mixed = (quantize(photo(), colors=5, dither=d) for d in ("none", "floyd-steinberg"))
    assert np.array_equal(plain.palette, mixed.palette)
    assert not np.array_equal(plain.indices, mixed.indices)


# Fewer colours than a palette has


def paletted(indices: U8, entries: int = 256) -> Image.Image:
    """An image of mode P whose entries are all different, in no order."""
    colors = np.random.default_rng(3).permutation(1 << 20)[:entries]
    image = Image.fromarray(indices, "P")
    image.putpalette(bytes(channel for n in colors for channel in int(n).to_bytes(3, "big")))
    return image


@given(st.integers(1, 16), st.integers(0, 99), st.sampled_from([{"bits": 4}, {"colors": 16}]))
def test_indices_that_fit_keep_their_numbers(used: int, seed: int, options: dict[str, Any]) -> None:
    indices = np.random.default_rng(seed).integers(0, used, (7, 9), np.uint8)
    image = paletted(indices)
    reduced = kmformat.decode_indexed(kmformat.encode(image, **options))
    assert np.array_equal(reduced.indices, indices)
    assert reduced.palette.tobytes() == bytes((image.getpalette("RGB") or [])[:48])


@given(st.sets(st.integers(0, 255), min_size=1, max_size=16), st.integers(0, 99))
def test_entries_that_stay_keep_their_order_when_unused_ones_go(used: set[int], seed: int) -> None:
    numbers = np.array(sorted(used), np.uint8)
    indices = numbers[np.random.default_rng(seed).integers(0, len(used), (6, 8))]
    indices.flat[: len(numbers)] = numbers
    image = paletted(indices)
    reduced = quantize(image, colors=16)
    assert np.array_equal(reduced.to_pixels(), np.asarray(image.convert("RGB")))
    if numbers[-1] > 15:
        assert np.array_equal(numbers[reduced.indices], indices)


def test_colours_reduced_from_a_palette_keep_its_order() -> None:
    ramp = np.arange(256, dtype=np.uint8)
    image = Image.fromarray(ramp.reshape(16, 16), "P")
    image.putpalette(
        bytes(channel for n in ramp[::-1].tolist() for channel in (n, n // 2, 255 - n))
    )
    reds = quantize(image, colors=8).palette[:, 0].tolist()
    assert len(reds) == 8
    assert reds == sorted(reds, reverse=True)


# Transparency, and palettes without it


@pytest.mark.parametrize("dither", ["none", "floyd-steinberg", "ordered"])
def test_transparent_pixels_get_an_entry_where_the_palette_has_none(dither: Any) -> None:
    panel = np.array([[0, 0, 0], [255, 255, 255], [255, 0, 0], [255, 128, 0]], np.uint8)
    found = quantize(icon(), palette=panel, dither=dither)
    assert found.palette.tolist() == [*([*color, 255] for color in panel.tolist()), [0, 0, 0, 0]]
    assert (found.indices[icon()[..., 3] == 0] == 4).all()
    assert quantize(photo(), palette=panel, dither=dither).palette.shape == (4, 3)


def test_a_full_palette_takes_no_transparent_pixels_in_silence() -> None:
    full = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    with pytest.raises(ParameterError, match="expected a transparent entry, or room for one"):
        quantize(icon(), palette=full)
    assert quantize(icon(), palette=full, background="#fff").palette.shape == (256, 3)


@pytest.mark.parametrize("options", [{}, {"colors": 4}, {"palette": np.zeros((1, 3), np.uint8)}])
def test_a_background_leaves_no_alpha(options: dict[str, Any]) -> None:
    found = quantize(icon(), background=(9, 8, 7), **options)
    assert found.palette.shape[1] == 3


def test_pictures_are_put_on_a_background_as_pillow_does_it() -> None:
    ground = Image.new("RGBA", (24, 24), (200, 30, 90, 255))
    expected = Image.alpha_composite(ground, Image.fromarray(icon())).convert("RGB")
    shown = quantize(icon(), background="#c81e5a", colors=256).to_pixels()
    assert np.abs(shown.astype(int) - np.asarray(expected)).max() <= 2  # with 256 colours of more
    exact = quantize(Image.fromarray(icon()).quantize(20), background="#c81e5a")
    assert exact.palette.shape == (20, 3)
    with pytest.raises(ParameterError, match="expected an opaque colour"):
        quantize(icon(), background="#ffffff88")


# Without loss


@pytest.mark.parametrize("channels", [3, 4])
def test_lossless_keeps_every_colour_that_is_seen(channels: int) -> None:
    colors = random_colors(255, channels, 1)
    pixels = colors[np.random.default_rng(1).integers(0, 255, (40, 50))]
    found = quantize(pixels, lossless=True)
    assert np.array_equal(clear_hidden(with_channels(found.to_pixels(), channels)),
                          clear_hidden(pixels))  # fmt: skip


def test_lossless_counts_what_is_seen_and_not_what_is_hidden() -> None:
    pixels = random_colors(600, 4, 2).reshape(20, 30, 4)
    pixels[..., 3] = 0
    pixels[:3, :, 3] = 255
    found = quantize(pixels, lossless=True)
    assert np.array_equal(found.to_pixels()[:3], pixels[:3])
    assert not found.to_pixels()[3:, :, 3].any()


@pytest.mark.parametrize(
    ("keep", "colors"), [((), 257), (["#000000"], 258)], ids=["alone", "with one to keep"]
)
def test_lossless_refuses_more_colours_than_fit_and_tells_how_many(
    keep: Sequence[str], colors: int
) -> None:
    pixels = np.ones((20, 20, 3), np.uint8)
    pixels.reshape(-1, 3)[:257, 0] = np.arange(257) % 256
    pixels[-1, -1] = (9, 9, 9)
    with pytest.raises(ParameterError, match=f"image of {colors} colours: expected at most 256"):
        quantize(pixels, keep=keep, lossless=True)


def test_lossless_on_a_photograph_tells_how_many_colours_it_has() -> None:
    pixels = photo(200, 300)
    colors = len(np.unique(pixels.reshape(-1, 3), axis=0))
    with pytest.raises(ParameterError, match=f"image of {colors:,} colours"):
        quantize(pixels, lossless=True)


@pytest.mark.parametrize(
    "other",
    [{"colors": 16}, {"colors": "auto"}, {"palette": np.zeros((1, 3), np.uint8)},
     {"init": "random"}],
    ids=str,
)  # fmt: skip
def test_lossless_does_not_go_with_what_loses(other: Any) -> None:
    with pytest.raises(ContradictionError, match="does not go with lossless"):
        quantize(photo(), lossless=True, **other)


def test_lossless_keeps_the_palette_of_a_picture_that_has_one() -> None:
    image = Image.fromarray(photo()).quantize(200)
    found, expected = quantize(image, lossless=True), quantize(image)
    assert same(found, expected)


@pytest.mark.parametrize(
    ("image", "why"),
    [(Image.fromarray(np.full((4, 4), 1000, np.uint16)), "16 bits cut to 8"),
     (Image.fromarray(np.full((4, 4), 0.3, np.float32)), "floating point cut to 8 bits"),
     (Image.new("CMYK", (4, 4), (9, 8, 7, 6)), "CMYK converted to RGB")],
)  # fmt: skip
def test_lossless_refuses_samples_that_do_not_fit(image: Image.Image, why: str) -> None:
    with pytest.raises(ParameterError, match=f"image with {why}: expected 8-bit sRGB"):
        quantize(image, lossless=True)
    quantize(image)


def test_lossless_takes_8_bits_that_are_stored_in_16() -> None:
    levels = np.arange(16, dtype=np.uint16).reshape(4, 4) * 257
    found = quantize(Image.fromarray(levels), lossless=True)
    assert np.array_equal(found.to_pixels()[..., 0], levels // 257)


def test_unknown_chunks_are_kept_with_palette_and_indices_alone() -> None:
    known, unknown = Chunk(b"exif", b"II*\0"), Chunk(b"myAp", b"about pixels")
    image = replace(indexed(9, 9, 8, alpha=True), chunks=(unknown, known))
    for kept in (quantize(image), quantize(image, colors=8)):
        assert kept.chunks == (unknown, known)
    few = replace(image, indices=image.indices // 2)
    for changed in (
        quantize(image, colors=5), quantize(image, palette=image.palette[::-1].copy()),
        quantize(image, background="white"), quantize(few, colors=4), quantize(image, keep=["red"]),
    ):  # fmt: skip
        assert changed.chunks == (known,)
