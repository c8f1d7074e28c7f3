"""Test vectors with a tail, and with the chunk that lists overviews, which stand in it."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from tools.conformance.forge.compact import PLAIN, map_chunk, orders_chunk
from tools.conformance.forge.container import chunk, forge
from tools.conformance.vectors.patterns import Vector, file_of, invalid, noise, stored, valid
from tools.conformance.vectors.valid import EXAMPLE

MOST = (1 << 53) - 1
"""Bytes of the longest tail."""
SMALLER = forge(width=2, height=1, tiles=[b"\x01"])
"""A file of 2 x 1 pixels, to be an overview of 3 x 2."""


def vectors() -> Iterator[Vector]:
    """Yield the vectors of this module."""
    yield from _tails()
    yield from _overviews()
    yield from _stated_wrongly()
    yield from _ends()
    yield from _order()


def tail_chunk(length: int) -> bytes:
    """Return the chunk TAIL, which states a tail of so many bytes."""
    return chunk(b"TAIL", struct.pack("<Q", length))


def entry(width: int, height: int, offset: int, length: int) -> bytes:
    """Return what ``ovrv`` says of one overview."""
    return struct.pack("<IIQQ", width, height, offset, length)


def _tails() -> Iterator[Vector]:
    tails = {
        "0": (b"", "a tail of no bytes"),
        "1": (b"?", "a tail of one byte"),
        "300": (bytes(300), "a tail whose length takes two bytes"),
        "file": (SMALLER, "a tail that is a KMF file"),
    }
    for name, (tail, note) in tails.items():
        data = forge(chunks=tail_chunk(len(tail)), tail=tail)
        yield valid(f"tail-{name}", EXAMPLE, data, "3h 3.6 3.6a 3.6b 5.11", note)
    picture = noise(9, 5, 5)
    blob = chunk(b"abcd", b"x") + tail_chunk(3) + chunk(b"abcd")
    data = file_of(picture, 4, stored, tile_size=(4, 5), chunks=blob, tail=b"abc")
    yield valid("tail-tiles", picture, data, "3.6 3h", "tiles, other chunks, and a tail of 3 bytes")
    blob = chunk(b"tail", b"?") + chunk(b"taIL", bytes(8))
    note = "ancillary types that differ from TAIL only in case"
    yield valid("tail-lower-case", EXAMPLE, forge(chunks=blob), "3.3d 3.6", note)


def _overviews() -> Iterator[Vector]:
    whole = len(SMALLER)
    payloads = {
        "": (entry(2, 1, 0, whole), "an overview of 2 x 1 pixels"),
        "-empty": (b"", "a list of none"),
        "-cut": (entry(2, 1, 0, whole)[:-1], "an entry that is cut"),
        "-more": (entry(2, 1, 0, whole) + b"?", "a byte after the last entry"),
        "-past-end": (entry(2, 1, 1, whole), "an overview that ends after the tail"),
        "-outside": (entry(2, 1, whole, 1), "an overview that begins where the tail ends"),
        "-huge": (entry(2, 1, 1 << 63, 1 << 63), "offset and length that come to 2^64"),
        "-before": (entry(2, 1, (1 << 64) - 4, 4), "an offset of -4 bytes, if it were signed"),
        "-no-file": (entry(2, 1, 1, whole - 1), "an overview that is no KMF file"),
        "-other-size": (entry(3, 2, 0, whole), "an overview that is not as large as it says"),
        "-no-pixels": (entry(0, 0, 0, whole), "an overview of 0 x 0 pixels"),
        "-order": (
            entry(1, 1, 0, whole) + entry(2, 1, 0, whole), "two overviews, the smaller one first",
        ),
    }  # fmt: skip
    for name, (payload, note) in payloads.items():
        blob = tail_chunk(whole) + chunk(b"ovrv", payload)
        data = forge(chunks=blob, tail=SMALLER)
        yield valid(f"overviews{name}", EXAMPLE, data, "3.6 3.5b 3.6b", note)
    for count in (1, 2):
        data = forge(chunks=chunk(b"ovrv", entry(2, 1, 0, whole)) * count)
        note = f"{count} list{'s' * (count > 1)} of overviews, and no tail"
        yield valid(f"overviews-{count}-no-tail", EXAMPLE, data, "3.6 3.5b", note)


def _stated_wrongly() -> Iterator[Vector]:
    for size in (0, 4, 7, 9, 16):
        data = forge(chunks=chunk(b"TAIL", bytes(size)))
        note = f"the length of the tail, 0, in {size} bytes"
        yield invalid(f"tail-{size}-bytes", "tail", data, "3.6a 5.9", note)
    for name, length in (("2-53", MOST + 1), ("2-62", 1 << 62), ("2-64", (1 << 64) - 1)):
        data = forge(chunks=tail_chunk(length))
        note = f"a tail of {length} bytes is stated"
        yield invalid(f"tail-{name}", "tail", data, "3.6a 2a 5b 5.9", note)


def _ends() -> Iterator[Vector]:
    stated = forge(chunks=tail_chunk(4))
    ends = {
        "none": ("truncated", b"", "and none is there"),
        "cut": ("truncated", b"abc", "and 3 are there"),
        "more": ("trailing", b"abcde", "and 5 are there"),
    }
    for name, (error, tail, note) in ends.items():
        note = f"a tail of 4 bytes is stated, {note}"
        yield invalid(f"tail-{name}", error, stated + tail, "3h 3.6 5.11", note)
    note = "a tail of no bytes is stated, and one is there"
    data = forge(chunks=tail_chunk(0), tail=b"?")
    yield invalid("tail-0-more", "trailing", data, "3h 3.6 5.11", note)
    data = forge(chunks=tail_chunk(MOST), tail=b"abcd")
    note = "the longest tail is stated, and 4 bytes are there"
    yield invalid("tail-longest", "truncated", data, "3.6a 2a 5b 5.11", note)
    data = forge(chunks=chunk(b"ovrv", entry(2, 1, 0, len(SMALLER))), tail=SMALLER)
    note = "an overview after the tile data, and no TAIL"
    yield invalid("tail-not-stated", "trailing", data, "3h 3.6 5.11", note)
    data = forge(chunks=tail_chunk(4), tail=b"abc", tile_crcs=[0])
    note = "a tail that is cut, and a wrong checksum of the tile"
    yield invalid("tail-cut-before-checksum", "truncated", data, "5.11 5.12 5a", note)


def _order() -> Iterator[Vector]:
    bad, good = chunk(b"TAIL"), tail_chunk(0)
    bad_orders, tables = orders_chunk([3] + [0] * 26), map_chunk([0] * 36, PLAIN[0], streams=2)
    rows = {
        "duplicate": ("chunk-duplicate", good * 2, "3.3e", "two TAIL"),
        "duplicate-empty": ("chunk-duplicate", bad + bad, "3.3e 5a", "two empty TAIL"),
        "before-next-critical": (
            "chunk-critical", bad + chunk(b"Abcd"), "3.3c 5a", "an empty TAIL, then unknown",
        ),
        "before-tables": ("tail", bad_orders + bad, "3.6a 5a", "ORDR wrong, then an empty TAIL"),
        "beside-tables": ("tail", bad + tables, "3.6a 1d", "an empty TAIL, then a good SMAP"),
        "good-before-tables": ("orders", good + bad_orders, "4.8b", "a good TAIL, then a bad ORDR"),
    }  # fmt: skip
    for name, (error, chunks, sections, note) in rows.items():
        yield invalid(f"tail-{name}", error, forge(chunks=chunks), f"{sections} 5.9", note)
    data = forge(chunks=bad, methods=[7])
    note = "an empty TAIL, and an unknown method"
    yield invalid("tail-before-method", "tail", data, "5.9 5.10 5a", note)
