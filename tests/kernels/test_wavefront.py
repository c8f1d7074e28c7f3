"""Indices to ranks in streams, and back: the one is the inverse of the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmformat.arrays import U8
from kmformat.codec.compact.model import default_tables
from kmformat.kernels import decode_wavefront, split_streams
from tests.kernels.wavefront_cases import Case, cases
from tests.samples import all_orders, neighbours, random_colors, random_indices


def streams_of(case: Case) -> list[list[U8]]:
    """The ranks of each stream of each tile."""
    return [split_streams(tile, *case.splitting()) for tile in case.tiles]


@given(cases())
@settings(deadline=None)
def test_decoding_inverts_splitting(case: Case) -> None:
    decoded = decode_wavefront(streams_of(case), *case.walking())
    assert decoded is not None
    assert decoded.shape == (len(case.tiles), *case.tiles[0].shape)
    assert np.array_equal(decoded, case.tiles)


@pytest.mark.parametrize("K", [2, 17])
@pytest.mark.parametrize("height", [1, 2, 3])
@pytest.mark.parametrize("width", [1, 2, 3])
def test_decoding_inverts_splitting_of_the_thinnest_tiles(K: int, height: int, width: int) -> None:
    tile = random_indices(height, width, K, seed=1)
    case = Case([tile], default_tables(random_colors(K, 3, 1)))
    decoded = decode_wavefront(streams_of(case), *case.walking())
    assert decoded is not None
    assert np.array_equal(decoded, [tile])


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
    assert [stream.tolist() for stream in streams_of(case)[0]] == expected


@given(cases(), st.data())
@settings(deadline=None)
def test_a_stream_that_is_cut_short_gives_nothing(case: Case, data: st.DataObject) -> None:
    streams = streams_of(case)
    full = [(t, s) for t, tile in enumerate(streams) for s, ranks in enumerate(tile) if len(ranks)]
    tile, stream = data.draw(st.sampled_from(full))
    left = data.draw(st.integers(0, len(streams[tile][stream]) - 1))
    streams[tile][stream] = streams[tile][stream][:left]
    assert decode_wavefront(streams, *case.walking()) is None
