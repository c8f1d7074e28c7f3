"""A target in a process: how it is started, and what it said in the end."""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.fuzz.building import BUILT, ROOT
from tools.fuzz.targets import Target

_SECONDS_OF_ONE, _MIB = 30, 2048
"""What an execution may take."""
_COVERAGE = re.compile(r"cov: (\d+) ft: (\d+)")
_EXECUTED = re.compile(r"stat::number_of_executed_units: +(\d+)")


@dataclass(frozen=True)
class Result:
    """What came of running a target.

    Attributes
    ----------
    executions, seconds
        How many there were, seeds included, and how long all took.
    edges, features
        What the inputs cover, as libFuzzer counts it: places in the code, and these with how often
        each was passed in an input.
    findings
        Files that were written: inputs that fail, or take too long or too much memory.
    output
        The end of what it printed.
    """

    target: Target
    executions: int
    seconds: float
    edges: int
    features: int
    findings: tuple[Path, ...]
    failed: bool
    output: str


def run(target: Target, *, runs: int = 0, seconds: float = 0) -> Result:
    """Run a target, a number of executions or for some seconds.

    A number of executions begins with the seeds alone, and makes the same inputs each time. The
    inputs that seconds find are kept in `BUILT` / corpus, for the next time.
    """
    with TemporaryDirectory() as folder:
        seeds = Path(folder) / "seeds"
        kept = BUILT / "corpus" / target.name if seconds else Path(folder) / "corpus"
        for each in (seeds, kept):
            each.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(target.seeds(target.most)):
            (seeds / str(number)).write_bytes(data)
        much = [f"-max_total_time={seconds:.0f}"] if seconds else [f"-runs={runs}", "-seed=1"]
        return _run(target, [*much, f"-max_len={target.most}", str(kept), str(seeds)])


def try_again(target: Target, files: list[Path]) -> Result:
    """Run a target on these files alone, once each."""
    return _run(target, [str(file.resolve()) for file in files])


def _run(target: Target, arguments: list[str]) -> Result:
    findings = BUILT / "findings" / target.name
    findings.mkdir(parents=True, exist_ok=True)
    before = set(findings.iterdir())
    limits = [f"-timeout={_SECONDS_OF_ONE}", f"-rss_limit_mb={_MIB}", "-print_final_stats=1"]
    command = [*target.command(), *limits, f"-artifact_prefix={findings}/", *arguments]
    environment = os.environ | {"ASAN_OPTIONS": "detect_leaks=0"} | target.environment
    start = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output = done.stdout.decode(errors="replace")
    executed = _EXECUTED.findall(output)
    covered = _COVERAGE.findall(output)
    edges, features = map(int, covered[-1]) if covered else (0, 0)
    return Result(
        target, int(executed[-1]) if executed else 0, time.monotonic() - start, edges, features,
        tuple(sorted(set(findings.iterdir()) - before)), done.returncode != 0,
        "\n".join(output.splitlines()[-60:]),
    )  # fmt: skip
