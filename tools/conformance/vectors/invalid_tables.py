"""Test vectors with an error in a chunk or a table (ORDR, SMAP), found in step 9 of section 5."""

from __future__ import annotations

from collections.abc import Iterator

from tools.conformance.forge import zstd as z
from tools.conformance.forge.compact import FRAMED, PLAIN, head, map_chunk, orders_chunk, packed
from tools.conformance.forge.container import chunk, forge
from tools.conformance.forge.varints import varint
from tools.conformance.vectors.patterns import Vector, invalid

MAX = 0xFFFFFFFF
"""The largest number that a varint can tell."""
K = 3
"""Colours of most of the files."""
DIGITS = [0] * 27
"""The numbers of ORDR for three colours that keep the default orders."""
MAP = [0] * 36
"""All contexts of three colours in stream 0."""
ORDR, SMAP = orders_chunk(DIGITS), map_chunk(MAP, PLAIN[0], streams=2)
"""Both tables without a fault."""

Faults = dict[str, tuple[str, bytes, str, str]]
"""By the name of the vector: the error, the chunks, what it tries, and the note."""


def vectors() -> Iterator[Vector]:
    """Yield the vectors of this module; most are 3 x 2 pixels of three colours, none compact."""
    rows = _chunks() | _chunk_counts() | _chunk_order() | _orders() | _map() | _table_order()
    for name, (error, chunks, sections, note) in rows.items():
        yield invalid(name, error, forge(chunks=chunks), f"{sections} 5.9", note)
    yield from _lengths()
    yield from _colors()
    yield from _before_tiles()


def _chunks() -> Faults:
    cut = {
        "header-cut-1": (b"a", "one byte of a chunk"),
        "header-cut-7": (b"abcd\0\0\0", "7 bytes of a chunk"),
        "payload-cut": (chunk(b"abcd", b"xy", length=3), "a payload past the end by a byte"),
        "payload-4-gib": (chunk(b"abcd", b"xy", length=MAX), "a payload of 2^32 - 1 bytes"),
        "payload-wraps": (
            chunk(b"abcd", b"xy", length=MAX - 7), "a payload that ends at 2^32",
        ),
        "payload-wraps-inside": (
            chunk(b"abcd", b"xyz", length=MAX - 5), "a payload that ends at 2^32 + 2",
        ),
        "second-cut": (chunk(b"abcd", b"x") + b"efgh\0", "the second chunk is cut"),
        "second-payload": (chunk(b"abcd") + chunk(b"efgh", length=1), "the second payload is cut"),
        "zeros": (b"\0", "a byte of zero after no chunk"),
    }  # fmt: skip
    faults: Faults = {
        f"chunk-length-{name}": ("chunk-length", data, "3.3a 5b 2a", note)
        for name, (data, note) in cut.items()
    }
    for first in (b"1", b"@", b"[", b"`", b"{", b"\0", b"\xc3"):
        note = f"a type that begins with byte {first.hex()}"
        faults[f"chunk-type-first-{first.hex()}"] = (
            "chunk-type",
            chunk(first + b"bcd"),
            "3.3b",
            note,
        )
    for byte in b"/:@[`{ \0-\xe1":
        for place in (1, 3) if byte == 0x20 else (2,):
            changed = bytearray(b"abcd")
            changed[place] = byte
            note = f"byte {place} of the type is {byte:02x}"
            name = f"chunk-type-{place}-{byte:02x}"
            faults[name] = "chunk-type", chunk(bytes(changed)), "3.3b", note
    for kind in (b"Abcd", b"Zzzz", b"Ordr", b"ORD0"):
        note = f"an unknown critical chunk {kind.decode()}"
        data = chunk(kind, b"x")
        faults[f"chunk-critical-{kind.hex()}"] = "chunk-critical", data, "3.3c 6 1b", note
    duplicate = "chunk-duplicate"
    return faults | {
        "chunk-duplicate-smap": (duplicate, SMAP * 2, "3.3e", "two SMAP"),
        "chunk-duplicate-ordr": (duplicate, ORDR * 2, "3.3e", "two ORDR"),
        "chunk-duplicate-apart": (duplicate, SMAP + ORDR + SMAP, "3.3e", "SMAP, ORDR, SMAP"),
        "chunk-duplicate-empty": (
            duplicate, chunk(b"ORDR") + chunk(b"abcd") + chunk(b"ORDR"), "3.3e", "two empty ORDR",
        ),
    }  # fmt: skip


