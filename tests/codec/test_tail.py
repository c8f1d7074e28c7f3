"""A tail: bytes after the tile data, beside the image, which nobody needs to read."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import kmformat
from kmformat import (
    Chunk,
    Code,
    FormatError,
    IndexedImage,
    TruncatedError,
    decode,
    decode_indexed,
    encode_indexed,
    read_info,
)
from kmformat.codec.encoder import to_bytes
from kmformat.codec.options import CodingOptions
from tests.samples import Pipe, indexed
from tools.conformance.forge.container import chunk, forge

IMAGE = indexed(20, 30, 5)
BARE = encode_indexed(IMAGE, tile=(10, 10))


def with_tail(tail: bytes, *chunks: Chunk) -> bytes:
    image = IndexedImage(IMAGE.palette, IMAGE.indices, chunks)
    return to_bytes(image, CodingOptions(tile=(10, 10)), tail)


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_a_tail_changes_nothing_but_the_length(tail: bytes) -> None:
    data = with_tail(tail)
    assert data.endswith(tail)
    assert len(data) == len(BARE) + (len(tail) + 17 if tail else 0)
    for image in (decode_indexed(data), decode_indexed(data, box=(0, 0, 30, 20))):
        assert np.array_equal(image.indices, IMAGE.indices)
        assert image.chunks == ()
    sizes = read_info(io.BytesIO(data)).sizes
    assert (sizes["tail"], sum(sizes.values())) == (len(tail), len(data))
    kmformat.verify(io.BytesIO(data))


def test_a_file_without_a_tail_is_as_it_was() -> None:
    assert with_tail(b"") == BARE


def test_a_region_does_not_fetch_the_tail() -> None:
    class Watched(io.BytesIO):
        most = 0

        def read(self, size: int | None = -1) -> bytes:
            found = super().read(size)
            self.most = max(self.most, self.tell())
            return found

    stream = Watched(with_tail(bytes(1000)))
    part = kmformat.read(stream, box=(5, 5, 25, 15))
    assert np.array_equal(part, IMAGE.to_pixels()[5:15, 5:25])
    assert stream.most <= len(stream.getvalue()) - 1000


def test_a_tail_is_read_past_in_a_pipe_and_kept_by_read_one() -> None:
    data = with_tail(b"tail" * 100)
    source: Any = Pipe(data)
    assert np.array_equal(kmformat.read(source), decode(data))
    source = Pipe(data + b"rest")
    assert kmformat.read_one(source) == data
    assert source.read() == b"rest"
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), IMAGE.indices)


@pytest.mark.parametrize("missing", [1, 400])
def test_a_tail_that_is_cut_is_truncated(missing: int) -> None:
    data = with_tail(b"tail" * 100)[:-missing]
    with pytest.raises(TruncatedError, match="the tail"):
        decode(data)
    for read in (kmformat.read, kmformat.read_one):
        pipe: Any = Pipe(data)
        with pytest.raises(TruncatedError, match="the tail"):
            read(pipe)


def test_bytes_after_a_tail_are_trailing() -> None:
    data = with_tail(b"tail") + b"?"
    for source in (io.BytesIO(data), Pipe(data)):
        stream: Any = source
        with pytest.raises(FormatError) as caught:
            kmformat.read(stream)
        assert caught.value.code is Code.TRAILING


def test_a_huge_tail_that_is_not_there_costs_nothing() -> None:
    data = forge(chunks=chunk(b"TAIL", ((1 << 53) - 1).to_bytes(8, "little")))
    pipe: Any = Pipe(data)
    for source in (io.BytesIO(data), pipe):
        with pytest.raises(TruncatedError):
            kmformat.read(source)


overviews = st.lists(
    st.builds(
        lambda *fields: struct.pack("<IIQQ", *fields),
        st.integers(0, 9), st.integers(0, 9), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1),
    ),
    max_size=3,
).map(b"".join)  # fmt: skip
lengths = st.integers(0, 2**64 - 1).map(lambda length: length.to_bytes(8, "little"))


@given(
    st.binary(max_size=30),
    st.none() | st.binary(max_size=9) | lengths,
    st.binary(max_size=30),
    st.binary(max_size=60) | overviews,
)
def test_any_tail_names_and_overviews_are_an_image_or_a_named_error(
    tail: bytes, stated: bytes | None, names: bytes, listed: bytes
) -> None:
    if stated is None:
        stated = len(tail).to_bytes(8, "little")
    chunks = chunk(b"name", names) + chunk(b"ovrv", listed) + chunk(b"TAIL", stated)
    data, length = forge(chunks=chunks, tail=tail), int.from_bytes(stated, "little")
    if len(stated) == 8 and length == len(tail):
        image = decode_indexed(data)
        assert image.indices.tolist() == [[0, 1, 2], [2, 1, 0]]
        assert len(image.names) in (0, 3)
        return
    with pytest.raises(FormatError) as caught:
        decode_indexed(data)
    malformed = len(stated) != 8 or length >= 2**53
    too_few = Code.TRUNCATED if length > len(tail) else Code.TRAILING
    assert caught.value.code == (Code.TAIL if malformed else too_few)


def test_a_list_of_overviews_is_no_chunk_of_the_image() -> None:
    chunks = Chunk(b"ovrv", bytes(24)), Chunk(b"teSt", b"abc")
    assert decode_indexed(with_tail(BARE, *chunks)).chunks == chunks[1:]
