"""ICC profiles, EXIF and XMP: carried, given back, or left out."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

import kmformat
from kmformat import Chunk
from kmformat.pictures.formats import load_picture, to_picture
from kmformat.pictures.metadata import Metadata
from tests.samples import photo, pillow_photo, profile, reopened, wide_gamut

SRGB = profile("sRGB")
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a tiff:Orientation="6"/></x:xmpmeta>'
UPRIGHT_XMP = XMP.replace(b'"6"', b'"1"')


def exif(orientation: int = 6, order: str = "<") -> bytes:
    """A TIFF structure with a camera's name and an orientation."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entries = struct.pack(f"{order}HHIHH", 0x112, 3, 1, orientation, 0)
    entries = struct.pack(f"{order}HHI4s", 0x10F, 2, 4, b"Cam\0") + entries
    return mark + struct.pack(f"{order}IH", 8, 2) + entries + bytes(4)


def test_all_three_are_carried_and_given_back_everywhere(tmp_path: Path) -> None:
    image = pillow_photo(icc_profile=SRGB, exif=b"Exif\0\0" + exif(1), xmp=UPRIGHT_XMP)
    path = tmp_path / "a.kmf"
    kmformat.save(image, path)
    assert [kind for kind, _ in kmformat.read_info(path).chunks][-3:] == ["iccp", "exif", "xmpp"]
    with Image.open(path) as lazy:
        for shown in (kmformat.open(path), lazy, reopened(lazy)):
            assert shown.info["icc_profile"] == SRGB
            assert shown.info["exif"] == b"Exif\0\0" + exif(1)
            assert shown.info["xmp"] == UPRIGHT_XMP
            assert shown.getexif()[0x10F] == "Cam"


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_orientation_is_applied_and_reset_and_nothing_else_changes(order: str) -> None:
    shown = reopened(pillow_photo(exif=exif(6, order), xmp=XMP), colors=256)
    assert shown.size == (10, 16)
    assert np.array_equal(np.asarray(shown.convert("RGB")), np.rot90(photo(10, 16), -1))
    assert Metadata.of(shown) == Metadata(None, exif(1, order), UPRIGHT_XMP)


def test_the_orientation_of_a_picture_with_a_palette_is_applied() -> None:
    image = pillow_photo().quantize(5)
    image.info["exif"] = exif(3)
    shown = reopened(image)
    assert shown.getpalette() == image.getpalette()
    assert np.array_equal(np.asarray(shown), np.asarray(image)[::-1, ::-1])


@pytest.mark.parametrize(
    "damaged",
    [b"", b"II", b"no TIFF at all", exif()[:9], exif()[:20], b"II*\0" + b"\xff" * 40],
)
def test_malformed_exif_is_carried_as_it_is(damaged: bytes) -> None:
    assert Metadata.of(reopened(pillow_photo(exif=damaged))).exif == (damaged or None)


def test_save_can_be_told_other_metadata_or_none() -> None:
    image = pillow_photo(icc_profile=SRGB, exif=exif(1), xmp=XMP)
    bare = reopened(image, icc_profile=None, exif=None, xmp=None)
    assert Metadata.of(bare) == Metadata()
    tags = Image.Exif()
    tags[0x10F] = "Other"
    assert reopened(image, exif=tags).getexif()[0x10F] == "Other"
    assert reopened(pillow_photo().quantize(4), transparency=2).info["transparency"] == 2


def test_strip_leaves_all_out_and_srgb_only_the_profile() -> None:
    image = pillow_photo(icc_profile=wide_gamut(), exif=exif(1), xmp=UPRIGHT_XMP)
    swapped = ImageCms.profileToProfile(
        image, io.BytesIO(wide_gamut()), ImageCms.createProfile("sRGB")
    )
    plain, stripped, converted = (
        reopened(image, colors=256, **options) for options in ({}, {"strip": True}, {"srgb": True})
    )
    assert Metadata.of(stripped) == Metadata()
    assert Metadata.of(converted) == Metadata(None, exif(1), UPRIGHT_XMP)
    assert np.array_equal(np.asarray(plain.convert("RGB")), np.asarray(image))
    assert swapped is not None
    for shown in (stripped, converted):
        assert np.array_equal(np.asarray(shown.convert("RGB")), np.asarray(swapped))


def test_the_tags_of_a_tiff_file_that_describe_the_picture_are_carried() -> None:
    image, tags = pillow_photo(), Image.Exif()
    tags[0x10F], tags[0x8769] = "Cam", {0x9003: "2026:01:01 00:00:00"}
    stream = io.BytesIO()
    image.save(stream, "TIFF", exif=tags.tobytes())
    shown = reopened(load_picture(io.BytesIO(stream.getvalue()), 1000).image)
    assert shown.getexif()[0x10F] == "Cam"
    assert shown.getexif().get_ifd(0x8769)[0x9003] == "2026:01:01 00:00:00"
    assert 0x111 not in shown.getexif()  # where the strips are in the other file


