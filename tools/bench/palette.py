"""Measure how good palettes are and what they cost: KMF's quantiser beside other programs.

    python -m tools.bench.palette [IMAGE or FOLDER ...] [--colors 4 16 64 256] [--effort 1 3 5 7 9]
        [--peers NAME ...] [--all] [--rounds N] [--restarts N] [--threads N] [--no-memory]
        [--cache FILE] [--json FILE] [--plot FILE]

Every program reduces every image to each number of colours, without dithering. Without images, a
painted scene of 1200 x 800 pixels is used. A table for each number of colours has a row for each
program, with these columns:

above best   how far the mean squared error exceeds that of the best palette known for the image,
             in per cent: the mean over the images
worst        the same, of the image where it is largest
MSE          mean squared error over pixels and channels, in squared levels: the mean of the images
CPU s/MP     CPU seconds a megapixel from a Pillow RGB image to indices, of all threads and child
             processes; the median of the rounds, in each of which every program runs once
wall s/MP    elapsed seconds a megapixel, likewise
peak MB      memory that a new process adds while it quantises the largest image to the first number
             of colours, its libraries loaded; on Linux only, and not of pngquant and ImageMagick

The best palette known for an image is the best of --restarts runs of scikit-learn's k-means on the
image's distinct colours, weighted by how often they occur; of all palettes measured in this run;
and of those in the --cache. What could not be measured is listed at the end as skipped.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import resource
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib import import_module
from math import inf
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from PIL import Image

from tools.bench import palette_peers
from tools.bench.measure import load_rgb, median_seconds, picture_files, table
from tools.bench.palette_peers import U8, Array, Peer, Shown
from tools.docs.make_picture import scene

Row: TypeAlias = dict[str, Any]

SCENE = (1200, 800)
"""Width and height in pixels of the painted scene, where no images are given."""
THREAD_SETTINGS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS",
    "MAGICK_THREAD_LIMIT",
)  # fmt: skip
"""Environment variables by which the libraries limit their threads."""


class BestKnown:
    """The best palette known for each image and number of colours, kept in a file between runs.

    Parameters
    ----------
    cache
        The file, JSON; None to forget the palettes afterwards.
    restarts
        How many runs of scikit-learn's k-means there should be for each image and number of
        colours, those in the cache counted.
    """

    def __init__(self, cache: Path | None, restarts: int) -> None:
        self.cache, self.restarts = cache, restarts
        text = cache.read_text() if cache and cache.exists() else "{}"
        self.known: dict[str, Row] = json.loads(text)

    def update(self, image: Image.Image, K: int, palettes: dict[str, U8]) -> Row:
        """Return the best of what was known, of `palettes`, and of the restarts, run if missing."""
        pixels = hashlib.sha256(image.tobytes()).hexdigest()
        best = self.known.setdefault(
            f"sha256:{pixels} {image.width}x{image.height} K={K}", {"mse": inf, "restarts": 0}
        )
        colors, counts, _ = palette_peers.unique_colors(image)
        for name, palette in [*palettes.items(), *self._restart(colors, counts, K, best)]:
            error = palette_peers.palette_error(colors, counts, palette)
            if error < best["mse"]:
                best |= {"mse": error, "by": name, "palette": palette.tolist()}
        if self.cache:
            self.cache.write_text(json.dumps(self.known))
        return best

    def _restart(self, colors: U8, counts: Array, K: int, best: Row) -> Iterator[tuple[str, U8]]:
        for seed in range(best["restarts"], self.restarts):
            try:
                model = palette_peers.weighted_kmeans(colors, counts, K, seed=seed)
            except ImportError:
                print("scikit-learn is not installed: the best known is that of the programs run")
                self.restarts = 0
                return
            best["restarts"] = seed + 1
            palette = palette_peers.round_palette(model.cluster_centers_)
            yield f"scikit-learn weighted, seed {seed}", palette


class Trial:
    """Runs one program on one image, again and again, and keeps what comes of it.

    Attributes
    ----------
    shown
        The last result; None before the first run.
    failure
        Why the program failed, or an empty string.
    children
        CPU seconds of the child processes of each run.
    """

    def __init__(self, peer: Peer, image: Image.Image, K: int) -> None:
        self.program: Callable[[], Shown] = partial(peer.run, image, K)
        self.K = K
        self.shown: Shown | None = None
        self.failure, self.children = "", list[float]()

    def __call__(self) -> None:
        """Run it, unless it failed before."""
        if self.failure:
            return
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        try:
            self.shown = self.program()
            if len(self.shown[0]) > self.K:
                raise ValueError(f"a palette of {len(self.shown[0])}")
        except Exception as error:  # a fault of another program must not end a long run
            self.failure = f"{type(error).__name__}: {error}"
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.children.append(sum(after[:2]) - sum(before[:2]))


def measure(
    name: str, image: Image.Image, K: int, peers: Sequence[Peer], rounds: int, best: BestKnown
) -> tuple[list[Row], list[str]]:
    """Return a row for each program that quantised the image, and the failures of the others."""
    trials = {peer.name: Trial(peer, image, K) for peer in peers}
    seconds = median_seconds(trials, rounds)
    shown = {key: trial.shown for key, trial in trials.items() if trial.shown and not trial.failure}
    known = best.update(image, K, {key: palette for key, (palette, _) in shown.items()})
    megapixels, rows = image.width * image.height / 1e6, []
    for key, result in shown.items():
        error = palette_peers.shown_error(image, result)
        rows.append({
            "image": name, "megapixels": megapixels, "colors": K, "program": key, "mse": error,
            "best_mse": known["mse"], "above_best_percent": 100 * (error / known["mse"] - 1),
            "cpu_seconds": seconds[key]["cpu"] + statistics.median(trials[key].children),
            "wall_seconds": seconds[key]["wall"],
        })  # fmt: skip
    print(f"{name}, {K} colours: best by {known['by']}", file=sys.stderr)
    return rows, [f"{k} on {name}, K={K} ({t.failure})" for k, t in trials.items() if t.failure]


def summarize(rows: Sequence[Row], K: int, memory: dict[str, float]) -> list[Row]:
    """Return a row for each program, of means over its images at K colours, least error first."""
    summary = []
    for program in dict.fromkeys(row["program"] for row in rows if row["colors"] == K):
        own = [row for row in rows if row["program"] == program and row["colors"] == K]
        above = [row["above_best_percent"] for row in own]
        megapixels = sum(row["megapixels"] for row in own)
        summary.append({
            "program": program, "colors": K, "images": len(own),
            "above_best_percent": statistics.mean(above), "worst_percent": max(above),
            "mse": statistics.mean(row["mse"] for row in own), "peak_mb": memory.get(program),
            "cpu_seconds_per_megapixel": sum(row["cpu_seconds"] for row in own) / megapixels,
            "wall_seconds_per_megapixel": sum(row["wall_seconds"] for row in own) / megapixels,
        })  # fmt: skip
    return sorted(summary, key=lambda row: row["above_best_percent"])


def summary_table(summary: Sequence[Row]) -> str:
    """Return the summary of one number of colours as a table of text."""
    most = max(row["images"] for row in summary)
    title = f"{summary[0]['colors']} colours, {most} images"
    lines = [(title, "above best", "worst", "MSE", "CPU s/MP", "wall s/MP", "peak MB")]
    for row in summary:
        few = f" ({row['images']} images)" if row["images"] < most else ""
        peak = row["peak_mb"]
        lines.append((
            row["program"] + few, f"{row['above_best_percent']:.2f}%",
            f"{row['worst_percent']:.2f}%", f"{row['mse']:.2f}",
            f"{row['cpu_seconds_per_megapixel']:.3g}", f"{row['wall_seconds_per_megapixel']:.3g}",
            "-" if peak is None else f"{peak:.0f}",
        ))  # fmt: skip
    return table(lines) + "\n"


def plot(summaries: Sequence[Sequence[Row]], path: Path) -> None:
    """Draw error against CPU seconds, a panel for each number of colours; a line joins KMF's."""
    pyplot, number = import_module("matplotlib.pyplot"), len(summaries)
    figure, panels = pyplot.subplots(1, number, squeeze=False, figsize=(8 * number, 7))
    for panel, summary in zip(panels[0], summaries, strict=True):
        points = sorted(
            (row["program"], row["cpu_seconds_per_megapixel"], row["above_best_percent"])
            for row in summary
        )
        for ours, style in ((True, "o-r"), (False, "ok")):
            chosen = [point[1:] for point in points if point[0].startswith("KMF") == ours]
            panel.plot([x for x, _ in chosen], [y for _, y in chosen], style)
        for label, x, y in points:
            panel.annotate(label, (x, y), (3, 3), textcoords="offset points", size=8, rotation=20)
        panel.set(xscale="log", title=f"{summary[0]['colors']} colours")
        panel.set(xlabel="CPU s a megapixel", ylabel="error above the best known, %")
        panel.set_yscale("symlog", linthresh=1)
        panel.margins(0.15, 0.1)
    figure.tight_layout()
    figure.savefig(path, dpi=100)


