"""Patches are spread over an image, and of all its parts they make the same mosaic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmformat.patches import Patches
from tests.samples import noise

sizes = st.tuples(st.integers(1, 99), st.integers(1, 99))


@pytest.fixture(scope="module", autouse=True)
def small_patches() -> object:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("kmformat.patches._PIXELS", 1 << 10)
        patched.setattr("kmformat.patches._SIDE", 8)
        yield


@given(sizes, st.integers(1, 40), st.integers(1, 40))
def test_a_mosaic_of_parts_is_that_of_the_image(
    size: tuple[int, int], width: int, height: int
) -> None:
    patches, image = Patches(*size), noise(size[1], size[0], 3, 1)
    mosaic = patches.mosaic(image)
    assert mosaic.shape[:2] == patches.mosaic_shape
    of_parts = np.zeros_like(mosaic)
    for upper in range(0, size[1], height):
        for left in range(0, size[0], width):
            part = image[upper : upper + height, left : left + width]
            box = left, upper, left + part.shape[1], upper + part.shape[0]
            for there, here in patches.parts(box):
                of_parts[there] = part[here]
    assert np.array_equal(of_parts, mosaic)
    boxes = patches.boxes
    for patch, (left, upper, right, lower) in zip(patches.split(mosaic), boxes, strict=True):
        assert np.array_equal(patch, image[upper:lower, left:right])


@given(sizes)
def test_patches_are_inside_the_image_and_many_enough(size: tuple[int, int]) -> None:
    patches, (width, height) = Patches(*size), size
    if patches.all:
        assert patches.boxes == [(0, 0, width, height)]
        return
    for left, upper, right, lower in patches.boxes:
        assert 0 <= left < right <= width
        assert 0 <= upper < lower <= height
    assert 1 << 9 < np.prod(patches.mosaic_shape) <= 1 << 10


@pytest.mark.parametrize("size", [(3000, 2000), (40, 9000), (9000, 40)])
def test_patches_are_all_over_the_image_in_other_rows_and_columns(size: tuple[int, int]) -> None:
    lefts, tops = np.array([box[:2] for box in Patches(*size).boxes]).T
    for starts, length in ((lefts, size[0]), (tops, size[1])):
        starts = np.sort(starts)
        assert starts[0] < length // 8
        assert starts[-1] > length * 5 // 8
        if length > 1000:
            gaps = np.diff(starts)
            assert gaps.min() >= 8
            assert gaps.max() < 3 * length / len(starts)
