"""Measure how small an indexed image becomes and what it costs: KMF's files beside others.

    python -m tools.bench.size [FOLDER or IMAGE ...] [--colors N] [--effort 1 3 5 7 9]
        [--kinds default plain smallest] [--kernels native NumPy] [--beside NAME] [--peers NAME ...]
        [--rounds N] [--json FILE] [--plot FILE.png]

Each folder is a set of images, called by its name; images given one by one are the set "images".
Without any, a painted scene of 1200 x 800 pixels is used. Each image is quantised once to --colors
(16); every program stores exactly this palette and these indices, or is left out if what it decodes
has other pixels. A table for each set has a row for each program, with these columns:

bits/px             size of whole files, in bits a pixel of the set
KMF effort 5 / it   size of KMF's files divided by that of the program's, over the images that both
                    can store; below 1, KMF's are smaller
smaller, larger on  on how many of these images KMF's file is smaller, and on how many larger
encode MP/s         megapixels a second from the indexed image to bytes: the pixels of the set
                    divided by the sum of the times of its images
decode MP/s         the same from bytes to an RGB or RGBA array

The last two are there for native kernels, if they are built, and of KMF for NumPy's as well. A time
is the median, in seconds of the processor that all threads of a program take together, of rounds in
which every program runs once; of a command (oxipng's, where there is no package) it is unknown, and
nearly none. "Packed" are indices
of 4 bits, or 8 above 16 colours, under a general compressor. What could not be measured is listed
at the end as skipped.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
from PIL import Image

import kmformat
from kmformat import IndexedImage, KmfError
from kmformat.codec.palette_order import in_packing_order
from tools.bench import size_peers
from tools.bench.measure import KERNELS, WithKernels, median_seconds, picture_files, table
from tools.bench.palette import SCENE, Row
from tools.bench.palette_peers import U8
from tools.bench.size_peers import Program
from tools.docs.make_picture import scene


class Stored:
    """One image as a file of one program.

    Attributes
    ----------
    data
        The bytes that the last run gave; empty before the first.
    failure
        Why there is no such file, or an empty string.
    """

    def __init__(self, program: Program, indexed: IndexedImage) -> None:
        self.program, self.indexed = program, indexed
        self.data, self.failure = b"", ""

    def encode(self) -> None:
        """Write the file, unless the program failed before."""
        if self.failure:
            return
        try:
            self.data = self.program.encode(self.indexed)
        except Exception as error:  # a fault of another program must not end a long run
            self.failure = f"{type(error).__name__}: {error}"

    def check(self) -> None:
        """Decode the file once; it is a failure if that does not give the image's pixels."""
        if self.failure:
            return
        try:
            if not np.array_equal(self.decode(), self.indexed.to_pixels()):
                self.failure = "it gives other pixels"
        except Exception as error:  # as above
            self.failure = f"{type(error).__name__}: {error}"

    def decode(self) -> U8:
        """Return the pixels that the program decodes, RGB or RGBA."""
        return self.program.decode(self.data)


def seconds_of(
    programs: Mapping[str, Callable[[], object]], kernels: Sequence[str], rounds: int
) -> dict[str, dict[str, float]]:
    """Return the median seconds of each program by kind of kernels; of others than KMF, one."""
    runs: dict[tuple[str, str], Callable[[], object]] = {}
    for name, program in programs.items():
        for kind in kernels if name.startswith("KMF") else kernels[:1]:
            runs[name, kind] = WithKernels(kind, program)
    found: dict[str, dict[str, float]] = {name: {} for name in programs}
    for (name, kind), times in median_seconds(runs, rounds).items():
        found[name][kind] = times["cpu"]
    return found


def measure(
    indexed: IndexedImage, programs: Sequence[Program], kernels: Sequence[str], rounds: int
) -> tuple[list[Row], dict[str, str]]:
    """Return a row for each program that can store the image, and the failures of the others."""
    files = {program.name: Stored(program, indexed) for program in programs}
    encode = seconds_of({name: file.encode for name, file in files.items()}, kernels, rounds)
    for file in files.values():
        file.check()
    held = {name: file for name, file in files.items() if not file.failure}
    decode = seconds_of({name: file.decode for name, file in held.items()}, kernels, rounds)
    rows: list[Row] = [
        {
            "program": name, "megapixels": indexed.width * indexed.height / 1e6,
            "bytes": len(file.data), "encode_seconds": encode[name], "decode_seconds": decode[name],
        }
        for name, file in held.items()
    ]  # fmt: skip
    return rows, {name: file.failure for name, file in files.items() if file.failure}


