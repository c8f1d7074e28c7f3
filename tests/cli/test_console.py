"""Data goes to standard output, and messages, a line each, to standard error."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.shell import ON_LINUX, Shell, bash, process


def test_a_message_is_one_line_whatever_the_name(run: Shell) -> None:
    assert run.fails(1, "info", "a\nb") == "kmformat: a b: No such file or directory"


def test_names_that_cannot_be_shown_are_escaped(run: Shell) -> None:
    run("encode", "photo.png")
    name = os.fsencode("\xfc") + b"\xff.kmf"
    try:
        os.rename(b"photo.kmf", name)
    except OSError:
        pytest.skip("this file system takes no such name")
    ascii_only = os.environ | {"PYTHONIOENCODING": "ascii"}
    for environment in (None, ascii_only):
        result = process("verify", os.fsdecode(name), env=environment)
        assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout == b"\\xfc\\udcff.kmf: ok\n"


@pytest.mark.skipif(not ON_LINUX, reason="needs bash")
@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("$K encode - <&-", b"standard input is closed"),
        ("$K info - <&-", b"standard input is closed"),
        ("$K encode photo.png -o - >&-", b"standard output is closed"),
        ("$K info photo.kmf >&-", b"standard output is closed"),
        ("$K --version >&-", b"standard output is closed"),
        ("$K --version >/dev/full", b"standard output: No space left on device"),
        ("$K --help >/dev/full", b"standard output: No space left on device"),
    ],
)
def test_a_standard_stream_that_is_closed_gives_one_line(
    run: Shell, command: str, message: bytes
) -> None:
    run("encode", "photo.png")
    result = bash(command)
    assert (result.returncode, result.stdout) == (1, b"")
    assert result.stderr == b"kmformat: " + message + b"\n"


@pytest.mark.skipif(not ON_LINUX, reason="needs bash")
@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full"])
def test_messages_never_go_to_standard_output(run: Shell, closed: str) -> None:
    run("encode", "-q", "photo.png")
    result = bash(f"$K encode -v photo.png -o - {closed}")
    assert result.stdout == Path("photo.kmf").read_bytes()
    failed = bash(f"$K info missing.kmf {closed}")
    assert (failed.returncode, failed.stdout) == (1, b"")


@pytest.mark.skipif(not ON_LINUX, reason="/dev/full is Linux's")
@pytest.mark.parametrize("words", ["encode photo.png -o -", "info photo.kmf", "verify photo.kmf"])
def test_a_full_disk_gives_one_line(run: Shell, words: str) -> None:
    assert run("encode", "photo.png").status == 0
    with open("/dev/full", "wb") as full:
        result = process(*words.split(), stdout=full, stderr=subprocess.PIPE, capture_output=False)
    assert result.returncode == 1
    assert result.stderr == b"kmformat: standard output: No space left on device\n"
    assert result.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    "words", ["encode photo.png -o -", "info photo.kmf", "decode photo.kmf -o -"]
)
def test_a_closed_pipe_gives_one_line(run: Shell, words: str) -> None:
    assert run("encode", "photo.png").status == 0
    reader, writer = os.pipe()
    os.close(reader)
    result = process(*words.split(), stdout=writer, stderr=subprocess.PIPE, capture_output=False)
    os.close(writer)
    assert result.returncode == 1
    assert result.stderr.endswith(b"Broken pipe\n")
    assert result.stderr.count(b"\n") == 1


# Colours


@pytest.mark.skipif(not ON_LINUX, reason="needs a pseudo-terminal")
@pytest.mark.parametrize(
    ("environment", "colored"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
    ],
)
def test_a_terminal_gets_colours_unless_told(
    run: Shell, environment: dict[str, str], colored: bool
) -> None:
    run("encode", "-q", "photo.png")
    for words in (["--help"], ["encode", "--help"], ["info", "photo.kmf"]):
        leader, terminal = os.openpty()
        done = process(*words, stdout=terminal, stderr=None, capture_output=False,
                       env=os.environ | {"TERM": "xterm"} | environment)  # fmt: skip
        os.close(terminal)
        with open(leader, "rb", closefd=True) as screen:
            seen = screen.read1()
        assert done.returncode == 0
        assert (b"\x1b[" in seen) == colored


@pytest.mark.parametrize(("forced", "colored"), [("", False), ("1", True)])
def test_pipes_get_colours_only_if_forced(
    run: Shell, monkeypatch: pytest.MonkeyPatch, forced: str, colored: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", forced)
    run("encode", "-q", "photo.png", "--palette", "pico-8", "--dither", "none")
    plain, black = run("info", "photo.kmf").out, "#000000"
    assert (f"\x1b[97;48;2;0;0;0m{black}\x1b[0m" in plain) == colored
    assert (f" {black} " in plain) == (not colored)
