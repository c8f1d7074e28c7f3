"""The head of a file, against files put together byte by byte without the package."""

from __future__ import annotations

import re
import time
import tracemalloc
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
    KmfError,
    LimitError,
    ParameterError,
    UnsupportedError,
    decode,
    decode_indexed,
    encode_indexed,
)
from kmformat.codec.format.container import build_head, read_head
from kmformat.codec.format.head import ENTRY, Box, FixedHeader, TileGrid
from kmformat.storage.input import fetch_from
from tests.samples import indexed, indexed_images, tile_sizes
from tools.conformance.forge.container import chunk, forge
from tools.conformance.forge.zstd import as_frame

PALETTE = np.arange(9, dtype=np.uint8).reshape(3, 3)
INDICES = np.array([[0, 1, 2], [2, 1, 0]], np.uint8)
SHORTEST = encode_indexed(IndexedImage(PALETTE[:1] * 0, INDICES[:1, :1]), bits=1)
IN_ZSTD = forge(width=200, height=1, tiles=[as_frame(bytes(100))], methods=[1])


def test_the_forged_file_is_what_the_encoder_writes() -> None:
    assert encode_indexed(IndexedImage(PALETTE, INDICES), fast_decode=True) == forge()
    assert len(forge()) == 9 + 4 + 18  # 18 bytes beside palette and tile data
    assert np.array_equal(decode(forge()), PALETTE[INDICES])


def test_tiles_chunks_and_alpha_are_where_the_layout_says() -> None:
    palette, indices = np.arange(8, dtype=np.uint8).reshape(2, 4), np.array([[0, 1, 1]], np.uint8)
    image = IndexedImage(palette, indices, (Chunk(b"teSt", b"abc"), Chunk(b"zER0", b"")))
    expected = forge(
        flags=4, width=3, height=1, tile_size=(2, 1), palette=palette.tobytes(),
        chunks=chunk(b"teSt", b"abc") + chunk(b"zER0"), tiles=[b"\x40", b"\x80"], methods=[0, 0],
    )  # fmt: skip
    assert encode_indexed(image, bits=1, tile=(2, 1), fast_decode=True) == expected
    again = decode_indexed(expected)
    assert again.chunks == image.chunks
    assert np.array_equal(again.palette, palette)
    assert np.array_equal(again.indices, indices)


SHORT = [
    SHORTEST,
    forge(width=1, height=1, palette=bytes(3), flags=0, tiles=[b"\0"]),
    forge(width=1, height=1, palette=bytes(3), flags=0, tiles=[b"\0"], chunks=b""),
    forge(width=2, height=1, palette=bytes(3), flags=0, tiles=[b"\0"] * 2, methods=[0] * 2,
          tile_size=(1, 1)),
    forge(width=2, height=1, palette=bytes(3), flags=0, tiles=[b"\0"] * 2, methods=[0] * 2,
          tile_size=(1, 1), chunks=b""),
    forge(width=1, height=300, palette=bytes(3), flags=0, tiles=[b"\0"] * 300, methods=[0] * 300,
          tile_size=(1, 1), chunks=b""),
    forge(width=1 << 21, height=1, palette=bytes(3), flags=0, tiles=[bytes(1 << 17)] * 2,
          methods=[0] * 2, tile_size=(1 << 20, 1), chunks=chunk(b"abcd", bytes(20_000))),
    IN_ZSTD,
]  # fmt: skip
"""Files with little or much in each part of the head."""


@pytest.mark.parametrize("data", SHORT)
def test_a_head_is_fetched_in_four_parts_at_most_none_of_them_beyond_it(data: bytes) -> None:
    fetched = list[tuple[int, int]]()

    def fetch(start: int, end: int) -> bytes:
        fetched.append((start, end))
        return data[start:end]

    head = read_head(fetch, max_pixels=1 << 28)
    assert head.file_length == len(data)
    assert len(fetched) <= 4
    assert fetched[0] == (0, len(SHORTEST))
    assert max(end for _, end in fetched[:-2]) <= len(data)  # the first bytes are those of any file
    assert fetched[-1][1] == head.head_length
    assert np.array_equal(decode_indexed(data).palette, head.palette)


@given(indexed_images(), tile_sizes, st.booleans())
@settings(deadline=None)
def test_a_head_is_as_long_as_it_says_and_written_as_it_was(
    image: IndexedImage, tile: tuple[int, int] | None, chunk: bool
) -> None:
    image = replace(image, chunks=(Chunk(b"teSt", b"payload"),) * chunk)
    data = encode_indexed(image, tile=tile)
    head = read_head(fetch_from(data)[0], max_pixels=1 << 28)
    again = build_head(
        head.header, head.palette, head.chunks, head.directory, packed=head.header.packed
    )
    assert again == data[: head.head_length]
    assert head.header.least_length <= head.head_length <= len(data) - 1


