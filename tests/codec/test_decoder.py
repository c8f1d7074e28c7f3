"""The way back: any region, and no more bytes than it needs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmformat import (
    Chunk,
    Code,
    FormatError,
    IndexedImage,
    Method,
    decode,
    decode_indexed,
    encode_indexed,
    quantize,
)
from kmformat.codec.decoder import damaged_tiles, read_head, read_indices, read_pixels
from kmformat.codec.format.head import Box
from kmformat.storage.input import fetch_from
from tests.samples import indexed, indexed_images, photo, tile_sizes, without_dense


def _overlap(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@given(indexed_images(), tile_sizes, st.data())
@settings(deadline=None)
def test_a_box_is_that_part_of_the_whole_and_only_its_tiles_are_read(
    image: IndexedImage, tile: tuple[int, int] | None, data: st.DataObject
) -> None:
    left, upper = (data.draw(st.integers(0, n - 1)) for n in (image.width, image.height))
    right = data.draw(st.integers(left + 1, image.width))
    lower = data.draw(st.integers(upper + 1, image.height))
    box = (left, upper, right, lower)
    fetch, length = fetch_from(encode_indexed(image, tile=tile))
    head, fetched = read_head(fetch, length, 1000), list[int]()

    def spy(start: int, end: int) -> bytes:
        fetched.extend(range(start, end))
        return fetch(start, end)

    assert np.array_equal(
        read_pixels(head, spy, Box(*box), 1), image.to_pixels()[upper:lower, left:right]
    )
    expected = [byte for tile in head.header.grid.touching(head.header.grid.image)
                if _overlap(head.header.grid.box(tile), box)
                for byte in range(*head.offsets[tile : tile + 2])]  # fmt: skip
    assert fetched == expected
    assert np.array_equal(
        read_indices(head, fetch, Box(*box), 2), image.indices[upper:lower, left:right]
    )


def test_damage_to_one_tile_spares_the_others() -> None:
    image = indexed(20, 20, 16)
    data = bytearray(encode_indexed(image, tile=(10, 10)))
    data[-1] ^= 1
    assert np.array_equal(decode(bytes(data), box=(0, 0, 20, 10)), image.to_pixels()[:10])
    with pytest.raises(FormatError) as caught:
        decode(bytes(data))
    assert (caught.value.code, caught.value.tile) == (Code.TILE_CHECKSUM, 3)


def test_large_images_are_tiled_and_any_box_of_them_decodes() -> None:
    image = indexed(200, 9000, 16)
    data = encode_indexed(image, level=1)
    head = read_head(*fetch_from(data), 1 << 28)
    assert head.header.grid.count > 1
    assert np.array_equal(decode(data), image.to_pixels())
    assert np.array_equal(
        decode(data, box=(4490, 30, 4530, 180)), image.to_pixels()[30:180, 4490:4530]
    )


@without_dense()
def test_tiles_in_step_and_alone_and_of_all_shapes_are_the_same() -> None:
    image = quantize(photo(203, 307))
    data = encode_indexed(image, tile=(101, 50))  # the last column is 4 pixels wide: too thin
    head = read_head(*fetch_from(data), 10**6)
    compact = head.directory["method"] == Method.COMPACT
    assert not compact.reshape(5, 4)[:, 3].any()
    assert compact.sum() > 4
    assert np.array_equal(decode(data), image.to_pixels())
    for box in ((0, 0, 1, 1), (99, 49, 205, 51), (306, 202, 307, 203)):
        left, upper, right, lower = box
        assert np.array_equal(decode(data, box=box), image.to_pixels()[upper:lower, left:right])


@without_dense()
def test_the_first_tile_at_fault_is_named_among_many_in_step() -> None:
    image = quantize(photo(128, 160))
    data = bytearray(encode_indexed(image, tile=(32, 32)))
    head = read_head(*fetch_from(bytes(data)), 10**6)
    for tile in (17, 9):
        data[int(head.offsets[tile])] ^= 1
    with pytest.raises(FormatError) as caught:
        decode(bytes(data))
    assert (caught.value.tile, caught.value.code) == (9, Code.TILE_CHECKSUM)


@without_dense()
def test_all_tiles_at_fault_are_named_among_many_in_step() -> None:
    data = bytearray(encode_indexed(quantize(photo(128, 160)), tile=(32, 32)))
    head = read_head(*fetch_from(bytes(data)), 10**6)
    assert not list(damaged_tiles(head, fetch_from(data)[0]))
    for tile in (17, 9):
        data[int(head.offsets[tile])] ^= 1
    assert [error.tile for error in damaged_tiles(head, fetch_from(data)[0])] == [9, 17]


def test_tables_are_no_chunks_of_the_image() -> None:
    image = quantize(photo(200, 300))
    again = decode_indexed(encode_indexed(image))
    assert again.chunks == ()
    assert encode_indexed(again) == encode_indexed(image)


def test_unknown_chunks_are_kept_with_the_whole_image_alone() -> None:
    known, unknown = Chunk(b"xmpp", b"<x/>"), Chunk(b"myAp", b"about pixels")
    image = replace(indexed(20, 20, 4), chunks=(unknown, known))
    data = encode_indexed(image)
    assert decode_indexed(data).chunks == (unknown, known)
    assert decode_indexed(data, box=(0, 0, 20, 20)).chunks == (unknown, known)
    assert decode_indexed(data, box=(0, 0, 20, 19)).chunks == (known,)
