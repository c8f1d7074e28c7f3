"""Limits of a reader, and heads that would make it work for what nobody asked for.

Work is counted, in bytes read, calls made and memory taken: seconds are those of a machine.
"""

from __future__ import annotations

import io
import struct
import sys
import tracemalloc
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from PIL import Image

import kmformat
from kmformat import LimitError, ParameterError, decode, encode_indexed
from tests.samples import Pipe, indexed
from tools.conformance import worst_files
from tools.conformance.forge.container import chunk, forge

TILES, CALLS = 20_000, 15_000
"""Fewer calls than tiles: of none is anything done by itself."""


class Counted(io.BytesIO):
    """A file that counts the bytes that are read of it."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


def one_by_one() -> bytes:
    """A file of many tiles, each a pixel, whose head is nearly all of it."""
    return worst_files.tiled(0, b"\0", (1, 1), (TILES, 1), 8)


READERS: dict[str, Callable[..., Any]] = {
    "decode": decode,
    "decode_indexed": kmformat.decode_indexed,
    "open": kmformat.open,
    "read_info": kmformat.read_info,
    "verify": kmformat.verify,
    "Reader": kmformat.Reader,
    "read_one": lambda data, **limits: kmformat.read_one(io.BytesIO(data), **limits),
    "decode_to": lambda data, **limits: kmformat.decode_to(
        data, np.empty((7, 9, 3), np.uint8), **limits
    ),
    "box": lambda data, **limits: decode(data, box=(0, 0, 1, 1), **limits),
    "scale": lambda data, **limits: decode(data, scale=0.5, **limits),
    "piped info": lambda data, **limits: kmformat.read_info(Pipe(data), **limits),  # type: ignore[arg-type]
    "pipe": lambda data, **limits: decode(Pipe(data), **limits),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", READERS)
def test_the_limit_of_tiles_is_on_those_of_the_image_and_inclusive(name: str) -> None:
    data, read = encode_indexed(indexed(7, 9, 3), tile=(2, 2)), READERS[name]
    read(data, max_tiles=20)
    with pytest.raises(
        LimitError, match=r"^image of 20 tiles exceeds .* max_tiles = 19 "
    ) as caught:
        read(data, max_tiles=19)
    assert caught.value.code == "tile-limit"
    with pytest.raises(ParameterError, match="max_tiles 0"):
        read(data, max_tiles=0)


@pytest.mark.parametrize("read", [decode, kmformat.read_info, kmformat.verify, kmformat.Reader])
def test_too_many_tiles_are_refused_before_the_directory_is_read(read: Callable[..., Any]) -> None:
    file = Counted(one_by_one())
    with pytest.raises(LimitError):
        read(file, max_tiles=TILES - 1)
    assert file.taken <= 37


def test_an_overview_has_no_more_tiles_than_the_limit_either() -> None:
    overview = encode_indexed(indexed(16, 16, 3), tile=(4, 4))
    listed = struct.pack("<IIQQ", 16, 16, 0, len(overview))
    chunks = chunk(b"TAIL", struct.pack("<Q", len(overview))) + chunk(b"ovrv", listed)
    data = forge(width=32, height=32, tiles=[bytes(512)], chunks=chunks, tail=overview)
    assert decode(data, scale=0.5, max_tiles=16).shape == (16, 16, 3)
    with pytest.raises(LimitError, match="16 tiles"):
        decode(data, scale=0.5, max_tiles=15)


def calls_of(function: Callable[[], object]) -> int:
    """How many functions of Python and C are called."""
    count = 0

    def see(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(see)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


@cache
def heads() -> dict[str, bytes]:
    entry = struct.pack("<IIQQ", 1, 1, 0, 1)
    return {
        "a tile": forge(),
        "tiles of a pixel": one_by_one(),
        "dense tiles": worst_files.tiled(3, worst_files.comb(4096, 8), (4096, 8), (1, 2000), 1),
        "chunks": forge(chunks=chunk(b"aaaa") * 256),
        "EXIF": forge(chunks=chunk(b"exif", b"II*\0\x08\0\0\0\xff\xff" + bytes(1 << 20))),
        "XMP": forge(chunks=chunk(b"xmpp", b"tiff:Orientation" * (1 << 16))),
        "overviews": forge(chunks=chunk(b"ovrv", entry * 40_000)),
        "a profile": forge(chunks=chunk(b"iccp", bytes(1 << 20))),
        "names": forge(chunks=chunk(b"name", bytes(1 << 20))),
    }


@pytest.mark.parametrize("name", heads())
def test_a_hostile_head_is_opened_with_few_calls_and_no_more_than_its_bytes(name: str) -> None:
    data = heads()[name]
    for read in (Image.open, kmformat.read_info):
        read(io.BytesIO(forge()))  # what is imported, or kept, once
        file = Counted(data)
        assert calls_of(lambda: read(file)) < CALLS, read  # noqa: B023
        assert file.taken < 3 * len(data) + 100, read
        tracemalloc.start()
        read(io.BytesIO(data))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < (1 << 20) + 12 * len(data), read


def test_a_file_says_what_it_is_whatever_its_size() -> None:
    data = worst_files.tiled(1, b"\0", (1 << 10, 1 << 10), (1 << 5, 1 << 5), 1)
    assert kmformat.read_info(data).width == READERS["piped info"](data).height == 1 << 15
    with pytest.raises(LimitError):
        kmformat.read_info(data, max_pixels=1 << 28)
    with pytest.raises(LimitError):
        kmformat.verify(data)
