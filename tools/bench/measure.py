"""What the benchmarks share: timing in rounds, medians, finding pictures, and tables of text."""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

from PIL import Image

from kmformat import kernels
from tools.docs.make_picture import scene

Figures = dict[str, str | float]
PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".ppm", ".tif", ".tiff"}
"""Suffixes of the files that are taken for pictures, in lower case."""


Name = TypeVar("Name", bound=Hashable)

KERNELS = ["native", "NumPy"] if find_spec("kmformat._native") else ["NumPy"]
"""The kinds of kernels that there are, the faster first."""


@dataclass(frozen=True)
class WithKernels:
    """A program that is run with kernels of one kind, which are chosen before its time is taken."""

    kind: str
    program: Callable[[], object]

    def prepare(self) -> None:
        """Choose the kernels, and import them all."""
        kernels.use_native(self.kind == "native")
        for name in kernels.__all__:
            getattr(kernels, name)

    def __call__(self) -> object:
        """Run the program."""
        return self.program()


def median_seconds(
    programs: Mapping[Name, Callable[[], object]], rounds: int
) -> dict[Name, dict[str, float]]:
    """Return the median time that each program takes.

    Each round runs every program once, so that a busy moment of the machine hits all of them alike,
    and each time in another order, as the one before leaves the caches.

    Parameters
    ----------
    programs
        Functions by name; what they return is ignored.
    rounds
        How often to run each, at least 1.

    Returns
    -------
    By name, the median ``wall`` and ``cpu`` seconds. CPU seconds are those of all threads of this
    process, and of no other process.
    """
    times: dict[Name, list[tuple[float, float]]] = {name: [] for name in programs}
    for number in range(rounds):
        order = list(programs.items())
        random.Random(number).shuffle(order)
        for name, program in order:
            if isinstance(program, WithKernels):
                program.prepare()
            wall, cpu = time.perf_counter(), time.process_time()
            program()
            times[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    return {
        name: {
            "wall": statistics.median(wall for wall, _ in runs),
            "cpu": statistics.median(cpu for _, cpu in runs),
        }
        for name, runs in times.items()
    }


def picture_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files given, and those in folders at any depth, whose suffix is in `PICTURES`."""
    found = []
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        found += [file for file in inside if file.suffix.lower() in PICTURES]
    return found


def load_rgb(path: Path) -> Image.Image:
    """Return a picture as a Pillow image of mode RGB, however large it is."""
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path) as image:
        return image.convert("RGB")


def table(rows: Sequence[Sequence[object]]) -> str:
    """Return rows, the first of them titles, as columns: the first flush left, others right."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return "\n".join(
        row[0].ljust(widths[0])
        + "".join(f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in texts
    )


def tabulate(
    title: str, figures: Sequence[Figures], columns: Mapping[str, Callable[[Figures], str]]
) -> str:
    """Return figures as a table: a row for each program, and columns for each kind of kernels.

    Figures tell ``program``, ``kernels`` ("" of a program that has none) and ``bits_per_pixel``.
    """
    rows = [[title, "bits/px"]]
    for kind in KERNELS:
        first, *others = columns
        rows[0] += [f"{kind}: {first}", *others]
    for name in dict.fromkeys(row["program"] for row in figures):
        own = [row for row in figures if row["program"] == name]
        cells = [text(row) for row in own for text in columns.values()]
        cells += [""] * (len(rows[0]) - 2 - len(cells))
        rows.append([str(name), f"{own[0]['bits_per_pixel']:.3f}", *cells])
    return table(rows)


def run_benchmark(
    description: str | None,
    rounds: int,
    measure: Callable[[Image.Image, int, int], list[Figures]],
    columns: Mapping[str, Callable[[Figures], str]],
) -> None:
    """Measure each picture that the command line names, or the scene; print tables, write JSON.

    `measure(image, colors, rounds)` gives the figures that `tabulate` takes.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("images", nargs="*", type=Path)
    parser.add_argument("--colors", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    Image.init()
    images = {str(path): load_rgb(path) for path in picture_files(options.images)}
    results = []
    for name, image in (images or {"scene": Image.fromarray(scene(4000, 3000))}).items():
        figures = measure(image, options.colors, options.rounds)
        for row in figures:
            row["megapixels_per_second"] = image.width * image.height / 1e6 / float(row["seconds"])
        results += [{"image": name, **row} for row in figures]
        print(tabulate(name, figures, columns), end="\n\n")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
