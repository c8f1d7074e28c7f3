"""Measure whether small areas of a hue of their own keep it, in each colour space.

    python -m tools.bench.hues [IMAGE or FOLDER ...] [--colors N] [--discs N] [--json FILE]

Each picture is tinted in one hue, and gets a disc of a nearly opposite one, a few pixels wide, N
times (8) with other tints, discs and places. It is then reduced to N colours (16). Without images,
a painted scene is used. The table has a row for each space and width of the disc, with

kept      the share of discs whose mean hue is off by less than 30 degrees, with at least half of
          its chroma (both in OKLab)
hue       the median of how far it is off, in degrees
PSNR      of the whole picture, in dB, the mean
ms        CPU time to reduce a picture, the median, of one thread
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

import kmformat
from kmformat.color import SPACES, Space
from kmformat.color.oklab import OKLAB
from kmformat.pictures.quality import mean_squared_error, psnr
from tools.bench.measure import load_rgb, picture_files, table
from tools.docs.make_picture import scene

U8 = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

WIDTHS = (5, 9, 17)


class Case(NamedTuple):
    """A tinted picture, and which pixels are those of the disc."""

    pixels: U8
    disc: Mask


class Result(NamedTuple):
    """What came of one picture."""

    hue: float
    chroma: float
    psnr: float
    seconds: float

    @property
    def kept(self) -> bool:
        """Whether the hue can still be seen."""
        return self.hue < 30 and self.chroma > 0.5


def make_case(pixels: U8, width: int, seed: int) -> Case:
    """Return a picture in one tint with a disc of another, always the same for a seed."""
    rng = np.random.default_rng(seed)
    tint, place = rng.random() * 2 * np.pi, rng.random(2)
    other = tint + np.pi + rng.uniform(-0.5, 0.5)
    luma = (pixels @ (0.299, 0.587, 0.114))[..., None]
    height, across = pixels.shape[:2]
    y, x = np.indices((height, across))
    top, left = place * (height - 2 * width, across - 2 * width) + width
    disc: Mask = np.hypot(y - top, x - left) <= width / 2
    made = luma * (1 + 0.3 * _hue(tint)) + (pixels - luma) / 4
    shades = rng.uniform(110, 170) * (1 + 0.7 * _hue(other)) * (0.85 + 0.15 * luma / 255)
    made[disc] = shades[disc]
    return Case(np.clip(np.rint(made), 0, 255).astype(np.uint8), disc)


def _hue(angle: float) -> npt.NDArray[np.float64]:
    """Return R, G and B of a hue, each -1 to 1, with a sum of 0."""
    hue: npt.NDArray[np.float64] = np.cos(angle + np.array([0, 2, 4]) * np.pi / 3)
    return hue


def measure(case: Case, space: Space, colors: int) -> Result:
    """Reduce a picture, and see what became of its disc."""
    start = time.process_time()
    image = kmformat.quantize(case.pixels, colors=colors, space=space)
    seconds = time.process_time() - start
    before, after = (
        complex(*OKLAB.points(pixels[case.disc])[:, 1:].mean(axis=0))
        for pixels in (case.pixels, image.palette[image.indices])
    )
    hue = abs(float(np.angle(after / before, deg=True)))
    error = mean_squared_error(case.pixels, image)
    return Result(hue, abs(after / before), psnr(error), seconds)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", nargs="*", type=Path)
    parser.add_argument("--colors", type=int, default=16)
    parser.add_argument("--discs", type=int, default=8, help="for each picture")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    pictures = [np.asarray(load_rgb(path)) for path in picture_files(arguments.images)]
    rows, found = [["space", "width", "kept", "hue", "PSNR", "ms"]], []
    for width in WIDTHS:
        cases = [
            make_case(pixels, width, seed)
            for pixels in pictures or [scene()]
            for seed in range(arguments.discs)
        ]
        for space in SPACES:
            results = [measure(case, space, arguments.colors) for case in cases]
            kept = statistics.mean(result.kept for result in results)
            hue, seconds = (
                statistics.median(getattr(result, name) for result in results)
                for name in ("hue", "seconds")
            )
            quality = statistics.mean(result.psnr for result in results)
            rows.append(
                [space, str(width), f"{kept:.0%}", f"{hue:.0f}", f"{quality:.1f}",
                 f"{1000 * seconds:.0f}"]
            )  # fmt: skip
            found.append(
                {"space": space, "width": width, "kept": kept, "hue": hue, "psnr": quality,
                 "seconds": seconds}
            )  # fmt: skip
    print(table(rows))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
