"""The registry of dithers, which mix palette entries so that areas have the right mean colour.

    none             each pixel its nearest entry: the smallest files, and bands in smooth shades
    floyd-steinberg  the error of a pixel goes to its neighbours: the best picture of the three
    ordered          a mix for each colour, laid out in 8x8 pixels: the same colour at the same
                     place always has the same index, as animations need it; the smaller files
                     where the palette is sparse, such as black and white

Front door: `apply.remap_dithered`. May import: color, kernels, and remapping.

A dither is a name in `Dither`, and a module of that name (with ``_`` for ``-``) whose function
``dithered(pixels, moving, palette, space, strength)`` returns the indices.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Dither: TypeAlias = Literal["none", "floyd-steinberg", "ordered"]
DITHERS: tuple[Dither, ...] = get_args(Dither)
