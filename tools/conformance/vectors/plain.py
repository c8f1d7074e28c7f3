"""Which test vectors a plain reader must answer like any decoder, told from their bytes alone.

A plain reader is a decoder without compact tiles (spec, section 1). For all other vectors it must
give the error `compact`.
"""

from __future__ import annotations

import struct

SHORTEST_HEAD = 32
"""Bytes: 16 of fields, 3 of one colour, 9 of one directory entry, 4 of the checksum."""
ALPHA, TILED, CHUNKS = 4, 8, 16
"""Bits of the flags byte."""
TABLES = (b"ORDR", b"SMAP")
COMPACT = 2
"""The number of the method of compact tiles."""
BEFORE_TABLES = {
    "magic", "version", "reserved", "dimensions", "limit", "tile-size", "palette-size",
    "head-checksum", "chunk-length", "chunk-type", "chunk-critical", "chunk-duplicate",
    "chunk-count", "tail",
}  # fmt: skip
"""Errors that any decoder meets before it reads the tables, in steps 1 to 9 of section 5."""
BEFORE_COMPACT_TILES = {"tile-method", "tile-length"}
"""Errors that any decoder meets in step 10, before a plain reader refuses compact tiles."""


def is_plain(data: bytes, error: str | None) -> bool:
    """Return whether a plain reader finds in a file what any decoder finds, and not `compact`.

    Parameters
    ----------
    error
        What any other decoder finds: the code of an error, or None for an image.
    """
    if error in BEFORE_TABLES or len(data) < SHORTEST_HEAD:
        return True
    flags, colors = data[6], data[7] + 1
    width, height = tile_width, tile_height = struct.unpack_from("<II", data, 8)
    at, chunks_length = 16, 0
    if flags & TILED:
        tile_width, tile_height = struct.unpack_from("<II", data, at)
        at += 8
    if flags & CHUNKS:
        (chunks_length,) = struct.unpack_from("<I", data, at)
        at += 4
    at += colors * (4 if flags & ALPHA else 3)
    directory = at + chunks_length
    tiles = -(-width // tile_width) * -(-height // tile_height)
    if directory + 9 * tiles + 4 > len(data):
        return True  # the head is cut off, which is found before a table is read
    while at < directory:
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind in TABLES:
            return False
        at += 8 + length
    return error in BEFORE_COMPACT_TILES or COMPACT not in data[directory:][: 9 * tiles : 9]
