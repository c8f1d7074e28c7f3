"""The indexed image checks its parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kmformat import Chunk, IndexedImage, ParameterError
from kmformat.arrays import U8
from tests.samples import indexed


@pytest.mark.parametrize(
    ("palette", "indices", "message"),
    [
        (np.zeros((2, 2), np.uint8), np.zeros((1, 1), np.uint8), "palette of shape"),
        (np.zeros((2, 3)), np.zeros((1, 1), np.uint8), "dtype float64"),
        (np.zeros((0, 3), np.uint8), np.zeros((1, 1), np.uint8), "expected 1 to 256 colours"),
        (np.zeros((257, 3), np.uint8), np.zeros((1, 1), np.uint8), "expected 1 to 256 colours"),
        (np.zeros((2, 3), np.uint8), np.zeros((1, 0), np.uint8), "no pixels"),
        (np.zeros((2, 3), np.uint8), np.zeros((1, 1), np.int64), "dtype int64"),
        (np.zeros((2, 3), np.uint8), np.full((1, 1), 2, np.uint8), "index 2"),
        ([[0, 0, 0]], np.zeros((1, 1), np.uint8), "palette of list"),
    ],
)
def test_an_indexed_image_checks_its_parts(palette: U8, indices: U8, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        IndexedImage(palette, indices)


def test_an_image_is_palette_of_index() -> None:
    image = indexed(5, 7, 9, alpha=True)
    assert (image.height, image.width) == (5, 7)
    assert np.array_equal(image.to_pixels(), image.palette[image.indices])


def test_parts_that_have_changed_since_are_checked_again() -> None:
    image = indexed(5, 7, 9)
    image.check()
    image.indices[2, 3] = 9
    with pytest.raises(ParameterError, match="index 9 is outside the palette of 9"):
        image.check()


@pytest.mark.parametrize(
    ("kind", "well_formed", "critical"),
    [
        (b"abcd", True, False), (b"aBC9", True, False), (b"Abcd", True, True),
        (b"abc", False, False), (b"abcde", False, False), (b"a cd", False, False),
        (b"1abc", False, False), (b"ab\xe9d", False, False), (b"", False, False),
    ],
)  # fmt: skip
def test_a_chunk_type_is_a_letter_and_three_letters_or_digits(
    kind: bytes, well_formed: bool, critical: bool
) -> None:
    chunk = Chunk(kind, b"")
    assert (chunk.well_formed, chunk.critical) == (well_formed, critical)
    image = indexed(2, 2, 2)
    if well_formed and not critical:
        assert IndexedImage(image.palette, image.indices, (chunk,)).chunks == (chunk,)
    else:
        with pytest.raises(ParameterError, match="chunk type"):
            IndexedImage(image.palette, image.indices, (chunk,))


@pytest.mark.parametrize(("kind", "payload"), [("abcd", b""), (b"abcd", "text"), (b"abcd", None)])
def test_chunks_are_of_bytes(kind: Any, payload: Any) -> None:
    image = indexed(2, 2, 2)
    with pytest.raises(ParameterError, match="expected a type and payload of bytes"):
        IndexedImage(image.palette, image.indices, (Chunk(kind, payload),))
