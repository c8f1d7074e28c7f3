"""Tiles cover the image, once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kmformat.codec.format.head import Box, TileGrid

sizes = st.integers(1, 30)
grids = st.builds(TileGrid, sizes, sizes, sizes, sizes)


@given(grids)
def test_tiles_cover_each_pixel_once_in_row_order(grid: TileGrid) -> None:
    cover = np.zeros((grid.height, grid.width), int)
    corners = []
    for tile in range(grid.count):
        box = grid.box(tile)
        cover[box.slices()] += 1
        corners.append((box.upper, box.left))
        assert box.width <= grid.tile_width
        assert box.height <= grid.tile_height
    assert (cover == 1).all()
    assert corners == sorted(corners)


@given(grids, st.data())
def test_touching_tiles_are_those_that_share_a_pixel(grid: TileGrid, data: st.DataObject) -> None:
    left, upper = (data.draw(st.integers(0, n - 1)) for n in (grid.width, grid.height))
    right = data.draw(st.integers(left + 1, grid.width))
    lower = data.draw(st.integers(upper + 1, grid.height))
    box = Box(left, upper, right, lower)
    inside = np.zeros((grid.height, grid.width), bool)
    inside[box.slices()] = True
    expected = [tile for tile in range(grid.count) if inside[grid.box(tile).slices()].any()]
    assert list(grid.touching(box)) == expected
    covered = np.zeros_like(inside)
    for tile in expected:
        covered[grid.box(tile).slices()] = True
    around = np.zeros_like(inside)
    around[grid.around(box).slices()] = True
    assert np.array_equal(around, covered)
