"""Method 2, compact: indices become ranks, ranks go into streams, and streams into sequences.

A rank says how expected an index is beside its neighbours, so that most ranks are 0 or small. Each
goes into the stream of its context (`kmformat.codec.compact.model`), in the order of the wavefront
(`kmformat.kernels.wavefront`). Ranks too large for the layout of their stream overflow into one
last sequence, of *escapes*. The way out and the way back mirror each other (spec, section 4.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels
from kmformat.codec.compact.sequences import (
    BYTES,
    LAYOUTS,
    Coder,
    FieldReader,
    top_of,
    write_sequence,
)
from kmformat.codec.methods import PackedTile
from kmformat.codec.varints import varint
from kmformat.errors import Code, FormatError

if TYPE_CHECKING:
    from kmformat.arrays import U8, Bools, Ints, Labels
    from kmformat.codec.compact.model import Tables
    from kmformat.codec.format.head import FileHead

IN_STEP = True
MIN_SIDE, MAX_PIXELS = 8, 1 << 24
MAX_SIDE, MAX_ASPECT = 4096, 64
"""A compact tile is not huge, which would take much memory, nor longer than both 4096 pixels and 64
times its shorter side, which would take many steps of the wavefront (spec, section 3.4)."""
_ESCAPE_COST = 1.15
"""Bytes that escapes take, as a multiple of their entropy: they share a sequence with others."""


def fits(widths: Ints, heights: Ints) -> Bools:
    """Return which tiles may be compact, bool (tiles,)."""
    shorter, longer = np.minimum(widths, heights), np.maximum(widths, heights)
    thin = (shorter < MIN_SIDE) | (longer > np.maximum(MAX_SIDE, MAX_ASPECT * shorter))
    may: Bools = ~thin & (widths * heights <= MAX_PIXELS)
    return may


def decode(data: Sequence[bytes], shape: tuple[int, int], head: FileHead) -> list[PackedTile]:
    """Return tiles from their sequences, checked (spec, section 5, step 16), a byte an index.

    NumPy decodes a diagonal of some 20 tiles in the time of one.

    Raises
    ------
    FormatError
        Of several tiles at fault, the error need not be of the first.
    """
    return [PackedTile(rows, 8) for rows in decode_compact(data, shape, head.compact_tables)]


def encode_compact(indices: U8, tables: Tables, coder: Coder) -> bytes:
    """Return the stored bytes of a tile with these indices, uint8 (height, width)."""
    streams = kernels.split_streams(
        indices, tables.ranks, tables.contexts, tables.context_map, tables.streams
    )
    tile = _join(streams, tables, coder)
    if coder.thorough:  # what escapes really cost shows only when all of them are coded together
        likely = _join(streams, tables, replace(coder, thorough=False))
        tile = min(tile, likely, key=len)
    return tile


def decode_compact(tiles: Sequence[bytes], shape: tuple[int, int], tables: Tables) -> U8:
    """Return the indices of tiles of one shape, (tiles, height, width), each below K.

    Raises
    ------
    FormatError
    """
    pixels = shape[0] * shape[1]
    streams = [_read_streams(FieldReader(data), pixels, tables) for data in tiles]
    indices = kernels.decode_wavefront(
        streams, shape, tables.orders, tables.contexts, tables.context_map
    )
    if indices is None:
        raise FormatError(Code.STREAM_END, "a stream ends before the tile does")
    return indices


def _join(streams: list[U8], tables: Tables, coder: Coder) -> bytes:
    K, parts, overflow = len(tables.palette), [], []
    for number, ranks in enumerate(streams, start=1):
        if number < len(streams):
            parts.append(varint(len(ranks)))  # the last has what is left
        if len(ranks):
            written, escapes = _write_stream(ranks, K, coder)
            parts.append(written)
            overflow.append(escapes)
    escapes = np.concatenate(overflow)
    if len(escapes):
        fit = [layout for layout in LAYOUTS if escapes.max() <= top_of(layout)]
        if not coder.thorough:
            fit = [layout for layout in (2, BYTES) if layout in fit][:1]
        parts.append(write_sequence(escapes, fit, coder)[0])
    return b"".join(parts)


def _write_stream(ranks: U8, K: int, coder: Coder) -> tuple[bytes, U8]:
    """Return a stream's sequence and its escapes, in the layout of fewest estimated bytes."""
    best, best_escapes, least = b"", ranks[:0], np.inf
    for layout in LAYOUTS if coder.thorough else _likely_layouts(ranks, K):
        top, numbers, escapes = top_of(layout), ranks, ranks[:0]
        if top < K - 1:
            numbers, escapes = kernels.clip(ranks, top)
        written, _ = write_sequence(numbers, [layout], coder)
        cost = len(written) + _estimate(escapes)
        if cost < least:
            best, best_escapes, least = written, escapes, cost
    return best, best_escapes


