"""Measure large images: time and memory of encoding and decoding in parts, and of reading parts.

    python -m tools.bench.scale [--megapixels N ...] [--workers N] [--folder FOLDER]

The image is a painted scene of 4096 x 4096, repeated to squares of --megapixels (10 and 100; 1074
are a gigapixel, of 32768 x 32768). Each line is measured in a process of its own, by these columns:

s          wall time in seconds
CPU        milliseconds of all threads and processes for each megapixel
MiB        the peak of anonymous memory, without files that are mapped; of the first process alone

"encode" makes the file in memory, of images of up to 100 megapixels; "encode_to" in parts, by as
many threads or processes as --workers (2) says, or by a cluster of Dask with as many. "decode_to"
writes raw pixels into a file. "reads" are of random squares, by a `kmformat.Reader` that keeps no
tiles and by `Image.open` and `crop`, from a default file and from plain tiles of 512 x 512: here
the second column is the number of reads a second. The exit status is 1 if files differ.

Large files go to --folder (a temporary one) for the time. A gigapixel takes minutes.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import kmformat
from tools.bench.measure import table
from tools.docs.make_picture import scene

_MOST_IN_MEMORY = 101_000_000


@lru_cache(maxsize=1)
def _scene(file: Path) -> Any:
    return np.load(file, mmap_mode="r")


@dataclass(frozen=True)
class Repeated:
    """A square of the scene in a file, repeated."""

    side: int
    file: Path
    dtype = np.dtype(np.uint8)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        return self.side, self.side, 3

    def __getitem__(self, key: tuple[slice, slice]) -> Any:
        painted = _scene(self.file)
        places = [
            (part.start % length, part.start % length + part.stop - part.start, length)
            for part, length in zip(key, painted.shape, strict=False)
        ]
        if all(stop <= length for _, stop, length in places):  # nearly always, and free
            (top, bottom, _), (left, right, _) = places
            return painted[top:bottom, left:right]
        rows, columns = (np.arange(start, stop) % length for start, stop, length in places)
        return painted[rows][:, columns]


def anonymous_memory() -> int:
    """Return how many KiB of anonymous memory this process has now (Linux)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0])


