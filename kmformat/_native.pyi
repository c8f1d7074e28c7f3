"""The C extension: see `kmformat.kernels.native`, which is its only caller."""

from typing import Any, TypeAlias

import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
"""In one piece."""
Rows: TypeAlias = npt.NDArray[Any]
"""Of bytes: an array of two dimensions or more, contiguous but for the first."""

def pack(indices: Rows, bits: int, packed: Array) -> None: ...
def unpack(packed: Rows, bits: int, width: int, indices: Array) -> None: ...
def paint(packed: Rows, bits: int, palette: Array, colors: Rows) -> None: ...
def write_runs(numbers: Array, bits: int, runs: Array) -> int: ...
def clip(numbers: Array, top: int, clipped: Array, escapes: Array) -> int: ...
def read_runs(runs: Array, bits: int, numbers: Array) -> bool: ...
def color_distances(palette: Rows, distances: Array) -> None: ...
def default_orders(distances: Array, pairs: Array, orders: Array) -> None: ...

# Tables of more than 16 colours are: orders, which of them are made, and two parts of contexts.

def walk_few(
    ranks: Array, lengths: Array, orders: Array, *contexts_context_map_indices: Array
) -> bool: ...
def split_few(indices: Rows, ranks: Array, *contexts_context_map_found_lengths: Array) -> None: ...
def walk_many(
    ranks: Array, lengths: Array, distances: Array, *tables_context_map_indices: Array
) -> bool: ...
def split_many(
    indices: Rows, distances: Array, *tables_context_map_found_lengths: Array
) -> None: ...
def count_neighbours(indices: Rows, counts: Array) -> None: ...
def count_ranks(indices: Rows, distances: Array, *tables_counts: Array) -> None: ...
def sort_codes(codes: Array, other: Array) -> None: ...
def nearest_rgb(
    colors: Array, palette: Array, table: Array, filled: Array, indices: Array
) -> None: ...
def mark_colors(colors: Array, marks: Array) -> None: ...
def look_up(colors: Array, table: Array, found: Array) -> None: ...
def diffuse(
    values: Array,
    active: Array,
    factors: Array,
    cones: Array,
    roots: Array,
    entries: Array,
    share: float,
    reach: float,
    errors: Array,
    indices: Array,
) -> None: ...
def nearest_centroids(
    rows: Array, centroids: Array, K: int, d: int, n: int, labels: Array
) -> None: ...
def sum_clusters(labels: Array, values: Array, K: int, n: int, sums: Array) -> None: ...
def settle(
    indices: Array,
    width: int,
    field: Array,
    awake: Array,
    sensitivity: Array,
    products: Array,
    mix: Array,
    squares: Array,
    taps: Array,
    center: Array,
    costs: Array,
    passes: int,
) -> None: ...
def encode_dense(
    indices: Rows,
    distances: Array,
    stretch: Array,
    squash: Array,
    rates: Array,
    slot_bits: int,
    data: Array,
) -> int: ...
def decode_dense(
    data: bytes,
    distances: Array,
    stretch: Array,
    squash: Array,
    rates: Array,
    slot_bits: int,
    indices: Array,
) -> int: ...
def pack_palette(palette: Array, rates: Array, data: Array) -> int: ...
def unpack_palette(data: bytes, rates: Array, palette: Array) -> bool: ...