def _likely_layouts(ranks: U8, K: int) -> list[int]:
    """Return the layouts worth trying, by how many ranks are zero and how large they get."""
    zero = 1 - np.count_nonzero(ranks) / len(ranks)
    large = np.count_nonzero(ranks > 15) / len(ranks)
    if large > 0.3:
        return [2, BYTES]
    if K <= 2:
        return [4, 0]
    if zero > 0.9:
        return [5, 6, 7]
    if zero > 0.7:
        return [6, 7]
    return [7, 2] if zero > 0.45 else [2]


def _estimate(escapes: U8) -> float:
    """Return about how many bytes escapes take: a little above their entropy."""
    if not len(escapes):
        return 0.0
    counts = np.bincount(escapes)
    counts = counts[counts > 0]
    bits = float(-(counts * np.log2(counts / len(escapes))).sum())
    return _ESCAPE_COST * max(bits, len(escapes)) / 8  # zstd spends a bit on each at least


def frames_in(data: bytes, shape: tuple[int, int], tables: Tables) -> list[bytes]:
    """Return the zstd frames in a tile's stored bytes.

    Raises
    ------
    FormatError
    """
    reader = FieldReader(data)
    _read_streams(reader, shape[0] * shape[1], tables)
    return reader.frames


def _read_streams(reader: FieldReader, pixels: int, tables: Tables) -> list[U8]:
    """Return the ranks of each stream of a tile, each below K; together as many as pixels."""
    K, left = len(tables.palette), pixels
    streams: list[U8] = []
    marks: list[tuple[U8, Labels, int]] = []
    for number in range(1, tables.streams + 1):
        count = reader.varint() if number < tables.streams else left
        if count > left:
            raise FormatError(Code.STREAM_LENGTH, f"stream of {count} ranks for {left} pixels")
        left -= count
        if not count:
            streams.append(np.empty(0, np.uint8))
            continue
        ranks, layout = reader.sequence(count)
        top = top_of(layout)
        if top < K - 1:
            escaped = np.flatnonzero(ranks == top)
            if len(escaped):
                ranks = ranks.copy()
                marks.append((ranks, escaped, top))
        elif int(ranks.max()) >= K:
            raise FormatError(Code.RANK, f"rank {ranks.max()} of {K} colours")
        streams.append(ranks)
    if marks:
        _add_escapes(marks, reader, K)
    reader.end()
    return streams


def _add_escapes(marks: list[tuple[U8, Labels, int]], reader: FieldReader, K: int) -> None:
    """Read the last sequence, and add its numbers to the ranks that were marked."""
    escapes, _ = reader.sequence(sum(len(escaped) for _, escaped, _ in marks))
    start = 0
    for ranks, escaped, top in marks:
        part = escapes[start : start + len(escaped)]
        start += len(escaped)
        if (largest := int(part.max()) + top) >= K:
            raise FormatError(Code.RANK, f"rank {largest} of {K} colours")
        ranks[escaped] += part
