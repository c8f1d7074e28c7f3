"""Zstandard frames written by hand (RFC 8878), so that any bit of them can be wrong on purpose.

A frame is a header and blocks. A block is raw, or one byte repeated (RLE), or compressed in the
simplest way there is: some literals as they are, then one match.
"""

from __future__ import annotations

from typing import NamedTuple

MAGIC = b"\x28\xb5\x2f\xfd"
KIB, MIB = 1 << 10, 1 << 20
RAW, RLE, COMPRESSED, RESERVED = range(4)
"""Types of blocks."""


class Block(NamedTuple):
    """A block: its type, the size that its header states, and the bytes that follow."""

    kind: int
    size: int
    body: bytes


def raw(data: bytes, *, size: int | None = None) -> Block:
    """Return a raw block; `size` is what it states, if that is not the size of the data."""
    return Block(RAW, len(data) if size is None else size, data)


def repeat(byte: int, count: int) -> Block:
    """Return an RLE block: one byte, `count` times."""
    return Block(RLE, count, bytes([byte]))


def compressed(body: bytes) -> Block:
    """Return a block of the compressed type with any body, which need not be well-formed."""
    return Block(COMPRESSED, len(body), body)


def match(literals: bytes, offset: int, length: int, *, log: int | None = None) -> Block:
    """Return a compressed block: literals, then a match of `length` bytes from `offset` back.

    Each of the three tables of codes is a single code, repeated (RLE mode). So codes take no bits,
    and below its end mark the bit stream has only the extra bits of offset and match length.

    Parameters
    ----------
    log
        That of an FSE table for literal lengths, 5 to 9, all but one of whose entries are the code
        of none: there must be no literals. None for RLE mode.
    literals
        At most 15 bytes.
    offset
        In bytes, counted back from the end of the literals.
    length
        3 to 34 or 131 to 1026 bytes.
    """
    if length <= 34:
        code, base, bits = length - 3, length, 0
    else:
        code, base, bits = next(row for row in _MATCH_LENGTHS if row[1] <= length < 2 * row[1] - 3)
    offset_value = offset + 3  # 1 to 3 would repeat an offset
    offset_code = offset_value.bit_length() - 1
    stream = offset_value << bits | length - base  # the top bit of the value is the end mark
    body = bytes([len(literals) << 3]) + literals
    if log is None:
        body += bytes([1, 0b01_01_01_00, len(literals), offset_code, code])
    else:
        assert not literals
        # probabilities of 2^log - 1 in log + 1 bits, and of 1 in two: some readers want two symbols
        table = log - 5 | ((1 << log + 1) - 2) << 4 | 0b11 << log + 5
        table_bytes = table.to_bytes(-(-(log + 7) // 8), "little")
        body += bytes([1, 0b10_01_01_00]) + table_bytes + bytes([offset_code, code])
        stream += (1 << log) - 1 << offset_code + bits  # a state of 0 below the end mark
    return compressed(body + stream.to_bytes(stream.bit_length() // 8 + 1, "little"))


_MATCH_LENGTHS = ((43, 131, 7), (44, 259, 8), (45, 515, 9))
"""Codes of match lengths from 131 bytes on: the code, its least length, and its extra bits."""


def block_bytes(block: Block, *, last: bool) -> bytes:
    """Return a block as bytes, with its header."""
    return (last | block.kind << 1 | block.size << 3).to_bytes(3, "little") + block.body


def frame(
    content: int,
    *blocks: Block,
    size_flag: int | None = None,
    window: int | None = None,
    dictionary: bytes = b"",
    bits: int = 0,
    magic: bytes = MAGIC,
    ended: bool = True,
) -> bytes:
    """Return a frame.

    Parameters
    ----------
    content
        The content size in bytes that the header states.
    size_flag
        In how many bytes it is stated: 0 to 3 for 0 (1 if single-segment), 2, 4 or 8; None for the
        fewest that hold it.
    window
        The window descriptor byte; None for a single-segment frame, which has none.
    dictionary
        The dictionary ID, of 0, 1, 2 or 4 bytes.
    bits
        Further bits of the frame header descriptor: 4 checksum flag, 8 reserved, 16 unused.
    ended
        Whether the last block is marked as the last.
    """
    single = window is None
    if size_flag is None:
        size_flag = (0 if single and content < 256 else 1 if 256 <= content < 65792
                     else 2 if content < 1 << 32 else 3)  # fmt: skip
    size = (1 if single else 0, 2, 4, 8)[size_flag]
    id_flag = {0: 0, 1: 1, 2: 2, 4: 3}[len(dictionary)]
    header = magic + bytes([size_flag << 6 | single << 5 | bits | id_flag])
    header += (b"" if window is None else bytes([window])) + dictionary
    if size:
        header += (content - (256 if size == 2 else 0)).to_bytes(size, "little")
    ends = [ended and number == len(blocks) for number in range(1, len(blocks) + 1)]
    return header + b"".join(
        block_bytes(block, last=last) for block, last in zip(blocks, ends, strict=True)
    )


def window_byte(log: int, eighths: int = 0) -> int:
    """Return the window descriptor byte of 2^log x (8 + eighths) / 8 bytes."""
    return log - 10 << 3 | eighths


def as_frame(data: bytes) -> bytes:
    """Return data in a single-segment frame of raw blocks, or RLE where all bytes are equal."""
    largest = min(len(data), 128 * KIB)
    parts = [data[at : at + largest] for at in range(0, len(data), largest)]
    blocks = [raw(p) if p.strip(p[:1]) else repeat(p[0], len(p)) for p in parts]
    return frame(len(data), *blocks)
