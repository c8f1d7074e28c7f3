"""``kmformat quantize``."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kmformat
from tests.cli.shell import AS_TYPED, Run, Shell, process


@pytest.mark.parametrize("suffix", ["png", "gif", "bmp", "tif", "pcx", "tga"])
def test_every_format_with_a_palette_holds_what_kmf_would(run: Shell, suffix: str) -> None:
    options = ["-c", "7", "--dither", "ordered", "--seed", "3"]
    assert run("quantize", "photo.png", "-o", f"few.{suffix}", *options).status == 0
    with Image.open("photo.png") as original, Image.open(f"few.{suffix}") as few:
        expected = kmformat.quantize(original, colors=7, dither="ordered", space="auto", seed=3)
        assert few.mode == "P"
        assert np.array_equal(np.asarray(few.convert("RGB")), expected.to_pixels())


def test_transparent_pixels_stay_so(run: Shell) -> None:
    assert run("quantize", "icon.png", "-q") == Run(0, "", "")
    with Image.open("icon.png") as original, Image.open("icon.quantized.png") as few:
        expected = kmformat.quantize(original, **AS_TYPED).to_pixels()
        assert few.mode == "P"
        assert np.array_equal(np.asarray(few.convert("RGBA")), expected)


def test_a_line_says_what_was_done(run: Shell) -> None:
    result = run("quantize", "photo.png", "-c", "3")
    assert (result.status, result.out) == (0, "")
    assert result.err.startswith("photo.quantized.png: 80x60, 3 colours, ")
    size = Path("photo.quantized.png").stat().st_size
    assert f"-> {size:,} bytes" in result.err
    assert run("quantize", "-f", "-v", "photo.png").err.count("\n") == 5


def test_standard_output_gets_a_png(run: Shell) -> None:
    piped = process("quantize", "-q", "-", input=Path("photo.png").read_bytes())
    assert piped.returncode == 0
    run("quantize", "photo.png")
    assert piped.stdout == Path("photo.quantized.png").read_bytes()


def test_a_palette_that_is_told_is_used(run: Shell) -> None:
    Path("two.hex").write_text("102030\nf0e0d0\n")
    assert run("quantize", "photo.png", "--palette", "two.hex", "-o", "two.png").status == 0
    with Image.open("two.png") as few:
        colors = {color for _, color in few.convert("RGB").getcolors() or []}
    assert colors == {(0x10, 0x20, 0x30), (0xF0, 0xE0, 0xD0)}


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("few.kmf", "few.kmf: kmformat encode writes KMF files"),
        ("few.xyz", "few.xyz: "),
        ("photo.png", "photo.png is the input itself"),
    ],
)
def test_what_can_not_be_written_is_refused(run: Shell, target: str, message: str) -> None:
    before = Path("photo.png").read_bytes()
    assert message in run.fails(2, "quantize", "photo.png", "-o", target)
    assert Path("photo.png").read_bytes() == before
    assert sorted(os.listdir()) == ["icon.png", "photo.png"]
