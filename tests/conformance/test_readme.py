"""What the README and the pages beside it show works as it stands there."""

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

import kmformat
from tests.samples import photo

ROOT = Path(__file__).parents[2]
OF_COMMANDS = -2
"""The blocks of COMMANDS.md up to here show commands; the others set up completion and manual."""


def blocks(document: str, language: str) -> list[str]:
    """Return the code of a document in a language; the commands that CI runs stay out."""
    text = (ROOT / document).read_text("utf-8")
    return re.findall(rf"(?<!-->\n)^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(photo(90, 120)).save("photo.png")


def run_in_bash(script: str) -> None:
    """Run commands of a document one after the other, as long as none fails."""
    here = Path(".venv", "bin")
    here.mkdir(parents=True)
    function = f'kmformat() {{ "{sys.executable}" -m kmformat "$@"; }}\n'
    (here / "activate").write_text(function)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", function + script],
        capture_output=True, text=True, check=False, env=os.environ | {"HOME": os.getcwd()},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


needs_bash = pytest.mark.skipif(
    shutil.which("bash") is None, reason="the commands are for a Unix shell"
)


@needs_bash
def test_the_commands_run_one_after_the_other() -> None:
    scripts = blocks("kmformat/docs/COMMANDS.md", "sh")[:OF_COMMANDS]
    assert "".join(scripts).count("\nkmformat") >= 12
    Path("photos").mkdir()
    shutil.copy("photo.png", "photos/lake.png")
    run_in_bash("".join(scripts))
    made = {"p.kmf", "4.kmf", "a.kmf", "d.kmf", "k.kmf", "s.kmf", "p.png", "corner.png",
            "sheet.png", "contact.png", "photo.explain.html", "shared.gpl", "few-colours.png",
            "small"}  # fmt: skip
    assert made <= set(os.listdir())
    assert set(os.listdir("small")) == {"photo.kmf", "lake.kmf"}


@needs_bash
def test_the_shell_gets_its_completion_and_manual() -> None:
    pytest.importorskip("shtab")
    scripts = blocks("kmformat/docs/COMMANDS.md", "sh")[OF_COMMANDS:]
    places = (".local/share/bash-completion/completions", ".zfunc", ".config/fish/completions",
              ".local/share/man/man1")  # fmt: skip
    for place in places:
        Path(place).mkdir(parents=True)
    run_in_bash("\n".join(scripts))
    assert all(os.listdir(place) for place in places)


@needs_bash
@pytest.mark.parametrize("document", ["README.md", "kmformat/docs/SPRITES.md"])
def test_the_recipes_run(document: str) -> None:
    Path("sprites").mkdir()
    Path("small").mkdir()
    for number, name in enumerate(("hero", "tree")):
        pixels = np.dstack([photo(24, 24, number), photo(24, 24, number + 2)[..., 0]])
        Image.fromarray(pixels).save(f"sprites/{name}.png")
    run_in_bash("\n".join(blocks(document, "sh")))
    assert sorted(os.listdir("small")) == ["hero.kmf", "tree.kmf"]
    hero, tree = (kmformat.read_indexed(f"small/{name}.kmf") for name in ("hero", "tree"))
    assert np.array_equal(hero.palette, tree.palette)
    assert hero.palette.shape == (32, 4)
    for code in blocks(document, "python"):
        exec(code, {})


def test_the_python_runs() -> None:
    names: dict[str, object] = {"other": photo(9, 9, 2)}
    for code in blocks("kmformat/docs/PYTHON.md", "python"):
        exec(code, names)
    assert np.array_equal(np.asarray(names["part"]), np.asarray(names["pixels"])[:64, :64])
