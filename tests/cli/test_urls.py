"""Names of files may be URLs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kmformat
from tests.cli.shell import Shell

fsspec = pytest.importorskip("fsspec")


def test_files_are_read_from_urls_and_written_to_them(run: Shell) -> None:
    assert run("encode", "photo.png", "-o", "memory://cli/a.kmf").status == 0
    assert "File exists" in run.fails(1, "encode", "photo.png", "-o", "memory://cli/a.kmf")
    assert run("encode", "photo.png", "-fo", "memory://cli/a.kmf").status == 0
    assert run("decode", "memory://cli/a.kmf", "-o", "a.png").status == 0
    with Image.open("a.png") as shown:
        pixels = np.asarray(shown.convert("RGB"))
    assert np.array_equal(pixels, kmformat.decode("memory://cli/a.kmf"))
    assert run("verify", "memory://cli/a.kmf").status == 0
    assert "80 x 60" in run("info", "memory://cli/a.kmf").out
    assert "memory://cli/b.kmf" in run.fails(1, "info", "memory://cli/b.kmf")


def test_a_url_is_not_written_beside_itself(run: Shell) -> None:
    assert "use -o" in run.fails(2, "decode", "memory://cli/a.kmf")
    with fsspec.open("memory://cli/a.png", "wb") as stream:
        Image.new("RGB", (5, 5)).save(stream, "PNG")
    same = "memory://cli/a.png"
    assert "the input itself" in run.fails(2, "quantize", same, "-fo", same)


def test_a_folder_may_be_a_url_and_what_is_whole_there_is_skipped(run: Shell) -> None:
    words = ("encode", "-q", "photo.png", "icon.png", "-o", "memory://folder/a")
    assert run(*words) == (0, "", "")
    assert kmformat.read_info("memory://folder/a/icon.kmf").width
    assert run(*words).status == 1
    told = run(*words[:1], *words[2:], "--skip-existing")
    assert told.err.startswith("0 done, 2 skipped, 0 failed")
    assert "URLs" in run(*words, "--update").err
    assert not Path("memory:").exists()
