"""Hexadecimal palettes (.hex), as Lospec has them: text, RRGGBB a line, or RRGGBBAA."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from kmformat.arguments import hex_channels
from kmformat.palettes.lines import ColorList, line_error, numbered_lines

if TYPE_CHECKING:
    from kmformat.arrays import U8

_LINE = re.compile(
    r"(#[0-9a-f]{3}|#?[0-9a-f]{6}|#?[0-9a-f]{8})\s*(?:(?:;|//|#\s).*)?", re.IGNORECASE | re.ASCII
)
_PAIR = re.compile(
    r"#?([0-9a-f]{6})\s+#?([0-9a-f]{6})\s*(?:(?:;|//|#\s).*)?", re.IGNORECASE | re.ASCII
)
_COMMENT = re.compile(
    r"(?:;|//).*|#(?![0-9a-z]+\s*(?:$|;|//))(?!(?:[0-9a-f]{6}|[0-9a-f]{8})\b).*",
    re.IGNORECASE | re.ASCII,
)
"""After '#' it is text, unless that is one word, or begins with a colour: no colour gets lost."""


def recognises(_: bytes) -> bool:
    """Return False: such files begin with their first colour."""
    return False


def parse(data: bytes) -> U8:
    """Return the palette of a file of hexadecimal colours."""
    return parse_lines(data, "RRGGBB or RRGGBBAA", alpha_first=False)


def parse_lines(data: bytes, expected: str, *, alpha_first: bool) -> U8:
    """Return the palette of lines of 6 or 8 digits, the first two of 8 being alpha, or the last."""
    colors = ColorList()
    for number, line in numbered_lines(data):
        color = _LINE.fullmatch(line)
        channels = None if color is None else hex_channels(color[1])
        if channels is None:
            if _COMMENT.fullmatch(line):
                continue
            raise line_error(number, line, expected)
        if alpha_first and len(channels) == 4:
            channels = (*channels[1:], channels[0])
        colors.add(list(channels), number)
    return colors.to_palette()


def parse_pairs(data: bytes) -> U8 | None:
    """Return the pairs of a file that has two colours a line, uint8 (K, 2, 3), or None of another.

    The first of each is what a panel shows, the second what its driver takes.

    Raises
    ------
    PictureError
        Some lines have two and others do not, or there are more than 256.
    """
    both = ColorList(), ColorList()
    for number, line in numbered_lines(data):
        if _COMMENT.fullmatch(line):
            continue
        pair = _PAIR.fullmatch(line)
        if pair is None:
            if not len(both[0]):
                return None
            raise line_error(number, line, "RRGGBB RRGGBB")
        for column, color in zip(both, pair.groups(), strict=True):
            column.add(list(bytes.fromhex(color)), number)
    if not len(both[0]):
        return None
    return np.stack([column.to_palette()[:, :3] for column in both], axis=1)


def build(palette: U8, _: str) -> bytes:
    """Return the file of a palette."""
    return "".join(f"{bytes(color).hex()}\n" for color in palette).encode()
