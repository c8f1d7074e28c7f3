"""``kmformat decode``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kmformat
from kmformat import Chunk, IndexedImage
from kmformat.pictures.icc import without_profile
from tests.cli.shell import Run, Shell
from tests.samples import indexed, photo, wide_gamut


def test_a_box_is_decoded_and_the_suffix_picks_the_format(run: Shell) -> None:
    run("encode", "photo.png")
    assert run("decode", "photo.kmf", "--box", "5,6,25,16", "-o", "part.bmp").status == 0
    with Image.open("part.bmp") as part:
        assert (part.format, part.mode) == ("BMP", "P")
        shown = np.asarray(part.convert("RGB"))
    assert np.array_equal(shown, kmformat.read("photo.kmf")[6:16, 5:25])


def test_spaces_in_a_box_are_accepted(run: Shell) -> None:
    run("encode", "photo.png")
    assert run("decode", "photo.kmf", "--box", "0, 0, 5, 5", "-o", "part.png").status == 0


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("photo.ico", "ICO: it would become 48 x 36 pixels"),
        ("photo.icns", "ICNS: it would become 1024 x 1024 pixels"),
        ("photo.avif", "AVIF: its colours would change"),
        ("icon.bmp", "BMP: it would lose its transparency"),
        ("icon.ppm", "PPM: it would lose its transparency"),
        ("icon.gif", "GIF: it would lose its transparency"),
        ("icon.jpg", "JPEG"),
    ],
)
def test_formats_that_would_change_the_picture_are_refused(
    run: Shell, target: str, message: str
) -> None:
    if Path(target).suffix not in Image.registered_extensions():
        pytest.skip("this Pillow does not know the format")
    name = Path(target).stem
    run("encode", f"{name}.png")
    assert f"can't be written as {message}" in run.fails(1, "decode", f"{name}.kmf", "-o", target)
    assert not Path(target).exists()


@pytest.mark.parametrize(
    "target",
    ["photo.webp", "icon.webp", "photo.gif", "photo.bmp", "icon.tiff", "icon.tga", "photo.jpg"],
)
def test_other_formats_hold_what_was_decoded(run: Shell, target: str) -> None:
    name = Path(target).stem
    run("encode", f"{name}.png")
    assert run("decode", f"{name}.kmf", "-o", target) == Run(0, "", "")
    with Image.open(target) as image:
        expected = kmformat.read(f"{name}.kmf")
        shown = np.asarray(image.convert("RGB" if expected.shape[2] == 3 else "RGBA"))
        if target != "photo.jpg":
            assert np.array_equal(shown, expected)


def test_what_pillow_does_not_foresee_is_one_line(run: Shell) -> None:
    wide = IndexedImage(np.zeros((2, 3), np.uint8), np.zeros((1, 70000), np.uint8))
    Path("wide.kmf").write_bytes(kmformat.encode_indexed(wide))
    for suffix in ("gif", "pcx", "sgi"):
        assert "can't be written" in run.fails(1, "decode", "wide.kmf", "-o", f"a.{suffix}")
    malformed = replace(kmformat.quantize(photo()), chunks=(Chunk(b"exif", b"garbage!!"),))
    Path("exif.kmf").write_bytes(kmformat.encode_indexed(malformed))
    for suffix in ("png", "jpg", "tif", "webp"):
        assert run("decode", "exif.kmf", "-o", f"a.{suffix}") == Run(0, "", "")


def test_a_png_with_a_palette_comes_back_exactly(run: Shell) -> None:
    image = Image.fromarray(indexed(9, 7, 40).indices)
    image.putpalette(np.random.default_rng(0).bytes(120))
    image.save("p.png", transparency=bytes(range(200, 240)))
    run("encode", "p.png")
    assert kmformat.read_info("p.kmf").colors == 40
    run("decode", "p.kmf", "-o", "again.png")
    with Image.open("p.png") as before, Image.open("again.png") as after:
        assert after.getpalette() == before.getpalette()
        assert after.tobytes() == before.tobytes()
        assert after.info["transparency"] == before.info["transparency"]
    assert run("encode", "-c", "8", "p.png", "-o", "8.kmf").status == 0
    assert kmformat.read_info("8.kmf").colors == 8


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tiff"])
def test_metadata_goes_into_formats_that_hold_it_and_can_be_stripped(
    run: Shell, suffix: str
) -> None:
    tags, xmp = Image.Exif(), b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
    tags[0x10F] = "Cam"
    Image.fromarray(photo()).save("a.jpg", exif=tags, xmp=xmp)
    run("encode", "a.jpg", "-o", "a.kmf")
    assert run("decode", "a.kmf", "-o", f"b.{suffix}") == Run(0, "", "")
    assert run("decode", "a.kmf", "--strip", "-o", f"c.{suffix}") == Run(0, "", "")
    with Image.open(f"b.{suffix}") as image:
        assert image.getexif()[0x10F] == "Cam"
        assert xmp in (image.info["xmp"], bytes(image.info["xmp"]))
    with Image.open(f"c.{suffix}") as image:
        assert 0x10F not in image.getexif()
        assert "xmp" not in image.info
    run("encode", "--strip", "a.jpg", "-o", "bare.kmf")
    assert [kind for kind, _ in kmformat.read_info("bare.kmf").chunks if kind.islower()] == []


@pytest.mark.parametrize("suffix", ["gif", "bmp", "png"])
def test_colours_look_the_same_in_formats_without_profiles(run: Shell, suffix: str) -> None:
    image = Image.fromarray(photo()).quantize(12)
    image.save("p.png", icc_profile=wide_gamut())
    run("encode", "p.png")
    assert run("decode", "p.kmf", "-o", f"out.{suffix}") == Run(0, "", "")
    with Image.open(f"out.{suffix}") as shown, Image.open("p.png") as original:
        assert ("icc_profile" in shown.info) == (suffix == "png")
        expected = original if suffix == "png" else without_profile(original)
        assert shown.convert("RGB").tobytes() == expected.convert("RGB").tobytes()
    assert "exact" in run("compare", "p.png", f"out.{suffix}").out
    assert run("decode", "p.kmf", "--strip", "-o", f"bare.{suffix}") == Run(0, "", "")
    with Image.open(f"bare.{suffix}") as bare, Image.open("p.png") as original:
        expected = without_profile(original)
        assert bare.convert("RGB").tobytes() == expected.convert("RGB").tobytes()


def test_what_holds_no_alpha_takes_a_background(run: Shell) -> None:
    run("encode", "icon.png")
    assert "JPEG" in run.fails(1, "decode", "icon.kmf", "-o", "icon.jpg")
    assert run("decode", "icon.kmf", "--background", "fff", "-o", "icon.jpg").status == 0
    with Image.open("icon.jpg") as shown:
        assert np.asarray(shown)[0, 0].min() > 240


def test_a_transparent_entry_that_was_added_is_told(run: Shell) -> None:
    Path("p.hex").write_text("000000\nffffff\n")
    said = run("encode", "icon.png", "--palette", "p.hex").err
    assert said.startswith("icon.png: a transparent entry was added to the palette")
    said = run("encode", "-f", "icon.png", "--palette", "p.hex", "--background", "#fff").err
    assert "transparent" not in said