def warm_up(peer: Peer, K: int) -> None:
    """Run a program once on noise, to import its libraries and start its threads; ignore errors."""
    noise = np.random.default_rng(0).integers(0, 256, (128, 128, 3), np.uint8)
    Trial(peer, Image.fromarray(noise), K)()


def memory_of(peer: Peer, image: Image.Image, K: int) -> float:
    """Return how many megabytes (10^6 bytes) quantising adds to this process at its peak.

    The kernel's record of the peak (VmHWM) is reset first, as it includes what imports took.
    `ru_maxrss` can't be reset, and even includes the parent process.
    """
    warm_up(peer, K)
    Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status")
    before = re.findall(r"VmRSS:\s+(\d+)", status.read_text())
    peer.run(image, K)
    peak = re.findall(r"VmHWM:\s+(\d+)", status.read_text())
    return (int(peak[0]) - int(before[0])) * 1024 / 1e6


def memory_of_each(peers: Sequence[Peer], image: Image.Image, K: int) -> dict[str, float]:
    """Return the peak of each program, in megabytes, measured in a new process each."""
    peaks = {}
    for peer in peers:
        try:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                peaks[peer.name] = pool.submit(memory_of, peer, image, K).result()
        except Exception as error:  # such as a process killed for want of memory
            print(f"no memory figure: {peer.name} ({error})", file=sys.stderr)
    return peaks


