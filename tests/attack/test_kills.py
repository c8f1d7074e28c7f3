"""Commands that are killed or interrupted, at any moment, lose nothing and leave nothing behind."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from secrets import token_hex

import pytest

from tests.attack import KILLS
from tests.attack.commands import COMMANDS, Command, prepare, reset, reset_targets, state

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="signals of POSIX, and /proc"
)
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
_CALL = "import sys, pathlib; from tests.attack.commands import COMMANDS as all; "
_CALL += "all[sys.argv[1]].by(pathlib.Path(sys.argv[2]))"


def started(name: str, folder: Path, mark: str = "") -> subprocess.Popen[bytes]:
    """Start a command, which takes SIGINT even where this process is in the background."""
    words = ["-m", "kmformat", *COMMANDS[name].words.replace("{}", str(folder)).split()]
    if COMMANDS[name].by is not None:
        words = ["-c", _CALL, name, str(folder)]
    return subprocess.Popen(
        [sys.executable, *words], env=os.environ | {"KMF_MARK": mark},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


def unfinished(folder: Path) -> list[Path]:
    return list(folder.rglob(".kmformat-*.tmp"))


def wait_for_all(mark: str) -> None:
    """Wait until no process is left that a command has started."""
    sought, deadline = f"KMF_MARK={mark}".encode(), time.monotonic() + 30
    while time.monotonic() < deadline:
        if not any(sought in environment_of(process) for process in Path("/proc").glob("[0-9]*")):
            return
        time.sleep(0.01)
    raise AssertionError("a process is left")


def environment_of(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""


class Attack:
    """Kills of commands in one folder."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.random, self.olds = folder, random.Random(seed), prepare(folder)
        self.news: dict[str, dict[str, bytes]] = {}
        self.seconds: dict[str, float] = {}
        self.counts = Counter[str]()

    def kill(self, name: str, number: signal.Signals) -> None:
        """Kill a command at a moment of its run, or when its unfinished file is there."""
        command = COMMANDS[name]
        self._learn(name, command)
        mark, moment = token_hex(8), self.random.uniform(0, 1.1 * self.seconds[name])
        reset(command, self.folder, self.olds)
        process = started(name, self.folder, mark)
        if self.random.random() < 0.5:
            time.sleep(moment)
        else:
            while process.poll() is None and not unfinished(self.folder):
                time.sleep(0.0005)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        wait_for_all(mark)
        self._check(name, number, process.returncode, err.decode())

    def _learn(self, name: str, command: Command) -> None:
        """Run a command undisturbed, once: what it writes, and how long it takes."""
        if name in self.news:
            return
        reset(command, self.folder, self.olds)
        start = time.perf_counter()
        _, err = started(name, self.folder).communicate()
        self.seconds[name] = time.perf_counter() - start
        assert b"Traceback" not in err, err
        self.news[name] = {path: (self.folder / path).read_bytes() for path in command.targets}

    def _check(self, name: str, number: signal.Signals, status: int, err: str) -> None:
        command, news = COMMANDS[name], self.news[name]
        told = name, number.name, status, err
        left = unfinished(self.folder)
        found = state(command, self.folder, self.olds, news).split()
        states = found[: len(command.targets)]
        assert {*states} <= {"old", "new"}, (found, told)
        assert len(found) == len(states) + len(left), (found, told)
        library = command.by is not None  # which has no handlers
        assert not left or number == signal.SIGKILL or (library and status < 0), (found, told)
        # in the first moments, when it is Python that starts, or of a library
        traced = number == signal.SIGINT and "\nKeyboardInterrupt" in err
        assert status in {0, 128 + number, -number} or (traced and status == 1), told
        assert "old" not in states or status, told
        assert traced or ("Traceback" not in err and err.count("kmformat: ") <= 1), told
        self.counts[f"{number.name} {'ended' if status else 'too late'}"] += 1
        self.counts["left an unfinished file"] += bool(left)
        self.counts["traceback"] += traced and not library
        if left:
            reset_targets(command, self.folder, self.olds)
            process = started(name, self.folder)
            _, err_again = process.communicate()
            assert process.returncode == 0, err_again
            words = ["new"] * len(states) + [str(path.relative_to(self.folder)) for path in left]
            assert state(command, self.folder, self.olds, news).split() == words


def test_kills_lose_nothing_and_leave_nothing_that_disturbs(tmp_path: Path) -> None:
    attack, names = Attack(tmp_path, seed := random.randrange(1000)), [*COMMANDS]
    print("seed", seed)
    attack.random.shuffle(names)
    for number in range(KILLS):
        if number % 50 == 49:
            print(number + 1, flush=True)
        attack.kill(names[number // len(SIGNALS) % len(names)], SIGNALS[number % len(SIGNALS)])
    print(KILLS, "kills:", ", ".join(f"{what} {n}" for what, n in sorted(attack.counts.items())))
