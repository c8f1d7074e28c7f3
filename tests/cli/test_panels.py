"""Panels on the command line: palettes of two columns, and what is said of the result."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import kmformat
from kmformat.palettes.devices import device_pairs
from kmformat.palettes.hex import parse_pairs
from tests.cli.shell import Shell
from tests.samples import photo


def test_a_name_and_a_file_of_pairs_are_the_same(run: Shell, tmp_path: Path) -> None:
    pairs = device_pairs("spectra-6")
    assert pairs is not None
    lines = [f"{bytes(one).hex()} #{bytes(two).hex()} ; so" for one, two in pairs]
    (tmp_path / "mine.hex").write_text("; shown, taken\n" + "\n".join(lines))
    run("encode", "photo.png", "--palette", "spectra-6", "-o", "a.kmf")
    run("encode", "photo.png", "--palette", "mine.hex", "-o", "b.kmf")
    run("encode", "photo.png", "--palette", "mine.hex", "--show", "measured", "-o", "c.kmf")
    found = [kmformat.read_indexed(tmp_path / f"{name}.kmf") for name in "abc"]
    assert np.array_equal(found[0].palette, pairs[:, 1])
    assert np.array_equal(found[1].palette, pairs[:, 1])
    assert np.array_equal(found[2].palette, pairs[:, 0])
    assert np.array_equal(found[0].indices, found[2].indices)
    assert np.array_equal(found[0].indices, found[1].indices)
    told = kmformat.quantize(photo(), palette=tmp_path / "mine.hex")
    assert np.array_equal(told.palette, pairs[:, 1])


def test_the_error_that_is_told_is_that_of_what_is_shown(run: Shell) -> None:
    said = [
        run("encode", "photo.png", "--palette", "spectra-6", "--show", show, "-f").err
        for show in ("nominal", "measured")
    ]
    assert "PSNR" in said[0]
    assert said[0].split("PSNR")[1] == said[1].split("PSNR")[1]


def test_files_that_are_not_of_pairs_are_what_they_were(run: Shell, tmp_path: Path) -> None:
    assert parse_pairs(b"ff0000\n00ff00\n") is None
    assert parse_pairs(b"; nothing\n") is None
    (tmp_path / "half.hex").write_text("ff0000 00ff00\n0000ff\n")
    said = run.fails(1, "encode", "photo.png", "--palette", "half.hex")
    assert said == "kmformat: half.hex: line 2: '0000ff': expected RRGGBB RRGGBB"
    said = run.fails(2, "encode", "photo.png", "--palette", "cga", "--show", "measured")
    assert said == "kmformat: --show measured goes with a --palette of pairs"
