"""GIMP's palettes (.gpl): text, R G B and a name a line.

Alpha is a line "Channels: RGBA" and 4 numbers a colour, as Aseprite has it; GIMP itself reads RGB.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kmformat.indexed import MAX_NAME
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
    from collections.abc import Sequence

    from kmformat.arrays import U8

_UNTITLED = "Untitled"
"""What GIMP calls a colour that nobody has named."""
_FIELD = re.compile(r"([A-Za-z][\w -]*):\s*(.*)", re.ASCII)


def recognises(data: bytes) -> bool:
    """Tell whether the first bytes are those of such a file."""
    return data.removeprefix(BOM).startswith(b"GIMP Palette")


def parse(data: bytes) -> U8:
    """Return the palette of a GIMP palette file."""
    return _entries(data)[0].to_palette()


def names(data: bytes) -> list[str]:
    """Return the name of each colour, at most 255 bytes in UTF-8, or "" where it says nothing."""
    return _entries(data)[1]


def _entries(data: bytes) -> tuple[ColorList, list[str]]:
    lines = numbered_lines(data)
    expect_line(next(lines, (1, "")), "GIMP Palette")
    channels, colors, found = 3, ColorList(), list[str]()
    for number, line in lines:
        if line.startswith("#"):
            continue
        if field := _FIELD.fullmatch(line):
            if field[1] == "Channels":
                if field[2] not in ("RGB", "RGBA") or colors:
                    raise line_error(number, line, "Channels: RGBA, before any colour")
                channels = len(field[2])
            continue
        fields = line.split(maxsplit=channels)
        color = channel_numbers(fields[:channels])
        if color is None or len(color) < channels:
            raise line_error(number, line, f"{channels} numbers, each 0 to 255, and perhaps a name")
        colors.add(color, number)
        found.append(_name_of("".join(fields[channels:]), color))
    return colors, found


def _name_of(text: str, color: list[int]) -> str:
    """Return what the end of a line calls a colour: "" for "Untitled" and for its own digits."""
    if text == _UNTITLED or text.lower().removeprefix("#") == bytes(color).hex():
        return ""
    return text.encode()[:MAX_NAME].decode("utf-8", "ignore")


def build(palette: U8, name: str, names: Sequence[str] = ()) -> bytes:
    """Return the file of a palette, under a name, and with names of its colours."""
    lines = ["GIMP Palette", f"Name: {one_line(name)}", f"Columns: {min(len(palette), 16)}"]
    if palette.shape[1] == 4:
        lines.append("Channels: RGBA")
    lines.append("#")
    digits = [f"#{bytes(color).hex()}" for color in palette]
    called = [one_line(name) if name.split() else "" for name in names] or digits
    for color, text, instead in zip(palette, called, digits, strict=True):
        lines.append(" ".join(f"{value:3}" for value in color) + f"\t{text or instead}")
    return "".join(f"{line}\n" for line in lines).encode()
