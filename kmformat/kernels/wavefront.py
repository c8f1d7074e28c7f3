"""Indices to the ranks of each stream, and back, by anti-diagonals (spec, section 4.4).

A pixel's rank is its place in an order of the palette that depends on the pixels N above and W to
the left; its context, which picks its stream, also looks at NW. Outside the tile, all are index 0.
The pixels of one anti-diagonal, x + y, do not depend on each other: that is the wavefront, decoded
all at once, of several tiles in step.

Strategy of decoding: a *lane* is a row of pixels, or with several tiles a row of each in turn. From
one diagonal to the next, each lane moves a pixel to the right: what it decoded last is its W, and
what the lane above decoded last is its N. So the state is what each lane last decoded, in the form
in which it will be needed, and one table lookup gives the next state.

Tables of contexts have one of two forms, by the number of colours K:

    up to 16   one table, uint16 (K, K, K): the context of N, W and NW
    above      two, uint16 (K, K): first[N, W] + second[N, NW] + (16 if NW = W) is the context

So do orders and their inverse, ranks:

    up to 16   uint8 (K, K, K): the index of each N, W and rank, or the rank of each N, W and index
    above      a `PairOrders`, which makes them as they are needed
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from kmformat.kernels.orders import PairOrders

if TYPE_CHECKING:
    from kmformat.arrays import U8, U16

_Number = TypeVar("_Number", np.uint8, np.uint16)

_UNUSED = np.uint16(0xFFFF)
_SAME = np.uint16(16)
"""What the context gains where NW = W, above 16 colours."""


def split_streams(
    indices: U8, ranks: U8 | PairOrders, contexts: Sequence[U16], context_map: U8, streams: int
) -> list[U8]:
    """Return the ranks of each stream, in the order in which `decode_wavefront` takes them.

    Parameters
    ----------
    indices
        uint8 (height, width), each below K.
    ranks, contexts
        See the head of this module.
    context_map
        uint8: the stream of each context, below `streams`.
    """
    by_pixel = pixel_ranks(indices, ranks)
    if streams == 1:
        return [_by_diagonals(by_pixel).astype(np.uint8)]
    numbers = context_map.take(pixel_contexts(indices, contexts))
    both = _by_diagonals(numbers.astype(np.uint16) << np.uint16(8) | by_pixel)
    stream, rank = (both >> np.uint16(8)).astype(np.uint8), both.astype(np.uint8)
    ends = np.cumsum(np.bincount(stream, minlength=streams))
    return np.split(rank[stream.argsort(kind="stable")], ends[:-1])


def decode_wavefront(
    streams: list[list[U8]],
    shape: tuple[int, int],
    orders: U8 | PairOrders,
    contexts: Sequence[U16],
    context_map: U8,
) -> U8 | None:
    """Return the indices of tiles, uint8 (tiles, height, width): the inverse of `split_streams`.

    Parameters
    ----------
    streams
        Of each tile the ranks of each of its streams, each below K.
    shape
        (height, width) of every tile.
    orders, contexts
        See the head of this module.
    context_map
        As for `split_streams`.

    Returns
    -------
    None if a stream has no rank left where one is taken.
    """
    height, width = shape
    out = np.empty((height * width, len(streams)), np.uint8)
    supply = _Supply(streams, min(shape))
    if isinstance(orders, PairOrders):
        complete = _decode_many(supply, shape, orders, contexts, context_map, out)
    else:
        complete = _decode_few(supply, shape, orders, contexts, context_map, out)
    if not complete:
        return None
    return np.ascontiguousarray(out.T).reshape(len(streams), height, width)


def pixel_ranks(indices: U8, ranks: U8 | PairOrders) -> U8:
    """Return the rank of each pixel, uint8 (height, width); see `split_streams`."""
    N, W, _ = neighbours(indices)
    if not isinstance(ranks, PairOrders):
        return _padded(ranks, np.uint8).take(_as_key(N, W, indices))
    K = len(ranks.distances)
    pairs = N.astype(np.intp) * K + W
    with ranks.lent() as table:
        ranks.make(table, np.flatnonzero(np.bincount(pairs.ravel())))
        return table[0].take(pairs * K + indices)


def pixel_contexts(indices: U8, contexts: Sequence[U16]) -> U16:
    """Return the context of each pixel, uint16 (height, width); see `split_streams`."""
    N, W, NW = neighbours(indices)
    if len(contexts) == 1:
        return _padded(contexts[0], np.uint16).take(_as_key(N, W, NW))
    first, second = contexts
    wide = N.astype(np.int32) * len(first)
    found: U16 = first.take(wide + W) + second.take(wide + NW) + (NW == W) * _SAME
    return found


def neighbours(indices: U8) -> tuple[U8, U8, U8]:
    """Return N, W and NW of each pixel."""
    N, W, NW = np.zeros((3, *indices.shape), np.uint8)
    N[1:], W[:, 1:], NW[1:, 1:] = indices[:-1], indices[:, :-1], indices[:-1, :-1]
    return N, W, NW


def _as_key(N: U8, W: U8, value: U8) -> U16:
    """Return three numbers of 4 bits as one of 12."""
    return N.astype(np.uint16) << np.uint16(8) | W << np.uint8(4) | value


def _padded(table: U8 | U16, dtype: type[_Number]) -> npt.NDArray[_Number]:
    """Return a table (K, K, K) as one of (16, 16, 16), whose places are numbers of 12 bits."""
    K, padded = len(table), np.zeros((16, 16, 16), dtype)
    padded[:K, :K, :K] = table
    return padded


def _by_diagonals(values: U8 | U16) -> U16:
    """Return the values of pixels, (height, width), each below 2^12, diagonal by diagonal.

    They are written askew into an array with a row for each anti-diagonal, along the shorter side,
    so that it is at most twice as large; the corners left out hold what no pixel has.
    """
    height, width = values.shape
    lanes, step = min(height, width), np.dtype(np.uint16).itemsize
    askew = np.full((height + width - 1) * lanes, _UNUSED, np.uint16)
    if height <= width:  # lane y
        start, strides = askew, ((lanes + 1) * step, lanes * step)
    else:  # lane width - 1 - x
        start, strides = askew[lanes - 1 :], (lanes * step, (lanes - 1) * step)
    np.lib.stride_tricks.as_strided(start, values.shape, strides)[...] = values
    ordered: U16 = askew[askew != _UNUSED]
    return ordered


def _diagonals(height: int, width: int) -> Iterator[tuple[int, int, slice]]:
    """Yield of each anti-diagonal its first row, the row after its last, and its pixels."""
    step = max(1, width - 1)
    for diagonal in range(height + width - 1):
        low, high = max(0, diagonal - width + 1), min(height, diagonal + 1)
        first = low * (width - 1) + diagonal
        yield low, high, slice(first, first + (high - low - 1) * step + 1, step)


class _Supply:
    """Hands out, for each diagonal, the next ranks of its pixels' streams."""

    def __init__(self, streams: list[list[U8]], lanes: int) -> None:
        self.tiles, self.streams = len(streams), len(streams[0])
        self._reads = [io.BytesIO(ranks.tobytes()).read for tile in streams for ranks in tile]
        self._ranks = np.empty(lanes * self.tiles, np.uint8)
        offsets = np.arange(self.tiles) * self.streams
        self._offsets = np.tile(offsets.astype(np.min_scalar_type(len(self._reads))), lanes)

    def next(self, streams: U8) -> U8 | None:
        """Return a rank for each pixel of a diagonal, given the number of its stream.

        Pixels sorted by stream, stably, take what each stream holds next, one after the other.
        None if a stream has too few left.
        """
        count = len(streams)
        if len(self._reads) == 1:
            data = self._reads[0](count)
        else:
            numbers = streams if self.tiles == 1 else streams + self._offsets[:count]
            counts = np.bincount(numbers, minlength=len(self._reads)).tolist()
            data = b"".join([read(n) for read, n in zip(self._reads, counts, strict=True)])
        if len(data) != count:
            return None
        ranks = self._ranks[:count]
        if len(self._reads) == 1:
            ranks[:] = np.frombuffer(data, np.uint8)
        else:
            ranks[numbers.argsort(kind="stable")] = np.frombuffer(data, np.uint8)
        return ranks


