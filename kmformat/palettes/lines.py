"""What the palette formats that are text have in common: lines, numbers, and their errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from kmformat.errors import PictureError

if TYPE_CHECKING:
    from kmformat.arrays import U8

BOM = b"\xef\xbb\xbf"


class ColorList:
    """The colours of a file as they are read, at most 256."""

    def __init__(self) -> None:
        self._rows: list[list[int]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, color: list[int], number: int) -> None:
        """Add the 3 or 4 channels of a colour, from line `number`."""
        if len(self._rows) == 256:
            raise PictureError(f"line {number}: one more colour: expected at most 256")
        self._rows.append(color + [255] * (4 - len(color)))

    def to_palette(self) -> U8:
        """Return the colours, uint8 (n, 4)."""
        return np.array(self._rows, np.uint8).reshape(-1, 4)


def one_line(name: str) -> str:
    """Return the name of a palette as one line of text, which is not empty."""
    shown = "".join(c for c in name if c.isprintable() or c.isspace())
    return " ".join(shown.split()) or "Untitled"


def numbered_lines(data: bytes) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text that are not blank, and their numbers from 1."""
    text = data.removeprefix(BOM).decode("utf-8", "replace")
    for number, line in enumerate(re.split("\r\n|\r|\n", text), 1):
        if line.strip():
            yield number, line.strip()


def expect_line(numbered: tuple[int, str], expected: str) -> None:
    """Raise PictureError unless a line is what a format has there."""
    number, line = numbered
    if line != expected:
        raise line_error(number, line, expected)


def line_error(number: int, line: str, expected: str) -> PictureError:
    """Return the error that says in which line something else was expected."""
    shown = line if len(line) <= 40 else f"{line[:40]}..."
    return PictureError(f"line {number}: {shown!r}: expected {expected}")


def channel_numbers(fields: list[str]) -> list[int] | None:
    """Return decimal numbers up to 255, or None if any is something else."""
    if not all(re.fullmatch("[0-9]{1,3}", field) and int(field) <= 255 for field in fields):
        return None
    return [int(field) for field in fields]
