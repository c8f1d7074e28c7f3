"""The list of overviews, which may say anything."""

from __future__ import annotations

import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import kmformat
from kmformat import Chunk, IndexedImage
from kmformat.codec.encoder import to_bytes
from kmformat.codec.format.overviews import Overview, overviews_chunk
from kmformat.codec.options import CodingOptions
from tests.samples import indexed

IMAGE = indexed(4, 20, 3)
SMALLER = kmformat.encode_indexed(indexed(2, 10, 3))


def file(payload: bytes, tail: bytes = SMALLER) -> bytes:
    image = IndexedImage(IMAGE.palette, IMAGE.indices, (Chunk(b"ovrv", payload),))
    return to_bytes(image, CodingOptions(), tail)


def listed(*entries: tuple[int, int, int, int], tail: bytes = SMALLER) -> list[Overview]:
    payload = b"".join(struct.pack("<IIQQ", *entry) for entry in entries)
    return list(kmformat.read_info(file(payload, tail)).overviews)


def test_entries_are_listed_in_their_order() -> None:
    entries = [(10, 2, 0, len(SMALLER)), (5, 1, 3, 1), (5, 1, 0, 0)]
    assert listed(*entries) == [Overview(*entry) for entry in entries]
    chunk = overviews_chunk([Overview(*entry) for entry in entries])
    assert list(kmformat.read_info(file(chunk.payload)).overviews) == listed(*entries)


def test_entries_outside_the_tail_or_no_smaller_than_the_image_are_passed_over() -> None:
    most, last = (1 << 64) - 1, len(SMALLER)
    wrong = [
        (10, 2, 0, last + 1), (10, 2, 1, last), (10, 2, most, 1), (10, 2, 1, most), (20, 4, 0, 1),
        (21, 1, 0, 1), (1, 5, 0, 1), (0, 1, 0, 1), (1, 0, 0, 1),
    ]  # fmt: skip
    largest = [(20, 3, 0, last), (19, 4, 0, last)]
    assert listed(*wrong, *largest) == [Overview(*entry) for entry in largest]


def test_entries_after_32_are_passed_over_and_so_is_a_part_of_one() -> None:
    assert len(listed(*[(1, 1, 0, 1)] * 40)) == 32
    assert kmformat.read_info(file(bytes(23))).overviews == ()


@given(
    st.binary(max_size=60)
    | st.lists(
        st.tuples(st.integers(0, 22), st.integers(0, 6), st.integers(0, 90), st.integers(0, 90)),
        max_size=4,
    ).map(lambda entries: b"".join(struct.pack("<IIQQ", *entry) for entry in entries)),
    st.binary(max_size=40).map(lambda noise: SMALLER + noise) | st.binary(max_size=90),
    st.sampled_from([1, 0.5, 0.3, (3, 3)]),
)
def test_any_list_and_tail_give_the_image(
    payload: bytes, tail: bytes, scale: float | tuple[int, int]
) -> None:
    data = file(payload, tail)
    assert np.array_equal(kmformat.decode(data), IMAGE.to_pixels())
    pixels = kmformat.decode(data, scale=scale)
    assert pixels.shape == kmformat.decode(kmformat.encode_indexed(IMAGE), scale=scale).shape
    kmformat.decode_indexed(data, scale=scale)
    kmformat.read_info(data)
    kmformat.verify(data)
