"""What Pillow leaves unread: chunks of a PNG, boxes of an AVIF or JPEG 2000 file, bits of a BMP."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_BYTES = 32
"""Of a chunk or box that is looked into."""
_MOST_SIZE = 1 << 62
_OF_CAMERAS = (1, 6, 14, 15)
"""Transfer functions of video."""
_CODESTREAM = b"\xff\x4f\xff\x51"
"""How a JPEG 2000 codestream begins: SOC, and SIZ (ISO/IEC 15444-1, annex A)."""


def png_chunks(stream: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the type of each chunk of a PNG, and the first 32 bytes of its data."""
    with _at_start(stream):
        if stream.read(8) != _PNG_SIGNATURE:
            return
        while len(head := stream.read(8)) == 8:
            length, kind = struct.unpack(">I4s", head)
            data = stream.read(min(length, _MOST_BYTES))
            yield kind, data
            stream.seek(length - len(data) + 4, 1)


def png_cicp(stream: IO[bytes]) -> bytes | None:
    """Return the code points of a PNG's colours, as its cICP chunk has them; None if it has none.

    They are colour primaries, transfer function, matrix and range (Rec. ITU-T H.273).
    """
    for kind, data in png_chunks(stream):
        if kind == b"cICP" and len(data) == 4:
            return data
        if kind == b"IDAT":  # it stands before
            break
    return None


def avif_cicp(stream: IO[bytes]) -> bytes | None:
    """Return the same of an AVIF picture, of which Pillow gives RGB of full range.

    The curves of video cameras count as that of sRGB, with which everybody shows them.
    """
    for kind, data in _avif_properties(stream):
        if kind == b"colr" and data.startswith(b"nclx") and len(data) >= 11:
            primaries, transfer = struct.unpack_from(">2H", data, 4)
            if max(primaries, transfer) < 256:
                return bytes([primaries, 13 if transfer in _OF_CAMERAS else transfer, 0, 1])
    return None


def avif_bits(stream: IO[bytes]) -> int:
    """Return the bits of a sample of an AVIF picture: 8, 10 or 12."""
    for kind, data in _avif_properties(stream):
        if kind == b"av1C" and len(data) >= 4 and data[2] & 0x40:
            return 12 if data[2] & 0x20 else 10
    return 8


def jpeg2000_bits(stream: IO[bytes]) -> int:
    """Return the bits of a sample of a JPEG 2000 picture, 1 to 38."""
    with _at_start(stream):
        head = stream.read(43)
        if not head.startswith(_CODESTREAM):
            for kind, start, _ in _boxes(stream, 0, None):
                if kind == b"jp2c":
                    stream.seek(start)
                    head = stream.read(43)
                    break
    return (head[42] & 0x7F) + 1 if head.startswith(_CODESTREAM) and len(head) == 43 else 8


def bmp_bits(stream: IO[bytes], kind: str) -> int:
    """Return the bits of a pixel of a BMP, or of a DIB, which is one without the file's header."""
    with _at_start(stream):
        head = stream.read(30)[0 if kind == "DIB" else 14 :]
    of_os2 = int.from_bytes(head[:4], "little") == 12
    return int.from_bytes(head[10:12] if of_os2 else head[14:16], "little")


def _avif_properties(stream: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield type and first bytes of each item property (ISO/IEC 14496-12, section 8.11.14)."""
    with _at_start(stream):
        start, end = 0, None
        for name, header in ((b"meta", 4), (b"iprp", 0), (b"ipco", 0)):
            found = next((box for box in _boxes(stream, start, end) if box[0] == name), None)
            if found is None:
                return
            start, end = found[1] + header, found[2]
        for kind, place, _ in _boxes(stream, start, end):
            stream.seek(place)
            yield kind, stream.read(_MOST_BYTES)


def _boxes(stream: IO[bytes], place: int, end: int | None) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, start of the data, and end of each box from a place on."""
    while end is None or place + 8 <= end:
        stream.seek(place)
        head = stream.read(16)
        if len(head) < 8:
            return
        size, kind = struct.unpack_from(">I4s", head)
        start = place + 8
        if size == 1 and len(head) == 16:
            (size,), start = struct.unpack_from(">Q", head, 8), place + 16
        elif size == 0:  # to the end of the file
            size = stream.seek(0, 2) - place
        if place + size < start or size > _MOST_SIZE:
            return
        place += size
        yield kind, start, place


@contextmanager
def _at_start(stream: IO[bytes]) -> Iterator[None]:
    """Go to the start of a stream, and in the end back to where it stood."""
    place = stream.tell()
    try:
        stream.seek(0)
        yield
    finally:
        stream.seek(place)
