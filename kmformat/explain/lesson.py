"""A lesson: all that there is to show of k-means on one picture, in numbers and small pictures.

Strategy: points are the picture's different colours, weighted by their pixels, which gives k-means
the same as all its pixels, sooner. One run of `kmformat.kmeans` is followed step by step, as its
history has it. Numbers of colours are compared by runs that go on until they converge: cut short,
they would tell of the cut, not of K. All start from random pixels with the same seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from kmformat import kernels
from kmformat.arguments import integer
from kmformat.cached import cached_property
from kmformat.codec.encoder import encode_indexed
from kmformat.color.channels import over
from kmformat.explain.storing import Step, storing_steps
from kmformat.explain.version import Version
from kmformat.indexed import IndexedImage
from kmformat.kmeans import (
    KMeansResult,
    find_closest_centroids,
    kmeans_init_centroids,
    run_kmeans,
)
from kmformat.pictures.normalize import as_pixels
from kmformat.pictures.quality import mean_squared_error
from kmformat.writing import quantize

if TYPE_CHECKING:
    from kmformat.arrays import U8, Floats, Labels
    from kmformat.pictures.normalize import AnyImage

COMPARED = (2, 4, 8, 16, 32, 64)
"""Numbers of colours that are compared, unless told."""
_ELBOW = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
_LARGEST_SIDE = 768
"""Pixels: larger pictures are reduced to that, for slides, and for k-means to take seconds."""
_FEW_COLORS = 256
"""Pictures of no more are reduced to pixels that they have: means of them are other colours."""
_UNTIL_CONVERGED = 300
"""Iterations at most; runs to compare stop before, as a rule."""
_MOST_POINTS, _CELL, _ON_ALL_POINTS = 5_000, 4, 10
"""Of more points, those in a cell of so many levels a side move as one until a run converges, and
then all move for so many iterations."""
_WHITE = np.full(3, 255, np.uint8)


@dataclass(frozen=True, eq=False)
class Lesson:
    """What `make_lesson` returns.

    Attributes
    ----------
    pixels
        The picture, uint8 (height, width, 3); what is transparent is on white.
    full_size, full_colors
        Width and height, and number of different colours, before it was reduced, if it was.
    colors
        K of the run that is followed step by step.
    seed
        Of the random starts.
    points, weights
        Its different colours, float64 (n, 3), 0 to 255, and how many pixels have each, (n,).
    iterations
        Of the run that is followed, at most.
    compared
        The numbers of colours whose pictures are shown beside each other, in rising order.
    """

    pixels: U8
    full_size: tuple[int, int]
    full_colors: int
    colors: int
    seed: int
    points: Floats
    weights: Floats
    iterations: int
    compared: tuple[int, ...]
    _numbers: Labels
    """The point of each pixel, intp (height, width)."""
    _converged: dict[int, KMeansResult] = field(default_factory=dict)

    @cached_property
    def run(self) -> KMeansResult:
        """The run that is followed step by step."""
        start = self._start(self.colors)
        return run_kmeans(self.points, start, self.iterations, weights=self.weights)

    @property
    def inertia(self) -> Floats:
        """Of the run that is followed, a pixel, for each set of centroids in its history."""
        return self.run.history.inertia / self.pixel_count

    def converged(self, colors: int) -> KMeansResult:
        """Return a run with so many colours that went on until it converged, from a random start.

        Each is run once. Where points are many, those that are nearly alike move as one until it
        converges; the result, and its history, are then of a few more iterations on all of them.

        Raises
        ------
        ParameterError
            There are fewer colours, or none is asked for.
        """
        if colors not in self._converged:
            X, weights, centroids = *self._merged, self._start(colors)
            result = run_kmeans(X, centroids, _UNTIL_CONVERGED, weights=weights)
            if X is not self.points:
                result = run_kmeans(
                    self.points, result.centroids, _ON_ALL_POINTS, weights=self.weights
                )
            self._converged[colors] = result
        return self._converged[colors]

    @property
    def elbow_colors(self) -> tuple[int, ...]:
        """The numbers of colours of the elbow curve, in rising order."""
        shown = {*self.compared, self.colors}
        return tuple(sorted(shown | {each for each in _ELBOW if each <= max(shown)}))

    @property
    def elbow(self) -> dict[int, float]:
        """The inertia a pixel at the end of runs that converged, by their number of colours."""
        return {
            colors: float(self.converged(colors).history.inertia[-1]) / self.pixel_count
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
        """The picture in each of the numbers of colours to compare, by runs that converged."""
        return {colors: self.settled(colors) for colors in self.compared}

    @cached_property
    def taught(self) -> Version:
        """The picture at the end of the run that is followed."""
        return self._measured(self.rebuilt())

    @cached_property
    def searched(self) -> Version:
        """The picture in as many colours, by `kmformat.quantize`."""
        return self._measured(quantize(self.pixels, colors=self.colors))

    @cached_property
    def dithered(self) -> Version:
        """The picture in as many colours, as ``kmformat encode`` shows it to eyes."""
        image = quantize(self.pixels, colors=self.colors, dither="auto", space="auto")
        return self._measured(image)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """What the picture at the end of the run takes, from its pixels to its file."""
        return storing_steps(self.taught.image)

    @property
    def pixel_count(self) -> int:
        """Pixels of the picture."""
        return self._numbers.size

    def rebuilt(self, iteration: int = -1) -> IndexedImage:
        """Return the picture after so many iterations, each pixel in the colour of its centroid.

        Parameters
        ----------
        iteration
            0, the random start, to the last of the run's history; or -1 for that.
        """
        return self._in_colors_of(self.run.history.centroids[iteration])

    def settled(self, colors: int) -> Version:
        """Return the picture at the end of a run that converged, with so many colours."""
        return self._measured(self._in_colors_of(self.converged(colors).centroids))

    def _start(self, colors: int) -> Floats:
        return kmeans_init_centroids(self.points, colors, self.seed, weights=self.weights)

    @cached_property
    def _merged(self) -> tuple[Floats, Floats]:
        """Points and weights of runs until they converge: means of cells, if there are many."""
        if len(self.points) <= _MOST_POINTS:
            return self.points, self.weights
        codes = self.points // _CELL @ (1 << 16, 1 << 8, 1)
        cells, numbers = np.unique(codes, return_inverse=True)
        weights = kernels.sum_by(numbers, self.weights, len(cells))
        sums = kernels.sum_by(numbers, self.points.T * self.weights, len(cells))
        return sums / weights[:, None], weights

    def _in_colors_of(self, centroids: Floats) -> IndexedImage:
        idx = find_closest_centroids(self.points, centroids).astype(np.uint8)
        return IndexedImage(np.rint(centroids).astype(np.uint8), idx[self._numbers])

    def _measured(self, image: IndexedImage) -> Version:
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
        As for `kmformat.encode`. It is reduced to 768 pixels on its longer side if that is longer;
        one of up to 256 colours keeps to them.
    colors
        K of the run that is followed step by step, 1 to 256.
    compared
        Numbers of colours, each 1 to 256, to show beside each other. As all are, they are at most
        those that the picture has.
    iterations
        Of the run that is followed, at most: 1 or more.
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
    full_colors = len(kernels.unique_colors(full.reshape(-1, 3)))
    pixels = _reduced(full, full_colors)
    codes, numbers, counts = np.unique(
        kernels.color_codes(pixels.reshape(-1, 3)), return_inverse=True, return_counts=True
    )
    points = kernels.decode_codes(codes, 3).astype(np.float64)
    weights = counts.astype(np.float64)
    most = len(points)
    return Lesson(
        pixels=pixels,
        full_size=(full.shape[1], full.shape[0]),
        full_colors=full_colors,
        colors=min(colors, most),
        seed=seed,
        points=points,
        weights=weights,
        iterations=iterations,
        compared=tuple(sorted({min(each, most) for each in compared})),
        _numbers=numbers.reshape(pixels.shape[:2]),
    )


def _reduced(pixels: U8, colors: int) -> U8:
    height, width = pixels.shape[:2]
    part = _LARGEST_SIDE / max(height, width)
    if part >= 1:
        return pixels
    size = max(1, round(part * width)), max(1, round(part * height))
    how = Image.Resampling.NEAREST if colors <= _FEW_COLORS else Image.Resampling.LANCZOS
    return np.asarray(Image.fromarray(pixels).resize(size, how))