def load_indexed(path: Path | None, K: int) -> IndexedImage:
    """Return a picture, alpha included, in K colours; without a path, the painted scene.

    Its palette is in the order that `kmformat.encode` gives it, and there is no metadata, which
    others carry in other ways.
    """
    if path is None:
        return in_packing_order(kmformat.quantize(scene(*SCENE), colors=K))
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path) as image:
        return replace(in_packing_order(kmformat.quantize(image, colors=K)), chunks=())


def sets_of(paths: Sequence[Path]) -> dict[str, list[Path | None]]:
    """Return the pictures of each set by its name; a picture of None is the painted scene."""
    sets: dict[str, list[Path | None]] = {}
    for path in paths:
        name = path.resolve().name if path.is_dir() else "images"
        sets.setdefault(name, []).extend(picture_files([path]))
    return sets or {"scene": [None]}


def measure_set(
    name: str,
    paths: Sequence[Path | None],
    programs: Sequence[Program],
    options: argparse.Namespace,
) -> tuple[list[Row], list[str]]:
    """Return the rows of all images of a set, and what was skipped, as text."""
    rows, skipped = list[Row](), [] if paths else [f"{name} (no pictures)"]
    failures: Counter[tuple[str, str]] = Counter()
    for path in paths:
        image = str(path or "scene")
        try:
            indexed = load_indexed(path, options.colors)
        except (KmfError, OSError) as error:
            skipped.append(f"{image} ({error})")
            continue
        found, failed = measure(indexed, programs, options.kernels, options.rounds)
        rows += [{"set": name, "image": image} | row for row in found]
        failures.update(failed.items())
        print(f"{image}: {len(indexed.palette)} colours", file=sys.stderr)
    for (program, reason), number in failures.items():
        skipped.append(f"{program} on {number} of {len(paths)} in {name} ({reason})")
    return rows, skipped


def summarize(rows: Sequence[Row], reference: str) -> list[Row]:
    """Return a row for each program, summed over the images it can store, the smallest first."""
    summary, ours = [], {row["image"]: row["bytes"] for row in rows if row["program"] == reference}
    for program in dict.fromkeys(row["program"] for row in rows):
        own = [row for row in rows if row["program"] == program]
        common = [row for row in own if row["image"] in ours]
        theirs = sum(row["bytes"] for row in common)
        size, megapixels = sum(row["bytes"] for row in own), sum(row["megapixels"] for row in own)
        summary.append({
            "program": program, "images": len(own), "megapixels": megapixels, "bytes": size,
            "bits_per_pixel": 8 * size / megapixels / 1e6,
            "ratio": sum(ours[row["image"]] for row in common) / theirs if common else None,
            "smaller": sum(ours[row["image"]] < row["bytes"] for row in common),
            "larger": sum(ours[row["image"]] > row["bytes"] for row in common),
        } | {
            f"{way}_megapixels_per_second": {
                kind: megapixels / sum(row[f"{way}_seconds"][kind] for row in own)
                for kind in own[0][f"{way}_seconds"]
            }
            for way in ("encode", "decode")
        })  # fmt: skip
    return sorted(summary, key=lambda row: (-(row["ratio"] or 0), row["bits_per_pixel"]))


def summary_table(name: str, summary: Sequence[Row], reference: str) -> str:
    """Return the summary of a set as a table of text."""
    most = max(row["images"] for row in summary)
    title = f"{name}, {most} images"
    lines = [[title, "bits/px", f"{reference} / it", "smaller, larger on"]]
    kernels = max((list(row["decode_megapixels_per_second"]) for row in summary), key=len)
    for kind in kernels:
        lines[0] += [f"{kind}: encode MP/s", "decode MP/s"]
    for row in summary:
        few = f" ({row['images']} images)" if row["images"] < most else ""
        ratio = "-" if row["ratio"] is None else f"{row['ratio']:.3f}"
        counts = f"{row['smaller']}, {row['larger']}"
        lines.append([row["program"] + few, f"{row['bits_per_pixel']:.3f}", ratio, counts])
        for kind in kernels:
            for way in ("encode", "decode"):
                rate = row[f"{way}_megapixels_per_second"].get(kind)
                lines[-1].append("" if rate is None else f"{rate:.3g}")
    return table(lines) + "\n"