def test_an_orientation_that_someone_else_wrote_turns_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.kmf"
    chunks = (Chunk(b"exif", exif(6)), Chunk(b"xmpp", XMP))
    indexed = replace(kmformat.quantize(photo(10, 16)), chunks=chunks)
    path.write_bytes(kmformat.encode_indexed(indexed))
    for image in (Image.open(path), kmformat.open(path)):
        assert kmformat.quantize(image).indices.shape == (10, 16)
        assert Metadata.of(image) == Metadata(None, exif(1), UPRIGHT_XMP)


def test_chunks_that_nothing_knows_do_not_survive_pillow() -> None:
    known = Chunk(b"exif", exif(1))
    indexed = replace(kmformat.quantize(photo(10, 16)), chunks=(Chunk(b"myAp", b"x"), known))
    shown = reopened(Image.open(io.BytesIO(kmformat.encode_indexed(indexed))))
    assert kmformat.decode_indexed(kmformat.encode(shown)).chunks == (known,)


def test_metadata_behind_the_pixels_of_a_png_is_carried() -> None:
    stream = io.BytesIO()
    pillow_photo().save(stream, "PNG", exif=exif(6))
    data = stream.getvalue()
    start = data.index(b"eXIf") - 4
    end = start + 12 + int.from_bytes(data[start : start + 4], "big")
    late = data[:start] + data[end:-12] + data[start:end] + data[-12:]
    shown = reopened(Image.open(io.BytesIO(late)))
    assert (shown.size, Metadata.of(shown).exif) == ((10, 16), exif(1))


def read_as(kind: str, image: Image.Image, **options: object) -> Image.Image:
    """The image as it is loaded from a file in a format."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return load_picture(io.BytesIO(stream.getvalue()), 1000).image


@pytest.mark.parametrize("dpi", [(300, 300), (300, 150), (254.5, 254.5)])
@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "JPEG"])
def test_the_resolution_is_carried_and_given_back(kind: str, dpi: tuple[float, float]) -> None:
    shown = reopened(read_as(kind, pillow_photo(), dpi=dpi))
    assert shown.info["dpi"] == pytest.approx(dpi, abs=0.5 if kind == "JPEG" else 0.01)
    indexed = kmformat.decode_indexed(kmformat.encode(shown))
    for target in ("PNG", "BMP", "TIFF", "JPEG"):
        written = Image.open(io.BytesIO(to_picture(indexed, target)))
        assert written.info["dpi"] == pytest.approx(
            dpi, abs=0.6 if "JPEG" in (kind, target) else 0.02
        )
        assert ("exif" in written.info) == (target == "JPEG")  # the others say it themselves
    written = Image.open(io.BytesIO(to_picture(indexed, "WEBP")))
    assert written.getexif()[0x11A] == pytest.approx(dpi[0], abs=0.6)
    assert "dpi" not in reopened(shown, strip=True).info


@pytest.mark.parametrize("dpi", [72, 90, 96])
def test_a_resolution_that_nobody_asked_for_is_not_carried_unless_told(dpi: int) -> None:
    image = read_as("PNG", pillow_photo(), dpi=(dpi, dpi))
    assert kmformat.encode(image) == kmformat.encode(pillow_photo())
    assert reopened(image, dpi=(dpi, dpi)).info["dpi"] == (dpi, dpi)


def test_save_takes_a_resolution_or_none() -> None:
    image = pillow_photo(dpi=(300, 300), exif=exif(1))
    assert reopened(image).info["dpi"] == (300, 300)
    assert reopened(image, dpi=(150, 100)).info["dpi"] == (150, 100)
    assert reopened(image, dpi=(150, 100)).getexif()[0x10F] == "Cam"
    again = reopened(image)
    assert "dpi" not in reopened(again, dpi=None).info
    assert reopened(again).info == again.info


@pytest.mark.parametrize("dpi", [(0, 0), "300", (1e9, 1e9), None])
def test_what_is_no_resolution_is_ignored(dpi: object) -> None:
    assert kmformat.encode(pillow_photo(dpi=dpi)) == kmformat.encode(pillow_photo())


def test_the_resolution_in_exif_counts_where_the_file_states_no_other() -> None:
    tags = Image.Exif()
    tags[0x11A], tags[0x11B], tags[0x128] = 118.11, 59.055, 3  # pixels a centimetre
    stream = io.BytesIO()
    pillow_photo().save(stream, "JPEG", exif=tags)
    for kind, options in (("PNG", {}), ("JPEG", {}), ("PNG", {"dpi": (72, 72)})):
        shown = reopened(read_as(kind, pillow_photo(), exif=tags, **options))
        assert shown.info["dpi"] == pytest.approx((300, 150), abs=0.01)
        assert shown.getexif()[0x128] == 3
    shown = reopened(read_as("PNG", pillow_photo(), exif=tags, dpi=(200, 200)))
    assert (shown.info["dpi"], shown.getexif()[0x128]) == ((200, 200), 2)


def test_pixels_that_are_not_square_stay_so() -> None:
    image = pillow_photo(aspect=(2, 1))
    shown = reopened(image)
    assert (shown.getexif()[0x11A], shown.getexif()[0x11B], shown.getexif()[0x128]) == (2, 1, 1)
    assert "dpi" not in shown.info
