"""``kmformat export`` and ``atlas``: C headers that a compiler takes, and what stands in them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kmformat
from kmformat.cli.c_source import identifier
from tests.cli.shell import Shell
from tests.samples import indexed, photo

ICONS = ("home", "go-back", "3d")


def bytes_in(header: str, name: str) -> bytes:
    """The bytes of an array in a header."""
    found = re.search(rf"{name}_kmf\[(\d+)\] = {{([^}}]*)}};", header)
    assert found is not None
    data = bytes(int(number) for number in found[2].replace("\n", "").split(",")[:-1])
    assert len(data) == int(found[1])
    return data


def compiles(text: str, folder: Path) -> bool:
    """Whether a C compiler takes a text without warnings."""
    (folder / "test.c").write_text(text)
    command = ["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-Wno-unused-const-variable"]
    return not subprocess.run([*command, "-fsyntax-only", "test.c"], cwd=folder).returncode


@pytest.fixture
def icons(tmp_path: Path) -> list[str]:
    """Names of files of one size, one with transparent pixels."""
    for number, name in enumerate(ICONS):
        pixels = photo(16, 24)
        alpha = np.full((16, 24, 1), 255, np.uint8)
        alpha[:number] = 0
        Image.fromarray(np.concatenate([pixels[..., :3], alpha], 2)).save(tmp_path / f"{name}.png")
    return [f"{name}.png" for name in ICONS]


def test_a_header_has_bytes_size_and_memory(run: Shell, tmp_path: Path) -> None:
    small = kmformat.encode(photo(48, 64), small_reader=True)
    large = kmformat.encode_indexed(indexed(9, 7, 20))
    (tmp_path / "lake 1.kmf").write_bytes(small)
    (tmp_path / "2nd.kmf").write_bytes(large)
    run("export", "lake 1.kmf", "2nd.kmf", "-o", "all.h")
    header = (tmp_path / "all.h").read_text()
    assert bytes_in(header, "lake_1") == small
    assert bytes_in(header, "image_2nd") == large
    assert "#define LAKE_1_WIDTH 64\n#define LAKE_1_HEIGHT 48\n" in header
    work = kmformat.read_info(tmp_path / "lake 1.kmf").workspace
    assert f"#define LAKE_1_WORK {work} " in header
    if kmformat.read_info(tmp_path / "2nd.kmf").workspace is None:
        assert "#define IMAGE_2ND_WORK" not in header
    if shutil.which("cc"):
        assert compiles(
            '#include "all.h"\n#include "all.h"\nint x = sizeof lake_1_kmf;\n', tmp_path
        )


def test_icons_become_the_tiles_of_one_file(run: Shell, icons: list[str], tmp_path: Path) -> None:
    run("atlas", *icons, "-o", "icons.kmf")
    info = kmformat.read_info(tmp_path / "icons.kmf")
    assert (info.width, info.height, info.tile_size) == (24, 48, (24, 16))
    assert "small" in info.readers
    assert info.colors <= 16
    pixels = kmformat.read(tmp_path / "icons.kmf")
    for number, name in enumerate(icons):
        with Image.open(tmp_path / name) as icon:
            alone = np.asarray(icon)
        shown = pixels[16 * number : 16 * number + 16]
        assert np.array_equal(shown[..., 3], alone[..., 3])
        assert np.abs(shown[4:, :, :3].astype(int) - alone[4:, :, :3]).mean() < 40
    run("atlas", *sorted(icons), "-o", "sorted.kmf")
    run("atlas", "[3gh]*.png", "-o", "pattern.kmf")
    assert Path("pattern.kmf").read_bytes() == Path("sorted.kmf").read_bytes()
    run("atlas", *icons, "-o", "icons.h")
    header = (tmp_path / "icons.h").read_text()
    assert bytes_in(header, "icons") == (tmp_path / "icons.kmf").read_bytes()
    assert "    ICONS_HOME,\n    ICONS_GO_BACK,\n    ICONS_IMAGE_3D,\n    ICONS_TILES\n" in header


@pytest.mark.parametrize(
    ("status", "words", "said"),
    [
        (1, ["export", "home.png", "-o", "a.h"], "home.png: magic: "),
        (2, ["export", "home.png", "-o", "a.c"], "a.c: expected the suffix .h"),
        (2, ["atlas", "home.png", "-o", "a.png"], "a.png: a name of PNG files: expected the"),
        (2, ["atlas", "home.png", "other.png", "-o", "a.h"], "other.png: 5x4: expected 24x16, as"),
        (2, ["atlas", "home.png", "HOME.png", "-o", "a.h"], "HOME: home in C, as home"),
    ],
)
def test_what_cannot_be_exported_is_told(
    run: Shell, icons: list[str], tmp_path: Path, status: int, words: list[str], said: str
) -> None:
    Image.new("RGB", (5, 4)).save(tmp_path / "other.png")
    shutil.copyfile(tmp_path / icons[0], tmp_path / "HOME.png")
    assert said in run.fails(status, *words)
    assert not (tmp_path / "a.h").exists()


def test_names_in_c() -> None:
    called = {"a-b": "a_b", "3D": "image_3d", "é": "image", "_x_": "x", "A.b": "a_b"}
    assert {name: identifier(name) for name in called} == called
