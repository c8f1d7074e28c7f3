"""Adobe's colour tables (.act): binary, 256 colours, then the count and a transparent entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmformat.errors import ParameterError, PictureError

if TYPE_CHECKING:
    from kmformat.arrays import U8

_OPAQUE = 255
_NO_ENTRY = 0xFFFF


def recognises(_: bytes) -> bool:
    """Return False: such files begin with their first colour."""
    return False


def parse(data: bytes) -> U8:
    """Return the palette, with its count and transparent entry if the file states them.

    A transparent entry that is not among the colours is none.
    """
    if len(data) not in (768, 772):
        raise PictureError(f"{len(data):,} bytes: expected 768 or 772, as a colour table has")
    count, hidden = 256, _NO_ENTRY
    if len(data) == 772:
        count, hidden = (int(n) for n in np.frombuffer(data, ">u2", 2, 768))
        if count > 256:
            raise PictureError(f"{count:,} colours: expected 1 to 256")
    palette = np.full((count, 4), _OPAQUE, np.uint8)
    palette[:, :3] = np.frombuffer(data, np.uint8, 3 * count).reshape(-1, 3)
    palette[hidden : hidden + 1, 3] = 0
    return palette


def build(palette: U8, _: str) -> bytes:
    """Return the file of a palette; ParameterError if it has more alpha than such files hold."""
    alpha = palette[:, 3] if palette.shape[1] == 4 else np.full(len(palette), _OPAQUE)
    hidden = np.flatnonzero(alpha == 0).tolist()
    if len(hidden) > 1 or ((alpha > 0) & (alpha < _OPAQUE)).any():
        raise ParameterError(
            "palette with alpha: .act holds it for one fully transparent entry only; "
            "expected another, such as .gpl"
        )
    table = palette[:, :3].tobytes().ljust(768, b"\0")
    return table + np.array([len(palette), *(hidden or [_NO_ENTRY])], ">u2").tobytes()
