"""Which test vectors a plain reader must pass (section 1 of the spec), from their bytes alone."""

from __future__ import annotations

import struct

SHORTEST_HEAD = 32
"""Bytes: 16 of fields, one colour, one tile, and the checksum."""
ALPHA, TILED, CHUNKS = 4, 8, 16
"""Flags."""
TABLES = (b"ORDR", b"SMAP")
COMPACT = 2
"""The number of a method."""
BEFORE_TABLES = {
    "magic", "version", "reserved", "dimensions", "limit", "tile-size", "palette-size",
    "head-checksum", "chunk-length", "chunk-type", "chunk-critical", "chunk-duplicate",
}  # fmt: skip
"""Errors that a decoder meets before it would read the tables, in steps 1 to 9."""
BEFORE_COMPACT_TILES = {"tile-method", "tile-length"}
"""Errors that it meets before a plain reader refuses compact tiles, in step 10."""


def is_plain(data: bytes, error: str | None) -> bool:
    """Return whether a plain reader makes of a file what others do; if not, it says `compact`.

    Parameters
    ----------
    error
        What others make of it: the code of an error, or None for an image.
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
        return True  # the head is cut off
    while at < directory:
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind in TABLES:
            return False
        at += 8 + length
    return error in BEFORE_COMPACT_TILES or COMPACT not in data[directory:][: 9 * tiles : 9]
