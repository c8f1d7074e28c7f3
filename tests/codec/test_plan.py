"""How tiles are to be coded is decided once, and can be sent to any process."""

from __future__ import annotations

import io
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmformat import (
    IndexedImage,
    ParameterError,
    decode_indexed,
    encode,
    encode_indexed,
    quantize,
    read_info,
)
from kmformat.arrays import U8
from kmformat.codec.decoder import read_head
from kmformat.codec.effort import coding_effort
from kmformat.codec.encoder import encode_tile
from kmformat.codec.methods import Method
from kmformat.codec.options import CodingOptions
from kmformat.codec.plan import AUTO_TILE_PIXELS, Plan, auto_tile_size, make_plan
from kmformat.codec.sink import Sink
from kmformat.storage.input import fetch_from
from tests.samples import indexed, photo, same, without_dense

PALETTE = indexed(1, 1, 16).palette
NOISY = IndexedImage(
    PALETTE, np.minimum(*np.random.default_rng(1).integers(0, 16, (2, 500, 320), np.uint8))
)
"""Whose ranks behave in many ways."""


@given(st.integers(1, 1 << 20), st.integers(1, 1 << 20), st.booleans())
def test_automatic_tiles_are_of_bounded_size(width: int, height: int, strips: bool) -> None:
    tile_width, tile_height = auto_tile_size(width, height, strips=strips)
    assert 1 <= tile_width <= width
    assert 1 <= tile_height <= height
    assert tile_width * tile_height <= AUTO_TILE_PIXELS
    long_and_thin = max(width, height) > max(4096, 64 * min(width, height))
    if width * height <= AUTO_TILE_PIXELS and (strips or not long_and_thin):
        assert (tile_width, tile_height) == (width, height)
    elif not strips:
        sides = sorted((tile_width, tile_height))
        assert sides[1] <= max(4096, 64 * sides[0]) or sides[0] < 8
    elif width <= 8192 and width * height <= 1 << 24:
        assert width % tile_width == 0


def test_automatic_tiles_are_alike_where_they_can_be() -> None:
    assert auto_tile_size(4000, 3000, strips=False) == (1000, 1000)
    assert auto_tile_size(4000, 3000, strips=True) == (4000, 250)
    assert auto_tile_size(6144, 4096, strips=True) == (512, 512)  # large: squares
    assert auto_tile_size(4242, 2828, strips=False) == (707, 1414)
    assert auto_tile_size(2003, 2003, strips=False) == (1002, 1002)  # a prime number
    assert auto_tile_size(4096, 4096, strips=True) == (4096, 256)  # not large yet
    assert auto_tile_size(8192, 1024, strips=True) == (8192, 128)
    assert auto_tile_size(8193, 1024, strips=True)[0] == 2731  # a third: no half is whole
    assert auto_tile_size(5130, 5130, strips=True) == (342, 342)  # 15 parts: 10 would be of 513
    assert auto_tile_size(8192, 343, strips=True) == (8192, 115)  # 3 parts: 7 are too many
    assert auto_tile_size(6400, 100, strips=False) == (6400, 100)  # 64 times as long, no more
    assert auto_tile_size(1 << 20, 1, strips=True) == (1 << 20, 1)  # one tile, however long


@pytest.mark.parametrize(
    ("colors", "bits", "stored_bits"),
    [(2, None, 4), (16, None, 4), (17, None, 8), (2, 8, 8), (2, 1, 1)],
)
def test_index_bits_are_four_unless_more_are_needed_or_asked(
    colors: int, bits: int | None, stored_bits: int
) -> None:
    head = read_head(*fetch_from(encode(photo(), colors=colors, bits=bits)), 10_000)
    assert head.header.bits == stored_bits


@without_dense()
@pytest.mark.parametrize(
    ("tile", "streams"),
    [((64, 127), 1), ((64, 128), 2), ((160, 249), 2), ((200, 200), 4), ((300, 500), 8)],
)
def test_small_tiles_have_few_streams(tile: tuple[int, int], streams: int) -> None:
    tables = make_plan(NOISY, CodingOptions(tile=tile)).tables
    assert tables is not None
    assert tables.streams == streams


@without_dense()
@pytest.mark.parametrize(("rows", "learned"), [(127, False), (128, True)])
def test_images_of_8192_pixels_learn_orders(rows: int, learned: bool) -> None:
    indices = np.full((rows, 64), 1, np.uint8)
    indices[:, ::2] = 15  # by default, index 1 does not come first beside this one
    tables = make_plan(IndexedImage(PALETTE, indices), CodingOptions()).tables
    assert tables is not None
    assert (tables.learned is not None) == learned


