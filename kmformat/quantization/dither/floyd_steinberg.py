"""Floyd-Steinberg: the error of each pixel goes to its neighbours to the right and below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmformat import kernels
from kmformat.quantization.dither.palette_grid import PaletteGrid

if TYPE_CHECKING:
    from kmformat.arrays import U8, Bools
    from kmformat.color.space import ColorSpace


def dithered(pixels: U8, moving: Bools, palette: U8, space: ColorSpace, strength: float) -> U8:
    """Return indices by error diffusion; errors reach over the longest gap of all the palette.

    Parameters and result as for `kernels.diffuse`.
    """
    grid = PaletteGrid(palette, space)
    reach = float(grid.reach.max())
    return kernels.diffuse(
        pixels, moving, grid.entries, nearest=grid.nearest, put=grid.put, reach=reach,
        strength=strength,
    )  # fmt: skip
