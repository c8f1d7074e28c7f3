"""Counting: colours as numbers, how often each occurs, sums by group, and ranks by context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kmformat.kernels.wavefront import neighbours, pixel_contexts, pixel_ranks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kmformat.arrays import U8, U16, Codes, Floats, Ints
    from kmformat.kernels.orders import PairOrders


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


def unique_codes(codes: Codes) -> tuple[Codes, Ints]:
    """Return the distinct codes in ascending order, and their counts; `codes` may be sorted."""
    codes.sort()  # NumPy sorts 32-bit integers with vector instructions, faster than it hashes
    return distinct_of_sorted(codes)


def distinct_of_sorted(codes: Codes) -> tuple[Codes, Ints]:
    """Return the distinct ones of codes in ascending order, and their counts."""
    starts = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]]))
    return codes[starts], np.diff(starts, append=len(codes))


def unique_colors(colors: U8) -> U8:
    """Return the distinct ones of some colours, uint8 (n, 3) or (n, 4), in the order of codes.

    `np.unique` with an axis takes ten times as long, and imports modules that nothing else needs.
    """
    if not len(colors):
        return colors
    return decode_codes(unique_codes(color_codes(colors))[0], colors.shape[1])


def sum_by(groups: npt.NDArray[np.integer[Any]], values: Floats, count: int) -> Floats:
    """Return the sum of the values in each of `count` groups.

    Parameters
    ----------
    groups
        Shape (n,), each 0 to count - 1.
    values
        float64, shape (n,), or several such as columns: (d, n).

    Returns
    -------
    float64, shape (count,), or (count, d).
    """
    if values.ndim == 1:
        return np.bincount(groups, values, count).astype(np.float64, copy=False)
    return np.array([sum_by(groups, column, count) for column in values]).T


def count_neighbours(indices: U8, K: int) -> Ints:
    """Return how often each index occurs beside which, int64 (K, K, K, K): by N, W, NW and index.

    `indices` are uint8 (height, width), each below K, at most 16.
    """
    N, W, NW = neighbours(indices)
    key = (N << np.uint8(4) | W).astype(np.uint16) << np.uint16(8) | (NW << np.uint8(4) | indices)
    return np.bincount(key.ravel(), minlength=1 << 16).reshape(16, 16, 16, 16)[:K, :K, :K, :K]


def count_ranks(
    indices: U8, ranks: PairOrders, contexts: Sequence[U16], *, context_count: int, bins: int
) -> Ints:
    """Return how often each rank occurs in each context, int64 (context_count, bins).

    Ranks of bins - 1 and more are counted together. There are more than 16 colours. Other
    parameters as for `split_streams`.
    """
    binned = np.minimum(pixel_ranks(indices, ranks), bins - 1)
    key = pixel_contexts(indices, contexts).astype(np.intp) * bins + binned
    return np.bincount(key.ravel(), minlength=context_count * bins).reshape(-1, bins)
