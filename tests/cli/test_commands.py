"""The command line on many files, palettes and comparisons; `test_cli` has the rest."""

from __future__ import annotations

import io
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kmformat
from kmformat import Chunk, IndexedImage
from kmformat.color.quality import mean_squared_error, psnr
from kmformat.pictures.icc import without_profile
from tests.cli.test_run import Run, Shell, process, run
from tests.pictures.test_metadata import wide_gamut
from tests.samples import icon, indexed, photo

__all__ = ["run"]  # a fixture


def colors_of(path: str) -> list[str]:
    return [bytes(color).hex() for color in kmformat.read_info(path).palette]


# Many files


def test_several_files_are_encoded_and_decoded_beside_themselves_or_in_a_folder(run: Shell) -> None:
    assert run("encode", "-q", "photo.png", "icon.png") == Run(0, "", "")
    assert sorted(os.listdir()) == ["icon.kmf", "icon.png", "photo.kmf", "photo.png"]
    Path("out").mkdir()
    assert run("decode", "photo.kmf", "icon.kmf", "-o", "out").status == 0
    assert run("encode", "photo.png", "-o", f"out{os.sep}").status == 0
    assert sorted(os.listdir("out")) == ["icon.png", "photo.kmf", "photo.png"]


def test_of_several_files_those_that_fail_are_named_and_the_others_are_done(run: Shell) -> None:
    Path("text.png").write_text("hello")
    result = run("encode", "text.png", "none.png", "photo.png", "photo.png")
    assert result.status == 1
    lines = result.err.splitlines()
    assert lines[0] == "kmformat: text.png: not a picture in a format that Pillow reads"
    assert lines[1] == "kmformat: none.png: No such file or directory"
    assert lines[2].startswith("photo.kmf: 80x60")
    assert lines[3] == "kmformat: photo.kmf: was just written from another file"


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ("photo.png icon.png -o none", 1, "none: no such folder"),
        ("photo.png icon.png -o photo.png", 1, "photo.png: Not a directory"),
        ("photo.png icon.png -o -", 2, "several files do not go to standard output"),
        ("- - -o .", 2, "standard input can be read only once"),
        ("- -o ./", 2, "standard input has no name"),
    ],
)
def test_where_several_files_cannot_go(run: Shell, words: str, status: int, message: str) -> None:
    assert message in run.fails(status, "encode", *words.split())


def test_no_output_goes_over_an_input_or_another_output(run: Shell) -> None:
    Image.fromarray(photo()).save("a.png")
    Image.fromarray(photo(9, 9)).save("a.bmp")
    kmformat.save(icon(), "a.kmf")
    before = Path("a.kmf").read_bytes()
    assert "a.kmf is the input itself" in run("encode", "-f", "a.png", "a.kmf").err
    assert Path("a.kmf").read_bytes() == before
    same = os.path.join(os.getcwd(), "a.bmp")
    result = run("encode", "-f", "a.png", same)
    assert result.status == 1
    assert "was just written from another file" in result.err
    assert kmformat.read_info("a.kmf").height == 60
    Path("b.png").write_text("broken")
    Image.fromarray(photo()).save("b.bmp")
    assert run("encode", "b.png", "b.bmp").status == 1
    assert Path("b.kmf").exists()


def test_what_pillow_does_not_foresee_is_one_line(run: Shell) -> None:
    wide = IndexedImage(np.zeros((2, 3), np.uint8), np.zeros((1, 70000), np.uint8))
    Path("wide.kmf").write_bytes(kmformat.encode_indexed(wide))
    for suffix in ("gif", "pcx", "sgi"):
        assert "can't be written" in run.fails(1, "decode", "wide.kmf", "-o", f"a.{suffix}")
    malformed = replace(kmformat.quantize(photo()), chunks=(Chunk(b"exif", b"garbage!!"),))
    Path("exif.kmf").write_bytes(kmformat.encode_indexed(malformed))
    for suffix in ("png", "jpg", "tif", "webp"):
        assert run("decode", "exif.kmf", "-o", f"a.{suffix}") == Run(0, "", "")


