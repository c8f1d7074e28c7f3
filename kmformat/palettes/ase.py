"""Adobe's swatches for exchange (.ase): binary blocks of colours, and where groups begin and end.

Big-endian: "ASEF", a version and the number of blocks; of each block its type and length, and of
a colour its name in UTF-16, its model, and channels as 32-bit floats. There is no alpha.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from kmformat.errors import ParameterError, PictureError
from kmformat.palettes.lines import one_line

if TYPE_CHECKING:
    from kmformat.arrays import U8, Floats

_MAGIC = b"ASEF"
_COLOR, _GROUP, _END_OF_GROUP = 0x0001, 0xC001, 0xC002
_CHANNELS = {b"RGB ": 3, b"GRAY": 1, b"CMYK": 4, b"LAB ": 3}
_NORMAL = 2
"""A colour that is neither global nor spot."""
_ASEPRITE = b"\xe0\xa5"
"""What pictures of Aseprite, which share the suffix, have at offset 4."""
_D50 = np.array([0.96422, 1.0, 0.82521])
_XYZ_TO_RGB = np.array(
    [[3.1338561, -1.6168667, -0.4906146], [-0.9787684, 1.9161415, 0.0334540],
     [0.0719453, -0.2289914, 1.4052427]]
)  # fmt: skip
"""From XYZ under D50 to linear sRGB, by Bradford's adaptation to D65."""


def recognises(data: bytes) -> bool:
    """Tell whether the first bytes are those of such a file."""
    return data.startswith(_MAGIC)


def parse(data: bytes) -> U8:
    """Return the colours of all groups, in sRGB.

    CMYK is converted without a profile, as ink on nothing; Lab is that of D50.
    """
    if not recognises(data):
        is_picture = data[4:6] == _ASEPRITE
        found = "a picture of Aseprite" if is_picture else f"{data[:4]!r} at the start"
        raise PictureError(f"{found}: expected {_MAGIC!r}, as Adobe's swatches begin")
    if len(data) < 12:
        raise PictureError(f"{len(data)} bytes: expected a header of 12")
    (count,) = struct.unpack_from(">I", data, 8)
    colors: list[Floats] = []
    offset = 12
    for number in range(1, count + 1):
        kind, length = struct.unpack(">HI", data[offset : offset + 6].ljust(6, b"\xff"))
        block = data[offset + 6 : offset + 6 + length]
        if len(block) < length:
            raise PictureError(f"block {number} at offset {offset:,}: the file ends within it")
        offset += 6 + length
        if kind == _COLOR:
            if len(colors) == 256:
                raise PictureError(f"block {number}: one more colour: expected at most 256")
            colors.append(_color(block, number))
    return np.rint(255 * np.array(colors).reshape(-1, 3)).astype(np.uint8)


def build(palette: U8, name: str) -> bytes:
    """Return the file of a palette, one group; ParameterError if it has alpha."""
    if palette.shape[1] == 4:
        raise ParameterError("palette with alpha: .ase holds none; expected another, such as .gpl")
    blocks = [(_GROUP, _text(one_line(name)))]
    for color in palette:
        channels = struct.pack(">4s3fH", b"RGB ", *(color / 255), _NORMAL)
        blocks.append((_COLOR, _text(f"#{bytes(color).hex()}") + channels))
    blocks.append((_END_OF_GROUP, b""))
    head = struct.pack(">4sHHI", _MAGIC, 1, 0, len(blocks))
    return head + b"".join(struct.pack(">HI", kind, len(body)) + body for kind, body in blocks)


def _text(text: str) -> bytes:
    coded = f"{text}\0".encode("utf-16-be")
    return struct.pack(">H", len(coded) // 2) + coded


def _color(block: bytes, number: int) -> Floats:
    """Return the sRGB colour of a block, float64 (3,), each channel 0 to 1."""
    start = 2 + 2 * int.from_bytes(block[:2], "big")
    model = block[start : start + 4]
    count = _CHANNELS.get(model.upper())
    if count is None:
        raise PictureError(f"block {number}: model {model!r}: expected RGB, Gray, CMYK or LAB")
    stated = block[start + 4 : start + 4 + 4 * count]
    if len(stated) < 4 * count:
        raise PictureError(f"block {number}: it ends within the colour: expected {count} channels")
    channels = np.frombuffer(stated, ">f4").astype(np.float64)
    if not np.isfinite(channels).all():
        raise PictureError(f"block {number}: channels {channels.tolist()}: expected numbers")
    if model.upper() == b"LAB ":
        return _lab_to_rgb(channels)
    channels = channels.clip(0, 1)
    rgb: Floats = (1 - channels[:3]) * (1 - channels[3]) if count == 4 else channels
    return np.broadcast_to(rgb, 3)


def _lab_to_rgb(lab: Floats) -> Floats:
    """Return L (0 to 1), a and b (-128 to 127) as sRGB, what is outside of it clipped."""
    lightness, a, b = lab.clip((0, -128, -128), (1, 127, 127))
    middle = (100 * lightness + 16) / 116
    roots = np.array([middle + a / 500, middle, middle - b / 200])
    xyz = _D50 * np.where(roots > 6 / 29, roots**3, 3 * (6 / 29) ** 2 * (roots - 4 / 29))
    linear = (_XYZ_TO_RGB @ xyz).clip(0, 1)
    rgb: Floats = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    return rgb
