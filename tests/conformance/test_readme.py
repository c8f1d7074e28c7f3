"""What the README shows works as it stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.samples import photo

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def blocks(heading: str, language: str) -> list[str]:
    """Return the code of a section in a language."""
    section = README[README.index(f"\n## {heading}") + 1 :]
    section = section[: section.find("\n## ", 1)]
    return re.findall(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(photo(90, 120)).save("photo.png")


@pytest.mark.skipif(shutil.which("bash") is None, reason="the commands are for a Unix shell")
def test_the_commands_run_one_after_the_other(tmp_path: Path) -> None:
    (script,) = blocks("On the command line", "sh")
    assert script.count("\nkmformat") >= 12
    here = tmp_path / ".venv" / "bin"
    here.mkdir(parents=True)
    (here / "activate").write_text(f'kmformat() {{ "{sys.executable}" -m kmformat "$@"; }}\n')
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    made = {"p.kmf", "4.kmf", "a.kmf", "d.kmf", "k.kmf", "s.kmf", "p.png", "corner.png",
            "sheet.png", "shared.gpl", "few-colours.png", "small"}  # fmt: skip
    assert made <= set(os.listdir())
    assert os.listdir("small") == ["photo.kmf"]


def test_the_python_runs() -> None:
    names: dict[str, object] = {"other": photo(9, 9, 2)}
    for code in blocks("In Python", "python"):
        exec(code, names)
    assert np.array_equal(np.asarray(names["part"]), np.asarray(names["pixels"])[:64, :64])
