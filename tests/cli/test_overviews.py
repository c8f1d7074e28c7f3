"""``kmformat overviews``, and what the other commands know of overviews."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import kmformat
from tests.cli.shell import Run, Shell, bash
from tests.samples import photo

WIDE = kmformat.quantize(photo(24, 2100), colors=9)


@pytest.fixture
def wide(run: Shell) -> Path:
    assert run("--version").status == 0  # it is in that folder
    path = Path("wide.kmf")
    WIDE.save(path)
    return path


def test_a_file_gets_overviews_in_place(run: Shell, wide: Path) -> None:
    before, mode = wide.read_bytes(), wide.stat().st_mode
    expected = kmformat.encode(WIDE, overviews="picture")
    text = f"wide.kmf: 262 x 3; {len(before):,} -> {len(expected):,} bytes\n"
    assert run("overviews", "wide.kmf") == Run(0, "", text)
    assert wide.read_bytes() == expected
    assert wide.stat().st_mode == mode
    assert run("overviews", "--kind", "labels", "wide.kmf").status == 0
    assert wide.read_bytes() == kmformat.encode(WIDE, overviews="labels")
    assert sorted(os.listdir()) == ["icon.png", "photo.png", "wide.kmf"]


def test_encode_adds_them_as_well(run: Shell) -> None:
    WIDE.to_image().save("wide.png")
    assert run("encode", "-q", "wide.png", "--overviews", "labels") == Run(0, "", "")
    assert Path("wide.kmf").read_bytes() == kmformat.encode(WIDE, overviews="labels")


def test_small_images_are_left_alone(run: Shell) -> None:
    run("encode", "photo.png")
    before = os.stat("photo.kmf")
    assert run("overviews", "photo.kmf") == Run(0, "", "photo.kmf: too small for overviews\n")
    assert os.stat("photo.kmf").st_ino == before.st_ino


def test_a_file_that_fails_stays_as_it_was(run: Shell, wide: Path) -> None:
    damaged = wide.read_bytes()[:-1] + b"?"
    wide.write_bytes(damaged)
    assert "wide.kmf: tile-checksum" in run.fails(1, "overviews", "wide.kmf")
    assert wide.read_bytes() == damaged
    assert "No such file" in run.fails(1, "overviews", "none.kmf")
    assert "magic" in run.fails(1, "overviews", "photo.png")
    assert "limit" in run.fails(1, "overviews", "--max-pixels", "9", "wide.kmf")


@pytest.mark.skipif(os.name == "nt", reason="no pipes there")
@pytest.mark.usefixtures("wide")
def test_what_comes_through_a_pipe_is_no_file_to_replace() -> None:
    for name in ("-", "/dev/stdin"):
        done = bash(f"cat wide.kmf | $K overviews {name}")
        assert (done.returncode, done.stdout) == (2, b"")
        assert b"expected the name of a file" in done.stderr


def test_info_lists_them(run: Shell, wide: Path) -> None:
    assert "no overviews" in run("info", "wide.kmf").out
    run("overviews", "wide.kmf")
    (held,) = kmformat.read_info(wide).overviews
    assert f"262 x 3 ({held.length:,} bytes)" in run("info", "wide.kmf").out
    shown = json.loads(run("info", "--json", "wide.kmf").out)["overviews"]
    assert shown == [{"width": 262, "height": 3, "offset": 0, "length": held.length}]


def test_decode_makes_smaller_pictures(run: Shell, wide: Path) -> None:
    scales: list[tuple[str, Any]] = [("1/8", 1 / 8), ("0.5", 0.5), ("100x100", (100, 100))]
    for scale, told in scales:
        assert run("decode", "wide.kmf", "-f", "--scale", scale) == Run(0, "", "")
        with Image.open("wide.png") as image:
            assert np.array_equal(np.asarray(image), kmformat.decode(wide, scale=told))
    run("decode", "wide.kmf", "-f", "--scale", "1/2", "--box", "8,8,28,16")
    with Image.open("wide.png") as image:
        assert image.size == (10, 4)


def test_smaller_pictures_have_metadata_and_background_too(run: Shell) -> None:
    tags = Image.Exif()
    tags[0x10F] = "Cam"
    Image.open("icon.png").save("i.png", exif=tags)
    run("encode", "i.png")
    run("decode", "i.kmf", "-o", "a.png", "--scale", "1/2")
    run("decode", "i.kmf", "-o", "b.bmp", "--scale", "1/2", "--strip", "--background", "red")
    with Image.open("a.png") as image:
        assert (image.mode, image.size, image.getexif()[0x10F]) == ("RGBA", (12, 12), "Cam")
    with Image.open("b.bmp") as image:
        assert image.getpixel((0, 0)) == (255, 0, 0)
    assert "lose its transparency" in run.fails(
        1, "decode", "i.kmf", "-o", "c.bmp", "--scale", "1/2"
    )


@pytest.mark.parametrize("scale", ["0", "2", "-1", "1/0", "x", "5x", "nan", "1/8/2", "", "1e400"])
@pytest.mark.usefixtures("wide")
def test_a_scale_that_is_none_is_not_understood(run: Shell, scale: str) -> None:
    line = run.fails(2, "decode", "wide.kmf", f"--scale={scale}")
    assert "expected a factor up to 1, such as 1/8, or WIDTHxHEIGHT" in line
