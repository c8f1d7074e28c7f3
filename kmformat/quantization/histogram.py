"""The colours of an image and how often each occurs: all that the palette search sees.

A histogram keeps each colour by itself while there are up to 2^19 of them, and otherwise cells of
2x2x2 colours, 4x4x4 and so on, each with the exact mean of its colours: centroids computed from it
are those of the pixels. It is built in blocks, so memory is bounded, and histograms add up, so many
images, or parts of one on several machines, can share a palette.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt

from kmformat.color.space import Points, to_points
from kmformat.kernels.sums import sum_by

U8 = npt.NDArray[np.uint8]
Codes = npt.NDArray[np.uint32]
Weights = npt.NDArray[np.float64]

_BLOCK_PIXELS = 1 << 20
_MAX_CELLS = 1 << 19
_FEW_COLORS = 1 << 12
"""A sample of so few colours is of a drawing, whose rare colours matter: count all of it."""


@dataclass(frozen=True, eq=False)
class ColorHistogram:
    """Colours, or cells of similar ones, and the number of pixels of each.

    Attributes
    ----------
    step
        Side of the cells: 1 where each colour is by itself, then 2, 4 and so on.
    codes
        uint32, shape (n,): the cells, as `color_codes` of their lowest corners. Sorted.
    weights
        float64, shape (n,): how many pixels each stands for, more than 0.
    sums
        float64, shape (n, d): the sum of the points (`kmformat.color.space`) of those pixels.
    hidden
        How many pixels are fully transparent; they are in no cell.
    """

    step: int
    codes: Codes
    weights: Weights
    sums: Points
    hidden: float = 0.0

    @classmethod
    def of(
        cls, pixels: U8, *, sample: int | None = None, rng: np.random.Generator | None = None
    ) -> ColorHistogram:
        """Count the colours of pixels, uint8 (height, width, 3 or 4).

        With `sample`, of a larger image only so many pixels are looked at, one at random from each
        of as many runs of equal length. They stand for all, unless they have so few colours that
        the image is rather a drawing than a photograph: then all are counted after all.
        """
        flat = pixels.reshape(-1, pixels.shape[2])
        if sample is not None and len(flat) > sample:
            rng = np.random.default_rng(0) if rng is None else rng
            runs = (np.arange(sample) + rng.random(sample)) * (len(flat) / sample)
            drawn = cls._count(flat[runs.astype(np.intp)], len(flat) / sample)
            if len(drawn.codes) > _FEW_COLORS:
                return drawn
        starts = range(0, len(flat), _BLOCK_PIXELS)
        return reduce(cls.__add__, (cls._count(flat[i : i + _BLOCK_PIXELS], 1.0) for i in starts))

    @classmethod
    def _count(cls, colors: U8, weight: float) -> ColorHistogram:
        codes, counts = unique_codes(color_codes(colors))
        distinct, hidden = decode_codes(codes, colors.shape[1]), 0.0
        weights = counts.astype(np.float64) * weight
        if colors.shape[1] == 4:
            seen = distinct[:, 3] > 0
            hidden = float(weights[~seen].sum())
            codes, distinct, weights = codes[seen], distinct[seen], weights[seen]
        return cls(1, codes, weights, to_points(distinct) * weights[:, None], hidden)

    def __add__(self, other: ColorHistogram) -> ColorHistogram:
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
        total, joined = sum_by(where, weights, len(cells)), sum_by(where, sums.T, len(cells))
        return ColorHistogram(step, cells, total, joined, self.hidden + other.hidden)

    @property
    def points(self) -> Points:
        """The mean of each cell, float64 (n, d)."""
        means: Points = self.sums / self.weights[:, None]
        return means


def distinct_colors(pixels: U8, limit: int) -> U8 | None:
    """Return the distinct colours of an image, or None as soon as there are more than `limit`."""
    flat = pixels.reshape(-1, pixels.shape[2])
    found = np.empty(0, np.uint32)
    for start in range(0, len(flat), 1 << 16):
        new, _ = unique_codes(color_codes(flat[start : start + (1 << 16)]))
        found = np.union1d(found, new)
        if len(found) > limit:
            return None
    return decode_codes(found, pixels.shape[2])


def color_codes(colors: U8) -> Codes:
    """Return colours, uint8 (n, 3) or (n, 4), as numbers: R + 2^8 G + 2^16 B + 2^24 A."""
    n, channels = colors.shape
    if channels == 4:
        return np.ascontiguousarray(colors).view("<u4")[:, 0].astype(np.uint32)
    codes = np.empty(n, np.uint32)
    codes[:-1] = overlapping_words(colors)
    codes[-1] = int.from_bytes(colors[-1].tobytes(), "little")
    codes &= 0xFFFFFF
    return codes


def overlapping_words(colors: U8) -> Codes:
    """Return RGB colours (n, 3), but for the last, as they stand: each with the next R on top.

    A view of words that overlap, every third byte one: to copy it packs pixels twice as fast as
    to compute with channels. The last colour is left out because its word would end after the data.
    """
    colors = np.ascontiguousarray(colors)
    return np.ndarray((len(colors) - 1,), "<u4", colors.data, 0, (3,))


def decode_codes(codes: Codes, channels: int) -> U8:
    """Return the colours, uint8 (n, channels), of codes: the inverse of `color_codes`."""
    as_bytes = np.ascontiguousarray(codes, "<u4").view(np.uint8).reshape(-1, 4)
    return np.ascontiguousarray(as_bytes[:, :channels])


def unique_codes(codes: Codes) -> tuple[Codes, npt.NDArray[np.int64]]:
    """Return the distinct codes in ascending order, and their counts; `codes` may be sorted."""
    codes.sort()  # NumPy sorts 32-bit integers with vector instructions, faster than it hashes
    starts = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]]))
    return codes[starts], np.diff(starts, append=len(codes))
