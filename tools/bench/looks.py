"""Measure how pictures in few colours look and what they take: KMF's dithers beside others.

    python -m tools.bench.looks [IMAGE or FOLDER ...] [--colors 16 64] [--peers NAME ...]
        [--rounds N] [--json FILE] [--plot FILE.png]

Every program reduces every image to each number of colours. Without images, a painted scene of
600 x 400 pixels is used. A table for each number of colours has a row for each program, with means
over the images in these columns:

SSIMULACRA2    a measure of looks, trained on what people see; at most 100, more is better
2x             the same of the middle of the picture, each pixel shown as 2 x 2: seen from near by
FLIP           how different the two look when one flips between them, 0 to 1; less is better
blurred PSNR   dB, both pictures blurred by 1.5 pixels in linear light: seen from further away
PSNR           dB, of the pixels as they are
bits/px        of a KMF file at the default effort with this palette and these indices
CPU s/MP       CPU seconds a megapixel from a Pillow RGB image to indices, of all threads; the
               median of the rounds

What could not be measured is listed at the end as skipped.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from PIL import Image
from PIL.Image import Quantize

import kmformat
from kmformat import IndexedImage
from kmformat.pictures.quality import mean_squared_error, psnr
from kmformat.pictures.ssimulacra2 import ssimulacra2
from tools.bench import palette_peers
from tools.bench.looks_measures import blurred_psnr, flip
from tools.bench.measure import load_rgb, median_seconds, picture_files, table
from tools.bench.palette_peers import U8, Peer, Shown
from tools.docs.make_picture import scene

Row: TypeAlias = dict[str, Any]

SCENE = (600, 400)
"""Width and height in pixels of the painted scene, where no images are given."""
FIGURES: dict[str, tuple[str, str]] = {
    "ssimulacra2": ("SSIMULACRA2", ".1f"),
    "ssimulacra2_2x": ("2x", ".1f"),
    "flip": ("FLIP", ".3f"),
    "blurred_psnr": ("blurred PSNR", ".2f"),
    "psnr": ("PSNR", ".2f"),
    "bits_per_pixel": ("bits/px", ".3f"),
    "cpu_seconds_per_megapixel": ("CPU s/MP", ".2f"),
}
"""What is measured: title and format of each figure."""


def kmf(image: Image.Image, K: int, **options: Any) -> Shown:
    """Run KMF's quantiser."""
    result = kmformat.quantize(image, colors=K, **options)
    return result.palette, result.indices


def pillow(image: Image.Image, K: int) -> Shown:
    """Run Pillow's median cut, and its Floyd-Steinberg dither with that palette."""
    palette = image.quantize(K, Quantize.MEDIANCUT)
    dithered = image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    return palette_peers.of_palette_image(dithered)


def _kmf(name: str, **options: Any) -> Peer:
    return Peer(f"KMF {name}", "KMF", partial(kmf, **options))


def _libimagequant(dithering: float) -> Peer:
    run = partial(palette_peers.libimagequant, speed=4, dithering=dithering)
    return Peer(f"libimagequant dithering {dithering}", "libimagequant", run)


PEERS = (
    _kmf("none"),
    _kmf("none, lossy 0.1", lossy=0.1),
    _kmf("none, oklab", space="oklab"),
    _kmf("floyd-steinberg", dither="floyd-steinberg"),
    _kmf("floyd-steinberg 0.85, oklab", dither="floyd-steinberg", dither_strength=0.85,
         space="oklab"),
    _kmf("ordered, oklab", dither="ordered", space="oklab"),
    _kmf("optimized", dither="optimized"),
    _kmf("optimized, lossy 0.2", dither="optimized", lossy=0.2),
    _libimagequant(0.0),
    _libimagequant(1.0),
    Peer("pngquant", "pngquant", partial(palette_peers.pngquant, speed=1, dithering=1.0)),
    Peer("Pillow", "Pillow", pillow),
)  # fmt: skip


def judge(image: Image.Image, shown: Shown) -> Row:
    """Return the figures of a result, but for the time."""
    palette, indices = shown
    indexed = IndexedImage(np.ascontiguousarray(palette), indices.astype(np.uint8))
    original, pixels = np.asarray(image), indexed.to_pixels()
    return {
        "ssimulacra2": ssimulacra2(original, pixels),
        "ssimulacra2_2x": ssimulacra2(_enlarged(original), _enlarged(pixels)),
        "flip": flip(original, pixels),
        "blurred_psnr": blurred_psnr(original, pixels),
        "psnr": psnr(mean_squared_error(original, pixels)),
        "bits_per_pixel": 8 * len(kmformat.encode(_in_order(indexed))) / indices.size,
    }


