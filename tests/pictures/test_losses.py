"""What is changed or left out of a picture is named, and nothing else."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import PIL
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from kmformat.pictures.formats import Loaded, load_picture
from kmformat.pictures.losses import changes_of, left_out_of
from tests.pictures.test_icc import grey_profile
from tests.samples import gama, photo, pillow_photo, png, profile

DEEP = photo(4, 6).astype(np.uint16) * 257
CUT = ("16 bits cut to 8",)


def read(data: bytes) -> Loaded:
    return load_picture(io.BytesIO(data), 1 << 20)


def saved(image: Image.Image, kind: str, **options: Any) -> Loaded:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return read(stream.getvalue())


def tiff(pixels: Any, photometric: int, extra: int | None = None) -> bytes:
    """A TIFF of uint8 or uint16 samples in one strip."""
    height, width, channels = pixels.shape
    shorts = [
        (256, width),
        (257, height),
        (259, 1),
        (262, photometric),
        (277, channels),
        (278, height),
    ]
    entries = [struct.pack("<HHIHH", tag, 3, 1, value, 0) for tag, value in shorts]
    start = 8 + 2 + 12 * (len(shorts) + 3 + (extra is not None)) + 4
    entries.append(struct.pack("<HHII", 258, 3, channels, start))
    entries.append(struct.pack("<HHII", 273, 4, 1, start + 2 * channels))
    entries.append(struct.pack("<HHII", 279, 4, 1, pixels.nbytes))
    if extra is not None:
        entries.append(struct.pack("<HHIHH", 338, 3, 1, extra, 0))
    entries.sort(key=lambda entry: entry[:2][::-1])
    bits = struct.pack("<H", 8 * pixels.itemsize) * channels
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    head = b"II*\0" + struct.pack("<I", 8)
    return b"".join([head, directory, bits, pixels.tobytes()])


RGBA = np.dstack([DEEP, DEEP[..., :1]])


@pytest.mark.parametrize(
    "data",
    [
        png(DEEP),
        png(RGBA),
        png(RGBA[..., :2]),
        png(DEEP[..., 0] + 1),
        tiff(DEEP, 2),
        tiff(RGBA, 2, extra=2),
        tiff(RGBA, 2, extra=0),
        b"P6 6 4 65535\n" + DEEP.astype(">u2").tobytes(),
        b"P5 6 4 65535\n" + (DEEP[..., 0] + 1).astype(">u2").tobytes(),
        b"P3 1 1 65535\n1 2 3\n",
    ],
)
def test_16_bits_of_every_kind_are_said_to_be_cut(data: bytes) -> None:
    assert changes_of(read(data).image) == CUT


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("bits", [8, 16])
def test_depth_of_sgi(mode: str, bits: int) -> None:
    image = Image.fromarray(photo(4, 6)).convert(mode)
    assert changes_of(saved(image, "SGI", bpc=bits // 8).image) == (CUT if bits > 8 else ())


def test_other_depths_are_named() -> None:
    assert changes_of(read(b"P6 1 1 1023\n" + bytes(6)).image) == ("10 bits cut to 8",)
    assert changes_of(read(b"P6 1 1 15\n" + bytes(3)).image) == ()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "TGA", "GIF", "BMP", "JPEG", "WEBP", "PPM", "ICO"])
def test_8_bits_lose_nothing(mode: str, kind: str) -> None:
    image = Image.fromarray(photo(4, 6)).convert(mode)
    options = (
        {"sizes": [image.size]} if kind == "ICO" else {}
    )  # Pillow 12 writes none below 16 x 16
    try:
        loaded = saved(image, kind, **options)
    except OSError:
        pytest.skip("not a mode of this format")
    assert changes_of(loaded.image) == loaded.left_out == ()


def test_8_bits_stored_in_16_lose_nothing_where_that_can_be_seen() -> None:
    assert changes_of(read(png(DEEP[..., 0])).image) == ()


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "LAB"])
def test_conversion_of_other_spaces_is_said(mode: str) -> None:
    if mode == "YCbCr" and PIL.__version__ < "13":
        pytest.skip("Pillow 12 can't read what it writes there")
    image = Image.new(mode, (3, 3))
    assert changes_of(saved(image, "TIFF").image) == (f"{mode} converted to RGB",)


def test_conversion_by_gamma_and_by_a_profile_of_grey_is_said() -> None:
    assert changes_of(read(png(photo(4, 6), gama(1.0))).image) == ("gAMA converted to sRGB",)
    grey = pillow_photo().convert("L")
    expected = ("grey converted to sRGB by its profile",)
    assert changes_of(saved(grey, "PNG", icc_profile=grey_profile(1.0)).image) == expected
    assert changes_of(saved(grey, "PNG", icc_profile=b"junk").image) == ()
    assert changes_of(saved(pillow_photo(), "PNG", icc_profile=profile("sRGB")).image) == ()


def test_what_is_taken_as_srgb_is_said() -> None:
    for points, stated in (
        ((9, 16, 0, 1), "PQ (HDR)"),
        ((9, 18, 0, 1), "HLG (HDR)"),
        ((12, 13, 0, 0), "cICP 12-13-0-0"),
        ((99, 13, 0, 1), "cICP 99-13-0-1"),
    ):
        data = png(photo(4, 6), (b"cICP", bytes(points)))
        assert changes_of(read(data).image) == (f"{stated} taken as sRGB",)


def test_adobe_rgb_that_only_exif_states_is_said() -> None:
    def exif(index: str) -> bytes:
        tags = Image.Exif()
        tags[0x10F] = "R03"  # a camera's name, which says nothing
        tags[0x8769] = {0xA001: 65535, 0xA005: {1: index}}
        return tags.tobytes()

    for options, expected in (
        ({"exif": exif("R03")}, ("Adobe RGB of EXIF taken as sRGB",)),
        ({"exif": exif("R98")}, ()),
        ({"exif": exif("R03"), "icc_profile": profile("sRGB")}, ()),
    ):
        assert changes_of(saved(pillow_photo(), "JPEG", **options).image) == expected


def test_chunks_of_a_png_that_are_not_carried_are_named() -> None:
    info = PngInfo()
    info.add_text("Author", "Me")
    info.add_text("Title", "a" * 999, zip=True)
    info.add_itxt("Comment", "ä")
    info.add_itxt("XML:com.adobe.xmp", "<x/>")
    info.add(b"tIME", bytes(7))
    info.add(b"prVt", b"private")
    loaded = saved(pillow_photo(), "PNG", pnginfo=info, dpi=(300, 300))
    assert sorted(loaded.left_out) == sorted(
        ["tEXt Author", "zTXt Title", "iTXt Comment", "tIME", "prVt"]
    )


def test_no_more_than_20_names_are_told() -> None:
    texts = [(b"tEXt", b"%d\0text" % number) for number in range(25)]
    left_out = read(png(photo(4, 6), *texts)).left_out
    assert (left_out[0], left_out[19:]) == ("tEXt 0", ("tEXt 19", "5 more"))


def test_tags_of_a_tiff_that_are_not_carried_are_named() -> None:
    tags = ImageFileDirectory_v2()
    tags[33550], tags[33922] = (1.0, 1.0, 0.0), (0.0,) * 6
    tags[34735] = (1, 1, 0, 0)
    tags[42112], tags[269], tags[270] = "<GDALMetadata/>", "a document", "a description"
    tags.tagtype |= {33550: 12, 33922: 12, 34735: 3, 42112: 2}
    loaded = saved(pillow_photo(), "TIFF", tiffinfo=tags, dpi=(300, 300))
    assert loaded.left_out == (
        "DocumentName", "GeoTIFF ModelPixelScaleTag", "GeoTIFF ModelTiepointTag",
        "GeoTIFF GeoKeyDirectoryTag", "GDAL_METADATA",
    )  # fmt: skip


def test_segments_of_a_jpeg_that_are_not_carried_are_named() -> None:
    image, stream = pillow_photo(), io.BytesIO()
    tags = Image.Exif()
    tags[0x10F] = "Cam"
    image.save(stream, "JPEG", comment="hello", exif=tags, icc_profile=profile("sRGB"), xmp=b"<x/>")
    resource = b"8BIM" + struct.pack(">HHI", 1028, 0, 4) + b"IPTC"
    segments = [(0xED, b"Photoshop 3.0\0" + resource), (0xEC, b"Ducky\0\1"), (0xEB, b"\0\1")]
    added = b"".join(
        struct.pack(">BBH", 255, marker, len(data) + 2) + data for marker, data in segments
    )
    data = stream.getvalue()
    left_out = read(data[:2] + added + data[2:]).left_out
    assert left_out == ("IPTC", "APP12 Ducky", "APP11", "comment")


def test_what_others_have_is_named() -> None:
    image = pillow_photo()
    assert saved(image, "GIF", comment=b"hello").left_out == ("comment",)
    assert saved(image, "ICO", sizes=[(8, 8), (4, 4)]).left_out == ("other sizes",)


def test_what_can_not_be_told_is_no_reason_to_fail() -> None:
    image = pillow_photo()
    image.format = "JPEG"  # without segments
    assert left_out_of(image) == ()
