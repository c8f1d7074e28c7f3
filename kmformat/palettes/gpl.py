"""GIMP's palettes (.gpl): text, R G B and a name a line.

Alpha is a line "Channels: RGBA" and 4 numbers a colour, as Aseprite has it; GIMP itself reads RGB.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kmformat.palettes.lines import (
    BOM,
    ColorList,
    channel_numbers,
    expect_line,
    line_error,
    numbered_lines,
    one_line,
)

if TYPE_CHECKING:
    from kmformat.arrays import U8

_FIELD = re.compile(r"([A-Za-z][\w -]*):\s*(.*)", re.ASCII)


def recognises(data: bytes) -> bool:
    """Tell whether the first bytes are those of such a file."""
    return data.removeprefix(BOM).startswith(b"GIMP Palette")


def parse(data: bytes) -> U8:
    """Return the palette of a GIMP palette file."""
    lines = numbered_lines(data)
    expect_line(next(lines, (1, "")), "GIMP Palette")
    channels, colors = 3, ColorList()
    for number, line in lines:
        if line.startswith("#"):
            continue
        if field := _FIELD.fullmatch(line):
            if field[1] == "Channels":
                if field[2] not in ("RGB", "RGBA") or colors:
                    raise line_error(number, line, "Channels: RGBA, before any colour")
                channels = len(field[2])
            continue
        color = channel_numbers(line.split(maxsplit=channels)[:channels])
        if color is None or len(color) < channels:
            raise line_error(number, line, f"{channels} numbers, each 0 to 255, and perhaps a name")
        colors.add(color, number)
    return colors.to_palette()


def build(palette: U8, name: str) -> bytes:
    """Return the file of a palette, under a name."""
    lines = ["GIMP Palette", f"Name: {one_line(name)}", f"Columns: {min(len(palette), 16)}"]
    if palette.shape[1] == 4:
        lines.append("Channels: RGBA")
    lines.append("#")
    lines += [
        " ".join(f"{value:3}" for value in color) + f"\t#{bytes(color).hex()}" for color in palette
    ]
    return "".join(f"{line}\n" for line in lines).encode()
