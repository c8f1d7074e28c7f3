"""``kmformat compare``."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kmformat
from kmformat import IndexedImage
from kmformat.arrays import U8
from kmformat.pictures.quality import mean_squared_error, psnr
from tests.cli.shell import ON_LINUX, Shell, bash
from tests.samples import photo, png


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


def test_what_was_cut_before_a_comparison_is_told(run: Shell) -> None:
    Path("deep.png").write_bytes(png(np.full((4, 4), 1000, np.uint16)))
    run("encode", "deep.png")
    told = run("compare", "deep.png", "deep.kmf").out
    assert "bits a pixel, 16 bits cut to 8\n" in told
    assert "PSNR            equal after that\n" in told
    found = json.loads(run("compare", "--json", "deep.png", "deep.kmf").out)
    assert found["original_changes"] == ["16 bits cut to 8"]
    assert found["file_changes"] == []


def test_several_files_are_compared_and_drawn_on_one_sheet(run: Shell) -> None:
    for colors in ("2", "8"):
        run("encode", "photo.png", "-c", colors, "-o", f"{colors}.kmf", "--dither", "none")
    words = ("compare", "photo.png", "2.kmf", "8.kmf", "photo.png")
    told = run(*words, "--json", "-o", "sheet.png")
    found = [json.loads(line) for line in told.out.splitlines()]
    assert [each["file"] for each in found] == ["2.kmf", "8.kmf", "photo.png"]
    assert found[0]["psnr"] < found[1]["psnr"]
    assert found[2]["psnr"] is None
    with Image.open("sheet.png") as sheet:
        pixels = np.asarray(sheet)
    enlarged = kmformat.decode("8.kmf").repeat(4, axis=0).repeat(4, axis=1)
    assert contains(pixels, enlarged)
    assert contains(pixels, photo().repeat(4, axis=0).repeat(4, axis=1))


def test_a_file_that_fails_leaves_the_others_compared_and_no_sheet(run: Shell) -> None:
    told = run("compare", "photo.png", "none.kmf", "icon.png", "photo.png", "-o", "sheet.png")
    assert told.status == 1
    *errors, last = told.err.splitlines()
    assert [line.split(":")[1] for line in errors] == [" none.kmf", " icon.png"]
    assert last.startswith("1 done, 0 skipped, 2 failed: ")
    assert "exact" in told.out
    assert not Path("sheet.png").exists()


def test_processes_draw_the_same_sheet_and_patterns_are_expanded(run: Shell) -> None:
    Image.fromarray(photo(20, 800)).save("wide.png")
    for colors in ("2", "8"):
        run("encode", "wide.png", "-c", colors, "-o", f"{colors}.kmf", "--dither", "none")
    alone = run("compare", "wide.png", "2.kmf", "8.kmf", "-o", "one.png", "-j", "1")
    both = run("compare", "wide.png", "?.kmf", "-o", "two.png", "-j", "2")
    assert both.out == alone.out
    assert [line.split(":")[0] for line in both.out.splitlines()] == ["2.kmf", "8.kmf"]
    assert Path("one.png").read_bytes() == Path("two.png").read_bytes()


def test_a_folder_gets_a_sheet_of_each_of_several_files(run: Shell) -> None:
    run("encode", "photo.png", "-c", "2", "-o", "2.kmf")
    run("encode", "photo.png", "-c", "4", "-o", "4.kmf")
    assert run("compare", "-q", "photo.png", "2.kmf", "4.kmf", "-o", "sheets/").status == 0
    assert sorted(os.listdir("sheets")) == ["2.png", "4.png"]


def test_what_is_wrong_with_the_original_of_several_files_is_told_once(run: Shell) -> None:
    line = run.fails(1, "compare", "none.png", "photo.png", "icon.png")
    assert line == "kmformat: none.png: No such file or directory"


@pytest.mark.skipif(not ON_LINUX, reason="needs bash")
def test_an_original_from_standard_input_is_read_once(run: Shell) -> None:
    run("encode", "photo.png")
    told = bash("$K compare - photo.kmf photo.png -j 2 -o sheet.png < photo.png")
    assert (told.returncode, told.stdout.count(b"\n")) == (0, 2)
    assert "only once" in run.fails(2, "compare", "-", "photo.png", "-")


def contains(sheet: U8, part: U8) -> bool:
    """Whether a sheet shows a picture, pixel by pixel."""
    height, width = part.shape[:2]
    corners = np.argwhere((sheet == part[0, 0]).all(axis=2)).tolist()
    return any(
        np.array_equal(sheet[top : top + height, left : left + width], part)
        for top, left in corners
    )