def _chunk_counts() -> Faults:
    most = chunk(b"abcd") * 256
    rows = {
        "chunk-count": (most + chunk(b"abcd"), "257 ancillary chunks"),
        "chunk-count-types": (
            b"".join(chunk(b"a%03d" % n) for n in range(257)), "257, each of its own type",
        ),
        "chunk-count-before-length": (most + chunk(b"abcd") + b"?", "257, and a cut one"),
        "chunk-count-before-tail": (most + chunk(b"TAIL") + chunk(b"abcd"), "257, an empty TAIL"),
    }  # fmt: skip
    faults: Faults = {
        name: ("chunk-count", data, "3.3f 5a 7", note) for name, (data, note) in rows.items()
    }
    return faults | {
        "chunk-type-before-count": ("chunk-type", most + chunk(b"a cd"), "5a", "a malformed one"),
        "chunk-critical-after-256": (
            "chunk-critical", most + chunk(b"Abcd"), "5a", "256, and an unknown critical one",
        ),
    }  # fmt: skip


def _chunk_order() -> Faults:
    rows = {
        "length-before-type": ("chunk-length", chunk(b"????", length=9), "length and type wrong"),
        "type-before-next-length": ("chunk-type", chunk(b"a cd") + b"?", "then a cut chunk"),
        "type-before-critical": ("chunk-type", chunk(b"A cd"), "malformed, and upper-case"),
        "critical-before-next-type": (
            "chunk-critical", chunk(b"Abcd") + chunk(b"????"), "unknown, then malformed",
        ),
        "type-before-next-critical": (
            "chunk-type", chunk(b"????") + chunk(b"Abcd"), "malformed, then unknown",
        ),
        "duplicate-before-next-critical": (
            "chunk-duplicate", SMAP * 2 + chunk(b"Abcd"), "two SMAP, then an unknown chunk",
        ),
        "critical-before-next-duplicate": (
            "chunk-critical", SMAP + chunk(b"Abcd") + SMAP, "an unknown chunk between two SMAP",
        ),
        "critical-twice": ("chunk-critical", chunk(b"Abcd") * 2, "an unknown chunk twice"),
        "length-before-duplicate": (
            "chunk-length", SMAP + chunk(b"SMAP", length=1), "a second SMAP, which is cut",
        ),
        "critical-before-tables": (
            "chunk-critical", chunk(b"ORDR") + chunk(b"Abcd"), "an empty ORDR, then unknown",
        ),
        "length-before-tables": ("chunk-length", chunk(b"SMAP") + b"abc", "an empty SMAP, and cut"),
        "duplicate-before-tables": ("chunk-duplicate", chunk(b"SMAP") * 2, "two empty SMAP"),
    }  # fmt: skip
    return {
        f"chunk-{name}": (error, data, "5a 3.3", note) for name, (error, data, note) in rows.items()
    }


