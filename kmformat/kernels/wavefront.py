"""Ranks back to indices: all pixels of an anti-diagonal at once, of several tiles in step.

Strategy: a *lane* is a row of pixels, or with several tiles a row of each in turn. From one
diagonal to the next, each lane moves a pixel to the right: what it decoded last is its W, and what
the lane above decoded last is its N. So the state is what each lane last decoded, in the form in
which it will be needed, and one table lookup gives the next state.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from kmformat.codec.compact.model import FEW_COLORS, Tables, few_contexts, many_context_parts
from kmformat.errors import Code, FormatError

U8 = npt.NDArray[np.uint8]
U16 = npt.NDArray[np.uint16]


def walk(streams: list[list[U8]], shape: tuple[int, int], tables: Tables) -> U8:
    """Return the indices of tiles, (tiles, height, width).

    Parameters
    ----------
    streams
        Of each tile the ranks of each of its streams, each below K.
    """
    height, width = shape
    out = np.empty((height * width, len(streams)), np.uint8)
    step = _walk_few if len(tables.palette) <= FEW_COLORS else _walk_many
    step(_Supply(streams, min(shape)), shape, tables, out)
    return np.ascontiguousarray(out.T).reshape(len(streams), height, width)


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

    def next(self, streams: U8) -> U8:
        """Return a rank for each pixel of a diagonal, given the number of its stream.

        Pixels sorted by stream, stably, take what each stream holds next, one after the other.
        """
        count = len(streams)
        if len(self._reads) == 1:
            data = self._reads[0](count)
        else:
            numbers = streams if self.tiles == 1 else streams + self._offsets[:count]
            counts = np.bincount(numbers, minlength=len(self._reads)).tolist()
            data = b"".join([read(n) for read, n in zip(self._reads, counts, strict=True)])
        if len(data) != count:
            raise FormatError(Code.STREAM_END, "a stream ends before the tile does")
        ranks = self._ranks[:count]
        if len(self._reads) == 1:
            ranks[:] = np.frombuffer(data, np.uint8)
        else:
            ranks[numbers.argsort(kind="stable")] = np.frombuffer(data, np.uint8)
        return ranks


def _walk_few(supply: _Supply, shape: tuple[int, int], tables: Tables, out: U8) -> None:
    """Decode tiles of at most 16 colours into `out`, (pixels, tiles).

    A key holds rank, N, W and NW, four bits each. A table by key has 32-bit entries for the pixel v
    that is decoded: as W of the next it says W and NW (v and its own N), as N of the one below it
    says N (v), each in its place, so that the next key is the sum of two halves, and of the rank.
    """
    (height, width), K, tiles = shape, len(tables.palette), supply.tiles
    orders = np.zeros((16, 16, 16), np.uint32)
    orders[:, :K, :K][:K] = tables.orders.transpose(2, 0, 1)  # rank, N, W
    entry = orders << 24 | orders << 4 | np.arange(16, dtype=np.uint32)[:, None]
    entries = np.repeat(entry.ravel(), 16).astype("<u4")
    by_context = np.zeros((16, 16, 16), np.uint8)
    by_context[:K, :K, :K] = tables.stream_map[few_contexts(tables)]
    stream_of = by_context.ravel()
    state = np.zeros((height + 1) * tiles, "<u4")  # a lane above the first stays zero
    as_W, as_N, index = state.view("<u2")[0::2], state.view("<u2")[1::2], state.view(np.uint8)[3::4]
    numbers = np.empty(min(shape) * tiles, np.uint8)
    for low, high, pixels in _diagonals(height, width):
        start, end = (low + 1) * tiles, (high + 1) * tiles
        key: U16 = as_W[start:end] + as_N[start - tiles : end - tiles]
        number = numbers[: end - start]
        stream_of.take(key, out=number, mode="clip")
        key += supply.next(number).astype(np.uint16) << np.uint16(12)
        entries.take(key, out=state[start:end], mode="clip")
        out[pixels] = index[start:end].reshape(-1, tiles)


def _walk_many(supply: _Supply, shape: tuple[int, int], tables: Tables, out: U8) -> None:
    """Decode tiles of more than 16 colours into `out`, (pixels, tiles).

    As `_walk_few`, but with tables of pairs: the first part of a context comes from (N, W); the
    second from (N, NW), known once N is decoded, NW being its W; and NW == W is known with W.
    """
    (height, width), K, tiles = shape, len(tables.palette), supply.tiles
    first, second = (part.astype(np.intp).ravel() for part in many_context_parts(tables))
    orders, lanes = tables.orders.ravel(), (height + 1) * tiles
    index = np.zeros(lanes, np.intp)  # the pixel that each lane last decoded
    as_N = np.zeros(lanes, np.intp)
    as_W = np.full(lanes, 16, np.intp)  # outside the tile NW and W are both 0
    numbers, decoded_buffer = np.empty((2, min(shape) * tiles), np.uint8)
    for low, high, pixels in _diagonals(height, width):
        start, end = (low + 1) * tiles, (high + 1) * tiles
        here, above = slice(start, end), slice(start - tiles, end - tiles)
        pair = index[above] * K + index[here]
        number, decoded = numbers[: end - start], decoded_buffer[: end - start]
        tables.stream_map.take(first.take(pair) + as_N[above] + as_W[here], out=number, mode="clip")
        orders.take(pair * K + supply.next(number), out=decoded, mode="clip")
        out[pixels] = decoded.reshape(-1, tiles)
        as_W[here] = (decoded == index[above]) * 16
        as_N[here] = second.take(decoded * np.intp(K) + index[here])
        index[here] = decoded
