"""The colours of an image and how often each occurs: all that the palette search sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
Codes = npt.NDArray[np.uint32]

_BLOCK_PIXELS = 1 << 18


@dataclass(frozen=True, eq=False)
class ColorHistogram:
    """Distinct colours and their counts. Histograms add up, so many images can share one.

    Attributes
    ----------
    colors
        uint8, shape (n, 3) RGB or (n, 4) RGBA, in ascending order.
    counts
        int64, shape (n,), each at least 1.
    """

    colors: U8
    counts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, pixels: U8) -> ColorHistogram:
        """Count the colours of pixels, uint8 (height, width, 3 or 4)."""
        codes = color_codes(pixels.reshape(-1, pixels.shape[2]))
        codes.sort()
        starts = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]]))
        counts = np.diff(starts, append=len(codes))
        return cls(_decode(codes[starts], pixels.shape[2]), counts)

    def __add__(self, other: ColorHistogram) -> ColorHistogram:
        codes = np.concatenate([color_codes(self.colors), color_codes(other.colors)])
        counts = np.concatenate([self.counts, other.counts])
        distinct, where = np.unique(codes, return_inverse=True)
        total = np.zeros(len(distinct), np.int64)
        np.add.at(total, where, counts)
        return ColorHistogram(_decode(distinct, self.colors.shape[1]), total)


def distinct_colors(pixels: U8, limit: int) -> U8 | None:
    """Return the distinct colours in ascending order, or None as soon as there are over `limit`.

    Parameters
    ----------
    pixels
        uint8, shape (height, width, 3) or (height, width, 4).
    """
    flat = pixels.reshape(-1, pixels.shape[2])
    found = np.empty(0, np.uint32)
    for start in range(0, len(flat), _BLOCK_PIXELS):
        codes = color_codes(flat[start : start + _BLOCK_PIXELS])
        codes.sort()
        new = codes[np.concatenate([[True], codes[1:] != codes[:-1]])]
        found = np.union1d(found, new)
        if len(found) > limit:
            return None
    return _decode(found, pixels.shape[2])


def color_codes(colors: U8) -> Codes:
    """Return colours (n, 3) or (n, 4) as numbers that sort as the colours do."""
    codes = colors[:, 0].astype(np.uint32)
    for channel in range(1, colors.shape[1]):
        codes <<= 8
        codes |= colors[:, channel]
    return codes


def _decode(codes: Codes, channels: int) -> U8:
    shifts = np.arange(8 * (channels - 1), -1, -8, dtype=np.uint32)
    return (codes[:, None] >> shifts).astype(np.uint8)
