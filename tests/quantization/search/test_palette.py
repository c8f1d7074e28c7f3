"""The palette that is found: as good as the best of many restarts, in the order of files."""

from __future__ import annotations

import numpy as np
import pytest

from kmformat import quantize
from kmformat.color.parse import parse_colors
from kmformat.color.space import SRGB
from kmformat.kmeans import kmeans_init_centroids, run_kmeans
from kmformat.pictures.quality import mean_squared_error
from kmformat.quantization.effort import search_effort
from kmformat.quantization.histogram import ColorHistogram
from kmformat.quantization.search.lloyd import lloyd
from kmformat.quantization.search.palette import search_centroids, sort_palette
from kmformat.quantization.search.points import UNITS, PointSet
from tests.samples import ODD, icon, photo, rows


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


def test_the_default_palette_beats_the_textbook_one() -> None:
    pixels = photo()
    default = mean_squared_error(pixels, quantize(pixels))
    classic = [
        mean_squared_error(pixels, quantize(pixels, init="random", seed=seed)) for seed in range(5)
    ]
    assert default < min(classic)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("K", [5, 16, 40])
def test_the_order_in_which_sums_are_added_does_not_matter(K: int, channels: int) -> None:
    rng, effort = np.random.default_rng(K), search_effort(1)  # of which no kicks are part
    colors, weights = rng.uniform(0, 255, (900, channels)), rng.uniform(1, 99, 900)
    order, fixed = rng.permutation(900), np.empty((0, channels))
    one = search_centroids(PointSet.of(colors, weights), K, effort, 0, fixed)
    other = search_centroids(PointSet.of(colors[order], weights[order]), K, effort, 0, fixed)
    assert np.array_equal(one, other)


def test_palette_order_is_alpha_then_luma_then_channels() -> None:
    palette = np.array(
        [[255, 0, 0, 255], [0, 0, 9, 255], [0, 0, 0, 0], [9, 9, 9, 128], [0, 0, 9, 255]], np.uint8
    )
    assert sort_palette(palette).tolist() == [
        [0, 0, 0, 0], [9, 9, 9, 128], [0, 0, 9, 255], [255, 0, 0, 255],
    ]  # fmt: skip


# Colours to keep


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
    fixed, best = points.units(SRGB.points(keep)), np.inf
    for _ in range(30):
        drawn = points.coordinates.T[rng.choice(len(points), K - 3)]
        start = np.concatenate([fixed, drawn])
        best = min(best, float(lloyd(points, start[None], 100, fixed=3).inertia[0]))
    best *= pixels.size / 3 / points.weights.sum() / UNITS**2
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
