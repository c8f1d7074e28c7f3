"""Hexadecimal palettes (.hex), as Lospec has them: text, RRGGBB a line.

Alpha is RRGGBBAA; or AARRGGBB, if comments say Paint.NET.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kmformat.arguments import hex_channels
from kmformat.palettes.lines import ColorList, line_error, numbered_lines

if TYPE_CHECKING:
    from kmformat.arrays import U8

_LINE = re.compile(r"(#?[0-9a-f]{6,8})\s*(?:(?:;|//).*)?", re.IGNORECASE | re.ASCII)
_COMMENT = re.compile(r"(?:;|//|#(?:\s|$)).*")


def recognises(_: bytes) -> bool:
    """Return False: such files begin with their first colour."""
    return False


def parse(data: bytes) -> U8:
    """Return the palette of a file of hexadecimal colours."""
    colors, alpha_first = ColorList(), False
    for number, line in numbered_lines(data):
        if _COMMENT.fullmatch(line):
            alpha_first |= "paint.net" in line.lower()  # its files have AARRGGBB
            continue
        color = _LINE.fullmatch(line)
        channels = None if color is None else hex_channels(color[1])
        if channels is None:
            raise line_error(number, line, "RRGGBB or RRGGBBAA")
        if alpha_first and len(channels) == 4:
            channels = (*channels[1:], channels[0])
        colors.add(list(channels), number)
    return colors.to_palette()


def build(palette: U8, _: str) -> bytes:
    """Return the file of a palette."""
    return "".join(f"{bytes(color).hex()}\n" for color in palette).encode()