def test_for_small_readers_tiles_are_narrow() -> None:
    plan = make_plan(NOISY, CodingOptions(small_reader=True, tile=(320, 24)))
    assert plan.tables is not None
    assert plan.bits == (4,)


# A plan and its tiles can be sent to any process.


def photograph(colors: int = 16) -> IndexedImage:
    return quantize(photo(90, 120), colors=colors)


def tiles_of(image: IndexedImage, plan: Plan) -> list[U8]:
    boxes = map(plan.grid.box, range(plan.grid.count))
    return [image.indices[box.slices()] for box in boxes]


@without_dense()
@pytest.mark.parametrize("effort", [2, 5, 9])
def test_a_plan_is_small_to_send_even_after_it_was_used(effort: int) -> None:
    image = photograph()
    plan = make_plan(image, CodingOptions(effort=effort, tile=(40, 30)))
    for tile in tiles_of(image, plan):
        encode_tile(tile, plan)
    assert plan.tables is not None
    assert {"orders", "ranks", "contexts"} <= vars(plan.tables).keys()  # each far larger
    assert len(pickle.dumps(plan)) < 1 << 16
    again = pickle.loads(pickle.dumps(plan))
    assert not {"orders", "ranks", "contexts"} & vars(again.tables).keys()
    assert (again.grid, again.bits, again.level) == (plan.grid, plan.bits, plan.level)
    assert (again.hopeless, again.coder, again.chunks) == (plan.hopeless, plan.coder, plan.chunks)


def test_another_process_codes_tiles_alike() -> None:
    plans, tiles, expected = [], [], []
    for colors, options in (
        (16, CodingOptions(tile=(40, 30))),
        (40, CodingOptions(tile=(50, 50), effort=7)),
        (5, CodingOptions(tile=(64, 64), fast_decode=True)),
        (3, CodingOptions(zstd=False, bits=2)),
    ):
        image = photograph(colors)
        plan = make_plan(image, options)
        for tile in tiles_of(image, plan):
            plans.append(plan)
            tiles.append(tile)
            expected.append(encode_tile(tile, plan))
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        coded = list(pool.map(encode_tile, tiles, plans))
    assert coded == expected


@pytest.mark.parametrize("options", [{}, {"fast_decode": True}, {"tile": (256, 100)}])
def test_a_plan_made_from_a_sample_cuts_the_whole_image(options: dict[str, Any]) -> None:
    image, coding = (
        IndexedImage(PALETTE, np.zeros((2100, 1300), np.uint8)),
        CodingOptions(**options),
    )
    image.indices[::2, ::3] = 3
    sample = IndexedImage(PALETTE, image.indices[:64])
    plan = make_plan(sample, coding, (1300, 2100))
    assert plan.grid == make_plan(image, coding).grid
    assert (plan.grid.width, plan.grid.height) == (1300, 2100)
    assert plan.grid.count > 1


@without_dense()
@pytest.mark.parametrize("effort", [2, 5, 8])
def test_a_plan_made_from_a_sample_codes_the_whole_image(effort: int) -> None:
    whole = photograph()
    sample = IndexedImage(whole.palette, whole.indices[:50])
    plan = make_plan(sample, CodingOptions(effort=effort, tile=(60, 45)), (120, 90))
    sink = Sink(plan)
    for tile in tiles_of(whole, plan):
        sink.add(encode_tile(tile, plan))
    data = sink.to_bytes(whole.palette, ())
    assert same(decode_indexed(data), whole)
    assert len(data) < 1.05 * len(encode_indexed(whole, effort=effort, tile=(60, 45)))


# What is planned


@without_dense()
@pytest.mark.parametrize(
    ("image", "options"),
    [
        (photograph(), {"fast_decode": True}),
        (photograph(), {"zstd": False}),
        (photograph(), {"effort": 1}),
        (photograph(1), {}),
        (indexed(7, 500, 4), {}),
        (indexed(50, 50, 4), {"tile": (7, 50)}),
    ],
    ids=["fast-decode", "no-zstd", "effort 1", "one colour", "thin image", "thin tiles"],
)
def test_there_are_no_tables_where_no_tile_may_be_compact(
    image: IndexedImage, options: dict[str, Any]
) -> None:
    plan = make_plan(image, CodingOptions(**options))
    assert plan.tables is None
    assert (plan.chunks, plan.tables_size) == ((), 0)


