"""``kmformat encode``."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kmformat
from kmformat.pictures.quality import mean_squared_error, psnr
from tests.cli.shell import AS_TYPED, Run, Shell, colors_of
from tests.samples import gama, indexed, photo, png, wide_gamut


@pytest.mark.parametrize("name", ["photo", "icon"])
def test_encode_and_decode_give_palette_of_index(run: Shell, name: str) -> None:
    assert run("encode", f"{name}.png").status == 0
    Path(f"{name}.png").rename("original.png")
    assert run("decode", f"{name}.kmf") == Run(0, "", "")
    with Image.open("original.png") as original, Image.open(f"{name}.png") as shown:
        expected = kmformat.quantize(original, **AS_TYPED).to_pixels()
        assert shown.mode == "P"
        mode = "RGB" if expected.shape[2] == 3 else "RGBA"
        assert np.array_equal(np.asarray(shown.convert(mode)), expected)


def test_encode_says_what_it_did_in_a_line(run: Shell) -> None:
    result = run("encode", "photo.png")
    size, new = os.path.getsize("photo.png"), os.path.getsize("photo.kmf")
    assert result.out == ""
    assert result.err.startswith(f"photo.kmf: 80x60, 16 colours, {size:,} -> {new:,} bytes (")
    assert f"{new * 8 / 4800:.2f} bits a pixel, PSNR " in result.err
    assert result.err.count("\n") == 1
    Image.new("RGB", (3, 3)).save("flat.png")
    assert "1 colour," in run("encode", "flat.png").err
    assert run("encode", "-f", "flat.png").err.endswith("exact\n")


def test_lost_colours_are_counted_where_they_could_be_kept(run: Shell) -> None:
    classes = indexed(40, 30, 20).indices * np.uint8(12)
    Image.fromarray(classes).save("mask.png")
    err = run("encode", "mask.png").err
    assert "20 colours became 16 (-c 20 keeps all), " in err
    assert "20 colours, " in run("encode", "-f", "-c", "20", "mask.png").err
    Path("two.hex").write_text("000000\nffffff\n")
    for words in ("--bits 2", "--keep #123", "--palette two.hex", "--init random"):
        err = run("encode", "-f", "mask.png", *words.split()).err
        assert "20 colours became " in err
        assert "keeps all" not in err
    assert "20 colours became 3 (-c 20 keeps all), " in run("quantize", "mask.png", "-c", "3").err


def test_hidden_colours_are_not_lost(run: Shell) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (9, 9, 4), np.uint8)
    pixels[..., 3] = 0
    pixels[0, :5, 3] = 255
    Image.fromarray(pixels).save("hidden.png")
    assert "6 colours became 5 (-c 6 keeps all)" in run("encode", "-c", "5", "hidden.png").err
    assert run("encode", "-f", "-c", "6", "hidden.png").err.endswith("exact\n")


def test_names_of_other_formats_are_refused(run: Shell) -> None:
    line = run.fails(2, "encode", "photo.png", "-o", "q.png")
    assert line.endswith("q.png: a name of PNG files: expected the suffix .kmf")
    assert not Path("q.png").exists()


def test_quiet_says_nothing_and_verbose_more(run: Shell) -> None:
    assert run("encode", "-q", "photo.png") == Run(0, "", "")
    assert run("encode", "-v", "-f", "photo.png").err.count("\n") == 5


def test_options_reach_the_encoder(run: Shell) -> None:
    words = "-c 3 --bits 2 --seed 4 --level 3 --tile 40x30 --threads 2 --init random --iterations 5"
    assert run("encode", "photo.png", "-o", "out.kmf", *words.split()).status == 0
    expected = kmformat.encode(
        photo(), colors=3, bits=2, seed=4, level=3, tile=(40, 30), init="random", iterations=5
    )
    assert Path("out.kmf").read_bytes() == expected
    run("encode", "photo.png", "-f", "-o", "out.kmf", "--no-zstd")
    assert kmformat.read_info("out.kmf").methods == {"stored": 1}


def test_pictures_with_alpha_can_be_exact_too(run: Shell) -> None:
    colors = np.random.default_rng(0).integers(1, 256, (16, 4), np.uint8)
    Image.fromarray(colors[None]).save("colors.png")
    assert run("encode", "colors.png").err.endswith("exact\n")


def test_what_is_kept_comes_beside_all_that_a_palette_has(run: Shell) -> None:
    image = Image.fromarray(indexed(9, 7, 40).indices)
    image.putpalette(np.random.default_rng(0).bytes(120))
    image.save("p.png")
    assert run("encode", "--keep", "#123456", "p.png").err.endswith("exact\n")
    assert "123456" in colors_of("p.kmf")


def test_fewest_colours_dither_and_colours_to_keep(run: Shell) -> None:
    assert run("encode", "-c", "auto", "--psnr", "30", "photo.png").status == 0
    held = kmformat.decode_indexed(Path("photo.kmf").read_bytes())
    assert psnr(mean_squared_error(photo(), held)) >= 30
    assert run("encode", "-f", "--keep", "#f00", "--keep", "00ff0080", "icon.png").status == 0
    assert {"ff0000ff", "00ff0080"} <= set(colors_of("icon.kmf"))
    for dither in ("floyd-steinberg", "ordered"):
        run("encode", "-f", "-q", "--dither", dither, "photo.png")
        expected = kmformat.encode(photo(), dither=dither, space="oklab")
        assert np.array_equal(kmformat.read("photo.kmf"), kmformat.decode(expected))


def test_exact_is_said_only_of_what_is_equal_to_the_input(run: Shell) -> None:
    deep = np.full((4, 4), 1000, np.uint16)
    Path("deep.png").write_bytes(png(deep))
    assert run("encode", "deep.png").err.endswith("lossless but for 16 bits cut to 8\n")
    Path("even.png").write_bytes(png(deep // 257 * 257))
    assert run("encode", "even.png").err.endswith(", exact\n")
    Image.fromarray(np.array([[0, 300]], np.float32)).save("float.tif")
    assert run("encode", "float.tif").err.endswith("lossless but for values above 255 clipped\n")
    many = (photo().astype(np.uint16) << 8) + 1
    Path("many.png").write_bytes(png(many))
    assert re.search(r"PSNR [\d.]+ dB, 16 bits cut to 8\n$", run("encode", "many.png").err)
    Path("linear.png").write_bytes(png(np.full((4, 4), 99, np.uint8), gama(1.0)))
    assert run("encode", "linear.png").err.endswith("lossless but for gAMA converted to sRGB\n")
    flat = Image.new("RGB", (4, 4), "#123456")
    flat.save("wide.png", icc_profile=wide_gamut())
    assert run("encode", "wide.png").err.endswith(", exact\n")
    flat.quantize(2).save("wide-p.png", icc_profile=wide_gamut())
    for name in ("wide.png", "wide-p.png"):
        assert run("encode", "-f", name).err.endswith(", exact\n")
        for option in ("--srgb", "--strip"):
            told = run("encode", option, "-f", name).err
            assert told.endswith("lossless but for colours converted to sRGB\n")
    flat.quantize(2).save("plain-p.png")
    assert run("encode", "--strip", "plain-p.png").err.endswith(", exact\n")


def test_metadata_of_more_than_a_tenth_is_told(run: Shell) -> None:
    flat = Image.new("RGB", (40, 40), "#123456")
    flat.save("profiled.png", icc_profile=wide_gamut())
    held = len(wide_gamut())
    message = run("encode", "profiled.png").err
    assert f":1), {held:,} of them metadata (--strip drops it), " in message
    assert "metadata" not in run("encode", "--strip", "-f", "profiled.png").err
    Image.fromarray(photo(200, 300)).save("small.png", dpi=(300, 300))
    assert "metadata" not in run("encode", "small.png").err
    assert "metadata" not in run("quantize", "profiled.png").err


def test_what_is_not_carried_is_named_when_asked(run: Shell) -> None:
    Path("a.png").write_bytes(png(photo(4, 4), (b"tEXt", b"Author\0Me"), (b"tIME", bytes(7))))
    assert "a.png: not carried: tEXt Author, tIME\n" in run("encode", "-v", "a.png").err
    assert "not carried" not in run("encode", "-f", "a.png").err


def test_a_name_of_metadata_can_not_speak_to_the_terminal(run: Shell) -> None:
    Path("a.png").write_bytes(png(photo(4, 4), (b"tEXt", b"\x1b[2J\r\nhello\0Me")))
    message = run("encode", "-v", "a.png").err
    assert "\x1b" not in message
    assert "not carried: tEXt \\x1b[2J hello\n" in message


def test_the_smallest_file_is_asked_for_by_name(run: Shell) -> None:
    Image.fromarray(photo(140, 150)).save("large.png")
    run("encode", "large.png")
    usual = kmformat.read_info("large.kmf")
    assert run("encode", "-f", "--smallest", "large.png").status == 0
    smallest = kmformat.read_info("large.kmf")
    assert (smallest.methods, "dense" in usual.methods) == ({"dense": 1}, False)
    assert smallest.file_size < usual.file_size
    refused = run("encode", "-f", "--smallest", "--fast-decode", "large.png")
    assert refused.status == 2
    assert refused.err == "kmformat: --smallest does not go with --fast-decode\n"
