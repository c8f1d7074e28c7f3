"""Commands as a person or a script runs them, in this process or in one of their own."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, NamedTuple

import pytest

import kmformat
from kmformat.cli import main

AS_TYPED: Any = {"space": "auto", "dither": "auto"}
"""What the command line takes unless told, where Python takes something else."""
ON_LINUX = sys.platform.startswith("linux")


class Run(NamedTuple):
    """What came of a command."""

    status: int
    out: str
    err: str


class Shell:
    """Runs commands in this process, in a folder of their own."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str) -> Run:
        try:
            status = main(words)
        except SystemExit as stop:  # argparse
            status = int(stop.code or 0)
        captured = self._capsys.readouterr()
        return Run(status, captured.out, captured.err)

    def fails(self, status: int, *words: str) -> str:
        """Run, expecting one line on standard error and nothing else; return that line."""
        run = self(*words)
        assert (run.status, run.out) == (status, ""), run
        line, rest = run.err.split("\n", 1)
        assert rest == "", run.err
        assert line.startswith("kmformat: ")
        return line


def process(*words: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process of its own."""
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-m", "kmformat", *words], check=False,
        **{"capture_output": True, "timeout": 60} | options,
    )  # fmt: skip


def bash(command: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    """Run a command of the shell, in which $K is this program."""
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        ["bash", "-c", command.replace("$K", f"{sys.executable} -m kmformat")], check=False,
        **{"capture_output": True, "timeout": 60, "stdin": subprocess.DEVNULL} | options,
    )  # fmt: skip


def colors_of(path: str) -> list[str]:
    """The palette of a KMF file."""
    return [bytes(color).hex() for color in kmformat.read_info(path).palette]
