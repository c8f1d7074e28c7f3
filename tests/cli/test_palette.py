"""``kmformat palette``, and palettes that ``encode`` is given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kmformat
from kmformat.color import SPACES
from kmformat.palettes.devices import DEVICES
from kmformat.pictures.icc import without_profile
from tests.cli.shell import Run, Shell, colors_of
from tests.samples import icon, photo, wide_gamut


@pytest.mark.parametrize("suffix", [".gpl", ".pal", ".hex", ".txt", ".act"])
def test_a_palette_can_be_written_and_used(run: Shell, suffix: str) -> None:
    assert run("palette", "photo.png", "-c", "6", "-o", f"p{suffix}") == Run(0, "", "")
    assert run("encode", "--palette", f"p{suffix}", "icon.png", "photo.png").status == 0
    assert colors_of("icon.kmf") == [*(f"{c}ff" for c in colors_of("photo.kmf")), "00000000"]
    assert len(colors_of("photo.kmf")) == 6
    assert run("palette", "photo.kmf", "-o", f"q{suffix}") == Run(0, "", "")
    assert (
        Path(f"p{suffix}").read_bytes().split(b"\n")[3:]
        == (Path(f"q{suffix}").read_bytes().split(b"\n")[3:])
    )
    assert run("encode", "--palette", "photo.kmf", "photo.png", "-o", "again.kmf").status == 0


def test_the_palette_of_an_encoding_is_not_overwritten_by_it(run: Shell) -> None:
    run("encode", "photo.png")
    before = Path("photo.kmf").read_bytes()
    message = run.fails(2, "encode", "-f", "--palette", "photo.kmf", "photo.png")
    assert message == "kmformat: photo.kmf is the input itself: name another file with -o"
    assert Path("photo.kmf").read_bytes() == before


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
    expected = kmformat.build_palette([photo(), icon()], colors=9, space="auto")
    assert np.array_equal(kmformat.read_palette("shared.gpl"), expected)


def test_a_shared_palette_is_in_srgb(run: Shell) -> None:
    image = Image.fromarray(photo()).quantize(5)
    image.save("wide.png", icc_profile=wide_gamut())
    assert run("palette", "wide.png", "-o", "p.hex").status == 0
    expected = without_profile(Image.open("wide.png")).getpalette()
    assert kmformat.read_palette("p.hex").ravel().tolist() == expected
    message = run("encode", "--palette", "p.hex", "wide.png").err
    assert message.endswith("lossless but for colours converted to sRGB\n")
    assert kmformat.read_info("wide.kmf").chunks[-1:] != (("iccp", len(wide_gamut())),)


def test_colours_that_fit_are_written_in_the_order_in_which_they_appear(run: Shell) -> None:
    strip = ["ffffff", "000000", "ff0000", "00ff00", "0000ff"]
    colors = np.array([list(bytes.fromhex(color)) for color in strip], np.uint8)
    Image.fromarray(colors[None].repeat(3, axis=0)).save("strip.png")
    for words in (["palette", "strip.png"], ["palette", "-c", "5", "strip.png"]):
        assert run(*words).out.split() == strip
    assert len(run("palette", "-c", "4", "strip.png").out.split()) == 4


def test_palettes_of_other_programs_are_read_and_written(run: Shell) -> None:
    run("palette", "photo.png", "-c", "6", "--keep", "RebeccaPurple", "-o", "p.hex")
    expected = run("palette", "p.hex")
    assert expected.out.count("\n") == 6
    assert "663399\n" in expected.out
    for suffix in ("ase", "txt", "gpl", "pal", "act"):
        assert run("palette", "p.hex", "-o", f"p.{suffix}") == Run(0, "", "")
        assert run("palette", f"p.{suffix}") == expected
    message = run.fails(2, "palette", "icon.png", "-o", "icon.ase")
    assert message == (
        "kmformat: palette with alpha: .ase holds none; expected another, such as .gpl"
    )
    Path("p.ase").write_bytes(Path("p.ase").read_bytes()[:-20])
    assert "p.ase: block 7 at offset" in run.fails(1, "encode", "--palette", "p.ase", "photo.png")


def test_suggestions_are_options_that_keep_small_areas(run: Shell) -> None:
    y, x = np.mgrid[:300, :400]
    rough = np.random.default_rng(1).normal(0, 6, (300, 400))
    pixels = np.stack([120 + 60 * np.sin(x / 50), 150 + 40 * np.cos(y / 40) + rough, rough], -1)
    pixels[100:103, 200:203] = (230, 0, 0)
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save("map.png")
    words = run("palette", "--suggest-keep", "--space", "srgb", "map.png").out.split()
    assert words == ["--keep=#e60000"]
    assert run("palette", "--suggest-keep", "map.png").out == ""  # in OKLab it is kept anyway
    assert run("encode", "map.png", *words).status == 0
    assert (kmformat.decode("map.kmf")[101, 201] == (230, 0, 0)).all()
    kept = run("palette", "--suggest-keep", "map.png", *words)
    assert (kept.status, kept.out) == (0, "")
    assert kept.err == "map.png: no small area loses its colour\n"


def test_suggestions_are_for_one_picture_and_no_file(run: Shell) -> None:
    for words in (["photo.png", "icon.png"], ["photo.png", "-o", "p.hex"]):
        message = run.fails(2, "palette", "--suggest-keep", *words)
        assert message == "kmformat: --suggest-keep: expected one IN, and no --output"


def test_names_of_colours_go_from_gimp_to_kmf_and_back(run: Shell) -> None:
    Path("a.gpl").write_text("GIMP Palette\n#\n255 0 0 red\n0 0 255\n0 255 0 grass\n")
    run("encode", "photo.png", "--palette", "a.gpl")
    assert kmformat.read_indexed("photo.kmf").names == ("red", "", "grass")
    run("palette", "photo.kmf", "-o", "b.gpl")
    assert Path("b.gpl").read_text().splitlines()[-3:] == [
        "255   0   0\tred", "  0   0 255\t#0000ff", "  0 255   0\tgrass",
    ]  # fmt: skip
    run("encode", "icon.png", "--palette", "photo.kmf")  # one entry is added, transparent
    assert kmformat.read_indexed("icon.kmf").names == ("red", "", "grass", "")
    run("encode", "icon.png", "-f", "--strip", "--palette", "photo.kmf")
    assert kmformat.read_indexed("icon.kmf").names == ()
    assert run("quantize", "photo.png", "--palette", "a.gpl").status == 0


def test_palettes_of_devices_are_listed_used_and_written_by_name(run: Shell) -> None:
    listed = run("palette", "--list").out
    assert [line.split()[0] for line in listed.splitlines()] == [*DEVICES]
    assert run("encode", "--palette", "game-boy", "photo.png").status == 0
    assert colors_of("photo.kmf") == ["0f380f", "306230", "8bac0f", "9bbc0f"]
    assert run("palette", "game-boy").out.split() == colors_of("photo.kmf")
    message = run.fails(2, "encode", "--palette", "pico", "photo.png")
    assert message == (f"kmformat: palette 'pico': no such file, and none of {', '.join(DEVICES)}")


def test_a_shared_palette_is_of_the_space_that_is_told(run: Shell) -> None:
    pixels = photo(40, 50)
    Image.fromarray(pixels).save("photo.png")
    for space in SPACES:
        found = run("palette", "-c", "7", "--space", space, "photo.png").out.split()
        palette = kmformat.build_palette([pixels], colors=7, space=space)
        assert found == [bytes(color).hex() for color in palette]