def _enlarged(pixels: U8) -> U8:
    """Return the middle of a picture, half as wide and high, each pixel as 2 x 2."""
    height, width = pixels.shape[:2]
    middle = pixels[height // 4 : height - height // 4, width // 4 : width - width // 4]
    return middle.repeat(2, axis=0).repeat(2, axis=1)


def _in_order(image: IndexedImage) -> IndexedImage:
    """Return an image with its palette from dark to light, as KMF's own are."""
    order = np.argsort(image.palette @ np.array([299, 587, 114]), kind="stable")
    numbers = np.argsort(order).astype(np.uint8)
    return IndexedImage(image.palette[order], numbers[image.indices])


def measure(name: str, image: Image.Image, K: int, peers: Sequence[Peer], rounds: int) -> list[Row]:
    """Return a row for each program."""
    shown: dict[str, Shown] = {}

    def program(peer: Peer) -> Callable[[], None]:
        def run() -> None:
            shown[peer.name] = peer.run(image, K)

        return run

    seconds = median_seconds({peer.name: program(peer) for peer in peers}, rounds)
    megapixels = image.width * image.height / 1e6
    return [
        {"image": name, "colors": K, "program": key, **judge(image, result),
         "cpu_seconds_per_megapixel": seconds[key]["cpu"] / megapixels}
        for key, result in shown.items()
    ]  # fmt: skip


def summarize(rows: Sequence[Row], K: int) -> list[Row]:
    """Return a row of means for each program at K colours."""
    summary = []
    for program in dict.fromkeys(row["program"] for row in rows if row["colors"] == K):
        own = [row for row in rows if row["program"] == program and row["colors"] == K]
        known = {key: [row[key] for row in own if row[key] is not None] for key in FIGURES}
        means = {key: statistics.mean(values) for key, values in known.items() if values}
        summary.append({"program": program, "colors": K, "images": len(own), **means})
    return summary


def summary_table(summary: Sequence[Row]) -> str:
    """Return the summary of one number of colours as a table of text."""
    title = f"{summary[0]['colors']} colours, {summary[0]['images']} images"
    lines = [(title, *(name for name, _ in FIGURES.values()))]
    for row in summary:
        cells = (
            format(row[key], form) if key in row else "-" for key, (_, form) in FIGURES.items()
        )
        lines.append((row["program"], *cells))
    return table(lines) + "\n"


def plot(summaries: Sequence[Sequence[Row]], path: Path) -> None:
    """Draw SSIMULACRA2 against bits a pixel, a panel for each number of colours."""
    pyplot = import_module("matplotlib.pyplot")
    figure, panels = pyplot.subplots(1, len(summaries), squeeze=False, figsize=(8, 7))
    for panel, summary in zip(panels[0], summaries, strict=True):
        for row in (row for row in summary if "ssimulacra2" in row):
            at, ours = (row["bits_per_pixel"], row["ssimulacra2"]), row["program"].startswith("KMF")
            panel.plot(*at, "or" if ours else "ok")
            panel.annotate(row["program"], at, (3, 3), textcoords="offset points", size=8)
        panel.set(title=f"{summary[0]['colors']} colours")
        panel.set(xlabel="bits a pixel", ylabel="SSIMULACRA2")
        panel.margins(0.2, 0.1)
    figure.tight_layout()
    figure.savefig(path, dpi=100)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    formatter = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    add = parser.add_argument
    add("images", nargs="*", type=Path, metavar="IMAGE or FOLDER")
    add("--colors", nargs="+", type=int, default=[16, 64], metavar="K")
    add("--peers", nargs="*", metavar="NAME", help="those with this in their name (all)")
    add("--rounds", type=int, default=1)
    add("--json", type=Path, help="write the figures here as well")
    add("--plot", type=Path, help="draw SSIMULACRA2 against bits here (needs matplotlib)")
    return parser.parse_args()


def main() -> None:
    """Measure every program on every image, and print a table for each number of colours."""
    options = arguments()
    named = [
        peer for peer in PEERS
        if options.peers is None or any(n.lower() in peer.name.lower() for n in options.peers)
    ]  # fmt: skip
    versions, skipped = {}, []
    for library in dict.fromkeys(peer.library for peer in named):
        try:
            versions[library] = palette_peers.version_of(library)
        except (ImportError, OSError):
            skipped.append(f"{library} (not installed)")
    peers = [peer for peer in named if peer.library in versions]
    rows = list[Row]()
    paths: list[Path | None] = [*picture_files(options.images)]
    for path in paths or [None]:
        image = load_rgb(path) if path else Image.fromarray(scene(*SCENE))
        for K in options.colors:
            if image.getcolors(K):
                skipped.append(f"{path} at {K} colours (it has no more)")
            else:
                rows += measure(str(path or "scene"), image, K, peers, options.rounds)
    summaries = [summary for K in options.colors if (summary := summarize(rows, K))]
    print(*(f"{key} {value}" for key, value in versions.items()), sep=", ", end="\n\n")
    print(*map(summary_table, summaries), *(f"skipped: {s}" for s in skipped), sep="\n")
    if options.json:
        report = {"versions": versions, "skipped": skipped, "summaries": summaries, "results": rows}
        options.json.write_text(json.dumps(report, indent=1))
    if options.plot and summaries:
        plot(summaries, options.plot)


if __name__ == "__main__":
    main()
