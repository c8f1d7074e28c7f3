"""Attack the package and all readers with inputs that learn from what they reach.

    tools/fuzz/run [--minutes N | --runs N] [--jobs N] [TARGET ...]
    tools/fuzz/run --try FILE ... -- TARGET

Unless told, all targets run, each a fixed number of executions that takes some seconds, on the same
inputs each time. With --minutes they share the time, and go on from the inputs of the last time.
A line tells of each how many executions there were, in how many seconds, and what they cover; then
come the findings, files in build/fuzz/findings. The exit status is 1 if there are any, or if what
a target needs can't be compiled.

Needs clang with libFuzzer (Debian: clang, libclang-rt-dev), libzstd-dev, Node, and the extra
`fuzz`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.fuzz.running import Result, run, try_again
from tools.fuzz.targets import TARGETS, Target


def main(arguments: list[str] | None = None) -> int:
    """Run targets, and tell; return the exit status."""
    options = _parsed(arguments)
    targets = [each for each in TARGETS if each.name in options.targets or not options.targets]
    if options.tried:
        return _tell([try_again(target, options.tried) for target in targets])
    seconds = 60 * options.minutes * options.jobs / len(targets)

    def work(target: Target) -> Result:
        if seconds:
            return run(target, seconds=max(1, seconds))
        return run(target, runs=options.runs or target.runs)

    with ThreadPoolExecutor(options.jobs) as pool:
        return _tell(pool.map(work, targets))


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    names = [target.name for target in TARGETS]
    parser = argparse.ArgumentParser(
        prog="tools/fuzz/run", description=(__doc__ or "").splitlines()[0],
        epilog=f"targets: {', '.join(names)}",
    )  # fmt: skip
    parser.add_argument("--minutes", type=float, default=0, help="for all targets together")
    parser.add_argument("--runs", type=int, default=0, help="executions of each target")
    parser.add_argument("--jobs", type=int, default=1, help="targets at a time")
    parser.add_argument("--try", dest="tried", type=Path, nargs="+", help="inputs to run again")
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    options = parser.parse_args(arguments)
    for name in options.targets:
        if name not in names:
            parser.error(f"no target {name}: expected {', '.join(names)}")
    return options


def _tell(results: Iterable[Result]) -> int:
    print(
        f"{'target':24}{'executions':>12}{'seconds':>9}{'a second':>10}{'edges':>8}{'features':>10}"
    )
    executions = findings = 0
    for result in results:
        executions += result.executions
        findings += max(len(result.findings), int(result.failed))
        print(
            f"{result.target.name:24}{result.executions:12,}{result.seconds:9.1f}"
            f"{result.executions / result.seconds:10,.0f}{result.edges:8,}{result.features:10,}",
            flush=True,
        )
        if result.failed or result.findings:
            print(result.output)
            for path in result.findings:
                print(f"finding: {path}")
    print(f"{executions:,} executions, {findings} findings")
    return int(findings > 0)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        sys.exit(f"what a target needs can't be compiled: {error}")