def use_threads(number: int) -> None:
    """Restart this program with at most `number` threads: libraries read it when imported."""
    wanted = dict.fromkeys(THREAD_SETTINGS, str(number))
    if wanted.items() - os.environ.items():
        os.execve(sys.executable, sys.orig_argv, os.environ | wanted)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    formatter = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    add = parser.add_argument
    add("images", nargs="*", type=Path, metavar="IMAGE or FOLDER")
    add("--colors", nargs="+", type=int, default=[4, 16, 64, 256], metavar="K")
    add("--effort", nargs="+", type=int, default=[1, 3, 5, 7, 9], help="of KMF")
    add("--peers", nargs="*", metavar="NAME", help="those with this in their name (all)")
    add("--all", action="store_true", help="run slow peers on large images, too")
    add("--rounds", type=int, default=3)
    add("--restarts", type=int, default=30, help="of scikit-learn for the best known palette")
    add("--threads", type=int, help="in every library (as the environment says)")
    add("--no-memory", action="store_true", help="do not measure it")
    add("--cache", type=Path, help="read and write the best palettes known here (JSON)")
    add("--json", type=Path, help="write the figures here as well")
    add("--plot", type=Path, help="draw error against CPU seconds here (needs matplotlib)")
    return parser.parse_args()


def measure_all(
    peers: Sequence[Peer], options: argparse.Namespace
) -> tuple[list[Row], dict[str, float], list[str]]:
    """Return the rows of all images, the peaks of memory in megabytes, and what was skipped."""
    best, largest, most = BestKnown(options.cache, options.restarts), Image.new("RGB", (0, 0)), 0.0
    rows, skipped = list[Row](), list[str]()
    paths: list[Path | None] = [*picture_files(options.images)]
    for path in paths or [None]:
        name = str(path or "scene")
        image = load_rgb(path) if path else Image.fromarray(scene(*SCENE))
        megapixels = image.width * image.height / 1e6
        if megapixels > most:
            largest, most = image, megapixels
        fit = [peer for peer in peers if options.all or megapixels <= peer.largest]
        skipped += [f"{p.name} on {name} (too large without --all)" for p in peers if p not in fit]
        for K in options.colors:
            if image.getcolors(K):
                skipped.append(f"{name} at {K} colours (it has no more)")
                continue
            found, failed = measure(name, image, K, fit, options.rounds, best)
            rows, skipped = rows + found, skipped + failed
    able = [p for p in peers if p.in_process and (options.all or most <= p.largest)]
    peaks = {} if options.no_memory else memory_of_each(able, largest, options.colors[0])
    return rows, peaks, skipped


def main() -> None:
    """Measure every program on every image, and print a table for each number of colours."""
    options = arguments()
    if options.threads:
        use_threads(options.threads)
    peers, versions, missing = palette_peers.installed(options.effort, options.peers)
    threads = {name: os.environ.get(name, "unset") for name in THREAD_SETTINGS}
    machine = {"versions": versions, "processors": os.cpu_count(), "threads": threads}
    print(*(f"{key}: {value}" for key, value in machine.items()), sep="\n")
    for peer in peers:
        warm_up(peer, options.colors[0])
    rows, memory, skipped = measure_all(peers, options)
    summaries = [summary for K in options.colors if (summary := summarize(rows, K, memory))]
    skipped = missing + skipped
    print("", *map(summary_table, summaries), *(f"skipped: {s}" for s in skipped), sep="\n")
    if options.json:
        report = {"skipped": skipped, "summaries": summaries, "results": rows}
        options.json.write_text(json.dumps(machine | report, indent=1))
    if options.plot and summaries:
        plot(summaries, options.plot)


if __name__ == "__main__":
    main()
