"""Pictures in other formats: what is read is whole, and what is written holds what it should."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from kmformat import Chunk, IndexedImage, LimitError, PictureError, quantize
from kmformat.pictures.formats import load_picture, saved, to_picture, to_pillow
from kmformat.pictures.icc import palette_to_srgb, without_icc
from kmformat.pictures.normalize import BLACK_AND_WHITE
from tests.samples import icon, indexed, noise, photo, profile, wide_gamut


def png(image: Image.Image, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG", **options)
    return stream.getvalue()


def shown(data: bytes, mode: str) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert(mode))


# Reading


@pytest.mark.parametrize("kind", ["PNG", "GIF", "TIFF", "WEBP"])
def test_the_first_of_many_frames_is_read(kind: str) -> None:
    frames = [Image.new("RGB", (3, 3), color) for color in ("red", "lime", "blue")]
    stream = io.BytesIO()
    frames[0].save(stream, kind, save_all=True, append_images=frames[1:], lossless=True)
    loaded = load_picture(stream, 9)
    assert loaded.several
    assert loaded.image.convert("RGB").getpixel((1, 1)) == (255, 0, 0)
    single = load_picture(io.BytesIO(png(frames[1])), 9)
    assert (single.several, single.image.getpixel((0, 0))) == (False, (0, 255, 0))


def test_a_picture_that_was_read_needs_its_stream_no_more() -> None:
    stream = io.BytesIO(png(Image.fromarray(photo())))
    image = load_picture(stream, 4800).image
    stream.close()
    assert np.array_equal(np.asarray(image), photo())


def test_more_pixels_than_allowed_are_refused() -> None:
    data = png(Image.fromarray(photo()))
    assert load_picture(io.BytesIO(data), 4800).image.size == (80, 60)
    for limit in (4799, 1000):  # Pillow warns of the one, and refuses the other
        with pytest.raises(LimitError, match=f"exceeds the limit max_pixels = {limit}"):
            load_picture(io.BytesIO(data), limit)


def test_more_memory_than_there_is_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = png(Image.fromarray(photo()))  # 4800 pixels, 12 bytes each
    pages = {"SC_PHYS_PAGES": 57_599, "SC_PAGE_SIZE": 1}
    monkeypatch.setattr("os.sysconf", pages.__getitem__, raising=False)
    with pytest.raises(LimitError, match="picture of 4,800 pixels: it takes about 0 MiB"):
        load_picture(io.BytesIO(data), 4800)
    pages["SC_PHYS_PAGES"] = 57_600
    assert load_picture(io.BytesIO(data), 4800).image.size == (80, 60)


@pytest.mark.parametrize("data", [b"", b"hello", bytes(3000)])
def test_what_is_no_picture_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(PictureError, match="not a picture in a format that Pillow reads"):
        load_picture(io.BytesIO(data), 100)


def test_a_damaged_picture_is_one_clear_error() -> None:
    data = png(Image.fromarray(photo()))
    for damaged in (data[: len(data) // 2], data[:60] + bytes(40) + data[100:]):
        with pytest.raises(PictureError, match=r"^not a readable picture: \w"):
            load_picture(io.BytesIO(damaged), 4800)


def test_an_error_of_the_stream_is_passed_on() -> None:
    class Broken(io.BytesIO):
        def read(self, _: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output error"):
        load_picture(Broken(b"data"), 100)


# Writing


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("colors", [1, 2, 17, 256])
def test_png_keeps_palette_and_indices(colors: int, alpha: bool) -> None:
    image = indexed(9, 7, colors, alpha=alpha)
    with Image.open(io.BytesIO(to_picture(image, "PNG"))) as written:
        assert written.mode == "P"
        assert np.array_equal(np.asarray(written), image.indices)
        palette = np.array(written.getpalette("RGBA")).reshape(-1, 4)[:colors, : 3 + alpha]
        assert np.array_equal(palette[:, :3], image.palette[:, :3])
        pixels = np.asarray(written.convert("RGBA"))[..., : 3 + alpha]
        assert np.array_equal(pixels, image.to_pixels())


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "WEBP", "TGA", "PPM"])
def test_formats_without_loss_hold_what_was_written(kind: str) -> None:
    image = quantize(photo())
    assert np.array_equal(shown(to_picture(image, kind), "RGB"), image.to_pixels())


def test_gif_keeps_the_order_of_the_palette() -> None:
    image = indexed(9, 7, 12)
    with Image.open(io.BytesIO(to_picture(image, "GIF"))) as written:
        assert np.array_equal(np.asarray(written), image.indices)


def test_jpeg_may_change_colours_a_little_but_not_lose_alpha() -> None:
    image = quantize(photo())
    written = shown(to_picture(image, "JPEG"), "RGB").astype(int)
    assert 0 < np.abs(written - image.to_pixels()).mean() < 12
    with pytest.raises(PictureError, match="can't be written as JPEG"):
        to_picture(quantize(icon()), "JPEG")


@pytest.mark.parametrize(
    ("image", "kind", "change"),
    [
        (quantize(icon()), "BMP", "it would lose its transparency"),
        (quantize(icon()), "GIF", "it would lose its transparency"),
        (quantize(photo()), "ICO", "it would become 48 x 36 pixels"),
        (quantize(photo()), "nothing", "can't be written as nothing"),
    ],
)
def test_what_would_change_is_not_written(image: IndexedImage, kind: str, change: str) -> None:
    with pytest.raises(PictureError, match=change):
        to_picture(image, kind)


def test_a_format_that_pillow_only_writes_is_not_compared() -> None:
    assert to_picture(quantize(photo()), "PDF").startswith(b"%PDF")


def test_colours_become_srgb_where_the_format_has_no_profile() -> None:
    plain = quantize(photo())
    image = replace(plain, chunks=(Chunk(b"iccp", wide_gamut()),))
    converted = palette_to_srgb(plain.palette, wide_gamut())[plain.indices]
    assert not np.array_equal(converted, plain.to_pixels())
    assert np.array_equal(shown(to_picture(image, "PNG"), "RGB"), plain.to_pixels())
    assert np.array_equal(shown(to_picture(image, "BMP"), "RGB"), converted)
    assert np.array_equal(without_icc(image).to_pixels(), converted)
    assert without_icc(image).chunks == ()
    assert without_icc(plain) is plain


def test_a_profile_that_can_not_be_used_is_kept_or_left_out() -> None:
    image = replace(quantize(photo()), chunks=(Chunk(b"iccp", profile("sRGB")[:200]),))
    with pytest.raises(ValueError, match=r"\w"):
        without_icc(image)
    assert np.array_equal(shown(to_picture(image, "BMP"), "RGB"), image.to_pixels())


def test_pillow_is_given_palette_indices_and_transparency() -> None:
    image = IndexedImage(noise(1, 5, 4, 1)[0], indexed(4, 6, 5).indices)
    given = to_pillow(image)
    assert (given.mode, given.size) == ("P", (6, 4))
    assert np.array_equal(np.asarray(given.convert("RGBA")), image.to_pixels())


def test_what_pillow_can_not_write_is_one_clear_error() -> None:
    with pytest.raises(PictureError, match=r"^can't be written as JPEG: cannot write mode RGBA"):
        saved(Image.new("RGBA", (3, 3)), "JPEG")


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "PCX", "TGA", "GIF", "PNG"])
@pytest.mark.parametrize("colors", [2, 5, 16, 200])
def test_palette_and_indices_are_kept_wherever_the_format_holds_them(
    kind: str, colors: int
) -> None:
    image = indexed(20, 31, colors)
    with Image.open(io.BytesIO(to_picture(image, kind)), formats=[kind]) as written:
        assert written.mode == "P"
        assert np.array_equal(np.asarray(written), image.indices)
        palette = np.array(written.getpalette("RGB"), np.uint8).reshape(-1, 3)
    assert np.array_equal(palette[:colors], image.palette)


@pytest.mark.parametrize("kind", ["BMP", "PCX", "TGA", "GIF", "TIFF"])
@pytest.mark.parametrize("levels", [2, 3, 4, 256])
def test_indices_of_grey_palettes_are_kept_too(kind: str, levels: int) -> None:
    ramp = np.linspace(0, 255, levels) if levels in (2, 4) else np.arange(levels)
    palette = np.repeat(ramp.astype(np.uint8)[:, None], 3, axis=1)
    image = replace(indexed(20, 31, levels), palette=palette)
    with Image.open(io.BytesIO(to_picture(image, kind)), formats=[kind]) as written:
        assert written.mode in ("P", "1", "L")
        assert np.array_equal(np.asarray(written).astype(np.uint8), image.indices)


@pytest.mark.parametrize(("kind", "head"), [("BMP", b"BM"), ("PPM", b"P4"), ("XBM", b"#define")])
def test_black_and_white_takes_a_bit_a_pixel_where_no_palette_does(kind: str, head: bytes) -> None:
    image = replace(indexed(64, 64, 2), palette=BLACK_AND_WHITE)
    data = to_picture(image, kind)
    assert data.startswith(head)
    if kind != "XBM":  # which is text
        assert len(data) < 64 * 64 // 8 + 80
    assert np.array_equal(shown(data, "RGB"), image.to_pixels())


@pytest.mark.parametrize("kind", ["TIFF", "TGA", "WEBP"])
def test_what_a_palette_can_not_hold_there_is_written_as_pixels(kind: str) -> None:
    image = quantize(icon(), colors=9)
    with Image.open(io.BytesIO(to_picture(image, kind)), formats=[kind]) as written:
        assert np.array_equal(np.asarray(written.convert("RGBA")), image.to_pixels())
