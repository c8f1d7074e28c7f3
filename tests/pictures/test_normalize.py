"""Every kind of picture that Pillow reads, and arrays, as the codec sees them."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import kmformat
from kmformat import ParameterError, PictureError, quantize
from kmformat.pictures.formats import load_picture
from kmformat.pictures.normalize import as_indexed, as_pixels, chunks_of
from tests.samples import icon, photo

MODES = ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "LAB", "RGBa"]


def in_mode(mode: str) -> Image.Image:
    """A picture in a mode, by way of those from which Pillow gets there."""
    image = Image.fromarray(icon())
    via = {"PA": "P", "LA": "L", "LAB": "RGB", "CMYK": "RGB", "YCbCr": "RGB", "HSV": "RGB"}
    return (image.convert(via[mode]) if mode in via else image).convert(mode)


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_is_seen_as_pillow_converts_it(mode: str) -> None:
    image = in_mode(mode).crop((4, 4, 20, 20))  # no more than 256 colours
    expected = np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))
    assert np.array_equal(as_pixels(image), expected)
    assert (as_indexed(image) is not None) == (mode in ("P", "1"))
    decoded = kmformat.decode(kmformat.encode(image, colors=256))
    assert np.array_equal(decoded, expected[..., : decoded.shape[2]])


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV"])
def test_pillow_modes_look_as_pillow_shows_them(mode: str) -> None:
    image = Image.fromarray(photo()).quantize(8).convert("RGB").convert(mode)
    shown = quantize(image, colors=256).to_pixels()
    assert np.array_equal(shown, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("mode", ["P", "1"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_own_palettes_and_pixels_agree_upright(mode: str, orientation: int) -> None:
    image, tags = in_mode(mode), Image.Exif()
    image = image.crop((0, 0, 24, 17))
    tags[0x112] = orientation
    image.info["exif"] = tags.tobytes()
    indexed = as_indexed(image)
    assert indexed is not None
    assert np.array_equal(indexed.to_pixels(), as_pixels(image))
    assert indexed.indices.shape == ((17, 24) if orientation < 5 else (24, 17))


@pytest.mark.parametrize(
    ("mode", "hidden"),
    [("L", 7), ("RGB", (7, 7, 7)), ("P", 3), ("P", bytes([255, 0, 9])), ("1", 255)],
)
def test_transparent_colours_are_transparent_pixels(mode: str, hidden: object) -> None:
    image = Image.fromarray(np.arange(16, dtype=np.uint8).reshape(4, 4))
    if mode == "P":
        image.putpalette(bytes(range(48)))
    else:
        image = image.convert(mode)
    image.info["transparency"] = hidden
    pixels = as_pixels(image)
    assert pixels.shape == (4, 4, 4)
    assert np.array_equal(pixels, np.asarray(image.convert("RGBA")))
    data = kmformat.encode(image)
    assert np.array_equal(kmformat.decode(data)[..., 3], pixels[..., 3])


def test_a_transparent_palette_entry_is_transparent() -> None:
    image = Image.fromarray(np.array([[0, 1, 1]], np.uint8), "P")
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.info["transparency"] = 0
    assert quantize(image).to_pixels()[0, :, 3].tolist() == [0, 255, 255]


def test_exif_orientation_turns_the_picture_upright() -> None:
    image = Image.fromarray(photo(4, 6))
    image.getexif()[0x0112] = 6  # turned a quarter to the left
    assert quantize(image, colors=256).indices.shape == (6, 4)


def test_arrays_have_no_palette_and_no_metadata() -> None:
    assert as_indexed(photo()) is None
    assert chunks_of(photo()) == ()


def test_a_mask_is_not_lost_but_refused() -> None:
    masked = np.ma.MaskedArray(photo(), mask=False)
    with pytest.raises(ParameterError, match="image with a mask"):
        kmformat.encode(masked)


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


@pytest.mark.parametrize("mode", ["P", "L", "RGB", "1"])
@pytest.mark.parametrize("orientation", [3, 6])
def test_tiff_files_are_turned_in_every_mode(tmp_path: Path, mode: str, orientation: int) -> None:
    image, path = in_mode("RGB").crop((3, 0, 24, 17)).convert(mode), tmp_path / "a.tif"
    image.save(path, "TIFF", tiffinfo={0x112: orientation})
    upright = np.rot90(np.asarray(image.convert("RGB")), 2 if orientation == 3 else -1)
    for source in (path, io.BytesIO(path.read_bytes())):
        with Image.open(source) as opened:
            assert np.array_equal(as_pixels(opened), upright)
        with Image.open(source) as opened:
            indexed = as_indexed(opened)
            assert indexed is None or np.array_equal(indexed.to_pixels(), upright)


def test_a_palette_of_a_black_and_white_picture_is_its_own() -> None:
    image = in_mode("1")
    kmformat.quantize(image).palette[0] = 77
    assert kmformat.quantize(image).palette.tolist() == [[0] * 3, [255] * 3]


@pytest.mark.parametrize("mode", ["P", "L", "RGB", "CMYK", "1"])
@pytest.mark.parametrize("name", ["transparency", "icc_profile", "exif", "xmp"])
@pytest.mark.parametrize("value", ["3", 3.5, (1, 2), [0], {}, -7, 99999, b"\0", None])
def test_odd_things_in_info_are_ignored_or_named(mode: str, name: str, value: object) -> None:
    image = in_mode("RGB").convert(mode)
    image.info[name] = value
    try:
        assert kmformat.encode(image)
    except ParameterError as error:
        assert name == "transparency" or mode in str(error)


def test_pictures_that_turn_out_damaged_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_: Image.Image) -> None:
        raise SyntaxError("broken PNG file")

    image = in_mode("RGB")
    monkeypatch.setattr(Image.Image, "load", load)
    with pytest.raises(PictureError, match="the image can't be loaded: broken PNG file"):
        kmformat.encode(image)


def test_a_palette_that_pillow_has_lost_is_no_reason_to_fail() -> None:
    image = in_mode("PA")
    image.palette = None
    assert as_pixels(image).shape == (24, 24, 4)


def test_malformed_exif_raises_no_warning_and_keeps_the_picture() -> None:
    cut = b"Exif\0\0II*\0\x08\0\0\0\x02\0\x0f\x01\x02\0\x05\0\0\0\x26\0\0\0\x12\x01"
    image = in_mode("RGB")
    image.info["exif"] = cut
    assert kmformat.decode(kmformat.encode(image, colors=256)).shape == (24, 24, 3)


def test_the_current_frame_counts() -> None:
    frames = [Image.new("RGB", (3, 3), color) for color in ("red", "lime", "blue")]
    stream = io.BytesIO()
    frames[0].save(stream, "TIFF", save_all=True, append_images=frames[1:])
    with Image.open(stream) as image:
        image.seek(2)
        assert as_pixels(image)[0, 0].tolist() == [0, 0, 255]


# More than 8 bits, which Pillow alone would clip

SIGNALLING = np.array([0x7FA00000], np.uint32).view(np.float32)[0]
"""A NaN that warns when it is converted."""


@pytest.mark.parametrize(
    ("mode", "values", "expected"),
    [
        ("I;16", [0, 257, 32768, 65535], [0, 1, 128, 255]),
        ("I", [0, 257, 32768, 65535, 70000, -5], [0, 1, 128, 255, 255, 0]),
        ("I", [0, 1, 254, 255], [0, 1, 254, 255]),
        ("F", [0, 0.25, 0.5, 1, -1, np.nan, SIGNALLING], [0, 64, 128, 255, 0, 0, 0]),
        ("F", [0, 1, 2.4, 255, 300, np.inf], [0, 1, 2, 255, 255, 255]),
    ],
)
def test_deep_grey_becomes_8_bits(mode: str, values: list[float], expected: list[int]) -> None:
    dtype = {"I;16": np.uint16, "I": np.int32, "F": np.float32}[mode]
    image = Image.fromarray(np.array([values], dtype))
    assert image.mode == mode
    assert as_pixels(image)[0].tolist() == [[grey] * 3 for grey in expected]


def grey_tiff(samples: bytes, width: int, bits: int, photometric: int) -> io.BytesIO:
    """A TIFF file of one row of grey, as its tags have it."""
    tags = {256: width, 257: 1, 258: bits, 259: 1, 262: photometric, 273: 8, 274: 3, 277: 1}
    tags |= {278: 1, 279: len(samples)}
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, tags[tag]) for tag in tags)
    head = struct.pack("<2sHI", b"II", 42, 8 + len(samples))
    return io.BytesIO(head + samples + struct.pack("<H", len(tags)) + directory + bytes(4))


@pytest.mark.parametrize(
    ("bits", "photometric", "samples", "expected"),
    [
        (12, 1, bytes.fromhex("000800FFF7FF"), [0, 128, 255, 127]),
        (16, 1, struct.pack("<4H", 0, 32768, 65535, 257), [0, 128, 255, 1]),
        (16, 0, struct.pack("<4H", 0, 32768, 65535, 257), [255, 127, 0, 254]),
    ],
)
def test_black_and_white_of_deep_tiff_are_as_it_says(
    bits: int, photometric: int, samples: bytes, expected: list[int]
) -> None:
    stream = grey_tiff(samples, 4, bits, photometric)
    with Image.open(stream) as image:
        assert image.mode == "I;16"
        for seen in (as_pixels(image), as_pixels(load_picture(stream, 1 << 28).image)):
            assert seen[0, ::-1, 0].tolist() == expected  # its orientation is 3
    for strip in (False, True):
        with Image.open(stream) as image:
            decoded = kmformat.decode(kmformat.encode(image, srgb=not strip, strip=strip))
        assert sorted(decoded[0, :, 0]) == sorted(expected)


def test_a_text_named_like_our_notes_is_only_a_text() -> None:
    notes, stream = PngInfo(), io.BytesIO()
    notes.add_text("kmf_facts", "ab")
    Image.fromarray(np.array([[0, 65535]], np.uint16)).save(stream, "PNG", pnginfo=notes)
    with Image.open(stream) as image:
        assert as_pixels(image)[0, :, 0].tolist() == [0, 255]
        assert kmformat.decode(kmformat.encode(image))[0, :, 0].tolist() == [0, 255]


def test_a_transparent_value_of_16_bits_is_kept() -> None:
    image = Image.fromarray(np.array([[0, 257, 258]], np.uint16))
    image.info["transparency"] = 257
    assert as_pixels(image)[0].tolist() == [[0, 0, 0, 255], [1, 1, 1, 0], [1, 1, 1, 255]]


def test_16_bit_grey_is_scaled_not_clipped() -> None:
    image = Image.fromarray(np.array([[0, 257, 32768, 65535]], np.uint16))
    assert quantize(image).to_pixels()[0, :, 0].tolist() == [0, 1, 128, 255]
