"""The sink makes the smallest file of the tiles that it is given, in whatever process."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import IO, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmformat import Chunk, IndexedImage, Method, decode_indexed, encode_indexed, quantize
from kmformat.codec.decoder import read_head
from kmformat.codec.encoder import encode_tile
from kmformat.codec.format.head import FileHead
from kmformat.codec.methods import StoredTile
from kmformat.codec.options import CodingOptions
from kmformat.codec.plan import Plan, make_plan
from kmformat.codec.sink import CodedTile, Sink
from kmformat.storage.input import fetch_from
from tests.samples import (
    indexed,
    indexed_images,
    photo,
    random_case,
    same,
    tile_sizes,
    without_dense,
)

PALETTE = indexed(1, 1, 16).palette


def file_of(image: IndexedImage, options: CodingOptions, spool: IO[bytes] | None = None) -> bytes:
    """The file that a sink makes of an image's tiles, coded one by one."""
    plan = make_plan(image, options)
    sink = Sink(plan, spool)
    for number in range(plan.grid.count):
        sink.add(encode_tile(image.indices[plan.grid.box(number).slices()], plan))
    return sink.to_bytes(image.palette, image.chunks)


@given(
    indexed_images(),
    st.sampled_from([1, 5, 9]),
    st.sampled_from([None, 1, 2, 4, 8]),
    tile_sizes,
    st.booleans(),
)
@settings(deadline=None)
def test_tiles_coded_one_by_one_make_the_file_that_encoding_makes(
    image: IndexedImage, effort: int, bits: int | None, tile: tuple[int, int] | None, chunk: bool
) -> None:
    if bits is not None and len(image.palette) > 1 << bits:
        bits = 8
    if chunk:
        image = replace(image, chunks=(Chunk(b"teSt", b"payload"),))
    data = file_of(image, CodingOptions(effort=effort, bits=bits, tile=tile))
    assert data == encode_indexed(image, effort=effort, bits=bits, tile=tile)
    again = decode_indexed(data)
    assert same(again, image)
    assert again.chunks == image.chunks


@without_dense()
@given(
    st.sampled_from([2, 5, 16, 17, 40]),
    st.integers(8, 40),
    st.integers(8, 40),
    st.integers(0, 99),
    st.sampled_from([1, 5, 9]),
    st.sampled_from([None, (8, 8), (16, 11)]),
)
@settings(deadline=None, max_examples=50)
def test_so_do_tiles_that_may_be_compact(
    K: int, height: int, width: int, seed: int, effort: int, tile: tuple[int, int] | None
) -> None:
    image = IndexedImage(*random_case(K, height, width, seed))
    data = file_of(image, CodingOptions(effort=effort, tile=tile))
    assert data == encode_indexed(image, effort=effort, tile=tile)
    assert same(decode_indexed(data), image)


# What is chosen, of tiles that are made up


@pytest.fixture
def plan() -> Plan:
    """For three tiles, in 4 bits or in 8, or compact with tables."""
    with without_dense():
        made = make_plan(quantize(photo(90, 120)), CodingOptions(effort=7, tile=(50, 90)))
    assert (made.bits, made.grid.count) == ((4, 8), 3)
    assert made.tables_size > 0
    return made


def made_up(four: int, eight: int, compact: int | None, dense: int | None = None) -> CodedTile:
    """A tile that takes so many bytes."""
    plain = tuple(StoredTile(Method.ZSTD, bytes(size)) for size in (four, eight))
    others = ((Method.DENSE, dense), (Method.COMPACT, compact))
    forms = (None if size is None else StoredTile(way, bytes(size)) for way, size in others)
    return CodedTile(plain, *forms)


def written(plan: Plan, *tiles: CodedTile) -> tuple[FileHead, int]:
    sink = Sink(plan)
    for tile in tiles:
        sink.add(tile)
    data = sink.to_bytes(PALETTE, ())
    return read_head(*fetch_from(data), 1 << 20), len(data)


def test_tiles_are_as_short_as_they_can_be_and_compact_only_if_shorter(plan: Plan) -> None:
    head, _ = written(plan, made_up(500, 600, 100), made_up(500, 600, 500), made_up(500, 600, None))
    assert head.directory["method"].tolist() == [Method.COMPACT, Method.ZSTD, Method.ZSTD]
    assert head.directory["length"].tolist() == [100, 500, 500]
    assert head.header.bits == 4
    assert head.tables is not None


def test_a_dense_tile_stands_beside_others_where_it_is_the_shortest(plan: Plan) -> None:
    tiles = made_up(50, 60, 40, 30), made_up(50, 60, 20 + plan.tables_size, 50), made_up(9, 9, None)
    head, _ = written(plan, *tiles)
    assert head.directory["method"].tolist() == [Method.DENSE, Method.ZSTD, Method.ZSTD]
    gain = 100 + plan.tables_size
    tiles = (
        made_up(50, 60, 40, 30),
        made_up(60 + gain, 99 + gain, 40, 50 + gain),
        made_up(9, 9, None, 8),
    )
    head, _ = written(plan, *tiles)
    assert head.directory["method"].tolist() == [Method.DENSE, Method.COMPACT, Method.DENSE]
    assert head.directory["length"].tolist() == [30, 40, 8]


def test_tables_are_stated_only_if_they_gain_more_than_they_take(plan: Plan) -> None:
    whole, half = plan.tables_size, plan.tables_size // 2
    for gain, stated in ((half, False), (whole, False), (whole + 1, True)):
        tiles = [made_up(900, 950, 900 - gain), made_up(10, 20, None), made_up(10, 20, None)]
        head, length = written(plan, *tiles)
        assert (head.tables is not None) == stated
        assert length - head.head_length == 920 - gain * stated


def test_the_bits_of_an_index_are_those_of_the_smallest_file(plan: Plan) -> None:
    head, _ = written(plan, made_up(300, 200, None), made_up(200, 250, None), made_up(9, 9, None))
    assert head.header.bits == 8
    assert head.directory["length"].tolist() == [200, 250, 9]
    head, _ = written(plan, made_up(300, 200, None), made_up(200, 310, None), made_up(9, 9, None))
    assert head.header.bits == 4


def test_the_head_says_what_was_written(plan: Plan) -> None:
    sink = Sink(plan)
    parts = [made_up(5, 9, None), made_up(6, 9, None), made_up(7, 9, None)]
    for part in parts:
        sink.add(part)
    chunks = (Chunk(b"teSt", b"abc"),)
    data = sink.to_bytes(PALETTE, chunks)
    head = read_head(*fetch_from(data), 1 << 20)
    assert (head.header.grid, head.chunks) == (plan.grid, chunks)
    assert np.array_equal(head.palette, PALETTE)
    assert [tuple(entry) for entry in head.directory.tolist()] == [
        p.plain[0].entry(head.palette) for p in parts
    ]


@pytest.mark.parametrize("options", [{}, {"fast_decode": True}, {"tile": (140, 130)}])
def test_tiles_kept_in_a_spool_make_the_same_file(options: dict[str, Any]) -> None:
    image, coding = (
        quantize(photo(150, 150), colors=9),
        CodingOptions(**{"tile": (50, 60)} | options),
    )
    spool = io.BytesIO()
    assert file_of(image, coding, spool) == file_of(image, coding)
    assert spool.getvalue()
