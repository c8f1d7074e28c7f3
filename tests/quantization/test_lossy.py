"""Lossy indices: fewer bytes, at no more than the loss that is allowed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kmformat
from kmformat import IndexedImage, ParameterError, quantize
from kmformat.errors import ContradictionError
from kmformat.pictures.quality import mean_squared_error, psnr
from tests.samples import icon, noise, photo, random_colors, rows, same, soft

seeds = st.integers(0, 1000)


def decibels(pixels: Any, image: IndexedImage) -> float:
    return psnr(mean_squared_error(pixels, image))


@pytest.mark.parametrize("options", [{}, {"palette": random_colors(9, 3, 4)}, {"colors": 40}])
@pytest.mark.parametrize("loss", [0.05, 0.3])
def test_files_are_smaller_and_lose_no_more_than_allowed(
    options: dict[str, Any], loss: float
) -> None:
    pixels = photo(120, 160)
    best, found = quantize(pixels, **options), quantize(pixels, lossy=loss, **options)
    assert len(kmformat.encode(found)) < len(kmformat.encode(best))
    assert decibels(pixels, best) - decibels(pixels, found) <= loss + 1e-9


def test_what_may_lose_more_is_smaller() -> None:
    sizes = [len(kmformat.encode(photo(120, 160), lossy=loss)) for loss in (0.02, 0.1, 0.5)]
    assert sizes[0] > sizes[1] > sizes[2]


@pytest.mark.parametrize("loss", [0.03, 0.1, 0.2])
def test_most_of_what_may_be_lost_is_used(loss: float) -> None:
    pixels = photo(200, 300)
    lost = decibels(pixels, quantize(pixels)) - decibels(pixels, quantize(pixels, lossy=loss))
    assert 0.9 * loss < lost <= loss


@pytest.mark.parametrize("dither", ["floyd-steinberg", "optimized"])
def test_dithered_pictures_stay_dithered_for_fewer_bytes(dither: Any) -> None:
    pixels = soft(120, 160)
    options: dict[str, Any] = {"colors": 8, "dither": dither, "space": "oklab"}
    best, found = (quantize(pixels, lossy=loss, **options) for loss in (None, 0.3))
    assert len(kmformat.encode(found)) < len(kmformat.encode(best))
    assert np.array_equal(found.palette, best.palette)
    plain = quantize(pixels, colors=8, space="oklab").indices
    changes = [int((i[:, 1:] != i[:, :-1]).sum()) for i in (found.indices, plain)]
    assert changes[0] > 3 * changes[1]


@given(seeds, st.sampled_from([3, 4]), st.integers(1, 9), st.integers(1, 9), st.integers(1, 6))
@settings(deadline=None, max_examples=25)
def test_any_picture_has_a_palette_no_larger_than_asked(
    seed: int, channels: int, height: int, width: int, colors: int
) -> None:
    pixels = noise(height, width, channels, seed)
    found = quantize(pixels, colors=colors, lossy=1.0)
    assert len(found.palette) <= colors
    assert found.indices.max() < len(found.palette)
    luma = found.palette[:, :3].astype(int) @ (299, 587, 114)
    assert channels == 4 or (np.diff(luma) >= 0).all()


def test_what_is_not_opaque_stays_as_it_is() -> None:
    pixels = icon(60)
    best, found = quantize(pixels, colors=9), quantize(pixels, colors=9, lossy=0.5)
    clear = pixels[..., 3] < 255
    assert np.array_equal(found.to_pixels()[clear][:, 3], best.to_pixels()[clear][:, 3])
    assert (found.to_pixels()[~clear][:, 3] == 255).all()


def test_exact_pixels_and_colours_to_keep_stay() -> None:
    pixels = photo(60, 80)
    pixels[20:30, 20:40] = (0, 255, 0)
    found = quantize(pixels, colors=8, keep=["lime", "navy"], lossy=1.0)
    assert {(0, 255, 0), (0, 0, 128)} <= rows(found.palette)
    assert (found.to_pixels()[20:30, 20:40] == (0, 255, 0)).all()


def test_an_image_that_can_be_exact_is_exact() -> None:
    pixels = random_colors(12, 3, 0)[np.random.default_rng(0).integers(0, 12, (20, 20))]
    assert np.array_equal(quantize(pixels, lossy=3).to_pixels(), pixels)
    own = quantize(photo(), colors=9)
    assert same(quantize(own, lossy=3), own)


def test_a_picture_in_bands_loses_no_more_either(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = photo(150, 60)
    best = quantize(pixels)
    monkeypatch.setattr("kmformat.quantization.halftone.state._BAND_PIXELS", 1)
    found = quantize(pixels, lossy=0.2)
    assert 0 < decibels(pixels, best) - decibels(pixels, found) <= 0.2


@pytest.mark.parametrize("wrong", [-0.1, np.nan, "1", True, [1]])
def test_a_loss_is_a_number_of_decibels(wrong: Any) -> None:
    with pytest.raises(ParameterError, match=r"^lossy .*: expected decibels, 0 or more"):
        quantize(photo(), lossy=wrong)


def test_nothing_is_lossless_and_lossy() -> None:
    with pytest.raises(ContradictionError, match="lossy does not go with lossless"):
        quantize(photo(), lossless=True, lossy=0.1)


def test_an_ordered_dither_keeps_its_order() -> None:
    with pytest.raises(ContradictionError, match="lossy goes with any dither but ordered"):
        quantize(photo(), dither="ordered", lossy=0.1)


def test_a_drawing_is_left_as_it_is() -> None:
    y, x = np.mgrid[:120, :120]
    pixels = np.full((120, 120, 3), 250, np.uint8)
    edge = np.clip(40 - np.hypot(x - 60, y - 60), 0, 1)[..., None]  # a disc with a soft edge
    pixels = np.rint(pixels - edge * (200, 120, 30)).astype(np.uint8)
    best, found = quantize(pixels, colors=8), quantize(pixels, colors=8, lossy=0.2)
    assert same(found, best)
