"""Which tests run which lines of the package, and how long each takes."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.mutants import trial

if TYPE_CHECKING:
    import coverage
    import pytest

TESTS = [
    *("tests/codec/format", "tests/codec/compact", "tests/storage", "tests/test_reading.py"),
    *(f"tests/codec/test_{name}.py" for name in (
        "decoder", "dense", "encoder", "fetching", "methods", "plan", "promise", "sink", "small",
        "stored", "tail", "threads", "varints", "zstd_frame",
    )),
    *(f"tests/kernels/test_{name}.py" for name in (
        "binary_coder", "dense", "nearest", "packed_palette", "packing", "wavefront",
    )),
    *("tests/quantization/test_remap.py", "tests/conformance/test_vectors.py"),
    *("tests/streaming/test_reader.py", "tests/streaming/test_sources.py", "tests/test_limits.py"),
    "tests/report/test_notebook.py",
]  # fmt: skip
"""What is asked about the core: its own tests, and the vectors of the spec."""
_LONGEST = 4.0
"""Seconds under coverage of a test: others are left out."""
_LINE_SECONDS, _OWN_SECONDS, _ALL_SECONDS = 5.0, 1.0, 30.0
"""Seconds of the tests of a mutant: those that run its line, those that mirror its module, and all
that are tried in the end."""


@dataclass(frozen=True)
class Record:
    """What tests run: their seconds, and for each module's line (0: all of it) their names."""

    seconds: dict[str, float]
    lines: dict[str, dict[int, list[str]]]

    def tests(self, path: str, line: int) -> tuple[list[str], list[str]]:
        """Return the tests that a mutant of a line must pass, those that run it: some, and others.

        Of a line that is run when the module is imported, they are those that run any of it. Some
        of the file that mirrors the module are always among them, whatever they run: what is cached
        is run by one test and used by many.
        """
        lines, own = self.lines.get(path, {}), mirrored(path)
        mine = [test for test in self.seconds if test.startswith(own)]
        reaching = lines.get(line) or lines.get(0, [])
        chosen = [*self._some(mine, _OWN_SECONDS), *self._some(reaching, _LINE_SECONDS)]
        others = self._some(list({*mine, *reaching}.difference(chosen)), _ALL_SECONDS)
        return list(dict.fromkeys(chosen)), others

    def _some(self, tests: list[str], most: float) -> list[str]:
        """Return so many seconds of tests, and one in any case, if there are any.

        The quick ones come first, and of a function that has many cases some only.
        """
        kept, cases = list[str](), Counter[str]()
        ranked = []
        for test in sorted(tests, key=self.seconds.__getitem__):
            function = test.partition("[")[0]
            cases[function] += 1
            ranked.append((self.seconds[test] * cases[function], test))
        for _, test in sorted(ranked):
            most -= self.seconds[test]
            if most < 0 and kept:
                break
            kept.append(test)
        return kept


def mirrored(path: str) -> str:
    """Return the file of tests that mirrors a module."""
    module = Path(path).relative_to("kmformat")
    return (Path("tests") / module.parent / f"test_{module.name}").as_posix()


def read(path: Path) -> Record:
    """Return a record that was written."""
    told = json.loads(path.read_text())
    lines = {
        name: {int(at): tests for at, tests in found.items()}
        for name, found in told["lines"].items()
    }
    return Record(told["seconds"], lines)


def write(path: Path, tests: list[str]) -> None:
    """Run tests once, and write what they run into a record, which keeps what it has of others."""
    path.parent.mkdir(exist_ok=True)
    print(
        f"recording into {path} which tests run which lines: all of them take minutes", flush=True
    )
    end = trial.in_child(lambda: _run(path, tests), seconds=7200, memory=8 << 30)
    print(end.said)
    if end.code not in (0, 1):
        raise SystemExit(f"the tests could not be run: {end.code}")


def _run(path: Path, tests: list[str]) -> int:
    """Run tests under coverage in this process, and write or mend the record."""
    import coverage

    cover = coverage.Coverage(data_file=None, config_file=False, include=["kmformat/*"])
    recorder = _Recorder(cover)
    cover.start()
    code = trial.run_pytest(tests, recorder)
    cover.stop()
    trial.say(
        "\n".join(
            [
                f"left out, as they fail or take more than {_LONGEST:.0f} s:",
                *sorted(recorder.failed),
            ]
        )
    )
    old = read(path) if path.exists() else Record({}, {})
    files = {_file(test) for test in recorder.seconds}
    lines: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name, found in old.lines.items():
        for line, names in found.items():
            lines[name][line] |= {test for test in names if _file(test) not in files}
    data = cover.get_data()
    for measured in data.measured_files():
        name = Path(measured).relative_to(Path.cwd()).as_posix()
        for line, contexts in data.contexts_by_lineno(measured).items():
            for at in (0, line):
                lines[name][at] |= recorder.seconds.keys() & set(contexts)
    kept = {test: spent for test, spent in old.seconds.items() if _file(test) not in files}
    told = {name: {at: sorted(each) for at, each in found.items()} for name, found in lines.items()}
    path.write_text(json.dumps({"seconds": kept | recorder.seconds, "lines": told}))
    return code


def _file(test: str) -> str:
    return test.partition("::")[0]


class _Recorder:
    """A plugin of pytest that says whose lines are measured, and counts seconds of the processor.

    Tests that fail as it is or take long are left out.
    """

    def __init__(self, cover: coverage.Coverage) -> None:
        self._cover, self._start = cover, 0.0
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()
        signal.signal(signal.SIGPROF, self._stop)

    def _stop(self, _: int, __: object) -> None:
        raise TimeoutError

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._cover.switch_context(nodeid)
        self._start = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, _LONGEST)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        if nodeid not in self.failed:
            self.seconds[nodeid] = time.process_time() - self._start
