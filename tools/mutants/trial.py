"""Trials of mutants, each in a process of its own that may crash, hang and eat memory.

It is forked from one that has imported what tests need but nothing of this package, which is why a
trial takes about a second.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import hypothesis
import numpy  # noqa: F401
import PIL.Image  # noqa: F401
import pytest
import zstandard  # noqa: F401

from tools.mutants.changes import Mutant

_MEMORY = 4 << 30


@dataclass(frozen=True)
class End:
    """How a child ended: its exit code, negative for a signal, and the test that failed in it."""

    code: int
    said: str


def try_mutant(mutant: Mutant, tests: dict[str, float]) -> str:
    """Return which test kills a mutant, or how it died by itself; an empty string: it lives.

    Tests run in the order given, each with the seconds that it takes. One that takes much longer is
    stopped, and the mutant is taken for killed.
    """

    def run() -> int:
        sys.meta_path.insert(0, _Changed(mutant))
        return run_pytest(list(tests), _Chosen(tests), until_failure=True)

    end = in_child(run, seconds=60 + 10 * sum(tests.values()), memory=_MEMORY)
    if end.code == pytest.ExitCode.OK:
        return ""
    if -end.code in (signal.SIGPROF, signal.SIGKILL):
        return "takes too long"
    return end.said or ("cannot be imported" if end.code > 0 else f"signal {-end.code}")


def in_child(run: Callable[[], int], *, seconds: float, memory: int) -> End:
    """Run something in a forked process of bounded time and address space, in silence."""
    folder = tempfile.mkdtemp(prefix="mutant-")
    child = os.fork()
    if child == 0:
        code = 70
        try:
            _settle(folder, memory)
            code = int(run())
        finally:
            os._exit(code)
    code = _wait(child, time.monotonic() + seconds)
    said = Path(folder, "said")
    end = End(code, said.read_text() if said.exists() else "")
    shutil.rmtree(folder, ignore_errors=True)
    return end


def _settle(folder: str, memory: int) -> None:
    """Bound this process, give it a folder of its own, and turn native kernels off."""
    os.setpgid(0, 0)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.environ.update(KMF_NATIVE="0", TMPDIR=folder, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    tempfile.tempdir = folder
    out = os.open(Path(folder, "out"), os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(out, 2)


def _wait(child: int, deadline: float) -> int:
    """Return a child's exit code, or minus its signal; one that takes too long is killed."""
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done or time.monotonic() > deadline:
            break
        time.sleep(0.005)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # with all that it started
    if not done:
        _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def say(text: str) -> None:
    """Tell the process that forked this one something, in place of what was told before."""
    Path(tempfile.gettempdir(), "said").write_text(text)


def run_pytest(tests: Sequence[str], plugin: object, *, until_failure: bool = False) -> int:
    """Run tests in this process, the same each time. Returns pytest's exit code."""
    files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
    told = ["-o", "addopts=", "-p", "_hypothesis_pytestplugin", "-p", "no:cacheprovider"]
    told += ["--strict-markers", "--tb=no", f"--basetemp={tempfile.gettempdir()}/tests"]
    told += ["-x"] * until_failure
    return int(pytest.main([*told, *files], [plugin, _Quick()]))


class _Quick:
    """A plugin of pytest: hypothesis tries fewer examples, always the same, and shrinks none."""

    def pytest_configure(self) -> None:
        """Begin from the profile of `tests/conftest.py`, which is imported by now."""
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        kept = hypothesis.settings.get_profile("kmf")
        hypothesis.settings.register_profile(
            "mutants", kept, phases=phases, derandomize=True, max_examples=50
        )
        hypothesis.settings.load_profile("mutants")


class _Chosen:
    """A plugin of pytest that runs chosen tests in their order, and says which one fails.

    A test of so many seconds has four times as many, and 3, of processor time: then a signal ends
    the process. So a busy machine fails no test, and no end comes of a loop in a second or two.
    """

    def __init__(self, tests: dict[str, float]) -> None:
        self._seconds, self._order = tests, {test: at for at, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        kept = [item for item in items if item.nodeid in self._order]
        items[:] = sorted(kept, key=lambda item: self._order[item.nodeid])

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        signal.setitimer(signal.ITIMER_PROF, 3 + 4 * self._seconds[nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            say(report.nodeid)


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports a mutant where its module is asked for."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant
        self._name = mutant.path.removesuffix(".py").replace("/", ".")

    def find_spec(
        self, name: str, _: Sequence[str] | None, __: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self._name:
            return None
        return importlib.util.spec_from_file_location(name, self._mutant.path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(self._mutant.compile(), module.__dict__)
