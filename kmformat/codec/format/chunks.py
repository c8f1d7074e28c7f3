"""Chunks in the head of a file, and the one that states its tail (spec, sections 3.3 and 3.6).

Each is a type of 4 bytes, the length of its payload, u32, and the payload.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from struct import Struct

from kmformat.codec.format.head import MAX_TAIL, TAIL_CHUNK
from kmformat.codec.methods import TABLE_CHUNKS
from kmformat.errors import Code, FormatError, ParameterError, UnsupportedError
from kmformat.indexed import MAX_CHUNKS, Chunk

_CHUNK_HEADER = Struct("<4sI")  # by construct it takes 30 times as long
_TAIL = Struct("<Q")
_CRITICAL_CHUNKS = (*TABLE_CHUNKS, TAIL_CHUNK)


def parse_chunks(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks of a file, checked one by one (spec, section 5, step 9).

    Raises
    ------
    FormatError
    """
    position, ancillary, seen = 0, 0, set[bytes]()
    while position < len(data):
        start = position + _CHUNK_HEADER.size
        kind, length = _CHUNK_HEADER.unpack(data[position:start].ljust(_CHUNK_HEADER.size, b"\0"))
        end = start + length
        if end > len(data):
            raise FormatError(
                Code.CHUNK_LENGTH, f"the chunk at byte {position} of the chunks runs past their end"
            )
        chunk = Chunk(kind, data[start:end])
        _check_chunk_type(chunk)
        if chunk.critical and kind in seen:
            raise FormatError(Code.CHUNK_DUPLICATE, f"there are two chunks {kind!r}")
        seen.add(kind)
        ancillary += not chunk.critical
        if ancillary > MAX_CHUNKS:
            raise FormatError(Code.CHUNK_COUNT, f"more than {MAX_CHUNKS} ancillary chunks")
        yield chunk
        position = end


def read_tail(chunks: Sequence[Chunk]) -> int:
    """Return how many bytes follow the tile data, as the chunks say.

    Raises
    ------
    FormatError
    """
    payload = next((chunk.payload for chunk in chunks if chunk.type == TAIL_CHUNK), None)
    if payload is None:
        return 0
    if len(payload) != _TAIL.size or _TAIL.unpack(payload)[0] > MAX_TAIL:
        raise FormatError(
            Code.TAIL,
            f"the length of the tail is {payload[:9].hex(' ') or 'empty'}: "
            "expected 8 bytes, a number less than 2^53",
        )
    return int(_TAIL.unpack(payload)[0])


def build_chunks(chunks: Sequence[Chunk], tail: int) -> bytes:
    """Return chunks, and the one that states a tail of so many bytes, if there is one.

    Raises
    ------
    ParameterError
        They are too long for the format.
    """
    if tail:
        chunks = (Chunk(TAIL_CHUNK, _TAIL.pack(tail)), *chunks)
    size = sum(_CHUNK_HEADER.size + len(chunk.payload) for chunk in chunks)
    if size > 0xFFFFFFFF:
        raise ParameterError(f"chunks of {size} bytes: expected less than 2^32")
    return b"".join(
        _CHUNK_HEADER.pack(chunk.type, len(chunk.payload)) + chunk.payload for chunk in chunks
    )


def _check_chunk_type(chunk: Chunk) -> None:
    if not chunk.well_formed:
        raise FormatError(
            Code.CHUNK_TYPE, f"chunk type {chunk.type!r} is not a letter and 3 letters or digits"
        )
    if chunk.critical and chunk.type not in _CRITICAL_CHUNKS:
        raise UnsupportedError(
            Code.CHUNK_CRITICAL, f"the file needs a reader that knows its chunk {chunk.type!r}"
        )
