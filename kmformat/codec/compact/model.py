"""What the compact tiles of a file share: orders of the palette, and the streams of contexts.

A pixel's *rank* is its place in an order that depends on the pixels N above and W to the left. Its
*context*, which says how sure that order is, also looks at NW. Outside the tile, all are index 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kmformat.codec.compact.orders import (
    default_orders,
    from_removal_digits,
    inverse,
    nearness,
    removal_digits,
)
from kmformat.codec.compact.sequences import PACKED, Coder, Reader, top_of, write_sequence
from kmformat.codec.format.head import Chunk
from kmformat.codec.zstd import ENTROPY, Setting
from kmformat.errors import Code, FormatError
from kmformat.kernels.sums import Labels

U8 = npt.NDArray[np.uint8]
U16 = npt.NDArray[np.uint16]

FEW_COLORS = 16
"""Up to so many colours contexts name the neighbours themselves, and orders can be learned."""
MAX_STREAMS = 8
ORDERS_CHUNK, STREAMS_CHUNK = b"ORDR", b"SMAP"
KNOWN_CHUNKS = (ORDERS_CHUNK, STREAMS_CHUNK)
_CODER = Coder((ENTROPY, Setting(19)))
_NEAR_CLASSES = 9  # bit lengths of ranks 0 to 255
_W_GROUPS = 16


@dataclass(frozen=True, eq=False)
class Tables:
    """What the compact tiles of a file share.

    Attributes
    ----------
    palette
        uint8, (K, 3) or (K, 4).
    learned
        Orders relative to the default, uint8 (K, K, K): learned[N, W, rank] = default rank. None
        where the default serves. Only up to 16 colours.
    streams
        1 to 8.
    stream_map
        The stream of each context, uint8 (`context_count`,). Zeros where there is one stream.
    """

    palette: U8
    learned: U8 | None
    streams: int
    stream_map: U8

    @cached_property
    def orders(self) -> U8:
        """The index of each rank: orders[N, W, rank]."""
        default = default_orders(self.palette)
        if self.learned is None:
            return default
        return np.take_along_axis(default, self.learned.astype(np.intp), axis=2)

    @cached_property
    def ranks(self) -> U8:
        """The rank of each index: ranks[N, W, index]."""
        return inverse(self.orders)

    def with_streams(self, streams: int, stream_map: U8) -> Tables:
        """Return the same orders, which are not computed again, with other streams."""
        other = replace(self, streams=streams, stream_map=stream_map)
        known = ("orders", "ranks")
        vars(other).update({name: vars(self)[name] for name in known if name in vars(self)})
        return other


def context_count(K: int) -> int:
    """Return how many contexts there are with K colours."""
    return 4 * K * K if K <= FEW_COLORS else 2 * _NEAR_CLASSES**2 * _W_GROUPS


def default_tables(palette: U8) -> Tables:
    """Return what a file without tables has."""
    return Tables(palette, None, 1, np.zeros(context_count(len(palette)), np.uint8))


def neighbours(indices: U8) -> tuple[U8, U8, U8]:
    """Return N, W and NW of each pixel; 0 outside the tile."""
    N, W, NW = np.zeros((3, *indices.shape), np.uint8)
    N[1:], W[:, 1:], NW[1:, 1:] = indices[:-1], indices[:, :-1], indices[:-1, :-1]
    return N, W, NW


def pixel_ranks(indices: U8, tables: Tables) -> U8:
    """Return the rank of each pixel, (height, width)."""
    K = len(tables.palette)
    N, W, _ = neighbours(indices)
    if K <= FEW_COLORS:
        ranks = np.zeros((16, 16, 16), np.uint8)
        ranks[:K, :K, :K] = tables.ranks
        key = N.astype(np.uint16) << 8 | W << np.uint8(4) | indices
        return ranks.take(key)
    key = (N.astype(np.int32) * K + W) * np.int32(K) + indices
    return tables.ranks.take(key)


def few_contexts(tables: Tables) -> Labels:
    """Return the context of every N, W, NW, (K, K, K), K <= 16: (N, W, how near NW is)."""
    K = len(tables.palette)
    contexts: Labels = np.arange(K * K).reshape(K, K, 1) * 4 + np.minimum(tables.ranks, 3)
    return contexts


def pixel_contexts(indices: U8, tables: Tables) -> U16:
    """Return the context of each pixel, (height, width)."""
    K = len(tables.palette)
    N, W, NW = neighbours(indices)
    if K <= FEW_COLORS:
        table = np.zeros((16, 16, 16), np.uint16)
        table[:K, :K, :K] = few_contexts(tables)
        return table.take(N.astype(np.uint16) << 8 | W << np.uint8(4) | NW)
    first, second = many_context_parts(tables)
    wide = N.astype(np.int32) * K
    contexts: U16 = first.take(wide + W) + second.take(wide + NW) + (NW == W) * np.uint16(16)
    return contexts


def many_context_parts(tables: Tables) -> tuple[U16, U16]:
    """Return the parts of a context, K > 16, that come from (N, W) and (N, NW); each (K, K)."""
    K = len(tables.palette)
    groups = (np.arange(K) * _W_GROUPS // K).astype(np.uint16)
    near = nearness(tables.palette).astype(np.uint16)
    return near.T * np.uint16(32 * _NEAR_CLASSES) + groups, near * np.uint16(32)


def write_tables(tables: Tables) -> list[Chunk]:
    """Return the chunks that say what is not the default."""
    chunks = []
    if tables.learned is not None:
        digits = removal_digits(tables.learned).ravel()
        chunks.append(Chunk(ORDERS_CHUNK, write_sequence(digits, (2, 3, 7), _CODER)[0]))
    if tables.streams > 1:
        fit = [layout for layout in PACKED if tables.streams - 1 <= top_of(layout)]
        written, _ = write_sequence(tables.stream_map, fit, _CODER)
        chunks.append(Chunk(STREAMS_CHUNK, bytes([tables.streams]) + written))
    return chunks


def read_tables(chunks: Iterable[Chunk], palette: U8) -> Tables:
    """Return what the chunks of a file say, checked: the inverse of `write_tables`."""
    K, payloads = len(palette), {chunk.type: chunk.payload for chunk in chunks}
    tables = default_tables(palette)
    if ORDERS_CHUNK in payloads:
        if K > FEW_COLORS:
            raise FormatError(Code.ORDERS, f"learned orders of {K} colours: expected at most 16")
        reader = Reader(payloads[ORDERS_CHUNK])
        digits = reader.sequence(K**3)[0].reshape(K, K, K)
        reader.end()
        if (digits >= np.arange(K, 0, -1)).any():
            raise FormatError(Code.ORDERS, "a row of the learned orders is no permutation")
        tables = replace(tables, learned=from_removal_digits(digits))
    if STREAMS_CHUNK in payloads:
        reader = Reader(payloads[STREAMS_CHUNK])
        streams = reader.take(1)[0]
        if not 2 <= streams <= MAX_STREAMS:
            raise FormatError(Code.STREAM_MAP, f"{streams} streams: expected 2 to {MAX_STREAMS}")
        stream_map = reader.sequence(context_count(K))[0]
        reader.end()
        if (largest := int(stream_map.max())) >= streams:
            raise FormatError(Code.STREAM_MAP, f"stream {largest} is not one of {streams}")
        tables = replace(tables, streams=streams, stream_map=stream_map)
    return tables
