"""Many pictures on the command line: one process and two, again with --skip-existing, one killed.

    python -m tools.bench.batches [--count 500] [--jobs 2] [-- OPTIONS OF kmformat encode]

Makes pictures of 640 x 480 pixels, parts of the scene that `tools.docs.make_picture` paints, each
with noise of its own. Times are of whole commands, and medians of `--rounds`. The run with a worker
killed is checked: all files are as those of one process, and nothing else is there.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from tools.bench.measure import Figures, table
from tools.docs.make_picture import scene

WIDTH, HEIGHT = 640, 480


def make_pictures(folder: Path, count: int) -> None:
    """Write pictures that differ, in folders of a hundred."""
    whole = scene(4 * WIDTH, 4 * HEIGHT)
    for number in range(count):
        rng = np.random.default_rng(number)
        top, left = rng.integers(0, 3 * HEIGHT), rng.integers(0, 3 * WIDTH)
        part = whole[top : top + HEIGHT, left : left + WIDTH] + rng.normal(0, 3, (HEIGHT, WIDTH, 3))
        place = folder / f"{number // 100}" / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(part.clip(0, 255).astype(np.uint8)).save(place, compress_level=1)


def command(source: Path, target: Path, words: Sequence[str]) -> list[str]:
    """Return the words that encode a folder."""
    program = [sys.executable, "-m", "kmformat", "encode", "-q", "-r", str(source)]
    return [*program, "-o", str(target), *words]


def timed(words: Sequence[str]) -> float:
    """Run a command, and return its seconds."""
    start = time.perf_counter()
    subprocess.run(words, check=True)
    return time.perf_counter() - start


def with_a_worker_killed(words: Sequence[str], target: Path, count: int) -> float:
    """Run a command, and kill one of its processes when it has written a third of its files."""
    start = time.perf_counter()
    program = subprocess.Popen(words)
    while sum(1 for _ in target.rglob("*.kmf")) < count // 3:
        time.sleep(0.05)
    os.kill(max(_workers(program.pid)), signal.SIGKILL)
    if program.wait():
        raise SystemExit("kmformat failed after its worker was killed")
    return time.perf_counter() - start


def _workers(pid: int) -> list[int]:
    """Return the processes that work for another: forks of its server."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = _parent(stat)
            if parent and _parent(Path(f"/proc/{parent}/stat")) == pid:
                found.append(int(stat.parent.name))
        except OSError:  # it has ended
            continue
    return found


def _parent(stat: Path) -> int:
    return int(stat.read_text().rpartition(")")[2].split()[1])


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder by name."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    parser.add_argument("words", nargs="*", help="options of kmformat encode, after --")
    options = parser.parse_args()
    jobs = ["-j", str(options.jobs)]
    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "pictures"
        make_pictures(source, options.count)
        for number in range(options.rounds):
            one, many, killed = (
                Path(name) / f"{kind}{number}" for kind in ("one", "many", "killed")
            )
            runs = {
                "1 process": timed(command(source, one, [*options.words, "-j", "1"])),
                f"{options.jobs} processes": timed(command(source, many, [*options.words, *jobs])),
                "again, --skip-existing": timed(
                    command(source, many, [*options.words, *jobs, "--skip-existing"])
                ),
                f"{options.jobs} processes, one killed": with_a_worker_killed(
                    command(source, killed, [*options.words, *jobs]), killed, options.count
                ),
            }
            if not contents(one) == contents(many) == contents(killed):
                raise SystemExit("the files differ")
            for label, value in runs.items():
                seconds.setdefault(label, []).append(value)
    figures: list[Figures] = [
        {"run": label, "seconds": statistics.median(values)} for label, values in seconds.items()
    ]
    first = float(figures[0]["seconds"])
    rows: list[Sequence[object]] = [[f"{options.count} pictures", "seconds", "pictures/s", "speed"]]
    for row in figures:
        value = float(row["seconds"])
        rate = f"{options.count / value:.1f}"
        rows.append([row["run"], f"{value:.2f}", rate, f"{first / value:.2f}x"])
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
