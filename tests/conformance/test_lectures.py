"""What the how-to for lectures shows works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from kmformat.cli import main
from tests.samples import photo
from tools.docs import make_lesson

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "kmformat/docs/LECTURES.md").read_text("utf-8")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(photo(40, 50)).save("photo.png")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_the_commands_run() -> None:
    (script,) = blocks("sh")
    for line in script.splitlines():
        program, *words = line.partition("#")[0].split()
        assert program == "kmformat"
        assert main(words) == 0
    assert Path("other.html").exists()


def test_the_python_runs() -> None:
    mpl.use("agg")
    import matplotlib.pyplot as plt

    names: dict[str, Any] = {}
    for code in blocks("python"):
        exec(code, names)
    plt.close("all")
    assert names["X_recovered"].shape == (40, 50, 3)
    for made in ("inertia.png", "side-by-side.png", "k-means.gif"):
        with Image.open(made) as image:
            assert min(image.size) > 100
    assert "photo.png" in Path("k-means.html").read_text("utf-8")


def test_its_picture_is_there_small_and_made_by_the_code() -> None:
    with Image.open(ROOT / "tools/docs/k-means.png") as image:
        shown = image.convert("RGB")
    assert shown.width <= 830  # as wide as code hosts show unscaled
    assert (ROOT / "tools/docs/k-means.png").stat().st_size < 120_000
    made = make_lesson.frame().convert("RGB")
    off = np.abs(np.asarray(made, int) - np.asarray(shown, int))
    assert off.mean() < 3  # letters differ with the version of matplotlib
