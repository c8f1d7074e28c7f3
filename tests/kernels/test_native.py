"""Each kernel that is compiled gives what the NumPy kernel of its name gives, bit for bit."""

from __future__ import annotations

import os
import subprocess
import sys
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmformat.arrays import U8, U16
from kmformat.codec.compact.model import Tables, context_count
from kmformat.color import Space
from kmformat.color.spaces import SPACE_OF
from kmformat.kernels import (
    PairOrders,
    clusters,
    counting,
    dense,
    diffusion,
    nearest,
    orders,
    packed_palette,
    packing,
    wavefront,
)
from kmformat.kernels.orders import color_distances
from kmformat.quantization.dither.palette_grid import PaletteGrid
from tests.kernels import test_halftone
from tests.kernels.dense_cases import dense_cases
from tests.kernels.wavefront_cases import Case, cases
from tests.samples import noise, random_colors, random_indices

pytest.importorskip("kmformat._native", reason="the C extension is not built")

from kmformat import _native
from kmformat.kernels import native

bit_depths = st.sampled_from([1, 2, 4, 8])
run_bits = st.integers(1, 4)
sides = st.integers(1, 70)
seeds = st.integers(0, 1000)


def part_of_larger(array: U8) -> U8:
    """The same values, whose rows do not follow each other in memory."""
    larger = np.zeros((array.shape[0], array.shape[1] + 3, *array.shape[2:]), np.uint8)
    part = larger[:, 1:-2]
    part[...] = array
    return part


# Packing


@given(bit_depths, sides, sides, seeds, st.booleans())
def test_indices_are_packed_and_unpacked_alike(
    bits: int, height: int, width: int, seed: int, part: bool
) -> None:
    indices = random_indices(height, width, 1 << bits, seed)
    expected = packing.pack(indices, bits)
    packed = native.pack(part_of_larger(indices) if part else indices, bits)
    assert np.array_equal(packed, expected)
    rows = part_of_larger(packed) if part else packed
    assert np.array_equal(native.unpack(rows, bits, width), indices)


def test_columns_that_are_not_in_one_piece_are_packed_too() -> None:
    indices = random_indices(6, 8, 16)
    assert np.array_equal(native.pack(indices[:, ::2], 4), packing.pack(indices[:, ::2], 4))
    assert np.array_equal(native.pack(indices.T, 4), packing.pack(indices.T, 4))


@given(bit_depths, st.sampled_from([3, 4]), sides, sides, seeds, st.booleans())
def test_colours_are_painted_alike_and_nothing_beside_them(
    bits: int, channels: int, height: int, width: int, seed: int, part: bool
) -> None:
    palette = random_colors(max(1, (1 << bits) - 1), channels, seed)
    packed = packing.pack(random_indices(height, width, len(palette), seed), bits)
    expected = np.full((height, width + 3, channels), 77, np.uint8)
    painted = expected.copy()
    inside = np.s_[:, 1:-2] if part else np.s_[:, :]
    if not part:
        expected, painted = expected[:, 3:].copy(), painted[:, 3:].copy()
    packing.ColorTable(palette, bits, 1).paint(packed, expected[inside])
    native.ColorTable(palette, bits, 1).paint(packed, painted[inside])
    assert np.array_equal(painted, expected)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_rows_of_all_lengths_are_painted(bits: int, channels: int) -> None:
    palette = np.random.default_rng(1).integers(0, 256, (1 << bits, channels), np.uint8)
    for width in range(1, 200):
        indices = random_indices(2, width, 1 << bits, width)
        painted = np.zeros((2, width, channels), np.uint8)
        native.ColorTable(palette, bits, 1).paint(packing.pack(indices, bits), painted)
        assert np.array_equal(painted, palette[indices])


