"""An input as numbers, and as bytes for arrays: what `c/input.h` is for targets in C."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from kmformat.arrays import U8

_Choice = TypeVar("_Choice")


class Numbers:
    """Takes numbers from the beginning of an input."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, least: int, most: int) -> int:
        """Return a number from `least` to `most`: least, if there is no more input."""
        size = ((most - least).bit_length() + 7) // 8
        taken = self._data[self._at : self._at + size]
        self._at += size
        return least + int.from_bytes(taken, "big") % (most - least + 1)

    def choice(self, choices: Sequence[_Choice]) -> _Choice:
        """Return one of these; the first, if there is no more input."""
        return choices[self.take(0, len(choices) - 1)]

    def rest(self) -> bytes:
        """Return what was not taken."""
        return self._data[self._at :]

    def array(self, shape: tuple[int, ...], limit: int = 256) -> U8:
        """Return the rest, again and again, as an array of numbers below a limit."""
        rest = np.frombuffer(self.rest() or b"\0", np.uint8)
        return np.resize(rest, shape) % limit if limit < 256 else np.resize(rest, shape)
