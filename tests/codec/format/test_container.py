"""The head of a file, against files put together byte by byte without the package."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmformat import (
    Chunk,
    Code,
    FormatError,
    IndexedImage,
    KmfError,
    LimitError,
    ParameterError,
    UnsupportedError,
    decode,
    decode_indexed,
    encode_indexed,
)
from tests.samples import indexed
from tools.conformance.forge.container import chunk, forge
from tools.conformance.forge.zstd import as_frame

PALETTE = np.arange(9, dtype=np.uint8).reshape(3, 3)
INDICES = np.array([[0, 1, 2], [2, 1, 0]], np.uint8)
IN_ZSTD = forge(width=200, height=1, tiles=[as_frame(bytes(100))], methods=[1])


def test_the_forged_file_is_what_the_encoder_writes() -> None:
    assert encode_indexed(IndexedImage(PALETTE, INDICES)) == forge()
    assert len(forge()) == 9 + 4 + 29  # 29 bytes beside palette and tile data
    assert np.array_equal(decode(forge()), PALETTE[INDICES])


def test_tiles_chunks_and_alpha_are_where_the_layout_says() -> None:
    palette, indices = np.arange(8, dtype=np.uint8).reshape(2, 4), np.array([[0, 1, 1]], np.uint8)
    image = IndexedImage(palette, indices, (Chunk(b"teSt", b"abc"), Chunk(b"zER0", b"")))
    expected = forge(
        flags=4, width=3, height=1, tile_size=(2, 1), palette=palette.tobytes(),
        chunks=chunk(b"teSt", b"abc") + chunk(b"zER0"), tiles=[b"\x40", b"\x80"], methods=[0, 0],
    )  # fmt: skip
    assert encode_indexed(image, bits=1, tile=(2, 1)) == expected
    again = decode_indexed(expected)
    assert again.chunks == image.chunks
    assert np.array_equal(again.palette, palette)
    assert np.array_equal(again.indices, indices)


def test_the_tile_at_fault_is_named() -> None:
    tiles = [b"\x01\x20", b"\x21\x01"]
    with pytest.raises(FormatError, match=r"^tile 1: ") as caught:
        decode(forge(tile_size=(3, 1), tiles=tiles, methods=[0, 0]))
    assert caught.value.tile == 1


def test_newer_files_are_told_from_broken_ones() -> None:
    for data in (forge(major=2), forge(chunks=chunk(b"Abcd"))):
        with pytest.raises(UnsupportedError):
            decode(data)


def test_every_truncation_is_an_error() -> None:
    for data in (forge(), forge(chunks=chunk(b"abcd", b"xyz")), IN_ZSTD):
        for length in range(len(data)):
            with pytest.raises(FormatError) as caught:
                decode(data[:length])
            assert caught.value.code is Code.TRUNCATED


@pytest.mark.parametrize(
    "data",
    [
        forge(),
        forge(flags=4, palette=bytes(range(8)), tiles=[b"\x40", b"\x80"], methods=[0, 0], width=3,
              height=1, tile_size=(2, 1), chunks=chunk(b"abcd", b"xyz")),
        IN_ZSTD,
    ],
)  # fmt: skip
def test_every_change_of_a_byte_is_an_error(data: bytes) -> None:
    changed = bytearray(data)
    for position, byte in enumerate(data):
        for value in range(256):
            if value != byte:
                changed[position] = value
                with pytest.raises(KmfError):
                    decode(bytes(changed))
        changed[position] = byte


@given(st.binary(max_size=60), st.booleans())
def test_any_bytes_are_an_image_or_a_kmf_error(noise: bytes, after_magic: bool) -> None:
    try:
        decode(b"\x8bKMF\x01" + noise if after_magic else noise, max_pixels=10_000)
    except KmfError as error:
        assert str(error)


@pytest.mark.parametrize(
    "data",
    [
        forge(width=65536, height=65536),
        forge(width=0xFFFFFFFF, height=0xFFFFFFFF),
        forge(width=65536, height=65536, tile_size=(1, 1)),
    ],
)
def test_a_forged_giant_fails_at_once_and_allocates_nothing(data: bytes) -> None:
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(LimitError, match="max_pixels = 268435456") as caught:
        decode(data)
    elapsed, peak = time.perf_counter() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.code is Code.LIMIT
    assert elapsed < 0.5  # milliseconds, with room for a busy machine
    assert peak < 1 << 16


def test_without_a_limit_a_giant_still_costs_nothing_unless_its_bytes_are_there() -> None:
    for tile_size, code in ((None, Code.TILE_SIZE), ((1, 1), Code.TRUNCATED)):
        tracemalloc.start()
        with pytest.raises(FormatError) as caught:
            decode(forge(width=65536, height=65536, tile_size=tile_size), max_pixels=1 << 64)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert caught.value.code is code
        assert peak < 1 << 16


def test_the_limit_is_on_pixels_and_inclusive() -> None:
    assert decode(forge(), max_pixels=6).shape == (2, 3, 3)
    with pytest.raises(LimitError):
        decode(forge(), max_pixels=5)


@pytest.mark.parametrize("kind", [b"Crit", b"abc", b"abcde", b"a cd", b"1abc", b"ab\xe9d"])
def test_a_chunk_of_no_allowed_type_is_not_written(kind: bytes) -> None:
    image = indexed(2, 2, 2)
    with pytest.raises(ParameterError, match="chunk type"):
        encode_indexed(IndexedImage(image.palette, image.indices, (Chunk(kind, b""),)))
