"""ICC profiles of RGB colours that are three primaries and a curve."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from kmformat.arrays import Floats

    Chromaticities: TypeAlias = tuple[float, ...]
    """x and y (CIE 1931) of white, red, green and blue, as in PNG's cHRM."""

_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


class Curve(NamedTuple):
    """Light of a sample s, both 0 to 1: (a s + b)^g from d on, c s below (ICC.1:2022, 10.18)."""

    g: float
    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0

    @property
    def is_power(self) -> bool:
        """Whether light is s^g."""
        return self == Curve(self.g)


def rgb_profile(matrix: Floats, curve: Curve, name: str) -> bytes:
    """Return an ICC profile, version 4, of a matrix to XYZ and a curve (ICC.1:2022, 8.3)."""
    adaptation, text = _adaptation(matrix.sum(axis=1), _D50), _text(name)
    columns = (adaptation @ matrix).T
    tags = {b"desc": text, b"cprt": text, b"wtpt": _xyz(_D50), b"chad": _array(adaptation.ravel())}
    for channel, column in zip((b"r", b"g", b"b"), columns, strict=True):
        tags |= {channel + b"XYZ": _xyz(column), channel + b"TRC": _parametric(curve)}
    table, body, places = struct.pack(">I", len(tags)), b"", dict[bytes, int]()
    start = 128 + 4 + 12 * len(tags)
    for tag, data in tags.items():
        if data not in places:  # what is the same stands there once
            places[data] = start + len(body)
            body += data
        table += tag + struct.pack(">II", places[data], len(data))
    header = struct.pack(
        ">I4sI4s4s4s6H4s28x3I48x", start + len(body), bytes(4), 0x04300000, b"mntr", b"RGB ",
        b"XYZ ", 2000, 1, 1, 0, 0, 0, b"acsp", *_fixed(_D50),
    )  # fmt: skip
    return header + table + body


def matrix_to_xyz(primaries: Chromaticities) -> Floats | None:
    """Return the matrix from linear RGB to XYZ, of white with Y = 1; None if there is none."""
    xy = np.array(primaries, np.float64).reshape(-1, 2)
    if xy.shape != (4, 2) or xy[:, 1].min() <= 0 or xy.min() < 0 or xy.max() > 1:
        return None
    xyz = np.column_stack([xy, 1 - xy.sum(axis=1)]) / xy[:, 1:]
    white, colors = xyz[0], xyz[1:].T
    if abs(np.linalg.det(colors)) < 1e-3:
        return None
    matrix: Floats = colors * np.linalg.solve(colors, white)
    usual = np.abs(matrix).max() < 100 and (_BRADFORD @ white).min() > 0.01
    return matrix if usual else None


def _adaptation(white: Floats, other: Floats) -> Floats:
    """Return the Bradford transform from one white to another (ICC.1:2022, annex E)."""
    ratio = (_BRADFORD @ other) / (_BRADFORD @ white)
    return np.asarray(np.linalg.solve(_BRADFORD, ratio[:, None] * _BRADFORD))


def _fixed(values: Sequence[float] | Floats) -> list[int]:
    return [round(float(value) * 65536) for value in values]


def _array(values: Floats) -> bytes:
    return b"sf32" + bytes(4) + struct.pack(f">{len(values)}i", *_fixed(values))


def _xyz(values: Floats) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *_fixed(values))


def _parametric(curve: Curve) -> bytes:
    kind, values = (0, _fixed([curve.g])) if curve.is_power else (3, _fixed(curve))
    return b"para" + bytes(4) + struct.pack(f">HH{len(values)}i", kind, 0, *values)


def _text(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    head = struct.pack(">4s3I2s2s2I", b"mluc", 0, 1, 12, b"en", b"US", len(encoded), 28)
    return head + encoded + bytes(-len(encoded) % 4)
