"""How large the tables of a zstd frame are, told without decoding it (RFC 8878, section 3.1.1.3).

A block states the codes of its sequences in up to three FSE tables, of 2^log entries each. Machines
with kilobytes have room for small ones only (spec, section 1).
"""

from __future__ import annotations

from collections.abc import Iterator

from kmformat.codec.zstd_frame import BLOCK_HEADER_SIZE, RLE_BLOCK, frame_end, frame_header

_PREDEFINED_LOG = 6
"""That of the largest of the tables that blocks need not state."""
_COMPRESSED_BLOCK = 2
_RLE_TABLE, _FSE_TABLE = 1, 2
_MOST_STATED = (1 << 21) - 1
"""The largest size that a block can state."""


def sizes_of(frame: bytes) -> tuple[int, int, int] | None:
    """Return content size and window of a frame in bytes, and the log of its largest table.

    None if its headers are malformed. What its blocks hold is not checked.
    """
    header = frame_header(frame)
    if header is None or header.content_size is None:
        return None
    if frame_end(frame, header.size, _MOST_STATED) is None:
        return None
    logs = (log for block in _compressed_blocks(frame, header.size) for log in _logs(block))
    return header.content_size, header.window, max(logs, default=_PREDEFINED_LOG)


def _compressed_blocks(frame: bytes, position: int) -> Iterator[bytes]:
    last = False
    while not last:
        start = position + BLOCK_HEADER_SIZE
        header = _number(frame, position, BLOCK_HEADER_SIZE)
        last, kind, size = bool(header & 1), header >> 1 & 3, header >> 3
        position = start + (1 if kind == RLE_BLOCK else size)
        if kind == _COMPRESSED_BLOCK:
            yield frame[start:position]


def _logs(block: bytes) -> Iterator[int]:
    """Yield the logs of the tables that a compressed block states."""
    position = _literals_end(block)
    count = _number(block, position, 1)
    if not count:
        return
    position += 1 + (count > 127) + (count > 254)
    modes = _number(block, position, 1)
    position += 1
    for shift in (6, 4, 2):  # of literal lengths, offsets, match lengths
        mode = modes >> shift & 3
        if mode == _FSE_TABLE:
            log, length = _table(block[position:])
            yield log
            position += length
        position += mode == _RLE_TABLE


def _literals_end(block: bytes) -> int:
    """Return where the literals of a compressed block end, and its sequences begin."""
    kind, form = block[0] & 3 if block else 0, _number(block, 0, 1) >> 2 & 3
    if kind < 2:  # raw, or one byte repeated
        size, shift = {0: (1, 3), 1: (2, 4), 2: (1, 3), 3: (3, 4)}[form]
        return size + (_number(block, 0, size) >> shift if kind == 0 else 1)
    size, bits = {0: (3, 10), 1: (3, 10), 2: (4, 14), 3: (5, 18)}[form]
    return size + (_number(block, 0, size) >> 4 + bits)


def _table(data: bytes) -> tuple[int, int]:
    """Return the log of an FSE table, and how many bytes its description takes (section 4.1.1)."""
    bits, place = int.from_bytes(data[:128], "little"), 4
    log = (bits & 15) + 5
    left = 1 << log
    while left > 0 and place < 8 * len(data):
        width = (left + 1).bit_length()
        value, low = bits >> place & (1 << width) - 1, (1 << width - 1) - 1
        few = (1 << width) - 2 - left
        short = value & low < few
        place += width - short
        value = value & low if short else value - few * (value > low)
        left -= abs(value - 1)
        while value == 1 and place < 8 * len(data):  # of no probability, and more of that
            zeros = bits >> place & 3
            place += 2
            if zeros < 3:
                break
    return log, (place + 7) // 8


def _number(data: bytes, start: int, size: int) -> int:
    return int.from_bytes(data[start : start + size], "little")
