"""Indices to ranks in streams, and back: the one is the inverse of the other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kmformat.arrays import U8
from kmformat.codec.compact.model import Tables, context_count
from kmformat.kernels import decode_wavefront, split_streams
from tests.samples import all_orders, neighbours, random_colors


class Case(NamedTuple):
    """Tiles of one shape, and tables that have nothing to do with them."""

    tiles: list[U8]
    tables: Tables

    def streams(self) -> list[list[U8]]:
        """The ranks of each stream of each tile."""
        tables = self.tables
        return [
            split_streams(tile, tables.ranks, tables.contexts, tables.context_map, tables.streams)
            for tile in self.tiles
        ]

    def decoded(self, streams: list[list[U8]]) -> U8 | None:
        """The tiles that streams stand for."""
        tables, (height, width) = self.tables, self.tiles[0].shape
        return decode_wavefront(
            streams, (height, width), tables.orders, tables.contexts, tables.context_map
        )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Random indices, orders and context maps, for few colours and for many."""
    K, streams = draw(st.sampled_from([1, 2, 16, 17, 40])), draw(st.integers(1, 8))
    side = st.integers(1, 24) | st.just(8)
    shape, tiles = (draw(side), draw(side)), draw(st.sampled_from([1, 2, 5]))
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    learned = None
    if K <= 16 and draw(st.booleans()):
        rows = np.tile(np.arange(K, dtype=np.uint8), (K, K, 1))
        learned = rng.permuted(rows, axis=2)
    context_map = rng.integers(0, streams, context_count(K)).astype(np.uint8)
    tables = Tables(random_colors(K, 3, 1), learned, streams, context_map)
    return Case([rng.integers(0, K, shape).astype(np.uint8) for _ in range(tiles)], tables)


@given(cases())
@settings(deadline=None)
def test_decoding_inverts_splitting(case: Case) -> None:
    decoded = case.decoded(case.streams())
    assert decoded is not None
    assert decoded.shape == (len(case.tiles), *case.tiles[0].shape)
    assert np.array_equal(decoded, case.tiles)


@given(cases())
@settings(deadline=None)
def test_streams_have_a_rank_for_each_pixel_in_the_stream_of_its_context(case: Case) -> None:
    tables, tile = case.tables, case.tiles[0]
    K, contexts = len(tables.palette), [part.astype(int) for part in tables.contexts]
    height, width = tile.shape
    pixels, ranks = list(neighbours(tile)), all_orders(tables.ranks)
    expected: list[list[int]] = [[] for _ in range(tables.streams)]
    for diagonal in range(height + width - 1):
        for y in range(max(0, diagonal - width + 1), min(height, diagonal + 1)):
            index, N, W, NW = pixels[y * width + diagonal - y]
            if K <= 16:
                context = contexts[0][N, W, NW]
            else:
                context = contexts[0][N, W] + contexts[1][N, NW] + 16 * (NW == W)
            expected[tables.context_map[context]].append(int(ranks[N, W, index]))
    assert [stream.tolist() for stream in case.streams()[0]] == expected


@given(cases(), st.data())
@settings(deadline=None)
def test_a_stream_that_is_cut_short_gives_nothing(case: Case, data: st.DataObject) -> None:
    streams = case.streams()
    full = [(t, s) for t, tile in enumerate(streams) for s, ranks in enumerate(tile) if len(ranks)]
    tile, stream = data.draw(st.sampled_from(full))
    left = data.draw(st.integers(0, len(streams[tile][stream]) - 1))
    streams[tile][stream] = streams[tile][stream][:left]
    assert case.decoded(streams) is None
