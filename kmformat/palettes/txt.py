"""Paint.NET's palettes (.txt): text, AARRGGBB a line; comments begin with a semicolon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmformat.color.channels import with_channels
from kmformat.palettes.hex import parse_lines
from kmformat.palettes.lines import numbered_lines, one_line

if TYPE_CHECKING:
    from kmformat.arrays import U8


def recognises(data: bytes) -> bool:
    """Tell whether the comments before the first colour name Paint.NET."""
    for _, line in numbered_lines(data[:1024]):
        if not line.startswith(";"):
            return False
        if "paint.net" in line.lower():
            return True
    return False


def parse(data: bytes) -> U8:
    """Return the palette of a Paint.NET file, in which RRGGBB is opaque."""
    return parse_lines(data, "AARRGGBB or RRGGBB", alpha_first=True)


def build(palette: U8, name: str) -> bytes:
    """Return the file of a palette, with its name and count in comments, as Lospec has them."""
    lines = [
        ";paint.net Palette File", f";Palette Name: {one_line(name)}", f";Colors: {len(palette)}",
        *(bytes(color).hex().upper() for color in with_channels(palette, 4)[:, [3, 0, 1, 2]]),
    ]  # fmt: skip
    return "".join(f"{line}\r\n" for line in lines).encode()
