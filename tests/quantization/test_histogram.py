"""The colours of an image: each counted, cells with exact means, and samples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmformat.color.channels import clear_hidden
from kmformat.color.space import SRGB
from kmformat.kernels import color_codes, decode_codes
from kmformat.quantization.histogram import ColorHistogram, distinct_colors
from tests.samples import random_colors

seeds = st.integers(0, 1000)
channels = st.sampled_from([3, 4])


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
    sampled = ColorHistogram.of(pixels, SRGB, sample=10_000, seed=1)
    assert len(sampled.codes) <= 10_000
    assert np.isclose(sampled.weights.sum(), 300 * 400)
    assert np.allclose(sampled.weights @ sampled.points / 120_000, pixels.mean(axis=(0, 1)), atol=3)
    drawing = np.zeros((300, 400, 3), np.uint8)
    drawing[7, 9] = 255  # one pixel that a sample would hardly find
    assert_same_histogram(
        ColorHistogram.of(drawing, SRGB, sample=100, seed=1), ColorHistogram.of(drawing, SRGB)
    )


def test_distinct_colours_are_listed_up_to_a_limit() -> None:
    pixels = np.zeros((600, 600, 3), np.uint8)  # more than one block
    pixels[-1, -1] = (1, 2, 3)
    found = distinct_colors(pixels, 2)
    assert found is not None
    assert found.tolist() == [[0, 0, 0], [1, 2, 3]]
    assert distinct_colors(pixels, 1) is None


def test_distinct_colours_come_as_they_first_appear() -> None:
    rng = np.random.default_rng(1)
    colors = rng.permutation(256).astype(np.uint8)[:, None] * np.array([1, 3, 7, 5], np.uint8)
    later = colors[rng.integers(0, 100, 400 * 400 - 356)]  # of several blocks
    pixels = np.concatenate([colors[:100], later, colors]).reshape(400, 400, 4)
    found = distinct_colors(pixels, 256)
    assert found is not None
    assert np.array_equal(found, colors)
    assert distinct_colors(pixels, 255) is None
