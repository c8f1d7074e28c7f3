"""Varints, and what is wrong with some (section 2 of the spec)."""

from __future__ import annotations


def varint(value: int) -> bytes:
    """Return a number as a varint: seven bits a byte, low bits first."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


MALFORMED = {
    "zero-last": (b"\x83\0", "a last byte of 0"),
    "0-in-5": (b"\x80\x80\x80\x80\0", "0 in five bytes"),
    "2-32": (varint(1 << 32), "a number of 2^32"),
    "2-35": (varint((1 << 35) - 1), "a number of 2^35 - 1"),
    "fifth-16": (b"\x81\x80\x80\x80\x10", "a fifth byte of 16"),
    "six-bytes": (b"\x83\x80\x80\x80\x80\1", "six bytes"),
    "six-bytes-0": (b"\x83\x80\x80\x80\x80\0", "six bytes, of which the last is 0"),
}
"""Bytes that begin like a varint and are none, and what is wrong with them."""