def sequence_faults(count: int, before: bytes) -> dict[str, tuple[str, bytes, str]]:
    """Return faults of a sequence of `count` zeros after `before`: error, bytes of both, note."""
    size = -(-count // 4)
    whole, frame = head(size, 1) + bytes(size), z.frame(size, z.repeat(0, size))
    longer, shorter = z.frame(size + 1, z.repeat(0, size + 1)), z.frame(size - 1, z.repeat(0, 1))
    framed = {
        "zstd-empty": ("zstd-frame", b""),
        "zstd-frame": ("zstd-frame", b"?" * size),
        "zstd-dictionary": ("zstd-dictionary", z.frame(size, z.repeat(0, size), dictionary=b"\1")),
        "zstd-checksum": ("zstd-checksum", z.frame(size, z.repeat(0, size), bits=4)),
        "zstd-longer": ("zstd-content-size", longer),
        "zstd-shorter": ("zstd-content-size", shorter),
        "zstd-window": (
            "zstd-window", z.frame(size, z.repeat(0, size), window=z.window_byte(24), size_flag=2),
        ),
        "zstd-data": ("zstd-data", frame[:-1]),
        "zstd-short": ("zstd-data", z.frame(size, z.repeat(0, size - 1))),
        "zstd-trailing": ("zstd-trailing", frame + b"\0"),
        "zstd-padding": ("padding", z.frame(size, z.repeat(1, size))),
    }  # fmt: skip
    faults = {
        "no-sequence": ("stream-truncated", b"", "the sequence is missing"),
        "varint-cut": ("stream-truncated", b"\xf1", "the varint is cut"),
        "varint-long": ("varint", b"\x81\x80\x80\x80\x80\0", "a varint of six bytes"),
        "varint-zero": ("varint", b"\x91\0" + bytes(size), "a varint whose last byte is 0"),
        "bytes-cut": ("stream-truncated", whole[:-1], "the last byte is missing"),
        "bytes-huge": ("stream-truncated", varint((1 << 32) - 15) + bytes(size), "2^28 - 1 bytes"),
        "short": ("stream-length", head(size - 1, 1) + bytes(size - 1), "a byte too few"),
        "long": ("stream-length", head(size + 1, 1) + bytes(size + 1), "a byte too many"),
        "none": ("stream-length", head(0, 1), "no bytes"),
        "padding": ("padding", whole[:-1] + b"\1", "a bit left over is set"),
        "runs-short": ("stream-length", head(1, 4) + bytes([count - 2 << 1]), "a number too few"),
        "runs-long": ("stream-length", head(1, 4) + bytes([count << 1]), "a number too many"),
    }  # fmt: skip
    if count % 4 == 0:
        del faults["padding"], framed["zstd-padding"]
    faults |= {
        name: (error, head(len(data), 1, framed=True) + data, "in a compressed sequence")
        for name, (error, data) in framed.items()
    }
    return {name: (error, before + data, note) for name, (error, data, note) in faults.items()}


def _orders() -> Faults:
    faults: Faults = {
        f"ordr-{name}": (error, chunk(b"ORDR", payload), "4.5 4.8", f"ORDR: {note}")
        for name, (error, payload, note) in sequence_faults(27, b"").items()
        if name in ("zstd-frame", "zstd-longer") or not error.startswith("zstd")
    }
    for place, digit in ((0, 3), (1, 2), (2, 1), (26, 1), (25, 2), (24, 3)):
        digits = list(DIGITS)
        digits[place] = digit
        note = f"number {place} is {digit}: less than {K - place % K} is due"
        faults[f"ordr-number-{place}"] = "orders", orders_chunk(digits, PLAIN[1]), "4.8b", note
    large = [*DIGITS[:-3], 255, 0, 0]
    trailing = head(7, 1) + b"\xc0" + bytes(7)
    return faults | {
        "ordr-number-255": ("orders", orders_chunk(large, FRAMED[3]), "4.8b", "number 24 is 255"),
        "ordr-trailing": (
            "stream-trailing", chunk(b"ORDR", head(7, 1) + bytes(8)), "4.8e", "a byte is left",
        ),
        "ordr-trailing-before-number": (
            "stream-trailing", chunk(b"ORDR", trailing), "5a 4.8", "number 0 wrong, a byte left",
        ),
    }  # fmt: skip


def _map() -> Faults:
    faults: Faults = {
        f"smap-{name}": (error, chunk(b"SMAP", payload), "4.5 4.8", f"SMAP: {note}")
        for name, (error, payload, note) in sequence_faults(36, b"\2").items()
        if name == "zstd-data" or not error.startswith("zstd")
    }
    for streams in (0, 1, 9, 128, 255):
        note = f"{streams} streams"
        data = map_chunk(MAP, PLAIN[0], streams=streams)
        faults[f"smap-streams-{streams}"] = "stream-map", data, "4.8c", note
    for streams in (2, 8):
        for place in (0, 35):
            numbers = list(MAP)
            numbers[place] = streams
            data = map_chunk(numbers, PLAIN[2], streams=streams)
            note = f"context {place} is in stream {streams} of {streams}"
            faults[f"smap-number-{place}-of-{streams}"] = "stream-map", data, "4.8d", note
    wrong = head(9, 1) + b"\x80" + bytes(8)
    padded = z.frame(5, z.repeat(1, 5))
    return faults | {
        "smap-number-255": ("stream-map", map_chunk([*MAP[:-1], 255], FRAMED[3], streams=8), "4.8d",
                            "context 35 is in stream 255"),
        "smap-empty": ("stream-truncated", chunk(b"SMAP"), "4.8", "an empty SMAP"),
        "smap-padding": (
            "padding", chunk(b"SMAP", b"\2" + head(5, 0) + packed([0] * 36 + [1], 1)), "4.5b",
            "a bit left over is set",
        ),
        "smap-zstd-padding": (
            "padding", chunk(b"SMAP", b"\2" + head(len(padded), 0, framed=True) + padded), "4.5b",
            "a bit left over is set, in a compressed sequence",
        ),
        "smap-trailing": (
            "stream-trailing", chunk(b"SMAP", b"\2" + head(5, 0) + bytes(6)), "4.8e", "a byte left",
        ),
        "smap-streams-before-sequence": (
            "stream-map", chunk(b"SMAP", b"\1"), "4.8c 5a", "one stream, and the sequence missing",
        ),
        "smap-streams-before-trailing": (
            "stream-map", chunk(b"SMAP", b"\x09" + head(5, 0) + bytes(6)), "4.8c 5a",
            "nine streams, and a byte left",
        ),
        "smap-trailing-before-number": (
            "stream-trailing", chunk(b"SMAP", b"\2" + wrong + b"\0"), "4.8d 4.8e 5a",
            "context 0 is in stream 2 of 2, and a byte left",
        ),
        "smap-padding-before-number": (
            "padding", chunk(b"SMAP", b"\2" + head(5, 0) + b"\0\0\0\0\1"), "4.5b 5a",
            "a bit left over is set, the lowest",
        ),
    }  # fmt: skip


def _table_order() -> Faults:
    bad_order, bad_map = orders_chunk([3, *DIGITS[1:]]), chunk(b"SMAP")
    return {
        "tables-orders-first": ("orders", bad_order + bad_map, "5a", "ORDR, then SMAP wrong"),
        "tables-orders-first-too": (
            "orders",
            bad_map + bad_order,
            "5a",
            "SMAP, then ORDR wrong",
        ),
        "tables-second": ("stream-truncated", bad_map + ORDR, "5a", "SMAP wrong, then a good ORDR"),
    }


def _lengths() -> Iterator[Vector]:
    for name, length in (("4-gib", MAX), ("wraps", (1 << 32) - 31), ("by-one", 5)):
        data = forge(chunks=b"", chunks_length=length)
        note = f"a chunks length of {length}, which are not there"
        yield invalid(f"chunks-length-{name}", "truncated", data, "5.7 2a 5b 7", note)
    data = forge(chunks=chunk(b"abcd"), chunks_length=7)
    note = "a chunks length of 7 for 8 bytes: the checksum is elsewhere"
    yield invalid("chunks-length-short", "head-checksum", data, "5.8", note)


def _colors() -> Iterator[Vector]:
    for name, payload in (("", b""), ("-sequence", head(0, 0)), ("-varint", b"\x81\0")):
        data = forge(flags=3, palette=bytes(51), tiles=[bytes(6)], chunks=chunk(b"ORDR", payload))
        note = "ORDR of 17 colours" + ", whose sequence is wrong" * bool(name)
        yield invalid(f"ordr-17-colours{name}", "orders", data, "4.8a 5.9 5a", note)
    data = forge(palette=bytes(3), tiles=[bytes(4)], chunks=orders_chunk([1], PLAIN[0]))
    yield invalid("ordr-1-colour", "orders", data, "4.8b 5.9", "K = 1: the number must be 0")
    frame = z.frame(323, z.repeat(0, 323))
    payload = b"\2" + head(len(frame), 0, framed=True) + frame
    data = forge(flags=3, palette=bytes(51), tiles=[bytes(6)], chunks=chunk(b"SMAP", payload))
    note = "a map of 2584 contexts, where 17 colours have 2592"
    yield invalid("smap-17-colours", "zstd-content-size", data, "4.7 4.8 5.9", note)


def _before_tiles() -> Iterator[Vector]:
    data = forge(chunks=orders_chunk([3, *DIGITS[1:]]), methods=[7])
    note = "ORDR and the method of the tile are wrong"
    yield invalid("orders-before-method", "orders", data, "5.9 5.10 5a", note)
    data = forge(chunks=chunk(b"SMAP"), lengths=[9])
    note = "SMAP and the length of the tile are wrong"
    yield invalid("map-before-length", "stream-truncated", data, "5.9 5.10 5a", note)
    data = forge(chunks=chunk(b"?"), methods=[7])
    note = "a chunk and the method of the tile are wrong"
    yield invalid("chunk-before-method", "chunk-length", data, "5.9 5.10 5a", note)
    data = forge(chunks=map_chunk([*MAP[:-1], 2], PLAIN[2], streams=2))[:-4]
    note = "a wrong SMAP, and no tile data"
    yield invalid("map-before-truncated", "stream-map", data, "5.9 5.11 5a", note)
