"""zstd frames: one kind is accepted, every other is refused by name before it is decompressed."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from kmformat.compression import (
    ENTROPY,
    MAX_LEVEL,
    SHORT_MATCHES,
    Setting,
    compress,
    decompress,
)
from kmformat.errors import Code, FormatError
from tests.forge import raw_frame, zstd_frame

DATA = bytes(range(100)) * 3
GOOD = zstd_frame(DATA)
NOISE = np.random.default_rng(0).integers(0, 256, 9 << 20, np.uint8).tobytes()


BAD = {
    "empty": (b"", Code.ZSTD_FRAME),
    "no magic": (b"\0" + GOOD[1:], Code.ZSTD_FRAME),
    "magic only": (GOOD[:4], Code.ZSTD_FRAME),
    "reserved bit": (raw_frame(DATA, descriptor_bits=8), Code.ZSTD_FRAME),
    "skippable": (b"\x50\x2a\x4d\x18" + (300).to_bytes(4, "little") + DATA, Code.ZSTD_FRAME),
    "dictionary": (raw_frame(DATA, dictionary=7), Code.ZSTD_DICTIONARY),
    "checksum": (zstd_frame(DATA, write_checksum=True), Code.ZSTD_CHECKSUM),
    "no size": (zstd_frame(DATA, write_content_size=False), Code.ZSTD_CONTENT_SIZE),
    "smaller": (zstd_frame(DATA[1:]), Code.ZSTD_CONTENT_SIZE),
    "larger": (zstd_frame(DATA + b"x"), Code.ZSTD_CONTENT_SIZE),
    "2^60": (raw_frame(DATA, content_size=1 << 60), Code.ZSTD_CONTENT_SIZE),
    "window": (raw_frame(DATA, window_log=24), Code.ZSTD_WINDOW),
    "no content": (raw_frame(b"", content_size=len(DATA)), Code.ZSTD_DATA),
    "too much content": (raw_frame(DATA + b"x", content_size=len(DATA)), Code.ZSTD_DATA),
    "reserved block type": (raw_frame(DATA, block_type=3), Code.ZSTD_DATA),
    "reserved block type, and more": (
        raw_frame(DATA, block_type=3) + b"x", Code.ZSTD_DATA,
    ),
    "malformed block": (raw_frame(DATA, block_type=2), Code.ZSTD_DATA),
    "cut": (GOOD[:-1], Code.ZSTD_DATA),
    "cut in a block header": (GOOD[: zstandard.frame_header_size(GOOD) + 2], Code.ZSTD_DATA),
    "trailing byte": (GOOD + b"\0", Code.ZSTD_TRAILING),
    "second frame": (GOOD + GOOD, Code.ZSTD_TRAILING),
    "dictionary before checksum": (
        raw_frame(DATA, dictionary=7, descriptor_bits=4), Code.ZSTD_DICTIONARY,
    ),
    "checksum before size": (
        raw_frame(DATA, content_size=1, descriptor_bits=4), Code.ZSTD_CHECKSUM,
    ),
    "size before window": (
        raw_frame(DATA, content_size=1, window_log=24), Code.ZSTD_CONTENT_SIZE,
    ),
    "window before data": (raw_frame(DATA, window_log=24, block_type=3), Code.ZSTD_WINDOW),
    "trailing before data": (raw_frame(DATA, block_type=2) + b"\0", Code.ZSTD_TRAILING),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_frame_is_refused_by_name(name: str) -> None:
    frame, code = BAD[name]
    with pytest.raises(FormatError) as caught:
        decompress(frame, len(DATA))
    assert caught.value.code is code


@pytest.mark.parametrize("frame", [GOOD, raw_frame(DATA), raw_frame(DATA, window_log=23)])
def test_a_plain_frame_is_accepted(frame: bytes) -> None:
    assert decompress(frame, len(DATA)) == DATA


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
        decompress(raw_frame(b"", content_size=1 << 30), len(DATA))
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


def test_a_size_may_lie_in_a_range() -> None:
    assert decompress(GOOD, 1, len(DATA)) == DATA
    for least, most in ((0, len(DATA) - 1), (len(DATA) + 1, 10**6)):
        with pytest.raises(FormatError, match=f"{least} to {most}") as caught:
            decompress(GOOD, least, most)
        assert caught.value.code is Code.ZSTD_CONTENT_SIZE


def test_a_block_larger_than_the_window_is_refused() -> None:
    assert decompress(raw_frame(bytes(1024), window_log=10), 1024) == bytes(1024)
    with pytest.raises(FormatError) as caught:
        decompress(raw_frame(bytes(1025), window_log=10), 1025)
    assert caught.value.code is Code.ZSTD_DATA
