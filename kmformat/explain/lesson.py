"""A lesson: all that there is to show of k-means on one picture, in numbers and small pictures.

Strategy: points are the picture's different colours, weighted by their pixels, which gives k-means
the same as all its pixels, sooner. Each number of colours is a run of `kmformat.kmeans` of its own,
from a random start with the same seed, so that whatever is drawn of a run is its history as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from kmformat import kernels
from kmformat.arguments import integer
from kmformat.codec.encoder import encode_indexed
from kmformat.color.channels import over
from kmformat.explain.storing import Step, storing_steps
from kmformat.indexed import IndexedImage
from kmformat.kmeans import (
    KMeansResult,
    find_closest_centroids,
    kmeans_init_centroids,
    run_kmeans,
)
from kmformat.pictures.normalize import as_pixels
from kmformat.pictures.quality import mean_squared_error, psnr
from kmformat.writing import quantize

if TYPE_CHECKING:
    from kmformat.arrays import U8, Floats, Labels
    from kmformat.pictures.normalize import AnyImage

COMPARED = (2, 4, 8, 16, 32, 64)
"""Numbers of colours that are compared, unless told."""
_ELBOW = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
_LARGEST_SIDE = 768
"""Pixels: larger pictures are reduced to that, for slides, and for k-means to take seconds."""
_WHITE = np.full(3, 255, np.uint8)


@dataclass(frozen=True, eq=False)
class Version:
    """A picture in few colours.

    Attributes
    ----------
    image
        Its palette and indices.
    mse
        Squared error a channel beside the picture of the lesson, 0 to 65025.
    file_bytes
        Bytes of the KMF file.
    """

    image: IndexedImage
    mse: float
    file_bytes: int

    @property
    def psnr(self) -> float:
        """In dB; infinite if the pictures are equal."""
        return psnr(self.mse)

    @property
    def quality(self) -> str:
        """Quality and size as people read them."""
        quality = f"PSNR {self.psnr:.1f} dB" if self.mse else "exact"
        return f"{quality}, {self.file_bytes:,} bytes"

    @property
    def colors(self) -> int:
        """Number of palette entries."""
        return len(self.image.palette)


@dataclass(frozen=True, eq=False)
class Lesson:
    """What `make_lesson` returns.

    Attributes
    ----------
    pixels
        The picture, uint8 (height, width, 3); what is transparent is on white.
    full_size
        Width and height before it was reduced, if it was.
    colors
        K of the run that is followed step by step.
    seed
        Of the random starts.
    points, weights
        Its different colours, float64 (n, 3), 0 to 255, and how many pixels have each, (n,).
    iterations
        Of each run, at most.
    compared
        The numbers of colours whose pictures are shown beside each other, in rising order.
    """

    pixels: U8
    full_size: tuple[int, int]
    colors: int
    seed: int
    points: Floats
    weights: Floats
    iterations: int
    compared: tuple[int, ...]
    _numbers: Labels
    """The point of each pixel, intp (height, width)."""
    _runs: dict[int, KMeansResult] = field(default_factory=dict)

    def run_with(self, colors: int) -> KMeansResult:
        """Return the run with so many colours, from its random start; each is run once.

        Raises
        ------
        ParameterError
            There are fewer colours, or none is asked for.
        """
        if colors not in self._runs:
            initial = kmeans_init_centroids(self.points, colors, self.seed, weights=self.weights)
            self._runs[colors] = run_kmeans(
                self.points, initial, self.iterations, weights=self.weights
            )
        return self._runs[colors]

    @property
    def run(self) -> KMeansResult:
        """The run that is followed step by step."""
        return self.run_with(self.colors)

    @property
    def elbow_colors(self) -> tuple[int, ...]:
        """The numbers of colours of the elbow curve, in rising order."""
        shown = {*self.compared, self.colors}
        return tuple(sorted(shown | {each for each in _ELBOW if each <= max(shown)}))

    @property
    def elbow(self) -> dict[int, float]:
        """The inertia a pixel at the end of each run, by its number of colours."""
        return {
            colors: float(self.run_with(colors).history.inertia[-1]) / self.pixel_count
            for colors in self.elbow_colors
        }

    @cached_property
    def elbow_of_search(self) -> dict[int, float]:
        """The same of the palettes that `kmformat.quantize` finds."""
        found = {}
        for colors in self.elbow_colors:
            image = quantize(self.pixels, colors=colors)
            found[colors] = 3 * mean_squared_error(self.pixels, image)
        return found

    @cached_property
    def versions(self) -> dict[int, Version]:
        """The picture in each of the numbers of colours to compare, as k-means has it."""
        return {colors: self._version(self.rebuilt(colors=colors)) for colors in self.compared}

    @cached_property
    def taught(self) -> Version:
        """The picture at the end of the run that is followed."""
        return self._version(self.rebuilt())

    @cached_property
    def searched(self) -> Version:
        """The picture in as many colours, by `kmformat.quantize`."""
        return self._version(quantize(self.pixels, colors=self.colors))

    @cached_property
    def dithered(self) -> Version:
        """The picture in as many colours, as ``kmformat encode`` shows it to eyes."""
        image = quantize(self.pixels, colors=self.colors, dither="auto", space="auto")
        return self._version(image)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """What the picture at the end of the run takes, from its pixels to its file."""
        return storing_steps(self.taught.image)

    @property
    def pixel_count(self) -> int:
        """Pixels of the picture."""
        return self._numbers.size

    def rebuilt(self, iteration: int = -1, colors: int | None = None) -> IndexedImage:
        """Return the picture after so many iterations, each pixel in the colour of its centroid.

        Parameters
        ----------
        iteration
            0, the random start, to the last of the run's history; or -1 for that.
        colors
            Which run; unless told, the one that is followed.
        """
        path = self.run_with(self.colors if colors is None else colors).history.centroids
        idx = find_closest_centroids(self.points, path[iteration])
        palette = np.rint(path[iteration]).astype(np.uint8)
        return IndexedImage(palette, idx.astype(np.uint8)[self._numbers])

    def _version(self, image: IndexedImage) -> Version:
        return Version(image, mean_squared_error(self.pixels, image), len(encode_indexed(image)))


def make_lesson(
    image: AnyImage,
    *,
    colors: int = 16,
    compared: Sequence[int] = COMPARED,
    iterations: int = 10,
    seed: int = 0,
) -> Lesson:
    """Return a lesson about a picture, whose runs of k-means are run when they are first used.

    Parameters
    ----------
    image
        As for `kmformat.encode`. It is reduced to 768 pixels on its longer side if that is longer.
    colors
        K of the run that is followed step by step, 1 to 256.
    compared
        Numbers of colours, each 1 to 256, to show beside each other. As all are, they are at most
        those that the picture has.
    iterations
        Of each run, at most: 1 or more.
    seed
        Of the random starts: 0 or more.

    Raises
    ------
    ParameterError
    PictureError, OSError
        A Pillow image turns out damaged.
    """
    colors = integer("colors", colors, 1, 256)
    compared = tuple(integer("compared", each, 1, 256) for each in compared)
    iterations, seed = integer("iterations", iterations, 1), integer("seed", seed, 0)
    full = over(as_pixels(image), _WHITE)
    pixels = _reduced(full)
    codes, numbers, counts = np.unique(
        kernels.color_codes(pixels.reshape(-1, 3)), return_inverse=True, return_counts=True
    )
    points = kernels.decode_codes(codes, 3).astype(np.float64)
    weights = counts.astype(np.float64)
    most = len(points)
    return Lesson(
        pixels=pixels,
        full_size=(full.shape[1], full.shape[0]),
        colors=min(colors, most),
        seed=seed,
        points=points,
        weights=weights,
        iterations=iterations,
        compared=tuple(sorted({min(each, most) for each in compared})),
        _numbers=numbers.reshape(pixels.shape[:2]),
    )


def _reduced(pixels: U8) -> U8:
    height, width = pixels.shape[:2]
    part = _LARGEST_SIDE / max(height, width)
    if part >= 1:
        return pixels
    size = max(1, round(part * width)), max(1, round(part * height))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))
