"""The way out: decoding inverts it, whatever the options, and every tile is as small as can be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmformat import (
    IndexedImage,
    Method,
    ParameterError,
    decode,
    decode_indexed,
    encode_indexed,
    quantize,
)
from kmformat.codec.decoder import read_head
from kmformat.storage.input import fetch_from
from tests.samples import indexed, indexed_images, photo, tile_sizes


@given(indexed_images(), st.sampled_from([1, 2, 4, 8]), tile_sizes, st.booleans())
@settings(deadline=None)
def test_decoding_inverts_encoding(
    image: IndexedImage, bits: int, tile: tuple[int, int] | None, zstd: bool
) -> None:
    if len(image.palette) > 1 << bits:
        with pytest.raises(ParameterError, match="does not fit"):
            encode_indexed(image, bits=bits)
        return
    data = encode_indexed(image, bits=bits, tile=tile, zstd=zstd)
    again = decode_indexed(data)
    assert np.array_equal(again.palette, image.palette)
    assert np.array_equal(again.indices, image.indices)
    assert np.array_equal(decode(data), image.to_pixels())


def test_threads_change_nothing() -> None:
    image = indexed(50, 50, 16)
    data = {encode_indexed(image, tile=(7, 9), threads=threads) for threads in (None, 1, 2, 5)}
    assert len(data) == 1
    assert np.array_equal(decode(data.pop(), threads=3), image.to_pixels())


def test_tiles_are_compressed_only_where_that_is_smaller() -> None:
    flat, noise = np.zeros((16, 64), np.uint8), indexed(16, 64, 16).indices
    palette = indexed(1, 1, 16).palette
    image = IndexedImage(palette, np.concatenate([flat, noise]))
    data = encode_indexed(image, tile=(64, 16), fast_decode=True)
    head = read_head(*fetch_from(data), 10_000)
    assert head.directory["method"].tolist() == [1, 0]
    head = read_head(*fetch_from(encode_indexed(image, tile=(64, 16), zstd=False)), 10_000)
    assert head.directory["method"].tolist() == [0, 0]


def test_higher_levels_give_smaller_files() -> None:
    image = quantize(photo(100, 300))
    sizes = [len(encode_indexed(image, level=level, fast_decode=True)) for level in (1, 19)]
    assert sizes[1] < sizes[0]


def test_photographs_are_stored_compact_and_smaller_unless_fast_decoding_is_wanted() -> None:
    image = quantize(photo(200, 300))
    compact, plain = encode_indexed(image), encode_indexed(image, fast_decode=True)
    assert len(compact) < 0.95 * len(plain)
    methods = [read_head(*fetch_from(data), 10**6).directory["method"] for data in (compact, plain)]
    assert [list(method) for method in methods] == [[Method.COMPACT], [Method.ZSTD]]
    for data in (compact, plain):
        assert np.array_equal(decode(data), image.to_pixels())


def test_huge_tiles_are_not_compact() -> None:
    image = IndexedImage(indexed(1, 1, 2).palette, np.zeros((4100, 4100), np.uint8))
    image.indices[::3, ::5] = 1
    data = encode_indexed(image, tile=(4100, 4100), effort=2)
    head = read_head(*fetch_from(data), 1 << 28)
    assert head.directory["method"].tolist() == [Method.ZSTD]


def test_indices_changed_after_the_check_are_checked_again() -> None:
    image = quantize(photo())
    image.indices[0, 0] = 17
    with pytest.raises(ParameterError, match="index 17"):
        encode_indexed(image)


def test_what_is_no_indexed_image_is_named() -> None:
    wrong: Any = np.zeros((2, 2), np.uint8)
    with pytest.raises(ParameterError, match=r"^image of type ndarray: expected an IndexedImage$"):
        encode_indexed(wrong)
