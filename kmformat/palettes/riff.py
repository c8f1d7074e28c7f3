"""Microsoft's palettes (.pal): binary, in a RIFF file. Without alpha, and only read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmformat.errors import PictureError

if TYPE_CHECKING:
    from kmformat.arrays import U8


def recognises(data: bytes) -> bool:
    """Tell whether the first bytes are those of such a file."""
    return data[:4] == b"RIFF" and data[8:12] == b"PAL "


def parse(data: bytes) -> U8:
    """Return the palette: in the chunk "data" are the version, the count, and colours.

    The fourth byte of a colour is flags, not alpha.
    """
    start = 12
    while data[start : start + 4] != b"data":
        if start + 8 > len(data):
            raise PictureError("RIFF file without a palette: expected a chunk 'data'")
        length = int.from_bytes(data[start + 4 : start + 8], "little")
        start += 8 + length + length % 2
    count = int.from_bytes(data[start + 10 : start + 12], "little")
    if count > 256:
        raise PictureError(f"{count:,} colours: expected 1 to 256")
    colors = np.frombuffer(data[start + 12 : start + 12 + 4 * count], np.uint8)
    if len(colors) < 4 * count:
        raise PictureError(f"it ends within the palette: expected {count} colours")
    return colors.reshape(-1, 4)[:, :3]
