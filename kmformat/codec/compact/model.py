"""The model of compact tiles: orders of the palette, contexts, and the tables that a file states.

A pixel's *rank* is its place in an order of the palette that depends on the pixels N above and W to
the left. Its *context*, which says how sure that order is, also looks at NW; contexts that behave
alike share a stream. Outside the tile, all are index 0. What the file does not state follows from
the palette alone, in integers, so that all readers agree (spec, sections 4.7 and 4.8).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.cached import cached_property
from kmformat.codec.compact.sequences import PACKED, Coder, FieldReader, top_of, write_sequence
from kmformat.codec.zstd_frame import ENTROPY, Setting
from kmformat.errors import Code, FormatError
from kmformat.indexed import Chunk

if TYPE_CHECKING:
    from kmformat.arrays import U8, U16

FEW_COLORS = 16
"""Up to so many colours contexts name the neighbours themselves, and orders can be learned."""
MAX_STREAMS = 8
ORDERS_CHUNK, STREAMS_CHUNK = b"ORDR", b"SMAP"
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
    context_map
        The stream of each context, uint8 (`context_count`,). Zeros where there is one stream.
    """

    palette: U8
    learned: U8 | None
    streams: int
    context_map: U8

    def __reduce__(self) -> tuple[object, ...]:  # what is computed from these is not sent along
        return Tables, (self.palette, self.learned, self.streams, self.context_map)

    @cached_property
    def distances(self) -> U16:
        """Distances between colours, as `kernels.color_distances` has them."""
        return kernels.color_distances(self.palette)

    @cached_property
    def orders(self) -> U8 | kernels.PairOrders:
        """The index of each N, W and rank, in the form that `kmformat.kernels.wavefront` takes."""
        K = len(self.palette)
        if K > FEW_COLORS:
            return kernels.PairOrders(self.distances)
        default = kernels.default_orders(self.distances, np.arange(K * K))
        orders = default.reshape(K, K, K)
        if self.learned is None:
            return orders
        return np.take_along_axis(orders, self.learned.astype(np.intp), axis=2)

    @cached_property
    def ranks(self) -> U8 | kernels.PairOrders:
        """The rank of each N, W and index, in the same form."""
        if isinstance(self.orders, kernels.PairOrders):
            return kernels.PairOrders(self.distances, inverse=True)
        return kernels.inverse_orders(self.orders)

    @cached_property
    def contexts(self) -> tuple[U16, ...]:
        """The context of N, W and NW, in the same form."""
        K = len(self.palette)
        if not isinstance(self.ranks, kernels.PairOrders):  # (N, W, how near NW is)
            pairs = np.arange(K * K).reshape(K, K, 1) * 4
            return ((pairs + np.minimum(self.ranks, 3)).astype(np.uint16),)
        groups = (np.arange(K) * _W_GROUPS // K).astype(np.uint16)
        near = nearness(self.distances).astype(np.uint16)
        by_W = np.ascontiguousarray(near.T)  # kernels take arrays in one piece
        return by_W * np.uint16(32 * _NEAR_CLASSES) + groups, near * np.uint16(32)

    def with_streams(self, streams: int, context_map: U8) -> Tables:
        """Return the same orders, which are not computed again, with other streams."""
        other = replace(self, streams=streams, context_map=context_map)
        known = ("distances", "orders", "ranks", "contexts")
        vars(other).update({name: vars(self)[name] for name in known if name in vars(self)})
        return other


def context_count(K: int) -> int:
    """Return how many contexts there are with K colours."""
    return 4 * K * K if K <= FEW_COLORS else 2 * _NEAR_CLASSES**2 * _W_GROUPS


def default_tables(palette: U8) -> Tables:
    """Return what a file without tables has."""
    return Tables(palette, None, 1, np.zeros(context_count(len(palette)), np.uint8))


def nearness(distances: U16) -> U8:
    """Return near[a, b]: bit length of the rank of b among all colours by distance from a.

    Equal distances go by index; a itself has rank 0 even if another entry has its colour.
    """
    K = len(distances)
    keys = (distances.astype(np.uint32) + 1 << 8) | np.arange(K, dtype=np.uint32)
    np.fill_diagonal(keys, np.arange(K))
    keys.sort(axis=1)
    bits = np.frexp(np.arange(K, dtype=np.float64))[1].astype(np.uint8)
    return bits[kernels.inverse_orders(keys.astype(np.uint8))]


def lehmer_codes(order: U8) -> U8:
    """Return the Lehmer code of each permutation (..., K).

    Number j says how many of the values that come later are less than value j; it is below K - j.
    """
    places = order.astype(np.int16)
    codes = places.copy()
    for j in range(1, places.shape[-1]):
        codes[..., j] -= (places[..., :j] < places[..., j, None]).sum(axis=-1)
    return codes.astype(np.uint8)


def from_lehmer_codes(codes: U8) -> U8:
    """Return the permutations: the inverse of `lehmer_codes`."""
    places = np.moveaxis(codes, -1, 0).copy()  # a place of all permutations in one piece is faster
    for j in range(len(places) - 2, -1, -1):
        places[j + 1 :] += places[j + 1 :] >= places[j]
    return np.ascontiguousarray(np.moveaxis(places, 0, -1))


def write_tables(tables: Tables) -> list[Chunk]:
    """Return the chunks that say what is not the default."""
    chunks = []
    if tables.learned is not None:
        numbers = lehmer_codes(tables.learned).ravel()
        chunks.append(Chunk(ORDERS_CHUNK, write_sequence(numbers, (2, 3, 7), _CODER)[0]))
    if tables.streams > 1:
        fit = [layout for layout in PACKED if tables.streams - 1 <= top_of(layout)]
        written, _ = write_sequence(tables.context_map, fit, _CODER)
        chunks.append(Chunk(STREAMS_CHUNK, bytes([tables.streams]) + written))
    return chunks


def read_tables(chunks: Iterable[Chunk], palette: U8) -> Tables:
    """Return what the chunks of a file say, checked: the inverse of `write_tables`."""
    K, payloads = len(palette), {chunk.type: chunk.payload for chunk in chunks}
    tables = default_tables(palette)
    if ORDERS_CHUNK in payloads:
        if K > FEW_COLORS:
            raise FormatError(Code.ORDERS, f"learned orders of {K} colours: expected at most 16")
        reader = FieldReader(payloads[ORDERS_CHUNK])
        numbers = reader.sequence(K**3)[0].reshape(K, K, K)
        reader.end()
        if (numbers >= np.arange(K, 0, -1)).any():
            raise FormatError(Code.ORDERS, "a row of the learned orders is no permutation")
        tables = replace(tables, learned=from_lehmer_codes(numbers))
    if STREAMS_CHUNK in payloads:
        reader = FieldReader(payloads[STREAMS_CHUNK])
        streams = reader.take(1)[0]
        if not 2 <= streams <= MAX_STREAMS:
            raise FormatError(Code.STREAM_MAP, f"{streams} streams: expected 2 to {MAX_STREAMS}")
        context_map = reader.sequence(context_count(K))[0]
        reader.end()
        if (largest := int(context_map.max())) >= streams:
            raise FormatError(Code.STREAM_MAP, f"stream {largest} is not one of {streams}")
        tables = replace(tables, streams=streams, context_map=context_map)
    return tables
