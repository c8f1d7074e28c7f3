"""The kernels that are compiled, from the C beside this, to the module `kmformat._native`.

Each has the name, the arguments and the results of the NumPy kernel that it stands for, which says
what they mean. Here the arrays for results are made; C checks all sizes. Front door:
`kmformat.kernels`. May import: the NumPy kernels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

from kmformat.kernels.orders import PairOrders
from kmformat.kernels.packing import row_bytes

if TYPE_CHECKING:
    from kmformat import _native
    from kmformat.arrays import U8, U16, Bools, Codes, Floats, Ints, Labels
    from kmformat.kernels.halftone import F32, I32, Viewer
    from kmformat.kernels.nearest import NearestEntry
else:
    _native = import_module("kmformat._native")

_ROOM = np.zeros(255, np.uint8)
"""Ranks beyond the end of a stream, which C may touch before it looks at how many were taken."""

_FEW_DISTANCES = 1 << 15
"""Up to so many in all, computing them is faster than a table of all colours."""

_FEW_CODES = 1 << 12
"""To sort fewer by digits takes longer than NumPy does."""
_COMPUTED_COLORS = 1 << 17
_BAND_ROWS = 32
_NOTHING = np.empty(0)


def pack(indices: U8, bits: int) -> U8:
    if bits == 8:
        return np.ascontiguousarray(indices)
    height, width = indices.shape
    packed = np.empty((height, row_bytes(width, bits)), np.uint8)
    _native.pack(_rows(indices), bits, packed)
    return packed


def unpack(packed: U8, bits: int, width: int) -> U8:
    if bits == 8:
        return packed
    indices = np.empty((len(packed), width), np.uint8)
    _native.unpack(_rows(packed), bits, width, indices)
    return indices


class ColorTable:
    def __init__(self, palette: U8, bits: int, _: int) -> None:
        self._palette, self._bits = np.zeros((1 << bits, palette.shape[1]), np.uint8), bits
        self._palette[: len(palette)] = palette

    def paint(self, packed: U8, out: U8) -> None:
        _native.paint(_rows(packed), self._bits, self._palette, out)


def write_runs(numbers: U8, bits: int) -> U8:
    runs = np.empty_like(numbers)
    return runs[: _native.write_runs(numbers, bits, runs)]


def clip(numbers: U8, top: int) -> tuple[U8, U8]:
    clipped, escapes = np.empty((2, len(numbers)), np.uint8)
    return clipped, escapes[: _native.clip(numbers, top, clipped, escapes)]


def read_runs(runs: U8, bits: int, count: int) -> U8 | None:
    numbers = np.empty(count, np.uint8)
    return numbers if _native.read_runs(runs, bits, numbers) else None


def color_distances(palette: U8) -> U16:
    distances = np.empty((len(palette), len(palette)), np.uint16)
    _native.color_distances(np.ascontiguousarray(palette), distances)
    return distances


def default_orders(distances: U16, pairs: Ints) -> U8:
    orders = np.empty((len(pairs), len(distances)), np.uint8)
    _native.default_orders(distances, pairs, orders)
    return orders


def decode_wavefront(
    streams: list[list[U8]],
    shape: tuple[int, int],
    orders: U8 | PairOrders,
    contexts: Sequence[U16],
    context_map: U8,
) -> U8 | None:
    tiles = np.empty((len(streams), *shape), np.uint8)
    for parts, indices in zip(streams, tiles, strict=True):
        lengths, ranks = np.array([len(part) for part in parts]), np.concatenate([*parts, _ROOM])
        if isinstance(orders, PairOrders):
            with orders.lent() as table:
                enough = _native.walk_many(
                    ranks, lengths, orders.distances, *table, *contexts, context_map, indices
                )
        else:
            enough = _native.walk_few(ranks, lengths, orders, *contexts, context_map, indices)
        if not enough:
            return None
    return tiles


def split_streams(
    indices: U8, ranks: U8 | PairOrders, contexts: Sequence[U16], context_map: U8, streams: int
) -> list[U8]:
    found = np.empty((streams, indices.size + len(_ROOM)), np.uint8)
    lengths = np.empty(streams, np.int64)
    if isinstance(ranks, PairOrders):
        with ranks.lent() as table:
            _native.split_many(
                _rows(indices), ranks.distances, *table, *contexts, context_map, found, lengths
            )
    else:
        _native.split_few(_rows(indices), ranks, *contexts, context_map, found, lengths)
    return [row[:length] for row, length in zip(found, lengths.tolist(), strict=True)]


def count_neighbours(indices: U8, K: int) -> Ints:
    counts = np.zeros((16, 16, 16, 16), np.int64)
    _native.count_neighbours(_rows(indices), counts)
    return counts[:K, :K, :K, :K]


def count_ranks(
    indices: U8, ranks: PairOrders, contexts: Sequence[U16], *, context_count: int, bins: int
) -> Ints:
    counts = np.zeros((context_count, bins), np.int64)
    with ranks.lent() as table:
        _native.count_ranks(_rows(indices), ranks.distances, *table, *contexts, counts)
    return counts


def encode_dense(indices: U8, distances: U16) -> bytes:
    tables = _dense_tables(indices.shape, distances)
    data = np.empty(indices.size + 64, np.uint8)
    size = _native.encode_dense(_rows(indices), *tables, data)
    if size > len(data):
        data = np.empty(size, np.uint8)
        _native.encode_dense(_rows(indices), *tables, data)
    return data[:size].tobytes()


def decode_dense(data: bytes, shape: tuple[int, int], distances: U16) -> U8 | int:
    indices = np.empty(shape, np.uint8)
    return _native.decode_dense(data, *_dense_tables(shape, distances), indices) or indices


def _dense_tables(shape: tuple[int, ...], distances: U16) -> tuple[U16, I32, U16, I32, int]:
    from kmformat.kernels.dense import slot_bits

    return (distances, *_chances(), slot_bits(shape))


@cache
def _chances() -> tuple[I32, U16, I32]:
    from kmformat.kernels.binary_coder import RATES
    from kmformat.kernels.dense import squash_table, stretch_table

    return (
        np.array(stretch_table(), np.int32),
        np.array(squash_table(), np.uint16),
        np.array(RATES, np.int32),
    )


def pack_palette(palette: U8) -> bytes:
    data = np.empty(16 * palette.size + 8, np.uint8)  # a channel takes at most 116 bits
    size = _native.pack_palette(np.ascontiguousarray(palette), _chances()[2], data)
    return data[:size].tobytes()


def unpack_palette(data: bytes, shape: tuple[int, int]) -> U8 | None:
    palette = np.empty(shape, np.uint8)
    return palette if _native.unpack_palette(data, _chances()[2], palette) else None


def unique_codes(codes: Codes) -> tuple[Codes, Ints]:
    from kmformat.kernels import counting

    if len(codes) < _FEW_CODES or codes.dtype != np.uint32 or not codes.flags.c_contiguous:
        return counting.unique_codes(codes)
    ordered = np.empty_like(codes)
    _native.sort_codes(codes, ordered)
    return counting.distinct_of_sorted(ordered)


def nearest_rgb_entries(colors: U8, palette: U8) -> U8:
    indices, by_table = np.empty(len(colors), np.uint8), len(colors) * len(palette) > _FEW_DISTANCES
    table, filled = np.empty(by_table << 24, np.uint8), np.zeros(by_table << 15, np.uint8)
    colors, palette = np.ascontiguousarray(colors), np.ascontiguousarray(palette)
    _native.nearest_rgb(colors, palette, table, filled, indices)
    return indices


class RgbTable:
    def __init__(self, palette: U8) -> None:
        self._palette = np.ascontiguousarray(palette)
        self._table, self._filled = np.empty(1 << 24, np.uint8), np.zeros(1 << 15, np.uint8)

    def find(self, colors: U8) -> U8:
        indices = np.empty(len(colors), np.uint8)
        colors = np.ascontiguousarray(colors)
        _native.nearest_rgb(colors, self._palette, self._table, self._filled, indices)
        return indices


def mark_colors(colors: U8, marks: U8) -> None:
    _native.mark_colors(np.ascontiguousarray(colors), marks)


def look_up_colors(colors: U8, table: U8) -> U8:
    found = np.empty(len(colors), np.uint8)
    _native.look_up(np.ascontiguousarray(colors), table, found)
    return found


def computed_once(colors: U8, compute: Callable[[U8], U8]) -> U8:
    from kmformat.kernels.counting import decode_codes

    colors, table = np.ascontiguousarray(colors), np.zeros(1 << 24, np.uint8)
    _native.mark_colors(colors, table)
    eights = np.flatnonzero(table.view(np.uint64)).astype(np.uint32)  # most are zero
    codes = (8 * eights[:, None] + np.arange(8, dtype=np.uint32)).reshape(-1)
    distinct = codes[table[codes] > 0]
    found = np.empty(len(colors), np.uint8)
    for start in range(0, len(distinct), _COMPUTED_COLORS):
        block = distinct[start : start + _COMPUTED_COLORS]
        table[block] = compute(decode_codes(block, 3))
    _native.look_up(colors, table, found)
    return found


def diffuse(
    pixels: U8,
    moving: Bools,
    entries: Floats,
    *,
    nearest: NearestEntry,
    put: Callable[[U8, Floats], None],
    reach: float,
    strength: float,
) -> U8:
    from kmformat.kernels.diffusion import KEPT, MARGIN

    (height, width), (d, K) = moving.shape, entries.shape
    rows, inside = np.pad(np.arange(height), (MARGIN, 0), "symmetric"), slice(MARGIN, -MARGIN)
    columns = ((0, 0), (MARGIN, MARGIN))
    factors, padded = np.zeros((d + 1, nearest.low)), np.zeros((d, nearest.low))
    factors[-1], factors[:, :K], padded[:, :K] = np.inf, nearest.matrix.T, entries
    light = getattr(nearest, "cones", _NOTHING), getattr(nearest, "roots", _NOTHING)
    indices, errors = np.empty((height, width), np.uint8), np.zeros((2, width + 2 * MARGIN + 2, d))
    for top in range(0, len(rows), _BAND_ROWS):  # with margins a band at a time, to copy little
        band = rows[top : top + _BAND_ROWS]
        colors = np.pad(pixels[band], (*columns, (0, 0)), "symmetric")
        active, found = (
            np.pad(moving[band], columns, "symmetric"),
            np.empty(colors.shape[:2], np.uint8),
        )
        values = np.empty((d, found.size))
        put(colors.reshape(found.size, -1), values)
        _native.diffuse(
            values, active, factors, *light, padded, strength * KEPT / 16, reach, errors, found
        )
        above = max(0, MARGIN - top)  # rows of the mirror image
        indices[top - MARGIN + above : top - MARGIN + len(band)] = found[above:, inside]
    return indices


def nearest_centroids(rows: Floats, centroids: Floats) -> Labels:
    (*sets, K, d), n = centroids.shape, rows.shape[1]
    labels = np.empty((*sets, n), np.int64)
    _native.nearest_centroids(rows, np.ascontiguousarray(centroids), K, d, n, labels)
    return labels.astype(np.intp, copy=False)


def sum_clusters(labels: Labels, values: Floats, K: int) -> Floats:
    (*sets, n), m = labels.shape, len(values)
    sums = np.zeros((*sets, K, m))
    labels = np.ascontiguousarray(labels, np.int64)
    _native.sum_clusters(labels, np.ascontiguousarray(values), K, n, sums)
    return sums


def settle(
    indices: U8,
    field: I32,
    awake: U8,
    sensitivity: F32,
    entries: F32,
    viewer: Viewer,
    costs: F32,
    passes: int,
) -> None:
    _native.settle(
        indices,
        indices.shape[1],
        field,
        awake,
        sensitivity,
        viewer.products(entries),
        viewer.mix,
        viewer.squares(),
        viewer.taps,
        viewer.center,
        np.ascontiguousarray(costs),
        passes,
    )


def _rows(array: U8) -> U8:
    """Return an array whose rows are each in one piece, as C takes them."""
    return array if array.strides[-1] == 1 else np.ascontiguousarray(array)
