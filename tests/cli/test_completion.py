"""Completion in shells: commands, options, choices and files, in real ones where they are."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kmformat.cli.grammar import COMMANDS
from kmformat.cli.parser import SHELLS
from tests.cli.shell import Shell

shtab = pytest.importorskip("shtab")

BASH = """
source script.bash
COMP_WORDS=({line}{space}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_shtab_kmformat
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
LINES = [
    ("kmformat ", set(COMMANDS)),
    ("kmformat enc", {"encode"}),
    ("kmformat encode --dith", {"--dither", "--dither-strength"}),
    ("kmformat encode --dither o", {"ordered", "optimized"}),
    ("kmformat encode --strip --bits ", {"1", "2", "4", "8"}),
    ("kmformat encode pho", {"photo.png"}),
    ("kmformat encode icon.png --palette pho", {"photo.png"}),
    ("kmformat --print-completion fi", {"fish"}),
]


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_has_a_script(run: Shell, shell: str) -> None:
    assert shell in shtab.SUPPORTED_SHELLS
    script = run("--print-completion", shell)
    assert (script.status, script.err) == (0, "")
    for word in (*COMMANDS, "dither-strength", "floyd-steinberg"):
        assert word in script.out


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(("line", "expected"), LINES)
def test_bash_completes(run: Shell, line: str, expected: set[str]) -> None:
    Path("script.bash").write_text(run("--print-completion", "bash").out)
    script = BASH.format(line=line, space="''" if line.endswith(" ") else "")
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == expected


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
@pytest.mark.parametrize(("line", "expected"), LINES)
def test_fish_completes(run: Shell, line: str, expected: set[str]) -> None:
    Path("script.fish").write_text(run("--print-completion", "fish").out)
    script = f'source script.fish; complete -C "{line}"'
    done = subprocess.run(["fish", "-c", script], capture_output=True, text=True, check=True)
    found = {row.partition("\t")[0] for row in done.stdout.splitlines()}
    assert expected <= found
    assert {name for name in found if name.startswith(line.split(" ")[-1])} == found


@pytest.mark.skipif(shutil.which("zsh") is None, reason="needs zsh")
def test_zsh_takes_the_script(run: Shell) -> None:
    Path("_kmformat").write_text(run("--print-completion", "zsh").out)
    script = 'autoload -Uz compinit; compinit -u -D; eval "$(<_kmformat)"; print $_comps[kmformat]'
    done = subprocess.run(["zsh", "-f", "-c", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("_shtab_kmformat\n", "")


def test_without_shtab_it_says_what_to_install(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert "pip install 'kmformat[completion]'" in run.fails(1, "--print-completion", "bash")