@without_dense()
def test_the_size_of_tables_is_what_they_add_to_a_file() -> None:
    image = photograph()
    plan = make_plan(image, CodingOptions())
    sizes = read_info(io.BytesIO(encode_indexed(image))).sizes
    plain = read_info(io.BytesIO(encode_indexed(image, fast_decode=True))).sizes
    assert plan.tables_size > 0
    assert sizes["header"] + sizes["chunks"] == plain["header"] + plan.tables_size


def test_a_stated_level_counts_and_otherwise_that_of_the_effort() -> None:
    image = photograph()
    assert make_plan(image, CodingOptions(level=7)).level == 7
    assert make_plan(image, CodingOptions(zstd=False)).level is None
    large = make_plan(image, CodingOptions(effort=5), (3000, 2000))
    assert large.level == coding_effort(5).rival_level
    plain = make_plan(image, CodingOptions(effort=5, fast_decode=True), (3000, 2000))
    assert plain.level == coding_effort(5).level
    assert (
        make_plan(image, CodingOptions(effort=5)).level == 19
    )  # of a small image, it costs nothing


def test_wide_indices_are_tried_everywhere_from_effort_6_on() -> None:
    for effort, wide in ((5, False), (6, True), (9, True)):
        plan = make_plan(photograph(), CodingOptions(effort=effort))
        assert (plan.bits, plan.wide) == ((4, 8), wide)


def test_large_plain_images_have_narrow_indices() -> None:
    options = CodingOptions(fast_decode=True)
    assert make_plan(photograph(), options).bits == (4, 8)
    assert make_plan(photograph(), options, (3000, 2000)).bits == (4,)


@without_dense()
def test_wide_indices_are_tried_where_a_plain_tile_is_near_the_smallest() -> None:
    row = np.random.default_rng(1).integers(0, 16, 301, np.uint8)
    repeated = IndexedImage(PALETTE, np.tile(row, (200, 1)))
    plan = make_plan(repeated, CodingOptions())
    near = encode_tile(repeated.indices, plan)
    assert near.compact is not None
    assert len(near.plain[0]) <= 1.1 * len(near.compact)
    assert near.plain[1].method == Method.ZSTD


def test_a_busy_tile_makes_a_plain_one_hopeless_sooner() -> None:
    for effort in range(4, 10):
        plan = make_plan(photograph(), CodingOptions(effort=effort), (3000, 2000))
        assert plan.hopeless_at(0.1) == plan.hopeless
        assert plan.hopeless_at(0.1) >= plan.hopeless_at(0.4) >= plan.hopeless_at(1.2) > 1
        assert plan.hopeless_at(3 * plan.sparse) == pytest.approx(1 + (plan.hopeless - 1) / 9)


def test_more_is_tried_of_smaller_images() -> None:
    def plan(width: int, height: int, **options: Any) -> Plan:
        return make_plan(photograph(), CodingOptions(**options), (width, height))

    assert plan(1024, 1024).sparse == 2 * plan(1024, 1025).sparse
    assert [plan(2048, height).near for height in (2048, 2049)] == [1.1, 0]
    bits = [plan(1024, height, fast_decode=True).bits for height in (1023, 1024)]
    assert bits == [(4, 8), (4,)]


@pytest.mark.parametrize(("effort", "level"), [(2, 19), (4, 19), (9, 22)])
def test_small_readers_get_high_levels(effort: int, level: int) -> None:
    plan = make_plan(photograph(), CodingOptions(effort=effort, small_reader=True), (3000, 2000))
    assert (plan.level, plan.busy_level) == (level, level)


def test_a_busy_tile_gets_a_lower_level_unless_one_is_told() -> None:
    plan = make_plan(photograph(), CodingOptions(), (3000, 2000))
    assert (plan.level_at(0.3), plan.level_at(0.4)) == (19, 12)
    told = make_plan(photograph(), CodingOptions(level=7), (3000, 2000))
    assert (told.level_at(0.3), told.level_at(0.4)) == (7, 7)


def test_more_colours_than_the_bits_tell_are_refused() -> None:
    with pytest.raises(ParameterError, match="colors 16 does not fit bits 2: at most 4"):
        make_plan(photograph(), CodingOptions(bits=2))


def test_a_tile_of_too_many_pixels_is_refused() -> None:
    image = IndexedImage(PALETTE, np.zeros((1, 1), np.uint8))
    assert make_plan(image, CodingOptions(tile=(1 << 14, 1 << 14)), (20000, 20000)).grid.count == 4
    with pytest.raises(ParameterError, match="tile 20000 x 20000: expected at most 268435456"):
        make_plan(image, CodingOptions(tile=(30000, 20000)), (20000, 20000))
