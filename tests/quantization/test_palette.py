"""Histogram, metric, mapping, and the quantiser that puts them together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kmformat import IndexedImage, ParameterError, quantize
from kmformat.color.channels import clear_hidden
from kmformat.color.quality import mean_squared_error, psnr
from kmformat.color.space import SRGB
from kmformat.kernels import color_codes, decode_codes
from kmformat.kmeans import kmeans_init_centroids, run_kmeans
from kmformat.quantization.histogram import ColorHistogram, distinct_colors
from kmformat.quantization.remap import remap
from kmformat.quantization.search.palette import sort_palette
from tests.samples import U8, icon, photo

seeds = st.integers(0, 1000)
channels = st.sampled_from([3, 4])


def random_colors(n: int, channels: int, seed: int, *, steps: int = 256) -> U8:
    """Random colours; with few steps a channel, many of them alike or equally far apart."""
    values = np.linspace(0, 255, steps).astype(np.uint8)
    return np.random.default_rng(seed).choice(values, (n, channels))


def background_distance(x: U8, y: U8) -> npt.NDArray[np.float64]:
    """Squared distance of RGBA colours, by composing them on black and on white."""
    squares = []
    for background in (0, 255):
        shown = [
            c[..., :3] * (c[..., 3:] / 255) + background * (1 - c[..., 3:] / 255) for c in (x, y)
        ]
        squares.append(((shown[0] - shown[1]) ** 2).sum(axis=-1))
    return np.asarray(np.mean(squares, axis=0))


# Histogram


def assert_same_histogram(one: ColorHistogram, other: ColorHistogram) -> None:
    assert (one.step, one.hidden) == (other.step, other.hidden)
    assert np.array_equal(one.codes, other.codes)
    assert np.allclose(one.weights, other.weights)
    assert np.allclose(one.points, other.points)


@given(seeds, channels, st.integers(1, 60))
def test_histogram_counts_each_colour(seed: int, channels: int, n: int) -> None:
    pixels = random_colors(n, channels, seed, steps=3)[None]
    histogram = ColorHistogram.of(pixels, SRGB)
    colors, counts = np.unique(clear_hidden(pixels[0]), axis=0, return_counts=True)
    shown = np.ones(len(colors), bool) if channels == 3 else colors[:, 3] > 0
    order = np.argsort(color_codes(colors[shown]))
    assert np.array_equal(SRGB.colors(histogram.points), colors[shown][order])
    assert np.array_equal(histogram.weights, counts[shown][order])
    assert histogram.hidden == counts[~shown].sum()


@given(seeds, channels)
def test_histograms_add_up(seed: int, channels: int) -> None:
    one, other = (random_colors(30, channels, seed + k, steps=3)[None] for k in (0, 1))
    both = ColorHistogram.of(np.concatenate([one, other], axis=1), SRGB)
    assert_same_histogram(ColorHistogram.of(one, SRGB) + ColorHistogram.of(other, SRGB), both)


@pytest.mark.parametrize("channels", [3, 4])
def test_a_histogram_of_too_many_colours_has_cells_with_exact_means(
    channels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kmformat.quantization.histogram._MAX_CELLS", 500)
    monkeypatch.setattr("kmformat.quantization.histogram._BLOCK_PIXELS", 1000)
    pixels = random_colors(4000, channels, 1).reshape(80, 50, channels)
    histogram = ColorHistogram.of(pixels, SRGB)
    assert len(histogram.codes) <= 500
    assert histogram.step > 1
    flat = pixels.reshape(-1, channels)
    flat = flat if channels == 3 else flat[flat[:, 3] > 0]
    assert histogram.weights.sum() == len(flat)
    cell = decode_codes(histogram.codes[7:8], channels)[0].astype(int)
    inside = flat[((flat >= cell) & (flat < cell + histogram.step)).all(axis=1)]
    assert histogram.weights[7] == len(inside) > 0
    assert np.allclose(histogram.points[7], SRGB.points(inside).mean(axis=0))


def test_a_sample_stands_for_all_pixels_of_a_photograph_but_not_of_a_drawing() -> None:
    pixels = random_colors(300 * 400, 3, 1).reshape(300, 400, 3)
    rng = np.random.default_rng(1)
    sampled = ColorHistogram.of(pixels, SRGB, sample=10_000, rng=rng)
    assert len(sampled.codes) <= 10_000
    assert np.isclose(sampled.weights.sum(), 300 * 400)
    assert np.allclose(sampled.weights @ sampled.points / 120_000, pixels.mean(axis=(0, 1)), atol=3)
    drawing = np.zeros((300, 400, 3), np.uint8)
    drawing[7, 9] = 255  # one pixel that a sample would hardly find
    assert_same_histogram(
        ColorHistogram.of(drawing, SRGB, sample=100, rng=rng), ColorHistogram.of(drawing, SRGB)
    )


@given(seeds, channels, st.integers(1, 50))
def test_codes_tell_colours_apart_and_give_them_back(seed: int, channels: int, n: int) -> None:
    colors = random_colors(n, channels, seed)
    assert np.array_equal(decode_codes(color_codes(colors), channels), colors)
    strided = np.repeat(colors, 2, axis=0)[::2]  # not contiguous
    assert np.array_equal(color_codes(strided), color_codes(colors))


def test_distinct_colours_are_listed_up_to_a_limit() -> None:
    pixels = np.zeros((600, 600, 3), np.uint8)  # more than one block
    pixels[-1, -1] = (1, 2, 3)
    found = distinct_colors(pixels, 2)
    assert found is not None
    assert found.tolist() == [[0, 0, 0], [1, 2, 3]]
    assert distinct_colors(pixels, 1) is None


# Metric


@given(seeds)
def test_distance_with_alpha_is_the_mean_on_black_and_white(seed: int) -> None:
    x, y = (random_colors(50, 4, seed + k) for k in (0, 1))
    assert np.allclose(
        ((SRGB.points(x) - SRGB.points(y)) ** 2).sum(axis=1), background_distance(x, y), atol=1e-6
    )


@given(seeds, channels)
def test_colours_survive_as_points(seed: int, channels: int) -> None:
    colors = clear_hidden(random_colors(200, channels, seed, steps=18))
    assert np.array_equal(SRGB.colors(SRGB.points(colors)), colors)


def test_points_outside_the_cube_become_the_nearest_colours() -> None:
    assert SRGB.colors(np.array([[-3.0, 255.4, 300.0]])).tolist() == [[0, 255, 255]]


# Mapping


@given(seeds, channels, st.sampled_from([1, 2, 15, 16, 17, 32, 33, 256]), st.booleans())
@settings(deadline=None)
def test_every_pixel_gets_its_nearest_colour(
    seed: int, channels: int, K: int, coarse: bool
) -> None:
    steps = 3 if coarse else 256
    pixels = random_colors(300, channels, seed, steps=steps)
    palette = random_colors(K, channels, seed + 1, steps=steps)
    if channels == 3:
        distances = ((pixels[:, None].astype(int) - palette.astype(int)) ** 2).sum(axis=2)
    else:  # 510 times as far and rounded: the metric's exact integers, so that ties are ties
        distances = np.rint(background_distance(pixels[:, None], palette) * 510**2)
    indices = remap(pixels.reshape(20, 15, channels), palette, SRGB)
    assert np.array_equal(indices.ravel(), distances.argmin(axis=1))


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("K", [2, 16, 129, 256])
@pytest.mark.parametrize(("height", "width"), [(300, 500), (1030, 1030)])
def test_mapping_large_images_is_as_exact(channels: int, K: int, height: int, width: int) -> None:
    pixels = photo(height, width)
    pixels[: height // 3] = 9  # flat
    pixels[-5:] = random_colors(5 * width, 3, 2).reshape(
        5, width, 3
    )  # colours that no sample shows
    if channels == 4:
        pixels = np.dstack([pixels, pixels[..., 0]])
    palette = np.concatenate([pixels[::7, ::5].reshape(-1, channels)[: K - K // 2],
                              random_colors(K // 2, channels, 3)])  # fmt: skip
    indices = remap(pixels, palette, SRGB)
    chosen = np.concatenate([np.arange(0, height * width, 211), np.arange(1, 2000)]) * -1
    some = pixels.reshape(-1, channels)[chosen].reshape(-1, 1, channels)
    assert np.array_equal(remap(some, palette, SRGB).ravel(), indices.ravel()[chosen])


@pytest.mark.parametrize("corner", [0, 255])
def test_mapping_is_exact_at_the_ends_of_the_range(corner: int) -> None:
    palette = np.full((32, 3), 255 - corner, np.uint8)
    palette[31] = corner
    palette[30] = (corner, corner, abs(corner - 1))
    pixels = np.full((1, 9, 3), corner, np.uint8)
    assert remap(pixels, palette, SRGB).tolist() == [[31] * 9]


# Quantiser


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


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("K", [2, 3, 5, 16, 30, 60, 100])
def test_palettes_are_as_good_as_the_best_of_many_restarts(K: int, channels: int) -> None:
    pixels = photo(90, 110)
    if channels == 4:
        pixels = np.dstack([pixels, np.maximum(pixels[..., 1], 1)])
    histogram, rng = ColorHistogram.of(pixels, SRGB), np.random.default_rng(0)
    points, weights = histogram.points, histogram.weights
    runs = [
        run_kmeans(
            points, kmeans_init_centroids(points, K, rng, weights=weights), 60, weights=weights
        )
        for _ in range(3 if K > 50 else 12)
    ]
    best = min(run.history.inertia[-1] for run in runs) / (3 * len(pixels.reshape(-1, channels)))
    error = mean_squared_error(pixels, quantize(pixels, colors=K))
    assert error < 1.02 * best + 0.1  # rounding to 8 bits costs about a twelfth


def test_more_effort_gives_no_worse_palettes() -> None:
    pixels = photo(200, 300)
    errors = [mean_squared_error(pixels, quantize(pixels, effort=e)) for e in (1, 5, 9)]
    assert errors[1] < 1.01 * errors[0]
    assert errors[2] < 1.01 * errors[1]


@pytest.mark.parametrize("effort", range(1, 10))
def test_every_effort_works_at_every_size_of_palette(effort: int) -> None:
    pixels = photo(40, 50)
    for colors in (1, 2, 3, 17, 49, 256):
        image = quantize(pixels, colors=colors, effort=effort)
        assert len(image.palette) <= colors
        assert mean_squared_error(pixels, image) < 9000 / colors


def test_the_default_palette_beats_the_textbook_one() -> None:
    pixels = photo()
    default = mean_squared_error(pixels, quantize(pixels))
    classic = [
        mean_squared_error(pixels, quantize(pixels, init="random", seed=seed)) for seed in range(5)
    ]
    assert default < min(classic)


def test_alpha_survives_and_hidden_pixels_stay_hidden() -> None:
    pixels = icon()
    for colors in (2, 4, 16):
        shown = quantize(pixels, colors=colors).to_pixels()
        assert not shown[pixels[..., 3] == 0].any()
    assert mean_squared_error(pixels, quantize(pixels)) < 60


def test_solid_shapes_stay_solid() -> None:
    pixels = icon(40)
    solid = pixels[..., 3] == 255
    assert (quantize(pixels, colors=16).to_pixels()[solid, 3] >= 250).mean() > 0.9
    assert (quantize(pixels, colors=3).palette[:, 3] == 255).any()


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


def test_grey_is_read_as_rgb() -> None:
    grey = photo()[..., 0]
    assert np.array_equal(
        quantize(grey).to_pixels(), quantize(np.repeat(grey[..., None], 3, axis=2)).to_pixels()
    )


def test_palette_order_is_alpha_then_luma_then_channels() -> None:
    palette = np.array(
        [[255, 0, 0, 255], [0, 0, 9, 255], [0, 0, 0, 0], [9, 9, 9, 128], [0, 0, 9, 255]], np.uint8
    )
    assert sort_palette(palette).tolist() == [
        [0, 0, 0, 0], [9, 9, 9, 128], [0, 0, 9, 255], [255, 0, 0, 255],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"colors": 0}, "expected 1 to 256"),
        ({"colors": 257}, "expected 1 to 256"),
        ({"init": "magic"}, "expected one of best, random"),
        ({"iterations": 3}, "iterations goes with init random"),
        ({"init": "random", "iterations": 0}, "expected 1 or more"),
        ({"seed": -1}, "expected 0 or more"),
        ({"effort": 0}, "expected 1 to 9"),
        ({"effort": 10}, "expected 1 to 9"),
    ],
)
def test_bad_options_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        quantize(photo(), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ([[1, 2], [3, 4]], "type list"),
        (np.zeros((2, 2), np.float32), "dtype float32"),
        (np.zeros((2, 2, 2), np.uint8), "shape"),
        (np.zeros(4, np.uint8), "shape"),
        (np.zeros((0, 4), np.uint8), "no pixels"),
        (Image.new("RGB", (0, 4)), "no pixels"),
    ],
)
def test_what_is_not_an_image_is_named(image: object, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        quantize(image)  # type: ignore[arg-type]


# Pillow images


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV"])
def test_pillow_modes_look_as_pillow_shows_them(mode: str) -> None:
    image = Image.fromarray(photo()).quantize(8).convert("RGB").convert(mode)
    shown = quantize(image, colors=256).to_pixels()
    assert np.array_equal(shown, np.asarray(image.convert("RGB")))


def test_16_bit_grey_is_scaled_not_clipped() -> None:
    image = Image.fromarray(np.array([[0, 257, 32768, 65535]], np.uint16))
    assert quantize(image).to_pixels()[0, :, 0].tolist() == [0, 1, 128, 255]


def test_a_transparent_palette_entry_is_transparent() -> None:
    image = Image.fromarray(np.array([[0, 1, 1]], np.uint8), "P")
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.info["transparency"] = 0
    assert quantize(image).to_pixels()[0, :, 3].tolist() == [0, 255, 255]


def test_exif_orientation_turns_the_picture_upright() -> None:
    image = Image.fromarray(photo(4, 6))
    image.getexif()[0x0112] = 6  # turned a quarter to the left
    assert quantize(image, colors=256).indices.shape == (6, 4)


# Indexed images and their quality


@pytest.mark.parametrize(
    ("palette", "indices", "message"),
    [
        (np.zeros((2, 2), np.uint8), np.zeros((1, 1), np.uint8), "palette of shape"),
        (np.zeros((2, 3)), np.zeros((1, 1), np.uint8), "dtype float64"),
        (np.zeros((0, 3), np.uint8), np.zeros((1, 1), np.uint8), "expected 1 to 256 colours"),
        (np.zeros((257, 3), np.uint8), np.zeros((1, 1), np.uint8), "expected 1 to 256 colours"),
        (np.zeros((2, 3), np.uint8), np.zeros((1, 0), np.uint8), "no pixels"),
        (np.zeros((2, 3), np.uint8), np.zeros((1, 1), np.int64), "dtype int64"),
        (np.zeros((2, 3), np.uint8), np.full((1, 1), 2, np.uint8), "index 2"),
        ([[0, 0, 0]], np.zeros((1, 1), np.uint8), "palette of list"),
    ],
)
def test_an_indexed_image_checks_its_parts(palette: U8, indices: U8, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        IndexedImage(palette, indices)


def test_mean_squared_error_and_psnr_are_the_usual_ones() -> None:
    pixels = photo(300, 400)  # more than one block
    image = quantize(pixels, colors=4)
    error = mean_squared_error(pixels, image)
    assert np.isclose(error, ((pixels.astype(float) - image.to_pixels()) ** 2).mean())
    assert np.isclose(psnr(error), 10 * np.log10(255**2 / error))
    assert psnr(0) == np.inf
    opaque = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    assert np.isclose(mean_squared_error(opaque, image), error)
