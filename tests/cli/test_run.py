"""How a command is run, and how errors become messages and exit codes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.cli.shell import Run, Shell


def test_help_imports_nothing_slow() -> None:
    code = (
        "import sys; from kmformat.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as stop: assert stop.code == 0\n"
        "slow = {'numpy', 'construct', 'zstandard', 'concurrent'} & set(sys.modules)\n"
        "assert not slow, slow"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert result.returncode == 0, result.stderr
    assert b"encode" in result.stdout


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ("palette photo.png -o p.xyz", 2, "palette suffix '.xyz'"),
        ("palette none.png -o p.gpl", 1, "none.png: No such file"),
        ("palette text.txt", 1, "text.txt: line 1: 'hello': expected AARRGGBB"),
        ("palette photo.png text.txt", 1, "text.txt: not a picture"),
        ("palette photo.png -o photo.png", 2, "photo.png is the input itself"),
        ("palette photo.png -o icon.png", 1, "icon.png: already exists"),
        ("encode --palette text.txt photo.png", 1, "text.txt: line 1: 'hello'"),
        ("encode --palette none.gpl photo.png", 1, "none.gpl: No such file"),
        ("encode --palette p.hex -c 4 photo.png", 2, "--colors does not go with --palette"),
        ("encode --psnr 30 photo.png", 2, "--psnr goes with --colors auto"),
        ("encode --psnr x -c auto photo.png", 2, "'x': expected decibels"),
        ("encode -c auto --psnr 99 photo.png", 2, "256 colours reach"),
        ("encode -c many photo.png", 2, "1 to 256, or auto"),
        ("encode --keep reddish photo.png", 2, "'reddish': expected '#rgb'"),
        ("encode --keep #f00 --keep #0f0 -c 1 photo.png", 2, "keep of 2 different colours"),
        ("compare photo.png icon.png", 2, "expected the same size"),
        ("compare photo.png text.txt", 1, "text.txt: not a picture"),
        ("compare photo.png none.kmf", 1, "none.kmf: No such file"),
        ("compare photo.png photo.png --json -o -", 2, "both go to standard output"),
        ("encode photo.png -o .", 1, "Is a directory; ./ puts the file into it"),
        ("compare - -", 2, "standard input can be read only once"),
        ("compare photo.png photo.png -o icon.png", 1, "icon.png: already exists"),
        ("compare photo.png photo.png -o sheet.xyz", 2, "no picture with the suffix '.xyz'"),
    ],
)
def test_what_goes_wrong_is_one_line(run: Shell, words: str, status: int, message: str) -> None:
    Path("text.txt").write_text("hello")
    Path("p.hex").write_text("ff0000\n00ff00\n")
    assert message in run.fails(status, *words.split())


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_leaves_no_temporary_file(
    run: Shell, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    number = getattr(signal, name)
    for last_step in ("replace", "link"):
        monkeypatch.setattr(os, last_step, lambda *_: signal.raise_signal(number))
    before = signal.signal(number, signal.SIG_DFL)
    try:
        assert run("encode", "photo.png") == Run(128 + number, "", "")
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, before)
    assert sorted(os.listdir()) == ["icon.png", "photo.png"]


def test_a_lack_of_threads_gives_one_line(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    run("encode", "photo.png", "--tile", "20x20", "--fast-decode")
    Path("photo.png").unlink()
    monkeypatch.setattr(threading.Thread, "start", start)
    line = run.fails(1, "decode", "photo.kmf", "--threads", "2")
    assert line == "kmformat: can't start new thread"


def test_memory_and_interrupts_give_one_line(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    for error, status, message in (
        (MemoryError, 1, "kmformat: photo.png: not enough memory"),
        (KeyboardInterrupt, 130, "kmformat: interrupted"),
    ):

        def fail(*_: object, error: type[BaseException] = error, **__: object) -> None:
            raise error

        monkeypatch.setattr("kmformat.batches.encoding.to_indexed", fail)
        assert run.fails(status, "encode", "photo.png") == message
