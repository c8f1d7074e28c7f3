"""Which test vectors a plain, and which a small reader must answer like any decoder.

Both are told from the bytes of a file alone. A plain reader is a decoder of stored and zstd
tiles alone (spec, section 1): for all other vectors it must give the error `compact`. A small
reader, for machines with kilobytes, may give `small` for them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from tools.conformance.forge import zstd as z
from tools.conformance.forge.libzstd_frames import PATCHES_24_24_12, PATCHES_40_30_5
from tools.conformance.forge.varints import varint

FIRST_FIELDS = 7
"""Bytes before the first varint: magic, version, flags, colours."""
ALPHA, TILED, CHUNKS, PACKED = 4, 8, 16, 32
"""Bits of the flags byte."""
MOST = 0xFFFFFFFF
"""The largest number that a varint can tell."""
TABLES = (b"ORDR", b"SMAP")
ZSTD, COMPACT, DENSE = 1, 2, 3
"""The numbers of the methods of zstd, compact and dense tiles."""
BEFORE_PALETTE = {
    "magic", "version", "reserved", "dimensions", "limit", "tile-size", "palette-size",
    "head-checksum",
}  # fmt: skip
"""Errors that any decoder meets before it unpacks a palette, in steps 1 to 8 of section 5."""
BEFORE_CHUNKS = BEFORE_PALETTE | {"palette-end"}
"""Those that small readers meet, as any that unpacks palettes, before they read the chunks."""
BEFORE_TABLES = BEFORE_PALETTE | {
    "chunk-length", "chunk-type", "chunk-critical", "chunk-duplicate", "chunk-count", "tail",
}  # fmt: skip
"""Errors that any decoder meets before it reads the tables, in steps 1 to 9; but a plain reader has
refused a packed palette before."""
BEFORE_COMPACT_TILES = {"tile-method", "tile-length"}
"""Errors that any decoder meets in step 10, before a plain reader refuses tiles."""
MOST_COLORS, MOST_BYTES, MOST_CONTENTS, MOST_LOG = 16, 4096, 8192, 7
"""The bounds of small readers: colours beside compact tiles, bytes of a tile or window, bytes that
the frames of a compact tile or of a table hold together, and the log of an FSE table."""
SMALL_TABLES = (PATCHES_24_24_12, PATCHES_40_30_5)
"""Frames that libzstd wrote, whose FSE tables are of logs up to 6."""


@dataclass(frozen=True)
class Parts:
    """What of a file counts here."""

    colors: int
    packed: bool
    """Whether the palette is."""
    tables: list[bytes]
    """The payloads of its chunks ORDR and SMAP, as far as chunks can be told apart."""
    tiles: list[tuple[int, int, bytes]]
    """Method, packed size and stored bytes of each tile."""


class Numbers:
    """Reads varints one after the other; ValueError if one is malformed or cut."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self.at = data, at

    def next(self) -> int:
        """Return the next number."""
        start = self.at
        while self._data[self.at : self.at + 1] > b"\x7f":
            self.at += 1
        self.at += 1
        taken = self._data[start : self.at]
        value = sum((byte & 127) << 7 * place for place, byte in enumerate(taken))
        if len(taken) < self.at - start or value > MOST or varint(value) != taken:
            raise ValueError
        return value