def _decode_few(
    supply: _Supply,
    shape: tuple[int, int],
    orders: U8,
    contexts: Sequence[U16],
    context_map: U8,
    out: U8,
) -> bool:
    """Decode tiles of at most 16 colours into `out`, (pixels, tiles), unless a stream ends.

    A key holds rank, N, W and NW, four bits each. A table by key has 32-bit entries for the pixel v
    that is decoded: as W of the next it says W and NW (v and its own N), as N of the one below it
    says N (v), each in its place, so that the next key is the sum of two halves, and of the rank.
    """
    (height, width), K, tiles = shape, len(orders), supply.tiles
    padded = np.zeros((16, 16, 16), np.uint32)
    padded[:, :K, :K][:K] = orders.transpose(2, 0, 1)  # rank, N, W
    entry = padded << 24 | padded << 4 | np.arange(16, dtype=np.uint32)[:, None]
    entries = np.repeat(entry.ravel(), 16).astype("<u4")
    stream_of = _padded(context_map[contexts[0]], np.uint8).ravel()
    state = np.zeros((height + 1) * tiles, "<u4")  # a lane above the first stays zero
    as_W, as_N, index = state.view("<u2")[0::2], state.view("<u2")[1::2], state.view(np.uint8)[3::4]
    numbers = np.empty(min(shape) * tiles, np.uint8)
    for low, high, pixels in _diagonals(height, width):
        start, end = (low + 1) * tiles, (high + 1) * tiles
        key: U16 = as_W[start:end] + as_N[start - tiles : end - tiles]
        number = numbers[: end - start]
        stream_of.take(key, out=number, mode="clip")
        if (ranks := supply.next(number)) is None:
            return False
        key += ranks.astype(np.uint16) << np.uint16(12)
        entries.take(key, out=state[start:end], mode="clip")
        out[pixels] = index[start:end].reshape(-1, tiles)
    return True


