"""``kmformat info``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
from PIL import Image

import kmformat
from tests.cli.shell import Shell
from tests.samples import indexed


def test_info_shows_everything_to_people(run: Shell) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (128, 128, 3), np.uint8)
    Image.fromarray(pixels).save("noise.png")
    run("encode", "--dither", "none", "noise.png")
    text = run("info", "noise.kmf").out
    palette = kmformat.read_info("noise.kmf").palette
    for shown in (
        "128 x 128 pixels, RGB", "16 colours, 4 bits an index", f"#{bytes(palette[0]).hex()}",
        "49,152 as RGB, 16,432 as", f"{os.path.getsize('noise.kmf'):,}", "version 1.0",
    ):  # fmt: skip
        assert shown in text


def test_info_speaks_json_to_programs(run: Shell) -> None:
    run("encode", "photo.png", "--tile", "40x60")
    run("encode", "icon.png")
    photo_info, icon_info = map(
        json.loads, run("info", "--json", "photo.kmf", "icon.kmf").out.splitlines()
    )
    assert photo_info["file"] == "photo.kmf"
    assert (photo_info["width"], photo_info["height"], photo_info["tiles"]) == (80, 60, 2)
    assert photo_info["file_size"] == sum(photo_info["sizes"].values())
    assert icon_info["alpha"] is True
    assert len(icon_info["palette"]) == icon_info["colors"]


def test_info_says_whether_the_palette_is_packed(run: Shell) -> None:
    for options, packed in ((["-c", "64"], True), (["-c", "64", "--fast-decode"], False)):
        assert "64 colours" in run("encode", "photo.png", "-f", *options).err
        shown = "64 colours, 8 bits an index" + ", packed" * packed + "\n"
        assert shown in run("info", "photo.kmf").out
        assert json.loads(run("info", "--json", "photo.kmf").out)["packed"] is packed


def test_info_shows_the_names_of_entries(run: Shell) -> None:
    image = indexed(9, 9, 3).with_names(["sky", "", "a\x1b[2Jb"])
    Path("mask.kmf").write_bytes(kmformat.encode_indexed(image))
    colors = [f"#{bytes(color).hex()}" for color in image.palette]
    text = run("info", "mask.kmf").out
    assert f"{colors[0]} sky\n" in text
    assert f"{colors[1]}\n" in text
    assert f"{colors[2]} a\\x1b[2Jb\n" in text
    held = json.loads(run("info", "--json", "mask.kmf").out)
    assert held["names"] == ["sky", "", "a\x1b[2Jb"]


def test_info_says_which_readers_read_a_file(run: Shell) -> None:
    for options, readers in (
        (["--small-reader"], "plain, small (5,576 bytes of memory)\n"),
        (["--fast-decode", "--tile", "80x60"], "plain\n"),
        (["-c", "17"], "neither plain nor small\n"),
        (["-c", "16"], "neither plain nor small\n"),
    ):
        run("encode", "photo.png", "-f", *options)
        assert f"  readers {readers}" in run("info", "photo.kmf").out
    assert json.loads(run("info", "--json", "photo.kmf").out)["readers"] == []
