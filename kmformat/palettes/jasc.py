"""JASC's palettes (.pal), of Paint Shop Pro: text, a count and then R G B a line.

Alpha is a fourth number, as Aseprite has it.
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
)

if TYPE_CHECKING:
    from kmformat.arrays import U8


def recognises(data: bytes) -> bool:
    """Tell whether the first bytes are those of such a file."""
    return data.removeprefix(BOM).startswith(b"JASC-PAL")


def parse(data: bytes) -> U8:
    """Return the palette of a JASC file."""
    lines = numbered_lines(data)
    expect_line(next(lines, (1, "")), "JASC-PAL")
    expect_line(next(lines, (2, "")), "0100")
    header, line = next(lines, (3, ""))
    count = int(line) if re.fullmatch("[0-9]{1,3}", line) else 0
    if not 1 <= count <= 256:
        raise line_error(header, line, "the number of colours, 1 to 256")
    colors = ColorList()
    for number, line in lines:
        color = channel_numbers(line.split())
        if color is None or len(color) not in (3, 4):
            raise line_error(number, line, "3 or 4 numbers, each 0 to 255")
        colors.add(color, number)
    if len(colors) != count:
        raise line_error(header, str(count), f"{len(colors)}, the number of colours that follow")
    return colors.to_palette()


def build(palette: U8, _: str) -> bytes:
    """Return the file of a palette."""
    rows = [" ".join(map(str, color)) for color in palette.tolist()]
    return "".join(f"{line}\r\n" for line in ("JASC-PAL", "0100", str(len(rows)), *rows)).encode()
