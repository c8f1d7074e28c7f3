"""Label masks in grey are told from photographs and drawings, and keep their classes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kmformat import IndexedImage, decode_indexed, encode, quantize
from kmformat.arrays import U8
from kmformat.pictures.labels import count_labels
from tests.samples import photo


def mask(classes: int, height: int = 120, width: int = 160, seed: int = 0) -> U8:
    """Areas nearest to random points, each of a class: (height, width)."""
    rng = np.random.default_rng(seed)
    points = rng.random((2 * classes, 2)) * (height, width)
    y, x = np.mgrid[:height, :width]
    far = (y[..., None] - points[:, 0]) ** 2 + (x[..., None] - points[:, 1]) ** 2
    levels = rng.permutation(256)[:classes].astype(np.uint8)
    found: U8 = levels[far.argmin(axis=2) % classes]
    return found


def rgb(levels: U8) -> U8:
    return np.repeat(levels[..., None], 3, axis=2)


def grey_photo() -> U8:
    return np.asarray(Image.fromarray(photo(90, 120)).convert("L"))


def smooth(levels: U8) -> U8:
    """As an antialiased drawing: four times as large, then reduced."""
    height, width = levels.shape
    return np.asarray(Image.fromarray(levels).reduce(4).resize((width, height), 2))


@pytest.mark.parametrize("classes", [2, 17, 20, 150])
@pytest.mark.parametrize("form", ["L", "RGB", "array"])
def test_a_mask_keeps_its_classes(classes: int, form: str) -> None:
    levels = mask(classes)
    image = levels if form == "array" else Image.fromarray(levels).convert(form)
    found = quantize(image)
    assert np.array_equal(found.to_pixels(), rgb(levels))
    assert len(found.palette) == len(np.unique(levels))


def test_classes_that_are_few_and_dark_to_light_keep_their_numbers() -> None:
    levels = np.minimum(mask(20), 19)
    levels[0, :20] = np.arange(20)  # each class occurs
    assert np.array_equal(quantize(levels).indices, levels)


@pytest.mark.parametrize("levels", [grey_photo(), smooth(mask(20)), smooth(mask(3))])
def test_photographs_and_soft_drawings_in_grey_are_no_masks(levels: U8) -> None:
    assert count_labels(rgb(levels)) is None
    assert len(quantize(levels).palette) <= 16


def test_pictures_in_colour_or_with_alpha_are_no_masks() -> None:
    tinted = rgb(mask(20))
    tinted[-1, -1, 2] ^= 1
    assert count_labels(tinted) is None
    assert count_labels(np.insert(rgb(mask(20)), 3, 200, axis=2)) is None


def test_who_asks_for_fewer_colours_gets_them() -> None:
    levels = mask(40)
    assert len(quantize(levels, colors=16).palette) == 16
    assert len(quantize(levels, init="random").palette) <= 16


@pytest.mark.parametrize(("classes", "bits", "left"), [(40, 8, 40), (40, 4, 16), (3, 2, 3)])
def test_bits_that_hold_all_classes_keep_them(classes: int, bits: int, left: int) -> None:
    levels = mask(classes)
    found = decode_indexed(encode(levels, bits=bits))
    assert len(found.palette) == left
    assert np.array_equal(found.to_pixels(), rgb(levels)) == (left == classes)


def test_colours_to_keep_go_with_the_classes() -> None:
    levels = mask(40)
    found = quantize(levels, keep=["#ff0000"])
    assert [255, 0, 0] in found.palette.tolist()
    assert np.array_equal(found.to_pixels(), rgb(levels))


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 99))
def test_any_tiny_grey_picture_has_an_answer(height: int, width: int, seed: int) -> None:
    levels = np.random.default_rng(seed).integers(0, 3, (height, width)).astype(np.uint8)
    count = count_labels(rgb(levels))
    assert count is None or count == len(np.unique(levels))
    assert isinstance(quantize(levels), IndexedImage)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (4, 4)])
def test_one_class_is_a_mask(shape: tuple[int, int]) -> None:
    assert count_labels(np.full((*shape, 3), 7, np.uint8)) == 1
