"""Overviews beside an image, and in a file that exists."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import kmformat
from kmformat import (
    Chunk,
    FormatError,
    IndexedImage,
    ParameterError,
    decode_indexed,
    encode_indexed,
)
from kmformat.codec.decoder import read_head
from kmformat.codec.encoder import to_bytes
from kmformat.codec.format.overviews import Overview, overviews_chunk
from kmformat.codec.options import CodingOptions
from kmformat.overviews.options import OverviewOptions
from kmformat.overviews.pyramid import overview_sizes, with_overviews
from kmformat.pictures.reduction import average, majority
from kmformat.storage.input import fetch_from
from tests.samples import indexed, photo, same

WIDE = indexed(40, 4100, 16)
"""Large enough for two overviews."""


def overviews_in(data: bytes) -> list[bytes]:
    """The files of the overviews that a file lists."""
    info = kmformat.read_info(data)
    start = len(data) - info.sizes["tail"]
    return [data[start + each.offset :][: each.length] for each in info.overviews]


def added(data: bytes, kind: str = "picture") -> bytes:
    fetch, length = fetch_from(data)
    head = read_head(fetch, length, 1 << 28)
    return with_overviews(head, fetch, OverviewOptions(overviews=kind))  # type: ignore[arg-type]


@given(st.integers(1, 1 << 32), st.integers(1, 1 << 32))
def test_overviews_go_from_an_eighth_by_halves_down_to_256_pixels(width: int, height: int) -> None:
    sizes = overview_sizes(width, height)
    assert all(max(size) >= 256 for size in sizes)
    assert all(min(size) >= 1 for size in sizes)
    expected = [(max(1, width >> n), max(1, height >> n)) for n in range(3, 3 + len(sizes))]
    assert sizes == expected
    assert max(width, height) >> 3 + len(sizes) < 256


def test_overviews_of_a_picture_are_averages_in_up_to_64_colors() -> None:
    data = kmformat.encode(WIDE, overviews="picture")
    files = overviews_in(data)
    assert [(o.width, o.height) for o in kmformat.read_info(data).overviews] == [(512, 5), (256, 2)]
    for file, size in zip(files, [(512, 5), (256, 2)], strict=True):
        exact = average(WIDE, size).astype(int)
        shown = kmformat.decode(file)
        assert kmformat.read_info(file).colors == 64
        assert abs(shown - exact).mean() < 6
    assert same(decode_indexed(data), WIDE)


def test_overviews_of_labels_keep_palette_and_meaning() -> None:
    data = kmformat.encode(WIDE, overviews="labels")
    for file in overviews_in(data):
        level = decode_indexed(file)
        assert np.array_equal(level.palette, WIDE.palette)
        assert np.array_equal(level.indices, majority(WIDE, (level.width, level.height)))


def test_overviews_keep_alpha() -> None:
    image = indexed(40, 2100, 9, alpha=True)
    (file,) = overviews_in(kmformat.encode(image, overviews="picture"))
    assert abs(kmformat.decode(file).astype(int) - average(image, (262, 5)))[..., 3].mean() < 6


def test_small_images_and_those_that_are_not_asked_get_none() -> None:
    assert kmformat.encode(photo(), overviews="picture") == kmformat.encode(photo())
    assert kmformat.encode(WIDE) == encode_indexed(WIDE)
    with pytest.raises(ParameterError, match="overviews 'photo': expected one of picture, labels"):
        kmformat.encode(photo(), overviews="photo")  # type: ignore[arg-type]


def test_options_of_coding_hold_for_overviews_but_for_bits_and_tiles() -> None:
    one_bit = IndexedImage(np.array([[0] * 3, [255] * 3], np.uint8), WIDE.indices % 2)
    data = kmformat.encode(one_bit, bits=1, tile=(64, 40), fast_decode=True, overviews="picture")
    for file in overviews_in(data):
        info = kmformat.read_info(file)
        assert (info.tiles, info.bits) == (1, 8)
        assert "compact" not in info.methods


@pytest.mark.parametrize("kind", ["picture", "labels"])
@pytest.mark.parametrize("fast", [False, True])
def test_a_file_gets_the_same_overviews_as_its_image(kind: str, fast: bool) -> None:
    options, image = {"tile": (1000, 40), "fast_decode": fast}, kmformat.quantize(photo(40, 4100))
    bare = kmformat.encode(image, **options)  # type: ignore[arg-type]
    both = kmformat.encode(image, overviews=kind, **options)  # type: ignore[arg-type]
    methods = kmformat.read_info(bare).methods.keys()
    assert methods == ({"zstd"} if fast else {"zstd", "compact"})
    assert added(bare, kind) == both
    assert added(both, kind) == both  # in place of those that it has


def test_all_else_in_a_file_stays_byte_for_byte() -> None:
    chunks = Chunk(b"exif", b"MM"), Chunk(b"teSt", b"?"), Chunk(b"name", b"")
    bare = bytearray(encode_indexed(IndexedImage(WIDE.palette, WIDE.indices, chunks)))
    fetch, length = fetch_from(bare)
    before = read_head(fetch, length, 1 << 28)
    data = added(bytes(bare))
    after = read_head(*fetch_from(data), 1 << 28)
    tiles = slice(before.head_length, before.tail_offset)
    assert data[after.head_length : after.tail_offset] == bare[tiles]
    assert after.header.version == before.header.version
    own = tuple(each for each in after.chunks if each.type not in (b"TAIL", b"ovrv"))
    assert own == before.chunks
    assert np.array_equal(after.directory, before.directory)


def test_a_packed_palette_stays_packed_and_that_of_a_plain_file_as_it_is() -> None:
    ramp = np.repeat(np.arange(0, 240, 15, dtype=np.uint8)[:, None], 3, axis=1)
    image = IndexedImage(ramp, WIDE.indices)  # noise: its tiles are plain
    for fast in (False, True):
        bare = encode_indexed(image, fast_decode=fast)
        data = added(bare)
        assert kmformat.read_info(bare).packed == kmformat.read_info(data).packed != fast
        assert data == kmformat.encode(image, overviews="picture", fast_decode=fast)
        assert {kmformat.read_info(file).packed for file in overviews_in(data)} == {not fast}


def test_what_else_is_in_the_tail_stays_where_it_is() -> None:
    other = to_bytes(WIDE, CodingOptions(), b"something else")
    data = added(other)
    end = len(data) - kmformat.read_info(data).sizes["tail"]
    assert data[end:].startswith(b"something else")
    assert len(overviews_in(data)) == 2
    assert kmformat.decode(overviews_in(data)[0]).shape == (5, 512, 3)
    assert added(data) == data


def test_a_small_image_loses_the_overviews_that_it_has() -> None:
    small = indexed(9, 9, 3)
    listed = IndexedImage(small.palette, small.indices, (overviews_chunk([Overview(1, 1, 0, 3)]),))
    assert added(to_bytes(listed, CodingOptions(), b"abc")) == encode_indexed(small)


def test_a_damaged_tile_gets_no_overviews() -> None:
    data = bytearray(encode_indexed(WIDE))
    data[-1] ^= 1
    with pytest.raises(FormatError):
        added(bytes(data))


def test_a_file_has_room_for_the_list_or_says_so() -> None:
    chunks = tuple(Chunk(b"teSt", b"") for _ in range(256))
    with pytest.raises(ParameterError, match="257 chunks"):
        added(encode_indexed(IndexedImage(WIDE.palette, WIDE.indices, chunks)))


def test_programs_that_rewrite_the_image_drop_overviews() -> None:
    data = kmformat.encode(WIDE, overviews="labels")
    bare = kmformat.encode(WIDE)
    assert encode_indexed(decode_indexed(data)) == bare
    part = decode_indexed(data, box=(0, 0, 4000, 40))
    assert part.chunks == ()
    stream = io.BytesIO()
    Image.open(io.BytesIO(data)).save(stream, "KMF")
    assert stream.getvalue() == bare
    Image.open(io.BytesIO(bare)).save(stream := io.BytesIO(), "KMF", overviews="labels")
    assert stream.getvalue() == data