def parts_of(data: bytes) -> Parts | None:
    """Return the parts of a file, or None if its head is cut or has a malformed varint."""
    if len(data) < FIRST_FIELDS:
        return None
    flags, colors = data[5:7]
    colors += 1
    numbers = Numbers(data, FIRST_FIELDS)
    try:
        width, height = tile_width, tile_height = numbers.next(), numbers.next()
        if flags & TILED:
            tile_width, tile_height = numbers.next(), numbers.next()
        chunks_length = numbers.next() if flags & CHUNKS else 0
        palette = numbers.next() if flags & PACKED else colors * (4 if flags & ALPHA else 3)
        at = numbers.at + palette
        directory = numbers.at = at + chunks_length
        columns, rows = -(-width // tile_width), -(-height // tile_height)
        entries = [numbers.next() for _ in range(columns * rows)]
    except ValueError:
        return None
    end = numbers.at + 4 * len(entries) + 4
    if end > len(data):
        return None
    tables = []
    while at < directory:
        kind, length = struct.unpack_from("<4sI", data, at)
        at += 8 + length
        if kind in TABLES:
            tables.append(data[at - length : at])
    tiles = []
    for number, entry in enumerate(entries):
        length, method = divmod(entry, 8)
        y, x = divmod(number, columns)
        tile = min(tile_width, width - x * tile_width), min(tile_height, height - y * tile_height)
        packed = tile[1] * -(-tile[0] * (1 << (flags & 3)) // 8)
        tiles.append((method, packed, data[end : end + length]))
        end += length
    return Parts(colors, flags & PACKED > 0, tables, tiles)


def is_plain(data: bytes, error: str | None) -> bool:
    """Return whether a plain reader finds in a file what any decoder finds, and not `compact`.

    Parameters
    ----------
    error
        What any other decoder finds: the code of an error, or None for an image.
    """
    if error in BEFORE_PALETTE or (parts := parts_of(data)) is None:
        return True
    if parts.packed:
        return False
    if error in BEFORE_TABLES:
        return True
    if parts.tables:
        return False
    ranked = any(method in (COMPACT, DENSE) for method, _, _ in parts.tiles)
    return error in BEFORE_COMPACT_TILES or not ranked


def is_small(data: bytes, error: str | None) -> bool:
    """Return whether a small reader finds in a file what any decoder finds, and not `small`."""
    if error in BEFORE_CHUNKS or (parts := parts_of(data)) is None:
        return True
    compact = any(method == COMPACT for method, _, _ in parts.tiles)
    if any(method == DENSE for method, _, _ in parts.tiles):
        return False
    if (compact or parts.tables) and parts.colors > MOST_COLORS:
        return False
    for held in parts.tables:
        if not _is_small_sequence(held):
            return False
    for method, packed, stored in parts.tiles:
        if method == ZSTD and not _is_small_frame(stored, packed):
            return False
        if method == COMPACT and (packed > MOST_BYTES or not _is_small_sequence(stored)):
            return False
    return True


def _is_small_sequence(data: bytes) -> bool:
    frames = list(_frames(data))
    contents = sum(content for _, content, _ in frames)
    return contents <= MOST_CONTENTS and all(_is_small_blocks(*frame) for frame in frames)


def _is_small_frame(data: bytes, packed: int) -> bool:
    frame = next(_frames(data), None)
    if frame is None:
        return packed <= MOST_BYTES
    return min(packed, frame[2]) <= MOST_BYTES and _is_small_blocks(*frame)


def _is_small_blocks(frame: bytes, content: int, window: int) -> bool:
    """Return whether the tables of a frame are small, and matches stay inside the window."""
    if frame.startswith(SMALL_TABLES):
        return True
    frame = frame.ljust(18, b"\0")
    at = 5 + (frame[4] & 32 == 0) + (0, 1, 2, 4)[frame[4] & 3]
    at += (int(frame[4] & 32 > 0), 2, 4, 8)[frame[4] >> 6]
    last = False
    while not last and at + 3 <= len(frame):
        header = int.from_bytes(frame[at : at + 3], "little")
        last, kind, size = bool(header & 1), header >> 1 & 3, header >> 3
        at += 3
        if kind == z.COMPRESSED and (window < content or _log(frame[at:]) > MOST_LOG):
            return False
        at += 1 if kind == z.RLE else size
    return True


def _log(block: bytes) -> int:
    """Return the log of the table in a block of `forge.zstd.match`; a large one for any other."""
    literals = block[0] >> 3
    modes, table = block[literals + 2 : literals + 4].ljust(2, b"\0")
    if block[literals + 1 : literals + 2] != b"\1":
        return 99
    return {0b01_01_01_00: 0, 0b10_01_01_00: 5 + (table & 15)}.get(modes, 99)


def _frames(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield the frames in stored bytes, with what lies behind them, content size and window."""
    at = data.find(z.MAGIC)
    while at >= 0:
        frame = data[at:].ljust(18, b"\0")
        single, place = frame[4] & 32 > 0, 5
        window = 0 if single else (8 + (frame[5] & 7)) << 7 + (frame[5] >> 3)
        place += (not single) + (0, 1, 2, 4)[frame[4] & 3]
        size = (int(single), 2, 4, 8)[frame[4] >> 6]
        content = int.from_bytes(frame[place : place + size], "little") + 256 * (size == 2)
        yield data[at:], content, content if single else window
        at = data.find(z.MAGIC, at + 4)
