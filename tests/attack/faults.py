"""Every call of the system that a command makes about its files fails once, in turn.

    LD_PRELOAD=fault.so python -m tests.attack.faults FOLDER STEP ERRNO...

All in one process: the library (fault.c) is told by ctypes which call is to fail, and how. Of each
command, every STEP-th call fails in each way; with 0 as ERRNO it reads or writes half of its bytes.
What is wrong is printed, a line each, and at the end how many calls of each name failed.
"""

from __future__ import annotations

import ctypes
import io
import os
import sys
from collections import Counter
from pathlib import Path

from kmformat.cli import main
from kmformat.errors import KmfError
from tests.attack.commands import COMMANDS, Command, prepare, reset, state


class Faults:
    """The library."""

    def __init__(self, folder: Path) -> None:
        self._library, self._folder = ctypes.CDLL(None), os.fsencode(folder)
        self._library.fault_name.restype = ctypes.c_char_p

    def arm(self, call: int, number: int) -> None:
        """Let a call fail, counted from now on; none if it is 0."""
        self._library.fault_arm(self._folder, call, number)

    def disarm(self) -> tuple[int, str]:
        """Let nothing fail any more; return how many calls there were, and the name of the last."""
        count, name = self._library.fault_count(), self._library.fault_name().decode()
        self._library.fault_arm(b"", 0, 0)
        return count, name


def run(command: Command, folder: Path) -> tuple[int, str]:
    """Return the status of a command, and what it said on standard error."""
    out, err = sys.stdout, sys.stderr
    sys.stdout = io.TextIOWrapper(io.BytesIO())
    sys.stderr = said = io.TextIOWrapper(io.BytesIO())
    try:
        if command.by is None:
            status = main(command.words.replace("{}", str(folder)).split())
        else:
            status = _called(command, folder)
    finally:
        sys.stdout, sys.stderr = out, err
    said.flush()
    return status, said.buffer.getvalue().decode()


def _called(command: Command, folder: Path) -> int:
    try:
        command.by(folder)  # type: ignore[misc]
    except (KmfError, OSError) as error:
        sys.stderr.write(f"kmformat: {' '.join(str(error).split())}\n")
        return 1
    return 0


def fault(status: int, said: str, found: str, name: str, number: int) -> str:
    """Return what is wrong with what came of a command of which a call failed; "" if nothing is."""
    states = found.split()
    told = [line for line in said.splitlines() if line.startswith("kmformat: ")]
    if {*states} - {"old", "new"} and not (name == "unlink" and "broken" not in states):
        return "files"
    if "Traceback" in said:
        return "a traceback"
    if status not in (0, 1) and not (status == 2 and name.startswith("stat")):  # "no such file"
        return "status"
    if status == 0 and "old" in states:
        return "success, and an old file"
    if len(told) != (status != 0) and len(told) != states.count("old"):
        return "not a line for each error"
    if status and number == 0:
        return "half of what was asked for is an error"
    return ""


def attack(name: str, folder: Path, step: int, numbers: list[int], calls: Counter[str]) -> int:
    """Let calls of a command fail, and count them; return how often something was wrong."""
    command, olds, faults = COMMANDS[name], prepare(folder), Faults(folder)
    reset(command, folder, olds)
    run(command, folder)  # what is imported once
    reset(command, folder, olds)
    faults.arm(0, 0)
    status, said = run(command, folder)
    count, _ = faults.disarm()
    assert (status, "kmformat: " in said) == (0, False), said
    news = {target: (folder / target).read_bytes() for target in command.targets}
    wrong = 0
    for call in range(1, count + 1, step):
        for number in numbers:
            reset(command, folder, olds)
            faults.arm(call, number)
            status, said = run(command, folder)
            _, which = faults.disarm()
            found = state(command, folder, olds, news)
            calls[which] += 1
            if what := fault(status, said, found, which, number):
                wrong += 1
                print(
                    f"{name}: call {call}, {which}, {number}: {what}: {status} {found!r} {said!r}"
                )
    return wrong


if __name__ == "__main__":
    place, step, *numbers = sys.argv[1:]
    called = Counter[str]()
    bad = sum(
        attack(name, Path(place).resolve(), int(step), [int(each) for each in numbers], called)
        for name in COMMANDS
        if "jobs" not in name
    )
    counts = ", ".join(f"{name} {count}" for name, count in sorted(called.items()))
    print(f"{called.total()} calls failed ({counts}), {bad} wrong")