def test_the_longest_header_is_read_though_it_is_longer_than_the_shortest_file() -> None:
    header = FixedHeader(4, 16, False, TileGrid(1 << 14, 1 << 14, 1 << 14, 1 << 13))
    ramp = np.repeat(np.arange(16, dtype=np.uint8)[:, None], 3, axis=1)
    chunks = (Chunk(b"teSt", bytes(1 << 14)),)
    directory = np.array([(1, 9, 0), (1, 9, 0)], ENTRY)
    data = build_head(header, ramp, chunks, directory, packed=True)
    head = read_head(fetch_from(data)[0], max_pixels=1 << 28)
    assert head.sizes["header"] == 7 + 3 + 3 + 3 + 2 + 3 + 1
    assert (head.header.grid, head.chunks) == (header.grid, chunks)
    assert np.array_equal(head.palette, ramp)


def test_too_large_a_part_is_refused_before_anything_but_the_header_is_fetched() -> None:
    data = forge(tile_size=(1, 1), tiles=[b"\0"] * 6, methods=[0] * 6)
    fetched = list[tuple[int, int]]()

    def fetch(start: int, end: int) -> bytes:
        fetched.append((start, end))
        return data[start:end]

    def region(_: TileGrid) -> Box:
        return Box(0, 0, 2, 1)

    assert read_head(fetch, max_pixels=2, region=region).header.grid.count == 6
    fetched.clear()
    with pytest.raises(LimitError, match="box in whole tiles of 2 x 1 pixels"):
        read_head(fetch, max_pixels=1, region=region)
    assert len(fetched) == 1


@pytest.mark.parametrize(
    ("method", "message"),
    [(2, "method 2 is not for a tile of this size"), (7, "method 7 is unknown")],
)
def test_a_method_that_a_tile_may_not_have_is_named(method: int, message: str) -> None:
    with pytest.raises(FormatError, match=f"^tile 0: {message}$") as caught:
        decode(forge(methods=[method]))
    assert caught.value.code is Code.TILE_METHOD


def test_the_tile_at_fault_is_named() -> None:
    tiles = [b"\x01\x20", b"\x21\x01"]
    with pytest.raises(FormatError, match=r"^tile 1: ") as caught:
        decode(forge(tile_size=(3, 1), tiles=tiles, methods=[0, 0]))
    assert caught.value.tile == 1


def tiles_of_200(lengths: list[int]) -> bytes:
    """A file of tiles of 200 x 1 pixels whose directory states these lengths."""
    count = len(lengths)
    return forge(
        width=200, height=count, tile_size=(200, 1) if count > 1 else None,
        tiles=[as_frame(bytes(100))] * count, methods=[1] * count, lengths=lengths,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (forge()[:8], "the header is cut short: the file has only 8 bytes"),
        (forge()[:22], "the head ends at offset 27, but the file has only 22 bytes"),
        (tiles_of_200([99] * 9)[:75], "the head ends at offset 80, but the file has only 75 bytes"),
        (forge()[:-1], "the tile data ends at offset 31, but the file has only 30 bytes"),
        (forge() + b"??", "2 bytes follow the end of the image at offset 31"),
        (
            forge(tile_size=(3, 2)),
            "tiles of 3 x 2 pixels: expected the tiled flag unset for a single tile",
        ),
        (forge(tile_size=(4, 2)), "tiles of 4 x 2 pixels: expected 1 x 1 to 3 x 2"),
        (forge(tiles=[bytes(5)]), "tile 0: 5 bytes stored: expected 4"),
        (tiles_of_200([99, 100]), "tile 1: 100 bytes stored: expected 1 to 99"),
    ],
)  # fmt: skip
def test_an_error_says_what_is_wrong_where_and_what_was_expected(data: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=f"^{re.escape(message)}$"):
        decode(data)


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
        decode(b"\x8bKMF\x10" + noise if after_magic else noise, max_pixels=10_000)
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
    with pytest.raises(LimitError, match=r"^image of 3 x 2 pixels exceeds .* max_pixels = 5 "):
        decode(forge(), max_pixels=5)


@pytest.mark.parametrize("kind", [b"Crit", b"abc", b"abcde", b"a cd", b"1abc", b"ab\xe9d"])
def test_a_chunk_of_no_allowed_type_is_not_written(kind: bytes) -> None:
    image = indexed(2, 2, 2)
    with pytest.raises(ParameterError, match="chunk type"):
        encode_indexed(IndexedImage(image.palette, image.indices, (Chunk(kind, b""),)))