def _decode_many(
    supply: _Supply,
    shape: tuple[int, int],
    orders: PairOrders,
    contexts: Sequence[U16],
    context_map: U8,
    out: U8,
) -> bool:
    """Decode tiles of more than 16 colours into `out`, (pixels, tiles), unless a stream ends.

    As `_decode_few`, but with tables of pairs: the first part of a context comes from (N, W); the
    second from (N, NW), known once N is decoded, NW being its W; and NW == W is known with W.
    """
    (height, width), K, tiles = shape, len(orders.distances), supply.tiles
    first, second = (part.astype(np.intp).ravel() for part in contexts)
    same, lanes = np.intp(_SAME), (height + 1) * tiles
    index = np.zeros(lanes, np.intp)  # the pixel that each lane last decoded
    as_N = np.zeros(lanes, np.intp)
    as_W = np.full(lanes, same)  # outside the tile NW and W are both 0
    numbers, decoded_buffer = np.empty((2, min(shape) * tiles), np.uint8)
    with orders.lent() as table:
        step_by_step = height + width < K
        if not step_by_step:  # many small steps would take longer than all the orders
            orders.make(table, np.arange(K * K))
        for low, high, pixels in _diagonals(height, width):
            start, end = (low + 1) * tiles, (high + 1) * tiles
            here, above = slice(start, end), slice(start - tiles, end - tiles)
            pair = index[above] * K + index[here]
            number, decoded = numbers[: end - start], decoded_buffer[: end - start]
            context_map.take(first.take(pair) + as_N[above] + as_W[here], out=number, mode="clip")
            if (ranks := supply.next(number)) is None:
                return False
            if step_by_step:
                orders.make(table, pair)
            table[0].take(pair * K + ranks, out=decoded, mode="clip")
            out[pixels] = decoded.reshape(-1, tiles)
            as_W[here] = (decoded == index[above]) * same
            as_N[here] = second.take(decoded * np.intp(K) + index[here])
            index[here] = decoded
    return True
