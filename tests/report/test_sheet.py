"""The sheet that shows a picture beside its original."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFont

from kmformat import IndexedImage, ParameterError
from kmformat.arrays import U8
from kmformat.color.space import SRGB
from kmformat.quantization.remap import remap
from kmformat.report.comparison import Comparison, compare
from kmformat.report.sheet import draw_sheet
from tests.samples import indexed, noisy, photo


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
