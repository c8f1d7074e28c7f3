"""Files are taken apart and put together, and changes leave lengths and checksums right."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

import kmformat
from kmformat.errors import FormatError, LimitError
from tests.samples import photo
from tools.conformance.runner import VECTORS
from tools.fuzz import mutate
from tools.fuzz.parts import Parts, take_apart

ENTRIES = json.loads((VECTORS / "manifest.json").read_text())["vectors"]
VALID = [entry["file"] for entry in ENTRIES if entry["verdict"] == "valid"]
FEW_TILES = 1 << 10
FLAWS = {"truncated", "trailing", "head-checksum", "tile-checksum", "chunk-length"}
"""What is wrong with a file whose lengths or checksums are."""


def flip(data: bytes) -> bytes:
    """The same with a bit changed, or a byte more."""
    return bytes([data[0] ^ 1]) + data[1:] if len(data) % 2 else data + b"\x55"


@pytest.mark.parametrize("name", VALID)
def test_a_valid_file_is_the_same_when_put_together(name: str) -> None:
    data = (VECTORS / name).read_bytes()
    parts = take_apart(data)
    if parts is None:
        assert kmformat.read_info(data).tiles > FEW_TILES
    else:
        assert parts.to_bytes() == data


def test_what_breaks_off_in_its_head_has_no_parts() -> None:
    data = kmformat.encode(photo())
    assert all(take_apart(data[:size]) is None for size in range(40))


def code_of(data: bytes) -> str:
    try:
        kmformat.decode_indexed(data, max_pixels=1 << 16)
    except (FormatError, LimitError) as error:
        return error.code
    return ""


def parts_of(**options: Any) -> Parts:
    parts = take_apart(kmformat.encode(photo(), colors=16, tile=(32, 32), **options))
    assert parts is not None
    return parts


@pytest.mark.parametrize(
    "options", [{"fast_decode": True}, {"zstd": False}, {"smallest": True}, {}]
)
def test_changed_tiles_and_palettes_have_right_lengths_and_checksums(
    options: dict[str, Any],
) -> None:
    codes = set()
    for seed in range(30):
        parts, random = parts_of(**options), Random(seed)
        for change in (mutate._tile, mutate._palette, mutate._method):
            change(parts, random, flip)
        codes.add(code_of(parts.to_bytes()))
    assert not codes & FLAWS
    assert len(codes) > 1


def test_a_changed_sequence_has_its_length() -> None:
    parts = take_apart(kmformat.encode(photo(200, 200), colors=16, effort=7))
    assert parts is not None
    assert parts.streams > 1
    method, data = next(tile for tile in parts.tiles if tile[0] == 2)
    found = {
        mutate.changed_sequences(data, parts.streams, Random(seed), flip) for seed in range(40)
    }
    assert len(found) > 10
    sizes = {len(each) for each in found}
    assert len(sizes) > 1
    codes = set()
    for each in found:
        parts.tiles = [(method, each)] * len(parts.tiles)
        codes.add(code_of(parts.to_bytes()))
    assert codes & {"zstd-data", "stream-length", "rank", "zstd-content-size"}
    assert not codes & FLAWS


def test_a_changed_frame_ends_where_its_blocks_do() -> None:
    parts = parts_of(fast_decode=True)
    method, data = parts.tiles[0]
    assert method == 1
    codes = set()
    for seed in range(40):
        parts.tiles[0] = method, mutate.changed_frame(data, Random(seed), flip)
        codes.add(code_of(parts.to_bytes()))
    assert "zstd-data" in codes
    assert not codes & FLAWS