def test_of_an_animation_the_first_frame_is_kept_and_said_to_be(run: Shell) -> None:
    frames = [Image.new("P", (5, 5), n) for n in range(3)]
    for frame in frames:
        frame.putpalette([0, 0, 0, 200, 0, 0, 0, 200, 0])
    frames[0].save("a.gif", save_all=True, append_images=frames[1:])
    result = run("encode", "a.gif")
    assert result.err.startswith("a.gif: the first of 3 frames or pages")
    assert (kmformat.read("a.kmf") == 0).all()


# Pictures with palettes and metadata


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


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize("cut", [40, 200, 1000])
def test_libraries_in_c_add_no_lines(cut: int) -> None:
    stream = io.BytesIO()
    Image.fromarray(photo()).save(stream, "TIFF", compression="tiff_lzw")
    data = bytearray(stream.getvalue())
    data[cut : cut + 30] = bytes(30)
    Path("cut.tif").write_bytes(data)
    result = process("encode", "cut.tif")
    assert result.stdout == b""
    assert result.stderr.count(b"\n") == 1, result.stderr
    assert (result.returncode == 0) == Path("cut.kmf").exists()


# Palettes


def test_what_is_kept_comes_beside_all_that_a_palette_has(run: Shell) -> None:
    image = Image.fromarray(indexed(9, 7, 40).indices)
    image.putpalette(np.random.default_rng(0).bytes(120))
    image.save("p.png")
    assert run("encode", "--keep", "#123456", "p.png").err.endswith("exact\n")
    assert "123456" in colors_of("p.kmf")


def test_a_shared_palette_is_in_srgb(run: Shell) -> None:
    image = Image.fromarray(photo()).quantize(5)
    image.save("wide.png", icc_profile=wide_gamut())
    assert run("palette", "wide.png", "-o", "p.hex").status == 0
    expected = without_profile(Image.open("wide.png")).getpalette()
    assert kmformat.read_palette("p.hex").ravel().tolist() == expected
    assert run("encode", "--palette", "p.hex", "wide.png").err.endswith("exact\n")
    assert kmformat.read_info("wide.kmf").chunks[-1:] != (("iccp", len(wide_gamut())),)


def test_fewest_colours_dither_and_colours_to_keep(run: Shell) -> None:
    assert run("encode", "-c", "auto", "--psnr", "30", "photo.png").status == 0
    held = kmformat.decode_indexed(Path("photo.kmf").read_bytes())
    assert psnr(mean_squared_error(photo(), held)) >= 30
    assert run("encode", "-f", "--keep", "#f00", "--keep", "00ff0080", "icon.png").status == 0
    assert {"ff0000ff", "00ff0080"} <= set(colors_of("icon.kmf"))
    for dither in ("floyd-steinberg", "ordered"):
        run("encode", "-f", "-q", "--dither", dither, "photo.png")
        assert np.array_equal(
            kmformat.read("photo.kmf"), kmformat.decode(kmformat.encode(photo(), dither=dither))
        )


@pytest.mark.parametrize("suffix", [".gpl", ".pal", ".hex", ".act"])
def test_a_palette_can_be_written_and_used(run: Shell, suffix: str) -> None:
    assert run("palette", "photo.png", "-c", "6", "-o", f"p{suffix}") == Run(0, "", "")
    assert run("encode", "--palette", f"p{suffix}", "icon.png", "photo.png").status == 0
    assert colors_of("icon.kmf") == colors_of("photo.kmf")
    assert len(colors_of("photo.kmf")) == 6
    assert run("palette", "photo.kmf", "-o", f"q{suffix}") == Run(0, "", "")
    assert (
        Path(f"p{suffix}").read_bytes().split(b"\n")[3:]
        == (Path(f"q{suffix}").read_bytes().split(b"\n")[3:])
    )
    assert run("encode", "-f", "--palette", "photo.kmf", "photo.png").status == 0


def test_palettes_go_to_standard_output_as_hex(run: Shell) -> None:
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save("black.png")
    assert run("palette", "black.png") == Run(0, "000000\n", "")
    assert (
        run("palette", "photo.png", "black.png", "--keep", "ff0001", "-c", "3").out.count("\n") == 3
    )
    Path("two.hex").write_text("ff0000\n00ff00\n")
    assert run("palette", "two.hex") == Run(0, "ff0000\n00ff00\n", "")


