"""What an image takes, step by step."""

from __future__ import annotations

import numpy as np
import pytest

import kmformat
from kmformat import IndexedImage
from kmformat.explain import storing_steps
from kmformat.explain.storing import Accounting
from tests.samples import indexed, photo


def test_of_a_lessons_picture_the_steps_are_as_it_counts_them() -> None:
    image = kmformat.quantize(photo(128, 128), colors=16)
    pixels, indices, packed, zstd, kmf = storing_steps(image)
    assert pixels.bytes == 49152
    assert indices.bytes == 16 * 3 + 16384 == 16432
    assert packed.bytes == 16 * 3 + 8192
    assert zstd.bytes == len(kmformat.encode_indexed(image, fast_decode=True, bits=4))
    assert kmf.bytes == len(kmformat.encode_indexed(image))
    assert pixels.bytes > indices.bytes > packed.bytes > zstd.bytes > kmf.bytes
    assert "predicted from its neighbours" in kmf.how


@pytest.mark.parametrize(
    ("colors", "bits", "said"),
    [
        (1, 1, "a third of the values; at 1 bit an index, 4 % of the bits"),
        (2, 1, "a third of the values; at 1 bit an index, 4 % of the bits"),
        (5, 3, "a third of the values; at 3 bits an index, an eighth of the bits"),
        (256, 8, "35 % of the values; at 8 bits an index, 35 % of the bits"),
    ],
)
def test_what_is_left_is_told_in_a_few_words(colors: int, bits: int, said: str) -> None:
    counted = Accounting(colors, 3, 16384)
    assert counted.index_bits == bits
    assert counted.said == said


@pytest.mark.parametrize(
    ("colors", "bits", "row"), [(1, 1, 2), (2, 1, 2), (3, 2, 3), (5, 4, 5), (17, 8, 9)]
)
def test_indices_are_packed_in_as_few_bits_as_hold_them(colors: int, bits: int, row: int) -> None:
    packed = storing_steps(indexed(7, 9, colors))[2]
    assert packed.bytes == 7 * row + 3 * colors
    assert packed.how.startswith(f"{bits} bit")


def test_what_does_not_compress_is_told_as_stored() -> None:
    image = IndexedImage(np.eye(2, 3, dtype=np.uint8), np.eye(2, dtype=np.uint8))
    assert storing_steps(image)[3].name == "stored"


def test_alpha_is_counted() -> None:
    assert storing_steps(indexed(4, 4, 3, alpha=True))[0].bytes == 64
