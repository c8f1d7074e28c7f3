"""What an index costs beside its neighbours: the rate that pictures are optimised for.

Files code an index by how likely it is after those above and to the left. Here each pair of
neighbours costs half the bits of one given the other, in x and in y: near enough to tell which of
two indices is cheaper, and a sum of pairs, so that a pixel's share is known from four neighbours.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from kmformat.arrays import U8, Floats

_ROOT_HALF = 0.7071067811865476
_TWO_OVER_LN2 = 2.8853900817779268


def neighbour_costs(indices: U8, K: int, price: float) -> npt.NDArray[np.float32]:
    """Return what each index costs beside each neighbour, as `kernels.settle` takes it.

    Parameters
    ----------
    indices
        uint8 (height, width), each below K: a picture like the one to be coded.
    price
        What a bit costs.

    Returns
    -------
    float32 (4, K, K): [north, west, east or south; the neighbour; the index].
    """
    counts = np.bincount(indices.ravel(), minlength=K).astype(np.float64)
    share = (counts + 0.5) / (indices.size + 0.5 * K)
    north = _bits(indices[:-1], indices[1:], share)
    west = _bits(indices[:, :-1], indices[:, 1:], share)
    costs = 0.5 * price * np.stack([north, west, west.T, north.T])
    return costs.astype(np.float32)


def neighbour_bits(indices: U8, K: int) -> float:
    """Return how many bits the indices of a picture, each below K, take beside their neighbours."""
    costs = neighbour_costs(indices, K, 1.0)
    pairs = ((indices[:-1], indices[1:]), (indices[:, :-1], indices[:, 1:]))
    parts = []
    for (one, other), cost in zip(pairs, costs[:2].astype(np.float64), strict=True):
        numbers = one.ravel().astype(np.intp) * K + other.ravel()
        parts.append(np.bincount(numbers, minlength=K * K) * cost.ravel())
    return math.fsum(np.concatenate(parts).tolist())


def _bits(before: U8, after: U8, share: Floats) -> Floats:
    """Return the bits of each index after each other: float64 (K, K), where a few are unseen."""
    K = len(share)
    pairs = before.ravel().astype(np.intp) * K + after.ravel()
    counts = np.bincount(pairs, minlength=K * K).reshape(K, K) + share * np.sqrt(K)
    return _log2(counts.sum(axis=1, keepdims=True)) - _log2(counts)


def _log2(values: Floats) -> Floats:
    """Return binary logarithms, to 1e-8, by operations that all machines round alike.

    ln m = 2 artanh((m - 1) / (m + 1)), for m from the root of a half to that of two.
    """
    mantissas, exponents = np.frexp(values)
    low = mantissas < _ROOT_HALF
    mantissas, exponents = np.where(low, 2 * mantissas, mantissas), exponents - low
    t = (mantissas - 1) / (mantissas + 1)
    square = t * t
    series = t * (1 + square * (1 / 3 + square * (1 / 5 + square * (1 / 7 + square / 9))))
    logarithms: Floats = exponents + _TWO_OVER_LN2 * series
    return logarithms
