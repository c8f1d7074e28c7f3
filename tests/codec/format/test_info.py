"""What a file says of itself is what was written."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

import kmformat
from tools.conformance.forge.compact import orders_chunk
from tools.conformance.forge.container import chunk, forge
from tools.conformance.forge.zstd import as_frame


def test_info_tells_what_was_written(picture: Path) -> None:
    info = kmformat.read_info(picture)
    assert (info.width, info.height, info.colors, info.bits, info.alpha) == (80, 60, 16, 4, False)
    assert (info.tile_size, info.tiles, sum(info.methods.values())) == ((32, 32), 6, 6)
    assert info.file_size == picture.stat().st_size
    assert len(info.palette) == 16
    assert info.sizes["header"] == 11  # 7 bytes, and width, height and tile size in one each
    assert (info.sizes["checksum"], info.sizes["tail"]) == (4, 0)
    numbers = info.sizes["directory"] - 4 * info.tiles
    assert 6 <= numbers <= 12
    assert info.bits_per_pixel == 8 * info.file_size / (80 * 60)
    assert info.packed == (info.sizes["palette"] < 48)
    held = kmformat.read_info(io.BytesIO(forge(chunks=chunk(b"abcd", b"12345"))))
    assert held.chunks == (("abcd", 5),)
    assert held.methods == {"stored": 1}


def test_info_counts_values_as_the_textbook_does() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (128, 128, 3), np.uint8)
    info = kmformat.read_info(io.BytesIO(kmformat.encode(pixels)))
    assert (info.raw_values, info.indexed_values) == (49_152, 16_432)
    rgba = kmformat.read_info(forge(flags=6, palette=bytes(8), tiles=[bytes(4)]))
    assert (rgba.channels, rgba.raw_values, rgba.indexed_values) == (4, 24, 14)


@pytest.mark.parametrize("methods", [[0, 0], [1, 1], [0, 1]])
def test_a_file_of_plain_tiles_of_either_kind_is_for_plain_readers(methods: list[int]) -> None:
    tiles = [bytes(100), as_frame(bytes(100))]
    data = forge(
        width=200, height=2, tile_size=(200, 1), tiles=[tiles[each] for each in methods],
        methods=methods,
    )  # fmt: skip
    info = kmformat.read_info(data)
    assert "plain" in info.readers
    assert sum(info.methods.values()) == 2


def test_a_plain_reader_passes_over_chunks_but_tables() -> None:
    assert "plain" in kmformat.read_info(forge(chunks=chunk(b"abcd"))).readers
    orders = kmformat.read_info(forge(chunks=orders_chunk([0] * 27)))
    assert orders.chunks == (("ORDR", 29),)
    assert "plain" not in orders.readers