def test_one_palette_for_many_pictures_is_what_python_builds(run: Shell) -> None:
    run("palette", "photo.png", "icon.png", "-c", "9", "-o", "shared.gpl")
    expected = kmformat.build_palette([photo(), icon()], colors=9)
    assert np.array_equal(kmformat.read_palette("shared.gpl"), expected)


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ("palette photo.png -o p.xyz", 2, "palette suffix '.xyz'"),
        ("palette none.png -o p.gpl", 1, "none.png: No such file"),
        ("palette text.txt", 1, "text.txt: not a picture"),
        ("palette photo.png text.txt", 1, "text.txt: not a picture"),
        ("palette photo.png -o photo.png", 2, "photo.png is the input itself"),
        ("palette photo.png -o icon.png", 1, "icon.png: already exists"),
        ("encode --palette text.txt photo.png", 1, "text.txt: not a picture"),
        ("encode --palette none.gpl photo.png", 1, "none.gpl: No such file"),
        ("encode --palette p.hex -c 4 photo.png", 2, "--colors does not go with --palette"),
        ("encode --psnr 30 photo.png", 2, "--psnr goes with --colors auto"),
        ("encode --psnr x -c auto photo.png", 2, "'x': expected decibels"),
        ("encode -c auto --psnr 99 photo.png", 2, "256 colours reach"),
        ("encode -c many photo.png", 2, "1 to 256, or auto"),
        ("encode --keep red photo.png", 2, "'red': expected '#rgb'"),
        ("encode --keep #f00 --keep #0f0 -c 1 photo.png", 2, "keep of 2 different colours"),
        ("compare photo.png icon.png", 2, "expected the same size"),
        ("compare photo.png text.txt", 1, "text.txt: not a picture"),
        ("compare photo.png none.kmf", 1, "none.kmf: No such file"),
        ("compare photo.png photo.png --json -o -", 2, "both go to standard output"),
        ("encode photo.png -o .", 1, "Is a directory; ./ puts the file into it"),
        ("compare - -", 2, "standard input can be read only once"),
        ("compare photo.png photo.png -o icon.png", 1, "icon.png: already exists"),
        ("compare photo.png photo.png -o sheet.xyz", 2, "no picture with the suffix '.xyz'"),
    ],
)
def test_what_goes_wrong_is_one_line(run: Shell, words: str, status: int, message: str) -> None:
    Path("text.txt").write_text("hello")
    Path("p.hex").write_text("ff0000\n00ff00\n")
    assert message in run.fails(status, *words.split())


# Comparisons


def test_a_comparison_is_told_to_people_and_programs_and_drawn(run: Shell) -> None:
    run("encode", "photo.png")
    told = run("compare", "photo.png", "photo.kmf", "-o", "sheet.png")
    assert told.status == 0
    for part in ("photo.kmf", f"{os.path.getsize('photo.kmf'):,} bytes", "PSNR", "SSIM", "16"):
        assert part in told.out
    with Image.open("sheet.png") as sheet:
        assert min(sheet.size) > 160
    found = json.loads(run("compare", "--json", "photo.png", "photo.kmf").out)
    held = kmformat.decode_indexed(Path("photo.kmf").read_bytes())
    assert found["psnr"] == pytest.approx(psnr(mean_squared_error(photo(), held)))
    assert found["file_bytes"] == os.path.getsize("photo.kmf")
    assert sum(found["shares"]) == pytest.approx(1)


def test_a_sheet_can_go_to_standard_output_alone(
    run: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Output(io.StringIO):
        buffer = io.BytesIO()

    monkeypatch.setattr("sys.stdout", output := Output())
    assert run("compare", "photo.png", "photo.png", "-o", "-").status == 0
    assert output.getvalue() == ""
    with Image.open(io.BytesIO(output.buffer.getvalue())) as sheet:
        assert sheet.format == "PNG"


def test_damage_to_a_compared_file_is_named(run: Shell) -> None:
    image = IndexedImage(np.zeros((2, 3), np.uint8), np.zeros((4, 4), np.uint8))
    data = bytearray(kmformat.encode_indexed(image))
    data[-1] ^= 1
    Path("bad.kmf").write_bytes(data)
    assert "bad.kmf: not a readable picture: not a valid KMF file: tile-checksum" in run.fails(
        1, "compare", "photo.png", "bad.kmf"
    )
