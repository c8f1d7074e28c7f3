"""Tiles and tables at random, for kernels of the wavefront."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from kmformat import kernels
from kmformat.arrays import U8, U16
from kmformat.codec.compact.model import Tables, context_count
from tests.samples import random_colors


class Case(NamedTuple):
    """Tiles of one shape, and tables that have nothing to do with them."""

    tiles: list[U8]
    tables: Tables

    def splitting(self) -> tuple[U8 | kernels.PairOrders, tuple[U16, ...], U8, int]:
        """What `split_streams` takes after the indices."""
        tables = self.tables
        return tables.ranks, tables.contexts, tables.context_map, tables.streams

    def walking(self) -> tuple[tuple[int, int], U8 | kernels.PairOrders, tuple[U16, ...], U8]:
        """What `decode_wavefront` takes after the streams."""
        tables, (height, width) = self.tables, self.tiles[0].shape
        return (height, width), tables.orders, tables.contexts, tables.context_map


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
