"""Which dither suits a picture: photographs get one, drawings none.

Measured on photographs, screens, sprites and icons (`kmformat/docs/PALETTES.md`): dots hide the
bands in a photograph's smooth shades, and spoil the flat areas and edges of everything that was
drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmformat import kernels
from kmformat.color.channels import clear_hidden
from kmformat.quantization.histogram import distinct_colors

if TYPE_CHECKING:
    from kmformat.arrays import U8
    from kmformat.quantization.dither import Dither

_DRAWN_COLORS = 1 << 12
_DRAWN_SHARE = 3 / 4
"""A picture of more colours, of whose pixels fewer equal both those above and to the left, is a
photograph. Of 12 photographs, no more than 0.06 did; of 5 screens at least 0.73."""
_BAND_PIXELS = 1 << 20
_OPTIMIZED_PIXELS = 1 << 22
"""Larger photographs would take long, and seen whole, their dots are too small to tell apart."""


def suited_dither(pixels: U8) -> Dither:
    """Return the dither for a picture, uint8 (height, width, 3 or 4)."""
    if not _is_photograph(pixels):
        return "none"
    return "optimized" if pixels[..., 0].size <= _OPTIMIZED_PIXELS else "floyd-steinberg"


def _is_photograph(pixels: U8) -> bool:
    height, width, channels = pixels.shape
    if min(height, width) < 2 or distinct_colors(pixels, _DRAWN_COLORS) is not None:
        return False
    rows, alike = max(1, _BAND_PIXELS // width), 0
    for top in range(1, height, rows):
        band = clear_hidden(pixels[top - 1 : top + rows])
        codes = kernels.color_codes(band.reshape(-1, channels)).reshape(-1, width)
        inner = codes[1:, 1:]
        alike += int(((inner == codes[:-1, 1:]) & (inner == codes[1:, :-1])).sum())
    return float(alike) < float(_DRAWN_SHARE * (height - 1) * (width - 1))