@given(run_bits, st.lists(st.integers(0, 300), min_size=1, max_size=9), seeds)
def test_runs_are_written_and_read_alike(bits: int, zeros: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    parts = [np.append(np.zeros(n, np.uint8), rng.integers(0, 1 << bits)) for n in zeros]
    numbers = np.concatenate(parts).astype(np.uint8)
    runs = native.write_runs(numbers, bits)
    assert np.array_equal(runs, packing.write_runs(numbers, bits))
    found = native.read_runs(runs, bits, len(numbers))
    assert found is not None
    assert np.array_equal(found, numbers)


@given(run_bits, st.binary(min_size=1, max_size=40), st.integers(1, 600))
def test_any_runs_are_read_or_refused_alike(bits: int, data: bytes, count: int) -> None:
    runs = np.frombuffer(data, np.uint8)
    expected, found = packing.read_runs(runs, bits, count), native.read_runs(runs, bits, count)
    assert (found is None) == (expected is None)
    assert found is None or expected is None or np.array_equal(found, expected)


@given(st.binary(min_size=1, max_size=90), st.sampled_from([1, 3, 7, 15, 254, 255]))
def test_numbers_are_clipped_alike(data: bytes, top: int) -> None:
    numbers = np.frombuffer(data, np.uint8)
    for found, expected in zip(native.clip(numbers, top), packing.clip(numbers, top), strict=True):
        assert np.array_equal(found, expected)


# Compact tiles


@given(st.sampled_from([1, 2, 16, 17, 256]), st.sampled_from([3, 4]), seeds, st.booleans())
def test_distances_of_colours_are_the_same(K: int, channels: int, seed: int, part: bool) -> None:
    palette = random_colors(K, channels, seed)
    found = native.color_distances(part_of_larger(palette.T).T if part else palette)
    assert np.array_equal(found, color_distances(palette))


@given(st.sampled_from([1, 2, 16, 17, 40, 256]), seeds)
def test_default_orders_are_the_same(K: int, seed: int) -> None:
    between = color_distances(random_colors(K, 4, seed, steps=9))
    pairs = np.random.default_rng(seed).integers(0, K * K, 9)
    expected = orders.default_orders(between, pairs)
    assert np.array_equal(native.default_orders(between, pairs), expected)


@given(cases(), st.booleans())
@settings(deadline=None)
def test_tiles_are_split_and_walked_alike(case: Case, part: bool) -> None:
    streams = []
    for tile in case.tiles:
        expected = wavefront.split_streams(tile, *case.splitting())
        indices = part_of_larger(tile) if part else tile
        streams.append(native.split_streams(indices, *case.splitting()))
        assert [ranks.tolist() for ranks in streams[-1]] == [ranks.tolist() for ranks in expected]
    tiles = native.decode_wavefront(streams, *case.walking())
    assert tiles is not None
    assert np.array_equal(tiles, case.tiles)


@given(cases(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_any_streams_are_walked_or_refused_alike(case: Case, random: Random) -> None:
    K, streams = len(case.tables.palette), []
    for tile in case.tiles:
        ranks = np.array([random.randrange(K) for _ in range(tile.size)], np.uint8)
        ends = sorted(random.randrange(tile.size + 1) for _ in range(case.tables.streams - 1))
        streams.append(np.split(ranks, ends))
    expected = wavefront.decode_wavefront(streams, *case.walking())
    tiles = native.decode_wavefront(streams, *case.walking())
    assert (tiles is None) == (expected is None)
    assert tiles is None or expected is None or np.array_equal(tiles, expected)


def test_long_diagonals_and_streams_are_walked_alike() -> None:
    rng = np.random.default_rng(1)
    for K in (16, 200):
        palette, (height, width) = random_colors(K, 3, 1), (300, 700)
        context_map = rng.integers(0, 8, context_count(K)).astype(np.uint8)
        case = Case([random_indices(height, width, K)], Tables(palette, None, 8, context_map))
        expected = wavefront.split_streams(case.tiles[0], *case.splitting())
        streams = native.split_streams(case.tiles[0], *case.splitting())
        assert all(map(np.array_equal, streams, expected))
        tiles = native.decode_wavefront([streams], *case.walking())
        assert tiles is not None
        assert np.array_equal(tiles, case.tiles)
        streams[3] = streams[3][:-1]
        assert native.decode_wavefront([streams], *case.walking()) is None


@given(cases(), st.sampled_from([1, 2, 32]), st.booleans())
@settings(deadline=None)
def test_what_occurs_beside_which_is_counted_alike(case: Case, bins: int, part: bool) -> None:
    tile, tables, K = case.tiles[0], case.tables, len(case.tables.palette)
    rows = part_of_larger(tile) if part else tile
    if isinstance(tables.ranks, PairOrders):
        options = {"context_count": context_count(K), "bins": bins}
        expected = counting.count_ranks(tile, tables.ranks, tables.contexts, **options)
        counts = native.count_ranks(rows, tables.ranks, tables.contexts, **options)
    else:
        expected = counting.count_neighbours(tile, K)
        counts = native.count_neighbours(rows, K)
    assert np.array_equal(counts, expected)


# Dense tiles, packed palettes


@settings(max_examples=60)
@given(dense_cases(), st.binary(max_size=30), st.booleans())
def test_dense_tiles_are_alike(case: tuple[U8, U16], other: bytes, part: bool) -> None:
    indices, distances = case
    data = dense.encode_dense(indices, distances)
    assert native.encode_dense(part_of_larger(indices) if part else indices, distances) == data
    for bytes_ in (data, data + b"\1", other, data[: len(data) // 2] + other):
        expected = dense.decode_dense(bytes_, indices.shape, distances)
        found = native.decode_dense(bytes_, indices.shape, distances)
        assert np.array_equal(found, expected)


def test_dense_tiles_of_many_pixels_are_alike() -> None:
    indices, distances = random_indices(300, 300, 3), np.zeros((3, 3), np.uint16)
    data = dense.encode_dense(indices, distances)  # more pixels than a table has slots
    assert native.encode_dense(indices, distances) == data


@given(st.integers(1, 256), st.sampled_from([3, 4]), seeds, st.binary(max_size=30))
def test_palettes_are_packed_alike(K: int, channels: int, seed: int, other: bytes) -> None:
    palette = random_colors(K, channels, seed)
    data = packed_palette.pack_palette(palette)
    assert native.pack_palette(palette) == data
    for bytes_ in (data, data + bytes(5), other):
        expected = packed_palette.unpack_palette(bytes_, palette.shape)
        found = native.unpack_palette(bytes_, palette.shape)
        assert (found is None) == (expected is None)
        assert found is None or expected is None or np.array_equal(found, expected)


# Counting


@given(seeds, st.sampled_from([1, 4095, 4096, 9000]), st.sampled_from([1, 8, 32]))
@settings(deadline=None)
def test_codes_are_told_apart_and_counted_alike(seed: int, n: int, bits: int) -> None:
    codes = np.random.default_rng(seed).integers(0, 1 << bits, n, np.uint32)
    expected, found = counting.unique_codes(codes.copy()), native.unique_codes(codes)
    assert np.array_equal(found[0], expected[0])
    assert np.array_equal(found[1], expected[1])


# Nearest colours


@given(st.sampled_from([1, 2, 3, 16, 17, 255, 256]), seeds, st.sampled_from([1, 9, 999, 9999]))
@settings(deadline=None)
def test_nearest_entries_are_the_same_and_of_equal_ones_the_first(
    K: int, seed: int, n: int
) -> None:
    steps = 4 if seed % 2 else 256  # many entries alike, or equally far
    palette, colors = random_colors(K, 3, seed, steps=steps), random_colors(n, 3, seed + 1)
    expected = nearest.nearest_rgb_entries(colors, palette)
    assert np.array_equal(native.nearest_rgb_entries(colors, palette), expected)


@pytest.mark.parametrize("kind", [nearest, native])
@pytest.mark.parametrize("K", [1, 16, 256])
@pytest.mark.parametrize("parts", [[1, 5000, 1, 20000], [300, 300]])
def test_tables_that_are_kept_give_the_same_in_part_after_part(
    kind: Any, K: int, parts: list[int]
) -> None:
    seed = K
    palette, every = random_colors(K, 3, seed), random_colors(sum(parts), 3, seed + 1)

    table, marks = kind.RgbTable(palette), np.zeros(1 << 24, np.uint8)
    for colors in np.split(every, np.cumsum(parts)[:-1]):
        assert (table.find(colors) == nearest.nearest_rgb_entries(colors, palette)).all()
        kind.mark_colors(colors, marks)
        assert kind.look_up_colors(colors, marks).all()
    assert marks.sum() == len(np.unique(every, axis=0))


@given(st.integers(1, 9999), seeds)
@settings(deadline=None, max_examples=20)
def test_each_colour_is_computed_once_alike(n: int, seed: int) -> None:
    colors, asked = random_colors(n, 3, seed, steps=7), []

    def compute(some: U8) -> U8:
        asked.append(some)
        return some[:, 0] ^ some[:, 1] ^ some[:, 2]

    found = native.computed_once(colors, compute)
    assert len(np.unique(np.concatenate(asked), axis=0)) == sum(map(len, asked))
    assert np.array_equal(found, nearest.computed_once(colors, compute))


# Clusters of points


@given(
    st.sampled_from([1, 2, 16, 17, 511]), st.integers(1, 200), st.sampled_from([3, 4]),
    st.sampled_from([(), (1,), (4,)]), seeds,
)  # fmt: skip
def test_points_are_clustered_and_summed_alike(
    K: int, n: int, d: int, sets: tuple[int, ...], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    most = 1 << 12 if seed % 2 else 3  # few points are far apart, or many equally near
    rows = np.ones((d + 1, n))
    rows[:-1] = rng.integers(-most, most + 1, (d, n))
    centroids = rng.integers(-most, most + 1, (*sets, K, d)).astype(np.float64)
    expected = clusters.nearest_centroids(rows, centroids)
    labels = native.nearest_centroids(rows, centroids)
    assert np.array_equal(labels, expected)
    values = rows * rng.integers(1, 1000, n)
    expected_sums = clusters.sum_clusters(labels, values, K)
    assert np.array_equal(native.sum_clusters(labels, values, K), expected_sums)


# Error diffusion


@given(
    st.sampled_from([1, 2, 3, 16, 17, 255]), st.tuples(sides, sides), seeds, st.booleans(),
    st.sampled_from([1, 0.7, 0]), st.sampled_from(["srgb", "oklab"]),
)  # fmt: skip
@settings(deadline=None, max_examples=60)
def test_errors_are_diffused_alike(
    K: int, shape: tuple[int, int], seed: int, alpha: bool, strength: float, space: Space
) -> None:
    pixels, rng = noise(*shape, 3 + alpha, seed), np.random.default_rng(seed)
    grid = PaletteGrid(random_colors(K, 3 + alpha, seed), SPACE_OF[space])
    moving, reach = rng.random(shape) < 0.8, float(grid.reach.max())
    found = [
        kernel(
            pixels, moving, grid.entries, nearest=grid.nearest, put=grid.put, reach=reach,
            strength=strength,
        )[moving]
        for kernel in (diffusion.diffuse, native.diffuse)
    ]  # fmt: skip
    assert np.array_equal(found[0], found[1])


# Halftones


@given(test_halftone.cases)
@settings(max_examples=60)
def test_halftones_settle_alike(case: test_halftone.Case) -> None:
    expected = case.settled(3)
    indices, awake = case.indices.copy(), case.awake.copy()
    field = np.rint(case.field(indices)).astype(np.int32)
    given = case.sensitivity, case.entries, case.viewer, case.costs
    native.settle(indices, field, awake, *given, 3)
    assert np.array_equal(indices, expected[0])
    assert np.array_equal(field, expected[1])
    assert np.array_equal(awake, expected[2])


# What is wrong is refused before it is touched

ROWS = np.zeros((2, 4), np.uint8)


def halftone_arguments(**other: object) -> tuple[object, ...]:
    """Arguments for 2 rows of 3 pixels and 4 entries, but for some others."""
    right: dict[str, object] = {
        "indices": np.zeros(6, np.uint8), "width": 3, "field": np.zeros((6, 3), np.int32),
        "awake": np.ones(6, np.uint8), "sensitivity": np.zeros((6, 3), np.float32),
        "products": np.zeros((9, 4), np.float32), "mix": np.zeros((3, 3), np.float32),
        "squares": np.zeros(6, np.float32), "taps": np.zeros((3, 4), np.int32),
        "center": np.zeros(3, np.int32), "costs": np.zeros((4, 4, 4), np.float32), "passes": 1,
    }  # fmt: skip
    return tuple((right | other).values())


LENGTHS = np.array([8])
FEW = (np.zeros(8, np.uint8), np.zeros(8, np.uint16), bytes(16))
"""Orders, contexts and context map of 2 colours."""
MANY = (
    np.zeros((17, 17), np.uint16),
    np.zeros((289, 17), np.uint8),
    np.zeros(289, bool),
    np.zeros((17, 17), np.uint16),
    np.zeros((17, 17), np.uint16),
    bytes(2592),
)
"""Distances, orders, which of them are made, parts of contexts and context map of 17 colours."""
FOUND = np.zeros((1, 263), np.uint8)


def but(tables: tuple[object, ...], place: int, other: object) -> tuple[object, ...]:
    """The same tables, but for one."""
    return tuple(other if i == place else table for i, table in enumerate(tables))


def diffusing(**others: object) -> tuple[object, ...]:
    """What to diffuse errors of 2 x 3 pixels takes, but for some of it."""
    right: dict[str, object] = {
        "values": np.zeros(18), "active": bytes(6), "factors": np.zeros(8), "cones": np.zeros(0),
        "roots": np.zeros(0), "entries": np.zeros(6), "share": 0.0, "reach": 0.0,
        "errors": np.zeros(30), "indices": bytearray(6),
    }  # fmt: skip
    return tuple((right | others).values())


def densely(**others: object) -> tuple[object, ...]:
    """What to decode a dense tile of 2 x 4 pixels and 17 colours takes, but for some of it."""
    right: dict[str, object] = {
        "data": b"", "distances": MANY[0], "stretch": np.zeros(4096, np.int32),
        "squash": np.full(2815, 32768, np.uint16), "rates": np.zeros(256, np.int32),
        "slot_bits": 10, "indices": ROWS.copy(),
    }  # fmt: skip
    return tuple((right | others).values())


def test_what_is_right_is_not_refused() -> None:
    _native.diffuse(*diffusing())  # type: ignore[arg-type]
    _native.decode_dense(*densely())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kernel", "arguments"),
    [
        ("pack", (ROWS, 3, bytearray(4))),
        ("pack", (ROWS, 4, bytearray(3))),
        ("pack", (ROWS[:, ::2], 4, bytearray(2))),
        ("pack", (ROWS.astype(np.uint16), 4, bytearray(4))),
        ("pack", (ROWS[0], 4, bytearray(2))),
        ("unpack", (ROWS, 4, 9, bytearray(18))),
        ("unpack", (ROWS, 4, -1, bytearray(0))),
        ("paint", (ROWS, 8, bytes(767), np.zeros((2, 4, 3), np.uint8))),
        ("paint", (ROWS, 4, bytes(48), np.zeros((3, 8, 3), np.uint8))),
        ("paint", (ROWS, 4, bytes(48), np.zeros((2, 9, 3), np.uint8))),
        ("write_runs", (bytes(4), 5, bytearray(4))),
        ("write_runs", (bytes(4), 2, bytearray(3))),
        ("read_runs", (bytes(4), 0, bytearray(3))),
        ("settle", halftone_arguments(width=5)),
        ("settle", halftone_arguments(indices=np.full(6, 4, np.uint8))),
        ("settle", halftone_arguments(field=np.zeros(17, np.int32))),
        ("settle", halftone_arguments(costs=np.zeros((4, 4, 3), np.float32))),
        ("settle", halftone_arguments(taps=np.zeros((3, 3), np.int32))),
        ("clip", (bytes(4), 3, bytearray(3), bytearray(4))),
        ("clip", (bytes(4), 3, bytearray(4), bytearray(3))),
        ("walk_few", (bytes(262), LENGTHS, *FEW, ROWS)),  # no room after the stream
        ("walk_few", (bytes(263), -LENGTHS, *FEW, ROWS)),
        ("walk_few", (bytes(263), LENGTHS[:0], *FEW, ROWS)),
        ("walk_few", (bytes(263), np.zeros(9, np.int64), *FEW, ROWS)),
        ("walk_few", (bytes(263), LENGTHS, *but(FEW, 0, bytes(9)), ROWS)),
        ("walk_few", (bytes(263), LENGTHS, *but(FEW, 1, np.full(8, 16, np.uint16)), ROWS)),
        ("walk_few", (bytes(263), LENGTHS, *but(FEW, 2, bytes([1] * 16)), ROWS)),
        ("walk_few", (bytes(263), LENGTHS, *FEW, ROWS[:, :3])),
        ("walk_few", (bytes(263), LENGTHS, *FEW, ROWS[:0])),
        ("walk_many", (bytes(262), LENGTHS, *MANY, ROWS)),
        ("walk_many", (bytes([17] * 263), LENGTHS, *MANY, ROWS)),  # a rank of 17 colours
        ("walk_many", (bytes(263), LENGTHS, *but(MANY, 0, np.full(289, 8192, np.uint16)), ROWS)),
        ("walk_many", (bytes(263), LENGTHS, *but(MANY, 1, bytearray(4912)), ROWS)),
        ("walk_many", (bytes(263), LENGTHS, *but(MANY, 2, bytearray(288)), ROWS)),
        ("walk_many", (bytes(263), LENGTHS, *but(MANY, 3, np.full(289, 2576, np.uint16)), ROWS)),
        ("walk_many", (bytes(263), LENGTHS, *but(MANY, 5, bytes(2591)), ROWS)),
        ("walk_many", (bytes(263), LENGTHS, *but(MANY, 5, bytes([1] * 2592)), ROWS)),
        ("split_few", (ROWS, *FEW, FOUND[:, 1:], LENGTHS)),
        ("split_few", (ROWS, *FEW, FOUND, LENGTHS[:0])),
        ("split_many", (ROWS, *MANY, FOUND[:, 1:], LENGTHS)),
        ("split_many", (ROWS + np.uint8(17), *MANY, FOUND, LENGTHS)),
        ("count_neighbours", (ROWS + np.uint8(16), np.zeros(1 << 16, np.int64))),
        ("count_neighbours", (ROWS, np.zeros(1 << 15, np.int64))),
        ("count_ranks", (ROWS + np.uint8(17), *MANY[:-1], np.zeros(2592, np.int64))),
        ("count_ranks", (ROWS, *MANY[:-1], np.zeros(2591, np.int64))),
        ("sort_codes", (bytearray(8), bytearray(4))),
        ("sort_codes", (bytearray(6), bytearray(6))),
        ("nearest_rgb", (bytes(6), bytes(3), bytearray(), bytearray(), bytearray(3))),
        ("nearest_rgb", (bytes(6), bytes(2), bytearray(), bytearray(), bytearray(2))),
        ("nearest_rgb", (bytes(6), bytes(771), bytearray(), bytearray(), bytearray(2))),
        ("nearest_rgb", (bytes(6), bytes(3), bytearray(9), bytearray(), bytearray(2))),
        ("nearest_rgb", (bytes(6), bytes(3), bytearray(1 << 24), bytearray(), bytearray(2))),
        ("nearest_centroids", (np.zeros(11), np.zeros(3), 1, 3, 4, np.zeros(4, np.int64))),
        ("nearest_centroids", (np.zeros(16), np.zeros(4), 1, 3, 4, np.zeros(4, np.int64))),
        ("nearest_centroids", (np.zeros(16), np.zeros(3), 1, 3, 4, np.zeros(5, np.int64))),
        ("nearest_centroids", (np.zeros(16), np.zeros(2), 1, 2, 4, np.zeros(4, np.int64))),
        ("nearest_centroids", (np.zeros(16), np.zeros(1539), 513, 3, 4, np.zeros(4, np.int64))),
        ("sum_clusters", (np.array([0, 2]), np.zeros(6), 2, 2, np.zeros(6))),
        ("sum_clusters", (np.array([0, -1]), np.zeros(6), 2, 2, np.zeros(6))),
        ("sum_clusters", (np.array([0, 1]), np.zeros(6), 2, 2, np.zeros(5))),
        ("sum_clusters", (np.array([0, 1]), np.zeros(7), 2, 2, np.zeros(6))),
        ("mark_colors", (bytes(4), bytearray(1 << 24))),
        ("mark_colors", (bytes(6), bytearray(1 << 23))),
        ("look_up", (bytes(6), bytes(1 << 23), bytearray(2))),
        ("look_up", (bytes(6), bytes(1 << 24), bytearray(3))),
        ("diffuse", diffusing(values=np.zeros(17))),
        ("diffuse", diffusing(active=bytes(7))),
        ("diffuse", diffusing(factors=np.zeros(7))),
        ("diffuse", diffusing(cones=np.zeros(8))),
        ("diffuse", diffusing(cones=np.zeros(9), roots=np.zeros(0))),
        ("diffuse", diffusing(entries=np.zeros(9))),
        ("diffuse", diffusing(errors=np.zeros(29))),
        ("diffuse", diffusing(errors=np.zeros(12))),
        ("diffuse", diffusing(indices=bytearray(5))),
        ("decode_dense", densely(distances=np.full((17, 17), 8192, np.uint16))),
        ("decode_dense", densely(distances=np.zeros((17, 16), np.uint16))),
        ("decode_dense", densely(stretch=np.zeros(4095, np.int32))),
        ("decode_dense", densely(squash=np.zeros(2814, np.uint16))),
        ("decode_dense", densely(rates=np.zeros(255, np.int32))),
        ("decode_dense", densely(slot_bits=9)),
        ("decode_dense", densely(slot_bits=17)),
        ("decode_dense", densely(indices=ROWS[:0])),
        ("encode_dense", (ROWS + np.uint8(17), *densely()[1:-1], bytearray(64))),
        ("pack_palette", (ROWS[:, :2], np.zeros(256, np.int32), bytearray(99))),
        ("pack_palette", (ROWS, np.zeros(255, np.int32), bytearray(99))),
        ("unpack_palette", (b"", np.zeros(256, np.int32), np.zeros((257, 3), np.uint8))),
        ("unpack_palette", (b"", np.zeros(255, np.int32), np.zeros((25, 3), np.uint8))),
        ("color_distances", (ROWS[:, :2], bytearray(8))),
        ("color_distances", (ROWS[:, :3], bytearray(6))),
        ("default_orders", (MANY[0], np.array([289]), np.zeros((1, 17), np.uint8))),
        ("default_orders", (MANY[0], np.array([-1]), np.zeros((1, 17), np.uint8))),
        ("default_orders", (MANY[0], np.array([0]), np.zeros((2, 17), np.uint8))),
    ],
)
def test_arguments_of_a_wrong_size_are_value_errors(
    kernel: str, arguments: tuple[object, ...]
) -> None:
    with pytest.raises(ValueError, match=r"^(not so: |expected rows of bytes)"):
        getattr(_native, kernel)(*arguments)


# Which kernels run


@pytest.mark.parametrize(("told", "native"), [("0", False), ("1", True), ("", True)])
def test_the_environment_says_whether_they_are_used(told: str, native: bool) -> None:
    code = "from kmformat import kernels; print(kernels.NATIVE, kernels.pack.__module__)"
    environment = os.environ | {"KMF_NATIVE": told}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    home = "kmformat.kernels.native" if native else "kmformat.kernels.packing"
    assert done.stdout.split() == [str(native), home]


def test_a_missing_extension_that_is_insisted_on_is_one_clear_line() -> None:
    hidden = "import sys; sys.modules['kmformat._native'] = None; "
    code = hidden + "from kmformat.cli import main; sys.exit(main(['info', 'a.kmf']))"
    environment = os.environ | {"KMF_NATIVE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("kmformat: KMF_NATIVE is 1, but the C extension is missing")
    assert done.stderr.count("\n") == 1
