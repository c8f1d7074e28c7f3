"""A picture beside its original: the figures, and the sheet that shows them."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFont

from kmformat import IndexedImage, ParameterError
from kmformat.color.quality import difference, mean_squared_error, ssim
from kmformat.color.space import SRGB
from kmformat.quantization.remap import remap
from kmformat.report.comparison import Comparison, compare
from kmformat.report.sheet import draw_sheet
from tests.samples import icon, indexed, indexed_images, photo

U8 = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


def noisy(pixels: U8, amount: float = 12) -> U8:
    noise = np.random.default_rng(7).normal(0, amount, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


def on(background: int, pixels: U8) -> Floats:
    """RGBA as it is seen on grey, (height, width, 3), not rounded."""
    alpha = pixels[..., 3:] / 255
    return pixels[..., :3] * alpha + background * (1 - alpha)


def ssim_by_windows(a: Floats, b: Floats) -> float:
    """The formula of the paper, window by window, for RGB of at least 11 x 11 pixels."""
    y, x = np.mgrid[-5:6, -5:6]
    weights = np.exp(-(x * x + y * y) / (2 * 1.5**2))
    weights /= weights.sum()
    grey_a, grey_b = a @ (0.299, 0.587, 0.114), b @ (0.299, 0.587, 0.114)
    values = []
    for top in range(a.shape[0] - 10):
        for left in range(a.shape[1] - 10):
            p = grey_a[top : top + 11, left : left + 11]
            q = grey_b[top : top + 11, left : left + 11]
            mean_p, mean_q = (weights * p).sum(), (weights * q).sum()
            variances = (weights * ((p - mean_p) ** 2 + (q - mean_q) ** 2)).sum()
            covariance = (weights * (p - mean_p) * (q - mean_q)).sum()
            values.append(
                (2 * mean_p * mean_q + 2.55**2)
                * (2 * covariance + 7.65**2)
                / ((mean_p**2 + mean_q**2 + 2.55**2) * (variances + 7.65**2))
            )
    return float(np.mean(values))


@pytest.mark.parametrize("shape", [(11, 11), (12, 31), (75, 13), (80, 75)])
def test_ssim_is_that_of_the_paper(shape: tuple[int, int]) -> None:
    pixels = photo(*shape)
    shown = noisy(pixels, 25)
    expected = ssim_by_windows(pixels.astype(float), shown.astype(float))
    assert 0 < expected < 0.95
    assert math.isclose(ssim(pixels, shown), expected, rel_tol=1e-9)


def test_ssim_with_alpha_is_the_mean_of_that_on_black_and_on_white() -> None:
    pixels, shown = icon(), noisy(icon(), 30)
    seen = [ssim_by_windows(on(ground, pixels), on(ground, shown)) for ground in (0, 255)]
    assert not math.isclose(*seen, abs_tol=0.01)
    assert math.isclose(ssim(pixels, shown), np.mean(seen), rel_tol=1e-9)


def test_ssim_of_two_flat_greys_has_only_the_term_of_luminance() -> None:
    a, b = np.full((20, 20, 3), 100, np.uint8), np.full((20, 20, 3), 140, np.uint8)
    expected = (2 * 100 * 140 + 2.55**2) / (100**2 + 140**2 + 2.55**2)
    assert math.isclose(ssim(a, b), expected, rel_tol=1e-9)
    assert math.isclose(ssim(a[:1, :1], b[:1, :1]), expected, rel_tol=1e-9)


@pytest.mark.parametrize("shape", [(1, 40), (40, 1), (10, 30), (5, 6)])
def test_ssim_mirrors_what_is_narrower_than_a_window(shape: tuple[int, int]) -> None:
    pixels = photo(*shape)
    shown = noisy(pixels, 25)
    margins = [(5, 5) if side < 11 else (0, 0) for side in shape]
    a, b = (np.pad(p, [*margins, (0, 0)], mode="symmetric") for p in (pixels, shown))
    assert math.isclose(
        ssim(pixels, shown), ssim_by_windows(a.astype(float), b.astype(float)), rel_tol=1e-9
    )


def test_ssim_falls_as_noise_grows() -> None:
    pixels = photo()
    values = [ssim(pixels, noisy(pixels, amount)) for amount in (2, 8, 32)]
    assert 1 > values[0] > values[1] > values[2] > 0


def test_mean_squared_error_is_the_same_for_an_indexed_image_and_its_pixels() -> None:
    for pixels, image in ((photo(150, 130), indexed(150, 130, 5)), (icon(), indexed(24, 24, 5))):
        expected = mean_squared_error(pixels, image.to_pixels())
        assert math.isclose(mean_squared_error(pixels, image), expected, rel_tol=1e-6)


def test_errors_with_alpha_are_those_on_black_and_on_white() -> None:
    pixels, shown = icon(), noisy(icon(), 30)
    off = [np.abs(on(ground, pixels) - on(ground, shown)) for ground in (0, 255)]
    assert math.isclose(
        mean_squared_error(pixels, shown), np.mean([(part**2).mean() for part in off])
    )
    largest = np.maximum(*off).max(axis=2)
    assert np.array_equal(difference(pixels, shown), np.ceil(largest - 1e-9))


def test_difference_is_that_of_the_channel_that_is_furthest_off() -> None:
    pixels = photo(150, 130)  # more than one block
    shown = noisy(pixels)
    expected = np.abs(pixels.astype(int) - shown).max(axis=2)
    assert np.array_equal(difference(pixels, shown), expected)
    assert difference(pixels, shown).dtype == np.uint8


def test_an_opaque_picture_with_alpha_compares_as_without() -> None:
    pixels = photo()
    shown = noisy(pixels)
    opaque = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    plain, mixed = compare(pixels, shown), compare(opaque, shown)
    assert (mixed.channels, plain.channels) == (4, 3)
    assert math.isclose(mixed.mse, plain.mse)
    assert math.isclose(mixed.ssim, plain.ssim)
    assert (mixed.max_error, mixed.exact) == (plain.max_error, plain.exact)


@given(indexed_images())
@settings(max_examples=30, deadline=None)
def test_a_picture_equals_itself(image: IndexedImage) -> None:
    for shown in (image, image.to_pixels()):
        found = compare(image.to_pixels(), shown)
        assert (found.mse, found.ssim, found.max_error, found.exact) == (0, 1, 0, 1)
        assert found.psnr == math.inf


@given(indexed_images(), st.integers(0, 9))
@settings(max_examples=30, deadline=None)
def test_a_comparison_is_the_same_in_both_directions(image: IndexedImage, seed: int) -> None:
    a = image.to_pixels()
    b = indexed(image.height, image.width, 9, alpha=True, seed=seed).to_pixels()
    there, back = compare(a, b), compare(b, a)
    assert math.isclose(there.mse, back.mse)
    assert math.isclose(there.ssim, back.ssim, abs_tol=1e-12)
    assert (there.max_error, there.exact) == (back.max_error, back.exact)
    assert (there.mse == 0) == (there.exact == 1) == (there.max_error == 0)
    assert -1 <= there.ssim <= 1


def test_the_colour_of_hidden_pixels_does_not_count() -> None:
    pixels = icon()
    shown = pixels.copy()
    shown[pixels[..., 3] == 0] = (9, 9, 9, 0)
    assert not np.array_equal(shown, pixels)
    assert compare(pixels, shown).exact == 1


def test_one_wrong_pixel_is_found() -> None:
    pixels = np.full((10, 20, 3), 100, np.uint8)
    shown = pixels.copy()
    shown[3, 4] = (100, 70, 110)
    found = compare(pixels, shown)
    assert (found.width, found.height, found.channels) == (20, 10, 3)
    assert math.isclose(found.mse, (30**2 + 10**2) / 600)
    assert math.isclose(found.psnr, 10 * math.log10(255**2 / found.mse))
    assert found.max_error == 30
    assert found.exact == 199 / 200


def test_shares_are_those_of_each_entry_in_the_order_of_the_file() -> None:
    palette = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]], np.uint8)
    image = IndexedImage(palette, np.array([[2, 2, 0, 2]], np.uint8))
    found = compare(image.to_pixels(), image)
    assert found.palette == ((1, 2, 3), (4, 5, 6), (7, 8, 9))
    assert found.shares == (0.25, 0, 0.75)
    large = indexed(150, 130, 256)  # more than one block
    counts = np.bincount(large.indices.ravel(), minlength=256)
    assert compare(large.to_pixels(), large).shares == tuple(counts / large.indices.size)


def test_sizes_give_bits_a_pixel_and_ratios() -> None:
    found = compare(photo(10, 20), photo(10, 20), original_bytes=300, file_bytes=50)
    assert found.raw_bytes == 600
    assert (found.original_bits_per_pixel, found.bits_per_pixel) == (12, 2)
    assert (found.ratio, found.raw_ratio) == (6, 12)
    assert found.figures()["original : file"] == "6.0 : 1"
    assert found.figures()["bits a pixel"] == "2.00"


def test_sizes_that_are_not_known_are_left_out() -> None:
    found = compare(photo(10, 20), photo(10, 20))
    assert (found.bits_per_pixel, found.ratio, found.raw_ratio) == (None, None, None)
    assert list(found.figures()) == ["PSNR", "SSIM", "largest error", "exact pixels"]
    assert (found.palette, found.shares) == (None, None)


def test_figures_say_exact_only_if_it_is() -> None:
    pixels = photo()
    shown = pixels.copy()
    shown[0, 0] ^= 1
    assert compare(pixels, pixels).figures()["PSNR"] == "exact"
    assert compare(pixels, pixels).figures()["exact pixels"] == "100.0 %"
    assert compare(pixels, shown).figures()["PSNR"].endswith(" dB")
    assert compare(pixels, shown).figures()["exact pixels"] == "99.9 %"


def test_a_comparison_is_json_even_if_the_psnr_is_infinite() -> None:
    def strict(text: str) -> Any:
        raise AssertionError(text)

    image = indexed(6, 7, 4, alpha=True)
    found = compare(image.to_pixels(), image, original_bytes=10, file_bytes=5)
    values = json.loads(json.dumps(found.to_dict()), parse_constant=strict)
    assert values["psnr"] is None
    assert (values["width"], values["height"], values["ratio"]) == (7, 6, 2)
    assert values["palette"] == image.palette.tolist()
    other = compare(photo(), noisy(photo()))
    assert other.to_dict()["psnr"] == other.psnr


@pytest.mark.parametrize("measure", [compare, ssim, difference, mean_squared_error])
def test_pictures_of_different_sizes_are_refused(measure: Any) -> None:
    with pytest.raises(ParameterError, match="20 x 10 and picture of 10 x 20 pixels"):
        measure(photo(10, 20), photo(20, 10))


def test_an_indexed_image_of_another_size_is_refused() -> None:
    with pytest.raises(ParameterError, match="20 x 10 and picture of 10 x 20 pixels"):
        mean_squared_error(photo(10, 20), indexed(20, 10, 3))


# The sheet


def reduced(pixels: U8, colors: int = 8) -> IndexedImage:
    palette = np.random.default_rng(3).integers(0, 256, (colors, pixels.shape[2]), np.uint8)
    return IndexedImage(palette, remap(pixels, palette, SRGB))


def sheet_of(pixels: U8, image: IndexedImage, *names: str, sizes: bool = True) -> Image.Image:
    known = {"original_bytes": 12345, "file_bytes": 678} if sizes else {}
    comparison = compare(pixels, image, **known)
    return draw_sheet(pixels, image.to_pixels(), comparison, *[names] if names else [])  # type: ignore[arg-type]


def place_of(pixels: U8, sheet: Image.Image) -> tuple[int, int]:
    """Return (left, top) of where a sheet shows these pixels, which must be one place."""
    (height, width), drawn = pixels.shape[:2], np.asarray(sheet)
    inside = drawn[: sheet.height - height + 1, : sheet.width - width + 1]
    corners = np.argwhere((inside == pixels[0, 0]).all(axis=2))
    for y, x in np.random.default_rng(0).integers(0, (height, width), (200, 2)):  # the quick way
        tops, lefts = corners.T
        corners = corners[(drawn[tops + y, lefts + x] == pixels[y, x]).all(axis=1)]
    places = [
        (int(left), int(top))
        for top, left in corners
        if np.array_equal(drawn[top : top + height, left : left + width], pixels)
    ]
    assert len(places) == 1
    return places[0]


@pytest.mark.parametrize("shape", [(200, 300), (300, 200), (250, 250), (40, 400)])
def test_a_sheet_shows_medium_pictures_pixel_by_pixel(shape: tuple[int, int]) -> None:
    pixels = photo(*shape)
    image = reduced(pixels)
    sheet = sheet_of(pixels, image)
    left, top = place_of(pixels, sheet)
    other_left, other_top = place_of(image.to_pixels(), sheet)
    assert (other_left >= left + shape[1]) or (other_top >= top + shape[0])
    assert sheet.mode == "RGB"


def test_a_sheet_shows_pictures_side_by_side_unless_they_are_very_wide() -> None:
    for shape in ((200, 300), (300, 200)):
        pixels = photo(*shape)
        sheet = sheet_of(pixels, reduced(pixels))
        tops = [place_of(p, sheet)[1] for p in (pixels, reduced(pixels).to_pixels())]
        assert tops[0] == tops[1]
        assert sheet.width > 2 * shape[1]
    pixels = photo(40, 1000)
    sheet = sheet_of(pixels, reduced(pixels))
    lefts = [place_of(p, sheet)[0] for p in (pixels, reduced(pixels).to_pixels())]
    assert lefts[0] == lefts[1]
    assert sheet.width < 2000


def test_the_difference_is_amplified_and_white_where_there_is_none() -> None:
    pixels = photo(200, 300)
    shown = pixels.copy()
    shown[50:, :, 1] ^= 3  # by 1 or 3, and 3 x 64 is below 255
    sheet = draw_sheet(pixels, shown, compare(pixels, shown))
    off = np.abs(pixels[..., 1].astype(int) - shown[..., 1])
    assert set(np.unique(off)) == {0, 1, 3}
    place_of(np.repeat((255 - 64 * off)[..., None], 3, axis=2).astype(np.uint8), sheet)


def test_small_pictures_are_enlarged_by_an_integer_factor() -> None:
    pixels = photo(16, 16)
    sheet = sheet_of(pixels, reduced(pixels))
    place_of(pixels.repeat(24, axis=0).repeat(24, axis=1), sheet)


def test_transparent_pictures_stand_on_a_chequered_ground() -> None:
    pixels = np.zeros((200, 200, 4), np.uint8)
    pixels[20:90, 20:90] = (200, 30, 30, 255)
    sheet = sheet_of(pixels, reduced(pixels))
    squares = np.add.outer(np.arange(200) // 8, np.arange(200) // 8) % 2
    expected = np.repeat(np.where(squares, 222, 255)[..., None], 3, axis=2).astype(np.uint8)
    expected[20:90, 20:90] = (200, 30, 30)
    place_of(expected, sheet)


@pytest.mark.parametrize("shape", [(1600, 1100), (1100, 1600), (2, 3000), (3000, 1)])
def test_huge_pictures_make_a_sheet_of_sensible_size(shape: tuple[int, int]) -> None:
    pixels = np.broadcast_to(np.uint8(90), (*shape, 3)).copy()
    image = IndexedImage(np.full((1, 3), 91, np.uint8), np.zeros(shape, np.uint8))
    sheet = sheet_of(pixels, image)
    assert 400 < sheet.width < 3400
    assert 400 < sheet.height < 3400


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("colors", [1, 2, 3, 17, 32, 33, 256])
@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (30, 50)])
def test_any_palette_fits_a_sheet_and_each_colour_is_on_it(
    shape: tuple[int, int], colors: int, alpha: bool
) -> None:
    image = indexed(*shape, colors, alpha=alpha)
    palette = image.palette.copy()
    palette[:, 3:] = 255
    image = IndexedImage(palette, image.indices)
    sheet = np.asarray(sheet_of(image.to_pixels(), image)).astype(np.uint32)
    seen = np.unique(sheet @ np.array([65536, 256, 1], np.uint32))
    assert np.isin(palette[:, :3].astype(np.uint32) @ (65536, 256, 1), seen).all()


def test_a_sheet_needs_neither_palette_nor_sizes() -> None:
    pixels = photo(200, 300)
    shown = noisy(pixels)
    without = draw_sheet(pixels, shown, compare(pixels, shown))
    place_of(shown, without)
    assert sheet_of(pixels, reduced(pixels, 256), sizes=False).size >= without.size


def test_long_and_odd_names_are_shortened_and_shown() -> None:
    pixels = photo(30, 40)
    image = reduced(pixels)
    plain = sheet_of(pixels, image, "a.png", "b.kmf")
    for name in ("x" * 3000 + ".png", "\u4e2d\udce9\n\t.png", ""):
        odd = sheet_of(pixels, image, name, "b.kmf")
        assert odd.size == plain.size
        changed = np.argwhere((np.asarray(odd) != np.asarray(plain)).any(axis=2))
        assert changed[:, 1].max() < 40 + 386  # nothing beyond the first column


def test_a_sheet_can_be_drawn_without_freetype(monkeypatch: pytest.MonkeyPatch) -> None:
    bitmap = ImageFont.load_default_imagefont()

    def load_default(size: float | None = None) -> ImageFont.ImageFont:
        if size is not None:
            raise ImportError("The _imagingft C module is not installed")
        return bitmap

    pixels = photo(200, 300)
    with_freetype = sheet_of(pixels, reduced(pixels))
    monkeypatch.setattr(ImageFont, "load_default", load_default)
    sheet = sheet_of(pixels, reduced(pixels), "\u4e2d" * 500, "b.kmf")
    assert sheet.size == with_freetype.size
    place_of(pixels, sheet)


def test_a_sheet_of_pictures_of_different_sizes_is_refused() -> None:
    pixels = photo(10, 20)
    comparison: Comparison = compare(pixels, pixels)
    with pytest.raises(ParameterError, match="expected the same size"):
        draw_sheet(pixels, photo(20, 10), comparison)
