"""zstd frames: one kind is accepted, every other is refused by name before it is decompressed."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from kmformat.codec.options import MAX_LEVEL
from kmformat.codec.zstd_frame import (
    ENTROPY,
    SHORT_MATCHES,
    Setting,
    compress,
    decompress,
    frame_header,
)
from kmformat.errors import Code, FormatError
from tools.conformance.forge import zstd as forge_zstd

DATA = bytes(range(100)) * 3
GOOD = zstandard.ZstdCompressor().compress(DATA)
NOISE = np.random.default_rng(0).integers(0, 256, 9 << 20, np.uint8).tobytes()


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_any_damage_gives_the_data_or_a_format_error(position: int, change: int) -> None:
    frame = bytearray(GOOD)
    frame[position] ^= change
    try:
        assert len(decompress(bytes(frame), len(DATA))) == len(DATA)  # damage that zstd can't see
    except FormatError as error:
        assert error.code.startswith("zstd-")


def test_nothing_is_allocated_for_a_forged_size() -> None:
    tracemalloc.start()
    with pytest.raises(FormatError):
        decompress(forge_zstd.frame(1 << 30, window=0), len(DATA))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


@pytest.mark.parametrize("level", [1, 3, 15, 19, MAX_LEVEL])
def test_every_level_writes_what_is_accepted(level: int) -> None:
    for data in (b"\0", DATA, NOISE if level == MAX_LEVEL else NOISE[:1000]):
        assert decompress(compress(data, Setting(level)), len(data)) == data


@pytest.mark.parametrize("setting", [ENTROPY, SHORT_MATCHES])
def test_every_setting_writes_what_is_accepted(setting: Setting) -> None:
    for data in (b"\0", DATA, NOISE):
        assert decompress(compress(data, setting), len(data)) == data


SIZED = forge_zstd.as_frame(b"abc")
UNSIZED = forge_zstd.frame(3, forge_zstd.raw(b"abc"), window=0, size_flag=0)


@pytest.mark.parametrize(
    ("frame", "most", "told"),
    [
        (UNSIZED, 4, "no content size: expected 4"),
        (SIZED, 4, "3 bytes: expected 4"),
        (SIZED, 6, "3 bytes: expected 4 to 6"),
    ],
)
def test_another_size_than_was_expected_is_told(frame: bytes, most: int, told: str) -> None:
    with pytest.raises(FormatError, match=f"^the zstd frame declares {told} bytes$") as caught:
        decompress(frame, 4, most)
    assert caught.value.code is Code.ZSTD_CONTENT_SIZE


def test_a_size_may_lie_in_a_range() -> None:
    assert decompress(GOOD, 1, len(DATA)) == DATA
    for least, most in ((0, len(DATA) - 1), (len(DATA) + 1, 10**6)):
        with pytest.raises(FormatError, match=f"{least} to {most}") as caught:
            decompress(GOOD, least, most)
        assert caught.value.code is Code.ZSTD_CONTENT_SIZE


@pytest.mark.parametrize("size", [0, 3])
def test_a_reserved_block_is_malformed_whatever_follows(size: int) -> None:
    head = GOOD[: frame_header(GOOD).size]  # type: ignore[union-attr]
    block = (size << 3 | 3 << 1 | 1).to_bytes(3, "little")
    with pytest.raises(FormatError, match="malformed block") as caught:
        decompress(head + block + bytes(9), len(DATA))
    assert caught.value.code is Code.ZSTD_DATA