@contextmanager
def _measured() -> Any:
    """Measure what is done; print seconds, CPU seconds and the peak of memory in KiB."""
    peak, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            peak[0] = max(peak[0], anonymous_memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    wall, cpu = time.perf_counter(), os.times()
    try:
        yield
    finally:
        taken, now = time.perf_counter() - wall, os.times()
        done.set()
        watcher.join()
    print(taken, sum(now[:4]) - sum(cpu[:4]), peak[0])


@contextmanager
def executor_of(kind: str, workers: int) -> Any:
    """Yield an executor of a kind."""
    if kind == "dask":
        distributed: Any = import_module("distributed")
        with (
            distributed.LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield client.get_executor()
        return
    pool: Executor = ThreadPoolExecutor(workers)
    if kind == "processes":
        pool = ProcessPoolExecutor(workers, get_context("spawn"))  # as threads run here already
    with pool:
        yield pool


def encode(side: int, file: Path, kind: str, workers: int) -> None:
    """Encode the image, in memory or in parts, by an executor of a kind."""
    source: Any = Repeated(side, file.parent / "scene.npy")
    if kind == "memory":
        pixels = source[0:side, 0:side]
        with _measured():
            kmformat.save(pixels, file, threads=workers)
        return
    plain: dict[str, Any] = {"fast_decode": True, "tile": (512, 512)} if kind == "plain" else {}
    with _measured(), executor_of("threads" if plain else kind, workers) as executor:
        kmformat.encode_to(source, file, executor=executor, **plain)


def decode(side: int, file: Path, workers: int) -> None:
    """Decode the image to a raw file."""
    raw = file.with_suffix(".raw")
    target = np.memmap(raw, np.uint8, "w+", shape=(side, side, 3))
    with _measured():
        kmformat.decode_to(file, target, threads=workers)
    raw.unlink()


def reads(file: Path, size: int, count: int, workers: int, *, by_pillow: bool) -> None:
    """Read random squares; print how many a second after the rest."""
    Image.MAX_IMAGE_PIXELS = None
    with kmformat.Reader(file, threads=workers, cache=0) as reader, _measured():
        generator = random.Random(1)
        for _ in range(count):
            x, y = (generator.randrange(length - size) for length in reader.shape[1::-1])
            if by_pillow:
                with Image.open(file) as image:
                    image.crop((x, y, x + size, y + size)).load()
            else:
                reader.read((x, y, x + size, y + size))


def run_alone(*words: object) -> tuple[float, float, float]:
    """Return seconds, CPU seconds and MiB of one measurement, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.bench.scale", *map(str, words)],
        stdout=subprocess.PIPE, check=True, text=True,
    )  # fmt: skip
    wall, cpu, peak = map(float, done.stdout.splitlines()[-1].split())
    return wall, cpu, peak / 1024


def measure(side: int, folder: Path, workers: int) -> list[list[str]]:
    """Return a row of figures for each way, and remove all files.

    Raises
    ------
    SystemExit
        Files of the same options differ.
    """
    rows, pixels = [], side * side / 1e6
    kinds = ["memory"] * (side * side <= _MOST_IN_MEMORY) + ["threads", "processes", "dask"]
    files = {kind: folder / f"{kind}.kmf" for kind in [*kinds, "plain"]}
    for kind, file in files.items():
        wall, cpu, peak = run_alone("--alone", "encode", side, file, kind, workers)
        name = "encode" if kind == "memory" else f"encode_to, {kind}"
        rows.append([name, f"{wall:.1f}", f"{cpu * 1000 / pixels:.0f}", f"{peak:.0f}"])
        if kind not in ("threads", "plain") and "threads" in files and files["threads"].exists():
            if file.read_bytes() != files["threads"].read_bytes():
                raise SystemExit(f"{kind}: another file than threads give")
            file.unlink()
    wall, cpu, peak = run_alone("--alone", "decode", side, files["threads"], workers)
    rows.append(["decode_to", f"{wall:.1f}", f"{cpu * 1000 / pixels:.0f}", f"{peak:.0f}"])
    for name, size, count, by_pillow in (
        ("256 x 256", 256, 200, 0), ("1024 x 1024", 1024, 60, 0), ("512 x 512, Pillow", 512, 30, 1),
    ):  # fmt: skip
        for kind in ("threads", "plain"):
            words = "--alone", "reads", files[kind], size, count, workers, by_pillow
            wall, cpu, peak = run_alone(*words)
            which = "default" if kind == "threads" else "plain"
            rows.append([f"{name}, {which}", f"{wall:.1f}", f"{count / wall:.0f}/s", f"{peak:.0f}"])
    for file in files.values():
        file.unlink(missing_ok=True)
    return rows


_ALONE: dict[str, Callable[..., None]] = {
    "encode": lambda side, file, kind, n: encode(int(side), Path(file), kind, int(n)),
    "decode": lambda side, file, n: decode(int(side), Path(file), int(n)),
    "reads": lambda file, size, count, n, by_pillow: reads(
        Path(file), int(size), int(count), int(n), by_pillow=by_pillow == "1"
    ),
}


def main() -> None:
    """Measure what the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--megapixels", nargs="+", type=float, default=[10, 100])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--alone", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        name, *words = options.alone
        _ALONE[name](*words)
        return
    for megapixels in options.megapixels:
        side = round(math.sqrt(megapixels * 1e6))
        side = 32768 if 1073 <= megapixels <= 1074 else side
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            np.save(Path(folder, "scene.npy"), np.asarray(scene(4096, 4096)))
            rows = measure(side, Path(folder), options.workers)
        titles = [f"{side} x {side}", "s", "CPU ms/MP", "MiB"]
        print(table([titles, *rows]), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
