"""The colour histogram: the colours of an image and how often each occurs, for the palette search.

A histogram keeps each colour by itself while there are at most 2^19 of them, and otherwise cells of
2x2x2 levels, 4x4x4 and so on, each with the exact mean of its colours, so that centroids computed
from it are those of the pixels. It is built in blocks, in bounded memory. Histograms add up: many
images, or parts of one on several machines, can share a palette.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.color.channels import with_equal_channels

if TYPE_CHECKING:
    from kmformat.arrays import U8, Codes, Floats, Labels
    from kmformat.color.space import ColorSpace

_BLOCK_PIXELS = 1 << 20
_WALKED_PIXELS = 1 << 16
_MAX_CELLS = 1 << 19
_FEW_COLORS = 1 << 12
"""A sample of at most so many colours is of a drawing, whose rare colours matter: count it all."""


@dataclass(frozen=True, eq=False)
class ColorHistogram:
    """Colours, or cells of similar ones, and the number of pixels of each.

    Attributes
    ----------
    space
        Where colours are points.
    step
        Side of the cells in levels: 1 where each colour is by itself, then 2, 4 and so on.
    codes
        uint32, shape (n,): the cells, as `kernels.color_codes` of their lowest corners. Sorted.
    weights
        float64, shape (n,): how many pixels each stands for, more than 0.
    sums
        float64, shape (n, d): the sum of the points of those pixels, as `space.in_steps`. If
        weights are whole, so are they, and exact below 2^53, in whatever order they were added.
    hidden
        How many pixels are fully transparent; they are in no cell.
    """

    space: ColorSpace
    step: int
    codes: Codes
    weights: Floats
    sums: Floats
    hidden: float = 0.0

    @classmethod
    def of(
        cls,
        pixels: U8,
        space: ColorSpace,
        *,
        sample: int | None = None,
        seed: int = 0,
    ) -> ColorHistogram:
        """Count the colours of pixels, uint8 (height, width, 3 or 4).

        With `sample`, an image of more pixels is sampled. If the sample has so few colours that the
        image is a drawing rather than a photograph, all pixels are counted after all.
        """
        flat = pixels.reshape(-1, pixels.shape[2])
        drawn = sampled_pixels(len(flat), sample, seed)
        if drawn is not None:
            found = cls.of_sample(flat.take(drawn, axis=0), space, len(flat))
            if found is not None:
                return found
        return cls.of_all(flat, space)

    @classmethod
    def of_all(cls, colors: U8, space: ColorSpace) -> ColorHistogram:
        """Count the colours of all pixels, uint8 (n, 3 or 4)."""
        starts = range(0, len(colors), _BLOCK_PIXELS)
        blocks = (colors[start : start + _BLOCK_PIXELS] for start in starts)
        return reduce(cls.__add__, (cls._count(block, space, 1.0) for block in blocks))

    @classmethod
    def of_sample(cls, drawn: U8, space: ColorSpace, pixels: int) -> ColorHistogram | None:
        """Count pixels drawn out of so many, uint8 (n, 3 or 4); None if they are of a drawing."""
        found = cls._count(drawn, space, pixels / len(drawn))
        return found if len(found.codes) > _FEW_COLORS else None

    @classmethod
    def _count(cls, colors: U8, space: ColorSpace, weight: float) -> ColorHistogram:
        codes, counts = kernels.unique_codes(kernels.color_codes(colors))
        distinct, hidden = kernels.decode_codes(codes, colors.shape[1]), 0.0
        weights = counts.astype(np.float64) * weight
        if colors.shape[1] == 4:
            seen = distinct[:, 3] > 0
            hidden = float(weights[~seen].sum())
            codes, distinct, weights = codes[seen], distinct[seen], weights[seen]
        return cls(space, 1, codes, weights, space.in_steps(distinct) * weights[:, None], hidden)

    def __add__(self, other: ColorHistogram) -> ColorHistogram:
        if self.sums.shape[1] != other.sums.shape[1]:
            return self.with_alpha() + other.with_alpha()
        step = max(self.step, other.step)
        codes = np.concatenate([self.codes, other.codes])
        weights = np.concatenate([self.weights, other.weights])
        sums = np.concatenate([self.sums, other.sums])
        while True:
            low_corner = np.uint32(0x01010101 * (256 - step))
            cells, where = np.unique(codes & low_corner, return_inverse=True)
            if len(cells) <= _MAX_CELLS:
                break
            step *= 2
        count, hidden = len(cells), self.hidden + other.hidden
        total, joined = (kernels.sum_by(where, values, count) for values in (weights, sums.T))
        return ColorHistogram(self.space, step, cells, total, joined, hidden)

    def with_alpha(self) -> ColorHistogram:
        """Return the histogram with alpha: its colours, if they have none, are opaque."""
        if self.sums.shape[1] == 4:
            return self
        codes = self.codes | np.uint32((256 - self.step) << 24)
        sums = self.space.opaque_sums(self.sums, self.weights)
        return ColorHistogram(self.space, self.step, codes, self.weights, sums)

    @property
    def points(self) -> Floats:
        """The mean of each cell, float64 (n, d)."""
        return self.space.points_of_steps(self.sums / self.weights[:, None])


def sampled_pixels(pixels: int, sample: int | None, seed: int) -> Labels | None:
    """Return which of so many pixels stand for all, ascending, intp (sample,); None for all.

    They are cut into `sample` runs of equal length, and one is drawn at random from each.
    """
    if sample is None or pixels <= sample:
        return None
    drawn = np.random.default_rng(seed).random(sample)
    return ((np.arange(sample) + drawn) * (pixels / sample)).astype(np.intp)


def distinct_colors(pixels: U8, limit: int) -> U8 | None:
    """Return the distinct colours of an image in the order in which they first appear.

    None as soon as there are more than `limit`.
    """
    flat = pixels.reshape(-1, pixels.shape[2])
    found: dict[int, None] = {}  # keeps its order
    for start in range(0, len(flat), _WALKED_PIXELS):
        codes = kernels.color_codes(flat[start : start + _WALKED_PIXELS])
        distinct, _ = kernels.unique_codes(codes.copy())  # far faster than with their positions
        if len(distinct) > limit:
            return None
        if not found.keys() >= set(distinct.tolist()):
            distinct, first = np.unique(codes, return_index=True)
            found |= dict.fromkeys(distinct[np.argsort(first)].tolist())
        if len(found) > limit:
            return None
    return kernels.decode_codes(np.array(list(found), np.uint32), pixels.shape[2])


def count_colors(pixels: U8, others: U8) -> int:
    """Return how many different colours an image and some others, (n, 3 or 4), have together."""
    pixels, others = with_equal_channels(pixels, others)
    flat, found = pixels.reshape(-1, pixels.shape[2]), np.empty(0, np.uint32)
    starts = range(0, len(flat), _BLOCK_PIXELS)
    for block in (others, *(flat[start : start + _BLOCK_PIXELS] for start in starts)):
        if len(block):
            found = np.union1d(found, kernels.unique_codes(kernels.color_codes(block))[0])
    return len(found)
