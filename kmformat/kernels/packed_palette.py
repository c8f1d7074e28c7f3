"""A palette to the bytes of an adaptive coder and back (spec, section 4.11).

Each entry is told by its difference from the one before: first alpha, if there is any, then green,
then by how much more than green the others differ. Neighbours in a palette that is sorted well
differ little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmformat.kernels.binary_coder import (
    Decoder,
    Encoder,
    code_by,
    code_plain,
    code_size,
    new_chance,
)

if TYPE_CHECKING:
    from kmformat.arrays import U8
    from kmformat.kernels.binary_coder import Coder

_RED, _GREEN, _BLUE, _ALPHA = range(4)
_KINDS = {_RED: 0, _GREEN: 1, _BLUE: 0, _ALPHA: 2}
"""Red and blue share what they learn."""


def pack_palette(palette: U8) -> bytes:
    """Return the bytes of a palette, uint8 (K, 3 or 4), in its order."""
    encoder = Encoder()
    _Palette(encoder).code(palette.tolist(), palette.shape[1], known=True)
    return encoder.finish()


def unpack_palette(data: bytes, shape: tuple[int, int]) -> U8 | None:
    """Return a palette, uint8 (K, 3 or 4), or None if the bytes do not end where it does."""
    decoder, entries = Decoder(data), np.zeros(shape, np.uint8).tolist()
    _Palette(decoder).code(entries, shape[1], known=False)
    return np.array(entries, np.uint8) if decoder.ended else None


class _Palette:
    """What is known while a palette is coded."""

    def __init__(self, coder: Coder) -> None:
        self._coder = coder
        self._differs = [new_chance() for _ in range(4)]
        self._negative = [new_chance() for _ in range(3)]
        self._sizes = [[new_chance() for _ in range(7)] for _ in range(3)]
        self._high_bits = [[new_chance() for _ in range(8)] for _ in range(3)]

    def code(self, entries: list[list[int]], channels: int, *, known: bool) -> None:
        """Code all entries, and fill them unless they are known."""
        before = [0] * channels
        for entry in entries:
            if channels == 4:
                self._code_channel(entry, _ALPHA, before[_ALPHA], known=known)
            self._code_channel(entry, _GREEN, before[_GREEN], known=known)
            more = entry[_GREEN] - before[_GREEN]
            for channel in (_RED, _BLUE):
                self._code_channel(
                    entry, channel, before[channel] + more, known=known, same=not more
                )
            before = entry

    def _code_channel(
        self, entry: list[int], channel: int, base: int, *, known: bool, same: bool = False
    ) -> None:
        """Code a channel of an entry as its difference from a base, -128 to 127 modulo 256."""
        difference = (entry[channel] - base + 128) % 256 - 128 if known else 0
        difference = self._code_difference(_KINDS[channel], difference, same=same)
        entry[channel] = (base + difference) % 256

    def _code_difference(self, kind: int, difference: int, *, same: bool) -> int:
        coder, amount = self._coder, abs(difference)
        if not code_by(coder, self._differs[3 if same else kind], difference != 0):
            return 0
        negative = code_by(coder, self._negative[kind], difference < 0)
        size = code_size(coder, self._sizes[kind], 7, amount)
        high = 1
        if size:
            high = 2 | code_by(coder, self._high_bits[kind][size], amount >> size - 1 & 1)
            high = high << size - 1 | code_plain(coder, size - 1, amount)
        return -high if negative else high