KMF_STYLES = {"": "o-C3", "plain ": "s-C0", "smallest ": "^-C2"}
"""How kinds of KMF's files are drawn."""


def plot(summaries: dict[str, list[Row]], path: Path) -> None:
    """Draw size against rate of decoding, a panel for each set; lines join KMF's efforts."""
    pyplot, number = import_module("matplotlib.pyplot"), len(summaries)
    figure, panels = pyplot.subplots(1, number, squeeze=False, figsize=(6 * number, 5))
    for panel, (name, summary) in zip(panels[0], summaries.items(), strict=True):
        points = {
            row["program"]: (
                next(iter(row["decode_megapixels_per_second"].values())), row["bits_per_pixel"],
            )
            for row in sorted(summary, key=lambda row: str(row["program"]))
        }  # fmt: skip
        for kind, style in KMF_STYLES.items():
            own = [point for name, point in points.items() if name.startswith(f"KMF {kind}effort")]
            panel.plot([x for x, _ in own], [y for _, y in own], style)
        others = [point for program, point in points.items() if not program.startswith("KMF")]
        panel.plot([x for x, _ in others], [y for _, y in others], "ok")
        for program, point in points.items():
            x, side = (5, "left") if program.startswith("KMF") else (-5, "right")
            panel.annotate(program, point, (x, 3), textcoords="offset points", size=8, ha=side)
        panel.set(xscale="log", yscale="log", title=name)
        panel.set(xlabel="decoding, megapixels a second", ylabel="bits a pixel")
        for axis in (panel.xaxis, panel.yaxis):
            axis.set_major_formatter("{x:g}")
        panel.yaxis.set_minor_formatter("{x:g}")
        low, high = panel.get_xlim()
        panel.xaxis.set_minor_formatter("{x:g}" if high < 10 * low else "")
        panel.margins(0.45, 0.1)
    figure.tight_layout()
    figure.savefig(path, dpi=80, pil_kwargs={"optimize": True})


def warm_up(programs: Sequence[Program], K: int, kernels: Sequence[str]) -> None:
    """Run each program once on noise, to import its libraries; ignore errors."""
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    measure(kmformat.quantize(noise, colors=K), programs, kernels, 1)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    formatter = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    add = parser.add_argument
    add("images", nargs="*", type=Path, metavar="FOLDER or IMAGE")
    add("--colors", type=int, default=16, metavar="N")
    add("--effort", nargs="+", type=int, default=[1, 3, 5, 7, 9], help="of KMF")
    add(
        "--kinds",
        nargs="+",
        choices=size_peers.KINDS,
        default=list(size_peers.KINDS),
        help="of KMF",
    )
    add("--kernels", nargs="+", choices=KERNELS, default=KERNELS, help="of KMF")
    add("--beside", metavar="NAME", help="the program that the ratios are of (KMF effort 5)")
    add("--peers", nargs="*", metavar="NAME", help="those with this in their name (all)")
    add("--rounds", type=int, default=3)
    add("--json", type=Path, help="write the figures here as well")
    add("--plot", type=Path, help="draw size against decode rate here (needs matplotlib)")
    return parser.parse_args()


def main() -> None:
    """Measure every program on every image, and print a table for each set."""
    options = arguments()
    programs, versions, missing = size_peers.installed(options.effort, options.kinds, options.peers)
    processors = len(os.sched_getaffinity(0))  # those that this process may use
    settings = {"colors": options.colors, "rounds": options.rounds}
    machine = {"versions": versions, "processors": processors} | settings
    print(*(f"{key}: {value}" for key, value in machine.items()), sep="\n")
    warm_up(programs, options.colors, options.kernels)
    effort = 5 if 5 in options.effort else options.effort[0]
    reference = options.beside or f"KMF effort {effort}"
    results, skipped, summaries = list[Row](), missing, dict[str, list[Row]]()
    for name, paths in sets_of(options.images).items():
        rows, failed = measure_set(name, paths, programs, options)
        results, skipped = results + rows, skipped + failed
        if rows:
            summaries[name] = summarize(rows, reference)
            print("\n" + summary_table(name, summaries[name], reference), flush=True)
    for reason in skipped:
        print(f"skipped: {reason}")
    if options.json:
        report = {"skipped": skipped, "summaries": summaries, "results": results}
        options.json.write_text(json.dumps(machine | report, indent=1))
    if options.plot and summaries:
        plot(summaries, options.plot)


if __name__ == "__main__":
    main()
