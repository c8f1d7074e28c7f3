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
from tests.forge import chunk, forge, in_zstd, zstd_frame
from tests.pictures import indexed
from tests.test_compact import INVALID_COMPACT

PALETTE = np.arange(9, dtype=np.uint8).reshape(3, 3)
INDICES = np.array([[0, 1, 2], [2, 1, 0]], np.uint8)
FLAT = zstd_frame(b"\0" * 100)


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


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(forge(minor=200), id="minor version"),
        pytest.param(forge(flags=2 | 128), id="unused flag"),
        pytest.param(forge(chunks=b""), id="no chunks at all"),
        pytest.param(forge(chunks=chunk(b"xxxx", b"?") * 2), id="unknown ancillary chunks"),
    ],
)
def test_what_readers_must_ignore_is_ignored(data: bytes) -> None:
    assert np.array_equal(decode(data), PALETTE[INDICES])


INVALID = {
    "not KMF": (b"\x89PNG\r\n\x1a\n" + bytes(40), Code.MAGIC),
    "magic in 7 bits": (forge(magic=b"\x0bKMF"), Code.MAGIC),
    "wrong first byte, alone": (b"K", Code.MAGIC),
    "empty": (b"", Code.TRUNCATED),
    "magic alone": (forge()[:4], Code.TRUNCATED),
    "major 0": (forge(major=0), Code.VERSION),
    "major 2": (forge(major=2)[:5], Code.VERSION),
    "reserved bit 5": (forge(flags=2 | 32), Code.RESERVED),
    "reserved bit 6": (forge(flags=2 | 64), Code.RESERVED),
    "width 0": (forge(width=0), Code.DIMENSIONS),
    "height 0": (forge(height=0), Code.DIMENSIONS),
    "tile width 0": (forge(tile_size=(0, 2)), Code.TILE_SIZE),
    "tile height 0": (forge(tile_size=(3, 0)), Code.TILE_SIZE),
    "tile wider than the image": (forge(tile_size=(4, 1)), Code.TILE_SIZE),
    "tile higher than the image": (forge(tile_size=(3, 3)), Code.TILE_SIZE),
    "one tile, stated": (forge(tile_size=(3, 2)), Code.TILE_SIZE),
    "3 colours in 1 bit": (forge(flags=0), Code.PALETTE_SIZE),
    "17 colours in 4 bits": (forge(palette=bytes(51)), Code.PALETTE_SIZE),
    "head checksum": (forge(head_crc=0), Code.HEAD_CHECKSUM),
    "chunk header cut": (forge(chunks=b"abcd\0\0\0"), Code.CHUNK_LENGTH),
    "chunk payload cut": (forge(chunks=chunk(b"abcd", b"xy", length=3)), Code.CHUNK_LENGTH),
    "chunk of 4 GB": (forge(chunks=chunk(b"abcd", length=0xFFFFFFFF)), Code.CHUNK_LENGTH),
    "chunk type with a space": (forge(chunks=chunk(b"abc ")), Code.CHUNK_TYPE),
    "chunk type of a digit first": (forge(chunks=chunk(b"1abc")), Code.CHUNK_TYPE),
    "chunk type not ASCII": (forge(chunks=chunk(b"ab\xe9c")), Code.CHUNK_TYPE),
    "unknown critical chunk": (forge(chunks=chunk(b"Abcd")), Code.CHUNK_CRITICAL),
    "method 3": (forge(methods=[3]), Code.TILE_METHOD),
    "compact but thin": (forge(methods=[2], tiles=[b"abc"]), Code.TILE_METHOD),
    "method 255": (forge(methods=[255]), Code.TILE_METHOD),
    "stored tile short": (forge(tiles=[b"\x01\x20\x21"]), Code.TILE_LENGTH),
    "stored tile long": (forge(tiles=[b"\x01\x20\x21\0\0"]), Code.TILE_LENGTH),
    "zstd tile empty": (forge(tiles=[b""], methods=[1]), Code.TILE_LENGTH),
    "zstd tile no smaller": (forge(methods=[1]), Code.TILE_LENGTH),
    "length beyond the file": (
        forge(tiles=[b"abc"], lengths=[99], methods=[1], width=200),
        Code.TRUNCATED,
    ),
    "trailing byte": (forge(tail=b"\0"), Code.TRAILING),
    "two files": (forge() * 2, Code.TRAILING),
    "tile checksum": (forge(tile_crcs=[1]), Code.TILE_CHECKSUM),
    "spare bits": (forge(tiles=[b"\x01\x21\x21\x00"]), Code.PADDING),
    "index outside the palette": (forge(tiles=[b"\x03\x20\x21\x00"]), Code.INDEX),
    "not zstd": (in_zstd(b"?" * 20), Code.ZSTD_FRAME),
    "zstd with a checksum": (
        in_zstd(zstd_frame(bytes(100), write_checksum=True)), Code.ZSTD_CHECKSUM,
    ),
    "zstd of another size": (in_zstd(zstd_frame(bytes(99))), Code.ZSTD_CONTENT_SIZE),
    "zstd cut": (in_zstd(FLAT[:-1]), Code.ZSTD_DATA),
    "zstd and more": (in_zstd(FLAT + b"\0"), Code.ZSTD_TRAILING),
    # Of several faults, the one that comes first in the decode procedure is named.
    "magic before version": (forge(magic=b"KMF!", major=9), Code.MAGIC),
    "version before dimensions": (forge(major=9, width=0), Code.VERSION),
    "reserved before dimensions": (forge(flags=34, width=0), Code.RESERVED),
    "dimensions before palette": (forge(width=0, flags=0), Code.DIMENSIONS),
    "tile size before palette": (forge(tile_size=(9, 9), flags=0), Code.TILE_SIZE),
    "palette before truncation": (forge(flags=0)[:20], Code.PALETTE_SIZE),
    "truncation before checksum": (forge(head_crc=0)[:30], Code.TRUNCATED),
    "checksum before chunks": (forge(head_crc=0, chunks=b"?"), Code.HEAD_CHECKSUM),
    "length before type": (forge(chunks=chunk(b"????", length=9)), Code.CHUNK_LENGTH),
    "chunks before methods": (forge(chunks=b"?", methods=[9]), Code.CHUNK_LENGTH),
    "method before length": (forge(methods=[9], lengths=[0]), Code.TILE_METHOD),
    "method of a later tile before length": (
        forge(tile_size=(3, 1), tiles=[b"", b"\x21\0"], methods=[0, 9]), Code.TILE_METHOD,
    ),
    "length before truncation": (forge(lengths=[99]), Code.TILE_LENGTH),
    "truncation before tiles": (forge(tile_crcs=[1])[:-1], Code.TRUNCATED),
    "padding before index": (forge(tiles=[b"\x03\x21\x21\x00"]), Code.PADDING),
}  # fmt: skip


@pytest.mark.parametrize("name", INVALID)
def test_each_broken_rule_has_its_code(name: str) -> None:
    data, code = INVALID[name]
    with pytest.raises(FormatError) as caught:
        decode(data)
    assert caught.value.code is code


def test_every_code_is_tried() -> None:
    tried = {code for _, code in INVALID.values()}
    elsewhere = {Code.LIMIT, Code.ZSTD_DICTIONARY, Code.ZSTD_WINDOW}  # below, test_compression
    assert tried | elsewhere | {code for _, code in INVALID_COMPACT.values()} == set(Code)


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
    for data in (forge(), forge(chunks=chunk(b"abcd", b"xyz")), in_zstd(FLAT)):
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
        in_zstd(FLAT),
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
