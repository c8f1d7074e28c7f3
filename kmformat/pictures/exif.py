"""EXIF as the TIFF structure that it is: its orientation and its resolution.

Strategy: a structure is changed where it stands, or gets a new first directory at its end, so that
all offsets in it stay true, those of makers' notes too. One that is malformed is left as it is.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

_ORIENTATION = 0x0112
_X_RESOLUTION, _Y_RESOLUTION, _UNIT = 0x011A, 0x011B, 0x0128
_RESOLUTION = (_X_RESOLUTION, _Y_RESOLUTION, _UNIT)
_SHORT, _RATIONAL = 3, 5
_NO_UNIT, _INCH, _CENTIMETRE = 1, 2, 3
_MOST_DPI = 65535  # as JPEG holds
_UNASKED_DPI = (1, 72, 90, 96)
_NEARLY_WHOLE = 0.0128
"""Half of 1 pixel a metre, in which PNG and BMP count, in pixels an inch."""


class Resolution(NamedTuple):
    """Pixels a unit, across and down; of no unit, only their ratio means something."""

    x: Fraction
    y: Fraction
    unit: int = _INCH

    @classmethod
    def of_dpi(cls, dpi: object) -> Resolution | None:
        """Return that of pixels an inch, as Pillow has it in `info`; None if it is no resolution.

        What is a whole number but for the rounding to pixels a metre is that number.
        """
        values = _pair(dpi)
        if values is None or max(values) > _MOST_DPI:
            return None
        found = cls(_rational(values[0]), _rational(values[1]))
        return found if found.x and found.y else None

    @classmethod
    def of_aspect(cls, aspect: object) -> Resolution | None:
        """Return that of pixels which are not square, None for others."""
        values = _pair(aspect)
        if values is None or values[0] == values[1]:
            return None
        ratio = Fraction(values[0] / values[1]).limit_denominator(1 << 16)
        if not 0 < ratio.numerator < 1 << 32:
            return None
        return cls(Fraction(ratio.numerator), Fraction(ratio.denominator), _NO_UNIT)

    @property
    def is_unasked(self) -> bool:
        """Whether it is one that programs state when nobody told them any, such as 72 dpi."""
        return self.unit == _INCH and self.x == self.y and self.x in _UNASKED_DPI

    @property
    def dpi(self) -> tuple[float, float] | None:
        """Pixels an inch, across and down; None if there is no unit, or too many."""
        if self.unit not in (_INCH, _CENTIMETRE):
            return None
        inch = 2.54 if self.unit == _CENTIMETRE else 1.0
        found = float(self.x) * inch, float(self.y) * inch
        return found if min(found) > 0 and max(found) <= _MOST_DPI else None


class _Directory(NamedTuple):
    """The first directory of a structure: byte order, place, entries of 12 bytes, and the next one.

    Of the entries, of which a hostile file has 65,535, the tags are there at once. It is `cut` if
    there should be more entries.
    """

    order: str
    start: int
    data: bytes = b""
    tags: Sequence[int] = ()
    next: int = 0
    cut: bool = False

    @property
    def entries(self) -> list[bytes]:
        return [self.data[place : place + 12] for place in range(0, len(self.data), 12)]

    def tag(self, entry: bytes) -> int:
        return int(struct.unpack_from(f"{self.order}H", entry)[0])

    def find(self, tag: int) -> bytes | None:
        if tag not in self.tags:
            return None
        place = 12 * self.tags.index(tag)
        return self.data[place : place + 12]


def upright(exif: bytes) -> bytes:
    """Return the same EXIF with orientation 1, changed in place: all else stays where it is."""
    directory = _directory(exif)
    if directory is None or _ORIENTATION not in directory.tags:
        return exif
    changed = bytearray(exif)
    start = directory.start + 2 + 12 * directory.tags.index(_ORIENTATION)
    struct.pack_into(f"{directory.order}HIHH", changed, start + 2, _SHORT, 1, 1, 0)
    return bytes(changed)


def resolution_of(exif: bytes) -> Resolution | None:
    """Return the resolution that EXIF states, None if it states none."""
    directory = _directory(exif)
    if directory is None:
        return None
    across, down, unit = (directory.find(tag) for tag in _RESOLUTION)
    if across is None or down is None:
        return None
    x, y = (_rational_at(exif, directory.order, entry) for entry in (across, down))
    if not x or not y:
        return None
    known = _INCH if unit is None else struct.unpack_from(f"{directory.order}H", unit, 8)[0]
    return Resolution(x, y, known)


def with_resolution(exif: bytes, resolution: Resolution | None) -> bytes:
    """Return EXIF that states a resolution, or none; what has no other entries is then empty.

    The structure gets a new first directory at its end.
    """
    directory = _directory(exif) if exif else _Directory("<", 8)
    if directory is None or directory.cut:
        return exif
    if resolution is None and not any(map(directory.find, _RESOLUTION)):
        return exif
    order = directory.order
    entries = [entry for entry in directory.entries if directory.tag(entry) not in _RESOLUTION]
    if resolution is None and not entries:
        return b""
    head = bytearray(exif or b"II*\0" + bytes(4))
    head += bytes(len(head) % 2)
    values = b""
    if resolution is not None:
        x, y, unit = resolution
        at = len(head) + 2 + 12 * (len(entries) + 3) + 4
        values = _packed(order, x) if x == y else _packed(order, x) + _packed(order, y)
        for tag, place in ((_X_RESOLUTION, at), (_Y_RESOLUTION, at + len(values) - 8)):
            entries.append(struct.pack(f"{order}HHII", tag, _RATIONAL, 1, place))
        entries.append(struct.pack(f"{order}HHIHH", _UNIT, _SHORT, 1, unit, 0))
    entries.sort(key=directory.tag)
    struct.pack_into(f"{order}I", head, 4, len(head))
    head += struct.pack(f"{order}H", len(entries)) + b"".join(entries)
    return bytes(head) + struct.pack(f"{order}I", directory.next) + values


def is_resolution_only(exif: bytes | None) -> bool:
    """Tell whether EXIF states a resolution and nothing else."""
    directory = _directory(exif or b"")
    if directory is None or directory.cut or not directory.tags or directory.next:
        return False
    return all(tag in _RESOLUTION for tag in directory.tags)


def _directory(exif: bytes) -> _Directory | None:
    """Return the first directory of EXIF, or None where there is none."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return None
    try:
        (start,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, start)
    except struct.error:
        return None
    end = start + 2 + 12 * count
    whole = max(0, min(end, len(exif)) - start - 2) // 12
    data = exif[start + 2 : start + 2 + 12 * whole]
    tags = [tag for (tag,) in struct.iter_unpack(f"{order}H10x", data)]
    following = int.from_bytes(exif[end : end + 4], "little" if order == "<" else "big")
    return _Directory(order, start, data, tags, following, whole < count)


def _rational_at(exif: bytes, order: str, entry: bytes) -> Fraction | None:
    kind, count, place = struct.unpack_from(f"{order}HII", entry, 2)
    try:
        if (kind, count) != (_RATIONAL, 1):
            raise struct.error
        return Fraction(*struct.unpack_from(f"{order}II", exif, place))
    except (struct.error, ZeroDivisionError):
        return None


def _packed(order: str, value: Fraction) -> bytes:
    return struct.pack(f"{order}II", value.numerator, value.denominator)


def _pair(value: Any) -> tuple[float, float] | None:
    """Return two positive numbers as such, None for anything else."""
    try:
        if not isinstance(value, tuple | list):
            raise TypeError
        x, y = (float(part) for part in value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return (x, y) if min(x, y) > 0 and math.isfinite(x + y) else None


def _rational(value: float) -> Fraction:
    if round(value) and abs(value - round(value)) < _NEARLY_WHOLE:
        return Fraction(round(value))
    return Fraction(value).limit_denominator(1000)
