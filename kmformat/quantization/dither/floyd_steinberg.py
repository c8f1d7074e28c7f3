"""Floyd-Steinberg: the error of each pixel goes to its neighbours to the right and below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmformat import kernels
from kmformat.quantization.dither.palette_grid import PaletteGrid

if TYPE_CHECKING:
    from kmformat.arrays import U8, Bools
    from kmformat.color.space import ColorSpace


def dithered(pixels: U8, moving: Bools, palette: U8, space: ColorSpace) -> U8:
    """Return indices by error diffusion; errors reach over the longest gap of all the palette.

    Parameters and result as for `kernels.diffuse`.
    """
    grid = PaletteGrid(palette, space)
    return kernels.diffuse(pixels, moving, grid.points, float(grid.reach.max()), grid.put)
