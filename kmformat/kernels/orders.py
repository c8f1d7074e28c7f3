"""Orders of a palette beside two neighbours: by distance from both (spec, section 4.7).

Up to 16 colours, there are at most 256 pairs of neighbours, and an array has all their orders. With
more, up to 65,536 orders would take longer to make than most images to decode, so each is made when
it is first needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kmformat.arrays import U8, U16, Bools, Ints

_BLOCK_ROWS = 256
"""So many orders at a time stay in cache while they are sorted."""


def color_distances(palette: U8) -> U16:
    """Return distances between colours (K, K): Euclidean over R, G, B (and A), in sixteenths.

    They are those of the spec's section 4.7. floor(sqrt(256 d2)) is exact in doubles: 256 d2 is
    below 2^53, and IEEE roots round correctly.
    """
    squares = np.zeros((len(palette), len(palette)))
    for channel in palette.T.astype(np.float64):
        squares += (channel[:, None] - channel) ** 2
    sixteenths: U16 = np.sqrt(256 * squares).astype(np.uint16)
    return sixteenths


def default_orders(distances: U16, pairs: Ints) -> U8:
    """Return the default orders of pairs of neighbours: W, N, then the others by distance.

    Parameters
    ----------
    distances
        uint16 (K, K): between the colours of a palette, below 2^13.
    pairs
        intp (n,): N K + W of each pair.

    Returns
    -------
    uint8 (n, K): the index of each rank. Of equal sums of distances, the lower index comes first.
    """
    K = len(distances)
    orders, keys = np.empty((len(pairs), K), np.uint8), distances.astype(np.uint32) << 8
    everyone = np.arange(K, dtype=np.uint32)
    for start in range(0, len(pairs), _BLOCK_ROWS):
        N, W = np.divmod(pairs[start : start + _BLOCK_ROWS], K)
        block, number = keys[N] + keys[W] + (everyone + 512), np.arange(len(N))
        block[number, N] = N + 256
        block[number, W] = W
        block.sort(axis=1)
        orders[start : start + _BLOCK_ROWS] = block  # the low bytes are indices
    return orders


def inverse_orders(orders: U8) -> U8:
    """Return the rank of each index, (..., K), from the index of each rank, or the other way."""
    K, ranks = orders.shape[-1], np.empty(orders.shape, np.uint8)
    rows, flat = orders.reshape(-1, K), ranks.reshape(-1)
    for start in range(0, len(rows), _BLOCK_ROWS):
        block = rows[start : start + _BLOCK_ROWS]
        places = np.arange(start * K, (start + len(block)) * K, K)[:, None] + block
        flat[places] = np.arange(K, dtype=np.uint8)
    return ranks


class PairOrders:
    """The default orders of a palette for every pair of neighbours, each made when needed.

    Parameters
    ----------
    distances
        As for `default_orders`.
    inverse
        Whether to have the rank of each index in place of the index of each rank.
    """

    def __init__(self, distances: U16, *, inverse: bool = False) -> None:
        self.distances, self.inverse = distances, inverse
        self._idle: list[tuple[U8, Bools]] = []

    @contextmanager
    def lent(self) -> Iterator[tuple[U8, Bools]]:
        """Lend the orders, uint8 (K K, K), and which of them are made, bool (K K,).

        No two threads have the same: each makes those that it needs, and they are kept for later.
        """
        pairs, K = self.distances.size, len(self.distances)
        try:
            table = self._idle.pop()
        except IndexError:
            table = np.empty((pairs, K), np.uint8), np.zeros(pairs, bool)
        try:
            yield table
        finally:
            self._idle.append(table)

    def make(self, table: tuple[U8, Bools], pairs: Ints) -> None:
        """Make the orders of pairs, N K + W each, that a table lent does not have yet."""
        orders, made = table
        K, missing = len(self.distances), pairs[~made[pairs]]
        if not len(missing):
            return
        low, high = np.sort(np.divmod(missing, K), axis=0)
        wanted = np.unique(low * K + high)
        N, W = np.divmod(wanted, K)  # of W and N exchanged, only the first two places differ
        found = default_orders(self.distances, wanted)
        other = found.copy()
        different = N != W
        other[different, 0], other[different, 1] = N[different], W[different]
        for pair, rows in ((wanted, found), (W * K + N, other)):
            orders[pair] = inverse_orders(rows) if self.inverse else rows
            made[pair] = True
