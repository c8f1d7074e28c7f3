"""Palettes that are given, kept colours, as few colours as will do, and one for many images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kmformat import ParameterError, quantize
from kmformat.color.channels import with_channels
from kmformat.color.parse import parse_colors
from kmformat.color.quality import mean_squared_error, psnr
from kmformat.color.space import SRGB
from kmformat.indexed import IndexedImage
from kmformat.quantization.histogram import ColorHistogram
from kmformat.quantization.remap import remap
from kmformat.quantization.search.lloyd import PointSet, lloyd
from kmformat.quantization.search.palette import sort_palette
from kmformat.quantization.search.seeding import seed_beside
from kmformat.quantization.shared_palette import build_palette
from kmformat.quantization.target_psnr import fewest_colors
from tests.samples import U8, icon, photo

seeds = st.integers(0, 1000)
channels = st.sampled_from([3, 4])
dithers = pytest.mark.parametrize("dither", ["none", "floyd-steinberg", "ordered"])

ODD = ["#ff0000", "#ffffff", "#000000"]


def random_colors(n: int, channels: int, seed: int) -> U8:
    return np.random.default_rng(seed).integers(0, 256, (n, channels), np.uint8)


def rows(colors: U8) -> set[tuple[int, ...]]:
    return {tuple(color) for color in colors.tolist()}


def same(one: IndexedImage, other: IndexedImage) -> bool:
    return np.array_equal(one.palette, other.palette) and np.array_equal(one.indices, other.indices)


# A palette that is given


@given(seeds, channels, channels, st.sampled_from([1, 2, 17, 256]))
@settings(deadline=None)
def test_a_given_palette_is_used_as_it_is(seed: int, image: int, palette: int, K: int) -> None:
    pixels = random_colors(35, image, seed).reshape(5, 7, image)
    colors = random_colors(K, palette, seed + 1)
    found = quantize(pixels, palette=colors)
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
    assert quantize(pixels, palette=colors[:, :3]).palette.shape == (3, 3)


@pytest.mark.parametrize(
    ("options", "other"),
    [
        ({"colors": 16}, "colors"),
        ({"colors": "auto"}, "colors"),
        ({"psnr": 30.0}, "psnr"),
        ({"keep": ODD}, "keep"),
        ({"init": "random"}, "init"),
        ({"iterations": 3}, "iterations"),
    ],
)
def test_a_given_palette_goes_alone(options: dict[str, Any], other: str) -> None:
    with pytest.raises(ParameterError, match=f"{other} does not go with palette"):
        quantize(photo(), palette=np.zeros((1, 3), np.uint8), **options)


@pytest.mark.parametrize(
    "palette",
    [np.zeros((0, 3), np.uint8), np.zeros((257, 3), np.uint8), np.zeros((2, 2), np.uint8),
     np.zeros((2, 3)), [[0, 0, 0]]],
)  # fmt: skip
def test_what_is_no_palette_is_named(palette: Any) -> None:
    with pytest.raises(ParameterError, match="palette of"):
        quantize(photo(), palette=palette)


# Colours as they are given


@pytest.mark.parametrize(
    "given_",
    [
        ["#ff8000", "#FFF"],
        ["#ff8000ff", "#fff"],
        [(255, 128, 0), (255, 255, 255)],
        [(255, 128, 0, 255), [255, 255, 255]],
        ["#ff8000", (255, 255, 255), "#ffffff", np.array([255, 255, 255])],
        np.array([[255, 128, 0], [255, 255, 255]]),
        np.array([[255, 128, 0, 255], [255, 255, 255, 255]], np.uint8),
    ],
)
def test_colours_can_be_given_in_many_forms(given_: Any) -> None:
    assert parse_colors("keep", given_).tolist() == [[255, 128, 0], [255, 255, 255]]
    assert {(255, 128, 0), (255, 255, 255)} <= rows(quantize(photo(), keep=given_).palette)


def test_colours_have_alpha_if_any_is_not_opaque() -> None:
    found = parse_colors("keep", ["#00ff0080", (1, 2, 3)])
    assert rows(found) == {(0, 255, 0, 128), (1, 2, 3, 255)}
    assert parse_colors("keep", []).shape == (0, 3)


@pytest.mark.parametrize(
    ("keep", "message"),
    [
        ("#ff0000", "expected a list of colours"),
        (7, "expected a list of colours"),
        ((255, 0, 0), "keep 255"),
        (["red"], "keep 'red': expected .*#rrggbb"),
        (["#ff00"], "keep '#ff00'"),
        (["#ff000g"], "keep '#ff000g'"),
        ([(1, 2)], r"keep \(1, 2\)"),
        ([(1, 2, 256)], "keep 256: expected 0 to 255"),
        ([(1, 2, -1)], "keep -1"),
        ([(0.5, 0, 0)], "keep 0.5: expected an integer"),
        (np.zeros((2, 2), np.uint8), "keep"),
        (random_colors(17, 3, 0), "17 different colours: expected at most 16"),
    ],
)
def test_colours_that_are_none_are_named(keep: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        quantize(photo(), keep=keep)


# Colours to keep


@given(seeds, channels, channels, st.integers(1, 12), st.integers(0, 3))
@settings(deadline=None, max_examples=60)
def test_kept_colours_are_in_the_palette_and_the_rest_fits(
    seed: int, image: int, kept: int, n: int, more: int
) -> None:
    pixels = random_colors(48, image, seed).reshape(6, 8, image)
    keep = random_colors(n, kept, seed + 1)
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


@pytest.mark.parametrize("K", [4, 8, 16, 40])
@pytest.mark.parametrize("channels", [3, 4])
def test_kept_colours_that_the_search_finds_anyway_cost_nothing(K: int, channels: int) -> None:
    pixels = photo(90, 110)
    if channels == 4:
        pixels = np.dstack([pixels, np.maximum(pixels[..., 1], 1)])
    free = quantize(pixels, colors=K)
    kept = quantize(pixels, colors=K, keep=free.palette[:: max(2, K // 5)])
    assert mean_squared_error(pixels, kept) < 1.01 * mean_squared_error(pixels, free) + 0.1


@pytest.mark.parametrize("K", [4, 5, 9, 20])
def test_the_other_colours_are_as_good_as_the_best_of_many_restarts(K: int) -> None:
    pixels, keep = photo(90, 110), parse_colors("keep", ODD)
    histogram, rng = ColorHistogram.of(pixels, SRGB), np.random.default_rng(0)
    points = PointSet.of(histogram.points, histogram.weights)
    fixed, best = SRGB.points(keep) - points.origin, np.inf
    for _ in range(30):
        drawn = points.coordinates.T[rng.choice(len(points), K - 3)]
        start = np.concatenate([fixed, drawn])
        best = min(best, lloyd(points, start, 100, fixed=3).inertia)
    error = mean_squared_error(pixels, quantize(pixels, colors=K, keep=keep))
    assert error < 1.02 * best / pixels.size + 0.1


def test_colours_that_are_kept_for_nothing_leave_the_others_as_good() -> None:
    pixels = photo() // 4  # dark
    plain = mean_squared_error(pixels, quantize(pixels, colors=13))
    kept = mean_squared_error(pixels, quantize(pixels, colors=16, keep=["#f0f", "#0ff", "#ff0"]))
    assert kept < 1.01 * plain


def test_a_kept_transparent_colour_serves_transparent_pixels() -> None:
    pixels = icon()
    hidden = pixels[..., 3] == 0
    found = quantize(pixels, colors=5, keep=[(9, 8, 7, 0)])
    assert (found.palette[:, 3] == 0).sum() == 1
    assert (found.to_pixels()[hidden] == (9, 8, 7, 0)).all()
    assert not quantize(pixels, colors=5, keep=["#fff"]).to_pixels()[hidden].any()


def test_kept_colours_that_are_nearly_opaque_stay_so() -> None:
    found = quantize(icon(), colors=6, keep=[(100, 70, 0, 250)])
    assert (100, 70, 0, 250) in rows(found.palette)


def test_kept_colours_go_only_with_the_search() -> None:
    with pytest.raises(ParameterError, match="keep goes with init best"):
        quantize(photo(), keep=ODD, init="random")


def test_fixed_centroids_stay_and_the_inertia_is_theirs() -> None:
    points = PointSet.of(random_colors(300, 3, 1).astype(float), np.linspace(1, 2, 300))
    fixed = np.array([[0.0, 0, 0], [300, 300, 300], [90, -90, 0]])
    found = lloyd(points, seed_beside(points, fixed, 9), 20, fixed=3)
    assert np.array_equal(found.centroids[:3], fixed)
    x = points.coordinates.T
    distances = ((x - found.centroids[found.labels]) ** 2).sum(axis=1)
    assert np.isclose(found.inertia, points.weights @ distances, rtol=1e-5)


# As few colours as will do


@pytest.mark.parametrize("options", [
    {}, {"psnr": 25}, {"psnr": 33.0, "effort": 2, "seed": 3}, {"psnr": 30, "keep": ODD},
    {"psnr": 28, "dither": "floyd-steinberg"}, {"psnr": 29, "init": "random"},
])  # fmt: skip
def test_one_colour_less_would_not_do(options: dict[str, Any]) -> None:
    pixels, target = photo(), options.get("psnr", 35)
    found = quantize(pixels, colors="auto", **options)
    options.pop("psnr", None)
    K = len(found.palette)
    assert same(found, quantize(pixels, colors=K, **options))
    assert psnr(mean_squared_error(pixels, found)) >= target
    less = quantize(pixels, colors=K - 1, **options)
    assert psnr(mean_squared_error(pixels, less)) < target


@pytest.mark.parametrize("colors", [1, 2, 7, 100])
def test_exactly_means_all_colours(colors: int) -> None:
    pixels = random_colors(colors, 3, 1)[np.arange(200).reshape(10, 20) % colors]
    found = quantize(pixels, colors="auto", psnr=np.inf)
    assert np.array_equal(found.to_pixels(), pixels)
    assert len(found.palette) == colors


def test_alpha_and_single_pixels_take_few_colours() -> None:
    assert len(quantize(photo(1, 1), colors="auto").palette) == 1
    pixels = icon()
    found = quantize(pixels, colors="auto", psnr=30)
    assert 1 < len(found.palette) < 60
    assert not found.to_pixels()[pixels[..., 3] == 0].any()
    assert len(quantize(photo(), colors="auto", psnr=0).palette) == 1


def test_kept_colours_count_among_the_fewest() -> None:
    assert len(quantize(photo(), colors="auto", psnr=5, keep=ODD).palette) == 3


def test_what_256_colours_reach_is_told_where_it_is_not_enough() -> None:
    pixels = random_colors(3000, 3, 1).reshape(50, 60, 3)
    reached = psnr(mean_squared_error(pixels, quantize(pixels, colors=256)))
    with pytest.raises(ParameterError, match=f"psnr 60: 256 colours reach {reached:.2f} dB"):
        quantize(pixels, colors="auto", psnr=60)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"psnr": 30}, "psnr goes with colors auto"),
        ({"psnr": 30, "colors": 7}, "psnr goes with colors auto"),
        ({"colors": "auto", "psnr": np.nan}, "psnr nan: expected decibels"),
        ({"colors": "auto", "psnr": -1}, "psnr -1: expected decibels"),
        ({"colors": "auto", "psnr": "35"}, "psnr '35': expected decibels"),
        ({"colors": "auto", "psnr": True}, "psnr True: expected decibels"),
        ({"colors": "many"}, "colors 'many': expected an integer"),
        ({"dither": "noise"}, "dither 'noise': expected one of none"),
    ],
)
def test_options_that_make_no_sense_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        quantize(photo(), **options)


@given(st.integers(1, 300), st.integers(1, 40), st.sampled_from([1, 5, 60, 255]))
def test_few_trials_find_the_fewest(enough: int, least: int, steep: int) -> None:
    """On a black pixel, images whose error falls with their colours, and by steps."""
    tried = []

    def quantized(colors: int) -> IndexedImage:
        tried.append(colors)
        error = 128 + (max(enough, least) - colors) / steep
        grey = np.clip(np.ceil(error), 1, 255).astype(np.uint8)
        return IndexedImage(np.full((colors, 3), grey, np.uint8), np.zeros((1, 1), np.uint8))

    def reaches(colors: int) -> bool:
        return psnr(mean_squared_error(black, quantized(colors))) >= target

    black = np.zeros((1, 1, 3), np.uint8)
    target = psnr(128.0**2)
    try:
        found = len(fewest_colors(black, quantized, target, least, None).palette)
    except ParameterError:
        assert not reaches(256)
    else:
        assert len(tried) <= 14
        assert reaches(found)
        assert found == least or not reaches(found - 1)


# Dither


@dithers
def test_an_image_of_few_colours_is_exact_under_any_dither(dither: Any) -> None:
    pixels = random_colors(9, 3, 1)[np.arange(200).reshape(10, 20) % 9]
    assert np.array_equal(quantize(pixels, dither=dither).to_pixels(), pixels)


def test_dither_keeps_the_palette_and_mixes_it() -> None:
    plain, mixed = (quantize(photo(), colors=5, dither=d) for d in ("none", "floyd-steinberg"))
    assert np.array_equal(plain.palette, mixed.palette)
    assert not np.array_equal(plain.indices, mixed.indices)


# One palette for many images


@pytest.mark.parametrize("options", [{}, {"colors": 60, "effort": 3}, {"keep": ODD, "seed": 4}])
def test_the_joint_palette_of_one_image_is_its_own(options: dict[str, Any]) -> None:
    pillow = Image.fromarray(photo())
    for image in (photo(), icon(), photo(300, 300), photo()[..., 0], pillow):
        joint = build_palette([image], **options)
        assert np.array_equal(joint, quantize(image, **options).palette)


def test_a_joint_palette_is_that_of_the_images_side_by_side() -> None:
    images = [photo(60, 80, 1), 255 - photo(60, 80, 2), photo(60, 80, 3) // 3]
    whole = np.concatenate(images)
    joint = quantize(whole, palette=build_palette(images))
    best = mean_squared_error(whole, quantize(whole))
    assert mean_squared_error(whole, joint) < 1.01 * best


def test_images_are_taken_one_by_one() -> None:
    def images() -> Iterator[U8]:
        for seed in range(3):
            yield photo(20, 30, seed)

    assert len(build_palette(images())) == 16
    assert np.array_equal(build_palette(images()), build_palette(np.array(list(images()))))


@given(seeds, channels, channels, st.integers(1, 8))
def test_colours_of_all_images_that_fit_are_kept(seed: int, one: int, other: int, n: int) -> None:
    images = [random_colors(n, c, seed + c + k)[None] for k, c in enumerate((one, other))]
    joint = build_palette(images)
    assert len(joint) <= 16
    for pixels in images:
        found = quantize(pixels, palette=joint)
        assert mean_squared_error(pixels, found) < 1e-9


def test_images_with_and_without_alpha_share_a_palette() -> None:
    opaque = photo(40, 40)
    images: Sequence[U8] = [opaque, icon(40)]
    joint = build_palette(images)
    assert joint.shape == (16, 4)
    assert np.array_equal(build_palette(images[::-1]), joint)
    as_rgba = np.dstack([opaque, np.full((40, 40), 255, np.uint8)])
    whole = quantize(np.concatenate([as_rgba, icon(40)]))
    assert np.array_equal(joint, whole.palette)
    assert build_palette([opaque], keep=["#ffffff80"]).shape == (16, 4)


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        ([], {}, "images: expected at least one"),
        (photo(), {}, "images of type ndarray: expected several"),
        (Image.new("RGB", (3, 3)), {}, "images of type Image: expected several"),
        (["a.png"], {}, "image of type str"),
        ([photo()], {"colors": 0}, "colors 0: expected 1 to 256"),
        ([photo()], {"colors": 2, "keep": ODD}, "3 different colours: expected at most 2"),
        ([photo()], {"effort": 10}, "effort 10"),
        ([photo()], {"seed": -1}, "seed -1"),
    ],
)
def test_what_gives_no_joint_palette_is_named(
    images: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        build_palette(images, **options)


# What the search once stumbled over


@pytest.mark.parametrize("init", ["best", "random"])
def test_many_colours_under_full_transparency_are_one(init: Any) -> None:
    pixels = random_colors(400, 4, 1).reshape(20, 20, 4)
    pixels[..., 3] = 0
    assert not quantize(pixels, init=init).to_pixels().any()
    pixels[0, 0, 3] = 255
    assert len(quantize(pixels, init=init).palette) == 2
