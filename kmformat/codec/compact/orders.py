"""Orders of the palette: which index is likeliest beside which neighbours (spec, section 4.4).

Everything here follows from the palette alone, in integers, so that all readers agree.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]


def distances(palette: U8) -> npt.NDArray[np.int64]:
    """Return distances between colours (K, K): Euclidean over R, G, B (and A), in sixteenths.

    floor(sqrt(256 d2)) is exact in doubles: 256 d2 is below 2^53, and IEEE roots round correctly.
    """
    colors = palette.astype(np.int64)
    squares = ((colors[:, None] - colors[None]) ** 2).sum(axis=2)
    sixteenths: npt.NDArray[np.int64] = np.sqrt(256.0 * squares).astype(np.int64)
    return sixteenths


def default_orders(palette: U8) -> U8:
    """Return orders[N, W, rank] = index: W, N, then the others by dist(v, W) + dist(v, N), v.

    Only the first two places tell N from W, so half the pairs are sorted.
    """
    K = len(palette)
    dist = (distances(palette) << 8).astype(np.uint32)
    everyone = np.arange(K, dtype=np.uint8)
    orders = np.empty((K, K, K), np.uint8)
    for N in range(K):
        keys = (dist[N] + dist[N:]) | everyone  # of pairs (N, W), W from N on
        keys += 256
        keys[:, N] = 0
        keys[np.arange(K - N), np.arange(N, K)] = 0
        keys.sort(axis=1)
        orders[N, N:] = orders[N:, N] = keys.astype(np.uint8)
    different = ~np.eye(K, dtype=bool)
    orders[:, :, 0] = everyone
    if K > 1:
        second = orders[:, :, 1]
        second[different] = np.broadcast_to(everyone[:, None], (K, K))[different]
    return orders


def inverse(orders: U8) -> U8:
    """Return ranks[..., index] of orders[..., rank], or the other way round."""
    flat = orders.reshape(-1, orders.shape[-1])
    ranks, places = np.empty_like(flat), np.arange(flat.shape[1], dtype=np.uint8)
    for start in range(0, len(flat), 256):  # a block at a time stays in cache
        block = flat[start : start + 256].astype(np.intp)
        filled = np.broadcast_to(places, block.shape)
        np.put_along_axis(ranks[start : start + 256], block, filled, axis=1)
    return ranks.reshape(orders.shape)


def nearness(palette: U8) -> U8:
    """Return near[a, b]: bit length of the rank of b among all colours by distance from a.

    Equal distances go by index; a itself has rank 0 even if another entry has its colour.
    """
    K = len(palette)
    keys = (distances(palette) + 1 << 8) | np.arange(K)
    np.fill_diagonal(keys, 0)
    order = np.argsort(keys, axis=1).astype(np.uint8)
    bits = np.frexp(np.arange(K, dtype=np.float64))[1].astype(np.uint8)
    return bits[inverse(order)]


def removal_digits(order: U8) -> U8:
    """Write each permutation (..., K) as its entries' places among those not yet taken."""
    places = order.astype(np.int16)
    digits = places.copy()
    for j in range(1, places.shape[-1]):
        digits[..., j] -= (places[..., :j] < places[..., j, None]).sum(axis=-1)
    return digits.astype(np.uint8)


def from_removal_digits(digits: U8) -> U8:
    """Return the permutations: the inverse of `removal_digits`; digit j is below K - j."""
    order = digits.copy()
    for j in range(digits.shape[-1] - 2, -1, -1):
        order[..., j + 1 :] += order[..., j + 1 :] >= order[..., j, None]
    return order
