"""Where the system fails a command, each file is the old or the new one, and a line says why."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attack import ALL_CALLS, KILLS
from tests.attack.commands import COMMANDS, prepare, reset, state

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or shutil.which("cc") is None,
    reason="needs LD_PRELOAD and a C compiler",
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that lets calls fail."""
    built = tmp_path_factory.mktemp("fault") / "fault.so"
    source = Path(__file__).with_name("fault.c")
    strict = ["-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC"]
    subprocess.run(["cc", *strict, source, "-o", built, "-ldl"], check=True)
    return built


def test_every_call_that_fails_leaves_files_whole(library: Path, tmp_path: Path) -> None:
    step = 1 if ALL_CALLS else 11
    numbers = [errno.ENOSPC, errno.EIO, errno.EINTR, 0] if ALL_CALLS else [errno.ENOSPC]
    words = [tmp_path / "work", step, *numbers]
    done = subprocess.run(
        [sys.executable, "-m", "tests.attack.faults", *map(str, words)],
        env=os.environ | {"LD_PRELOAD": str(library)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(", 0 wrong\n"), done.stdout
    print(done.stdout)


@pytest.mark.parametrize("call", range(1, 60, max(1, 400 // KILLS)) if ALL_CALLS else [])
def test_calls_that_fail_in_each_process_of_several_do_so_too(
    library: Path, tmp_path: Path, call: int
) -> None:
    command, folder = COMMANDS["encode in jobs"], tmp_path / "work"
    olds = prepare(folder)
    words = [sys.executable, "-m", "kmformat", *command.words.replace("{}", str(folder)).split()]
    reset(command, folder, olds)
    subprocess.run(words, check=True, capture_output=True)
    news = {target: (folder / target).read_bytes() for target in command.targets}
    reset(command, folder, olds)
    faults = {"FAULT_FOLDER": str(folder), "FAULT_AT": str(call), "FAULT_ERRNO": str(errno.EIO)}
    done = subprocess.run(
        words, env=os.environ | faults | {"LD_PRELOAD": str(library)}, capture_output=True
    )
    states = state(command, folder, olds, news).split()
    assert {*states} <= {"old", "new"}, states
    assert done.returncode == int("old" in states)
    # a line for each file, or where it was the folder, for all
    assert done.stderr.count(b"kmformat: ") in {states.count("old"), done.returncode}, done.stderr
