"""Smaller copies: averages in linear light, and majorities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmformat import IndexedImage
from kmformat.color.light import light_of, shown_colors
from kmformat.pictures import reduction
from kmformat.pictures.reduction import average, majority
from tests.samples import indexed

sizes = st.tuples(st.integers(1, 40), st.integers(1, 40))


def blocks(image: IndexedImage, side: int) -> Any:
    """The indices of each block of side x side pixels: (rows, columns, side * side)."""
    rows, columns = image.height // side, image.width // side
    parts = image.indices.reshape(rows, side, columns, side).swapaxes(1, 2)
    return parts.reshape(rows, columns, -1)


@pytest.mark.parametrize("side", [1, 2, 5, 8])
@pytest.mark.parametrize("alpha", [False, True])
def test_an_average_is_that_of_the_light_of_a_block(side: int, alpha: bool) -> None:
    image = indexed(3 * side, 7 * side, 20, alpha=alpha)
    expected = shown_colors(light_of(image.palette)[blocks(image, side)].mean(axis=2))
    assert np.array_equal(average(image, (7, 3)), expected)


@pytest.mark.parametrize("side", [1, 2, 5, 8])
def test_a_majority_is_the_most_frequent_index_of_a_block(side: int) -> None:
    image = indexed(3 * side, 7 * side, 4)
    expected = [[np.bincount(part).argmax() for part in row] for row in blocks(image, side)]
    assert np.array_equal(majority(image, (7, 3)), expected)


@given(sizes, sizes, st.booleans())
def test_any_size_keeps_a_flat_image_flat(
    size: tuple[int, int], smaller: tuple[int, int], alpha: bool
) -> None:
    to = min(size[0], smaller[0]), min(size[1], smaller[1])
    color = [200, 100, 3] + [99] * alpha
    image = IndexedImage(
        np.array([[0] * len(color), color], np.uint8), np.ones(size[::-1], np.uint8)
    )
    assert (average(image, to) == color).all()
    assert average(image, to).shape == (to[1], to[0], len(color))
    assert np.array_equal(majority(image, to), np.ones(to[::-1]))


@given(sizes, sizes, st.integers(0, 99))
def test_every_pixel_is_among_those_of_its_area(
    size: tuple[int, int], smaller: tuple[int, int], seed: int
) -> None:
    image = indexed(size[1], size[0], 9, seed=seed)
    to = min(size[0], smaller[0]), min(size[1], smaller[1])
    averages, indices = average(image, to), majority(image, to)
    for y in range(to[1]):
        for x in range(to[0]):
            rows = slice(y * size[1] // to[1], -(-(y + 1) * size[1] // to[1]))
            columns = slice(x * size[0] // to[0], -(-(x + 1) * size[0] // to[0]))
            inside = image.indices[rows, columns]
            assert indices[y, x] in inside
            colors = image.palette[inside].reshape(-1, 3)
            if min(size[0] / to[0], size[1] / to[1]) < 2:  # or its blocks may reach beyond it
                assert (averages[y, x] >= colors.min(axis=0)).all()
                assert (averages[y, x] <= colors.max(axis=0)).all()


def test_the_mean_of_an_uneven_copy_is_that_of_the_image() -> None:
    image = indexed(100, 170, 16)
    mean = light_of(image.palette)[image.indices].mean(axis=(0, 1))
    for size in ((23, 9), (169, 99), (60, 77)):
        assert np.allclose(light_of(average(image, size)).mean(axis=(0, 1)), mean, rtol=0.01)


@pytest.mark.parametrize("make", [average, majority])
def test_work_in_parts_changes_nothing(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    image = indexed(61, 83, 7)
    whole = [make(image, size) for size in ((10, 10), (50, 40), (1, 1), (83, 61))]
    monkeypatch.setattr(reduction, "_AT_A_TIME", 40)
    parts = [make(image, size) for size in ((10, 10), (50, 40), (1, 1), (83, 61))]
    assert all(np.array_equal(one, other) for one, other in zip(whole, parts, strict=True))


def test_a_window_is_a_part_of_the_image() -> None:
    image = indexed(40, 60, 5)
    part = IndexedImage(image.palette, np.ascontiguousarray(image.indices[8:32, 4:44]))
    for make in (average, majority):
        assert np.array_equal(make(image, (10, 6), (4, 8, 44, 32)), make(part, (10, 6)))
    between = average(image, (1, 1), (4.5, 8, 5.5, 9))
    two = shown_colors(light_of(image.palette)[image.indices[8, 4:6]].mean(axis=0))
    assert np.array_equal(between[0, 0], two)


@given(st.floats(0, 3), st.floats(0.01, 1))
def test_a_window_within_a_pixel_shows_that(start: float, length: float) -> None:
    image = IndexedImage(np.eye(3, dtype=np.uint8), np.array([[1, 2, 1, 2, 1]], np.uint8))
    found = majority(image, (1, 1), (start, 0, start + length, 1))
    assert found[0, 0] in (1, 2)
