"""Where a command's data comes from: files, standard input and pipes."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kmformat
from tests.cli.shell import AS_TYPED, ON_LINUX, Shell, bash, process
from tests.samples import photo


def test_standard_input_and_output_carry_data_only() -> None:
    buffer = io.BytesIO()
    Image.fromarray(photo()).save(buffer, "PPM")
    encoded = process("encode", "-", input=buffer.getvalue())
    assert encoded.stdout == kmformat.encode(photo(), **AS_TYPED)
    assert encoded.stderr.startswith(b"standard output: 80x60")
    decoded = process("decode", "-", "-o", "-", input=encoded.stdout)
    assert decoded.stderr == b""
    with Image.open(io.BytesIO(decoded.stdout)) as image:
        assert image.format == "PNG"
        assert np.array_equal(np.asarray(image.convert("RGB")), kmformat.decode(encoded.stdout))
    assert b"80 x 60" in process("info", "-", input=encoded.stdout).stdout
    assert process("verify", "-", input=encoded.stdout).stdout == b"standard input: ok\n"


@pytest.mark.skipif(not ON_LINUX, reason="needs bash")
@pytest.mark.parametrize(
    "command",
    [
        "$K encode -q <(cat photo.png) -o out.kmf",
        "cat photo.png | $K encode -q /dev/stdin -o out.kmf",
        "$K encode -q photo.png -o /dev/stdout | cat > out.kmf",
        "$K encode -q photo.png -o >(cat > out.kmf); sleep 1",
    ],
)
def test_pipes_have_names_too(run: Shell, command: str) -> None:
    run("encode", "-q", "photo.png")
    result = bash(command)
    assert (result.returncode, result.stderr) == (0, b"")
    assert Path("out.kmf").read_bytes() == Path("photo.kmf").read_bytes()


def test_of_several_files_those_that_fail_are_named_and_the_others_are_done(run: Shell) -> None:
    Path("text.png").write_text("hello")
    result = run("encode", "text.png", "none.png", "photo.png", "photo.png")
    assert result.status == 1
    lines = result.err.splitlines()
    assert lines[0] == "kmformat: text.png: not a picture in a format that Pillow reads"
    assert lines[1] == "kmformat: none.png: No such file or directory"
    assert lines[2].startswith("photo.kmf: 80x60")
    assert lines[3].startswith("1 done, 0 skipped, 2 failed: ")  # named twice, done once


def test_of_an_animation_the_first_frame_is_kept_and_said_to_be(run: Shell) -> None:
    frames = [Image.new("P", (5, 5), n) for n in range(3)]
    for frame in frames:
        frame.putpalette([0, 0, 0, 200, 0, 0, 0, 200, 0])
    frames[0].save("a.gif", save_all=True, append_images=frames[1:])
    result = run("encode", "a.gif")
    assert result.err.startswith("a.gif: the first of several frames or pages")
    assert (kmformat.read("a.kmf") == 0).all()


@pytest.mark.parametrize("command", ["encode", "decode", "info", "verify"])
def test_missing_files_and_directories_are_named(run: Shell, command: str) -> None:
    Path("folder").mkdir()
    assert run.fails(1, command, "none") == "kmformat: none: No such file or directory"
    assert run.fails(1, command, "folder") == "kmformat: folder: Is a directory"


@pytest.mark.parametrize("name", [".", "/", "folder"])
def test_folders_are_not_pictures(run: Shell, name: str) -> None:
    Path("folder").mkdir()
    assert run.fails(1, "encode", name) == f"kmformat: {name}: Is a directory"


def test_damaged_pictures_give_one_line(run: Shell) -> None:
    data = Path("photo.png").read_bytes()
    for name, damaged in {
        "cut": data[: len(data) // 2],
        "empty": b"",
        "broken": data[:40] + bytes(20) + data[60:],
    }.items():
        Path(f"{name}.png").write_bytes(damaged)
        assert f"{name}.png: not a" in run.fails(1, "encode", f"{name}.png")
        assert not Path(f"{name}.kmf").exists()


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


def test_limits_are_named(run: Shell) -> None:
    assert "max_pixels = 4799" in run.fails(1, "encode", "photo.png", "--max-pixels", "4799")
    assert run("encode", "photo.png", "--max-pixels", "4800").status == 0
    assert "limit: image of 80 x 60" in run.fails(1, "info", "photo.kmf", "--max-pixels", "100")


@pytest.mark.parametrize("command", ["info", "verify", "decode", "decode --scale 1/2"])
def test_the_limit_of_tiles_is_an_option_of_what_reads_kmf(run: Shell, command: str) -> None:
    assert run("encode", "photo.png", "--tile", "40x40").status == 0
    words = [*command.split(), "photo.kmf"] + ["-o", "a.png"] * ("decode" in command)
    told = "tile-limit: image of 4 tiles exceeds the limit max_tiles = 3 (--max-tiles"
    assert told in run.fails(1, *words, "--max-tiles", "3")
    assert run(*words, "--max-tiles", "4").status == 0
