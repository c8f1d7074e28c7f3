"""What the files that cost most for their bytes cost each reader, beside those of other formats.

    python -m tools.conformance.worst_cases [--only TEXT] [--most S] [--json FILE] [-- COMMAND]...

Each cell is CPU seconds / MiB of memory at the peak, beyond what a process has that has just read a
small file of the same kind. The columns:

    info      kmformat.read_info
    verify    kmformat.verify
    decode    kmformat.decode
    1/2       kmformat.decode with scale=1/2
    NumPy     kmformat.decode without native kernels
    open      Image.open of Pillow
    load      Image.open and load of Pillow
    Reader    kmformat.Reader, and of it one pixel
    then      each COMMAND, a decoder that speaks as `tools.conformance.runner` says, as a whole

The exit status is 1 if one of KMF costs far more than `kmformat/docs/LIMITS.md` states. Seconds are
those of this machine.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tools.conformance.worst_files import cases, others, small

_KMF = {
    "info": "kmformat.read_info(path)",
    "verify": "kmformat.verify(path)",
    "decode": "kmformat.decode(path)",
    "1/2": "kmformat.decode(path, scale=0.5)",
    "NumPy": "kmformat.decode(path)",
    "open": "Image.open(path)",
    "load": "Image.open(path).load()",
    "Reader": "kmformat.Reader(path).read((0, 0, 1, 1))",
}
_PILLOW = ("open", "load")
_MOST = {
    "info": (1, 100), "verify": (15, 350), "decode": (20, 1200), "1/2": (60, 700),
    "open": (0.2, 100), "load": (15, 600), "Reader": (2, 350),
}  # fmt: skip
"""Seconds and MiB that a file of KMF may take, at most: the bounds, and as much for a slow day."""
_JOB = """
import os, re, resource, sys
import kmformat, kmformat.codec.threads, concurrent.futures.thread
from PIL import Image
Image.MAX_IMAGE_PIXELS = None
def memory(name):
    return int(re.search(name + r":\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
def job(path):
    {job}
def seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
if sys.argv[2]:
    job(sys.argv[2])
before, start = memory("VmRSS"), seconds()
job(sys.argv[1])
print(seconds() - start, memory("VmHWM") - before)
"""
_LAUNCH = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[1]),) * 2)
nowhere = os.open(os.devnull, os.O_WRONLY)
at = [(os.POSIX_SPAWN_DUP2, nowhere, 1)]
process = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ, file_actions=at)
_, status, used = os.wait4(process, 0)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
sys.exit(os.waitstatus_to_exitcode(status) != 0)
"""
"""Measures a command from a process that is small: the peak of a new process is that of the old."""


class Cost(tuple[float, float]):
    """CPU seconds, and MiB at the peak; (inf, inf) where it took longer than it might."""

    def __str__(self) -> str:
        seconds, mib = self
        return "too long" if seconds == float("inf") else f"{seconds:.2f} / {mib:.0f}"


def cost_of_job(job: str, path: Path, like: Path | None, most: int, **environment: str) -> Cost:
    """Return what a job in Python costs for a file, once it has been done with one like it."""
    code = _JOB.replace("{job}", job)
    words = [sys.executable, "-W", "ignore", "-c", code, str(path), str(like or "")]
    return _measured(words, most, os.environ | environment)


def cost_of_command(command: Sequence[str], path: Path, most: int) -> Cost:
    """Return what a command costs for a file, as a whole."""
    words = [sys.executable, "-S", "-c", _LAUNCH, str(most), *command, str(path)]
    return _measured(words, most, os.environ)


def _measured(words: Sequence[str], most: int, environment: Mapping[str, str]) -> Cost:
    limit = f'ulimit -t {most}; exec "$@"'
    done = subprocess.run(
        ["bash", "-c", limit, "bash", *words], env=environment, capture_output=True, text=True
    )
    if done.returncode in (-9, -24, 137, 152) or (done.returncode and not done.stderr):
        return Cost((float("inf"), float("inf")))
    if done.returncode:
        raise RuntimeError(done.stderr)
    seconds, mib = map(float, done.stdout.split())
    return Cost((seconds, mib))


def rows(options: argparse.Namespace, folder: Path) -> Iterator[tuple[str, int, dict[str, Cost]]]:
    """Yield of each file what it is, its bytes, and what it costs each reader."""
    commands = [shlex.split(command) for command in options.command]
    path, like = folder / "case.kmf", folder / "small.kmf"
    like.write_bytes(small())
    for name, data in cases():
        if options.only in name:
            path.write_bytes(data)
            costs = {
                column: cost_of_job(
                    job, path, like, options.most, KMF_NATIVE="0" if column == "NumPy" else ""
                )
                for column, job in _KMF.items()
            }
            for command in commands:
                costs[Path(command[-1]).name] = cost_of_command(command, path, options.most)
            yield name, len(data), costs
    for name, suffix, data in others():
        if options.only in name:
            path = folder / f"case.{suffix}"
            path.write_bytes(data)
            yield (
                name,
                len(data),
                {column: cost_of_job(_KMF[column], path, None, options.most) for column in _PILLOW},
            )


def main(arguments: list[str] | None = None) -> int:
    """Measure all; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.conformance.worst_cases",
        usage="%(prog)s [--only TEXT] [--most S] [--json FILE] [-- COMMAND...]",
    )
    parser.add_argument("--only", default="", help="the files whose names have TEXT in them")
    parser.add_argument("--most", type=int, default=60, help="CPU seconds a reader may take (60)")
    parser.add_argument("--json", type=Path, help="write the figures to FILE as well")
    parser.add_argument("command", nargs="*", help="each in one word, in quotes")
    options = parser.parse_args(arguments)
    figures, failed = [], False
    columns = [*_KMF, *(Path(shlex.split(command)[-1]).name for command in options.command)]
    print(f"{'file':54}{'bytes':>11}" + "".join(f"{column:>14}" for column in columns))
    with tempfile.TemporaryDirectory() as folder:
        for name, size, costs in rows(options, Path(folder)):
            cells = (str(costs.get(column, "")) for column in columns)
            print(f"{name:54}{size:11,}" + "".join(f"{cell:>14}" for cell in cells), flush=True)
            figures.append({"file": name, "bytes": size, "costs": costs})
            for column, most in _MOST.items() if "info" in costs else ():
                failed |= any(cost > limit for cost, limit in zip(costs[column], most, strict=True))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
