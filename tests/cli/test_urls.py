"""Names of files may be URLs."""

from __future__ import annotations

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
