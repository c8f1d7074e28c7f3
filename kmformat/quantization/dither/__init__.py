"""The registry of dithers, which mix palette entries so that areas have the right mean colour.

    none             each pixel its nearest entry: the smallest files, and bands in smooth shades
    floyd-steinberg  the error of a pixel goes to its neighbours: a better picture
    optimized        palette and indices sought together for what an eye sees at few bits: by far
                     the best photographs, and the slowest
    ordered          a mix for each colour, laid out in 8x8 pixels: the same colour at the same
                     place always has the same index, as animations need it; the smaller files
                     where the palette is sparse, such as black and white

Front door: `apply.remap_dithered`, and `suited.suited_dither`, which chooses one.
May import: color, kernels, remapping, and the histogram.

A dither is a name in `Dither`, and a module of that name (with ``_`` for ``-``) whose function
``dithered(pixels, moving, palette, space, strength)`` returns indices, uint8 (height, width).
`pixels` are uint8 (height, width, 3), all opaque, or (height, width, 4), and `palette` (K, same
channels). `moving`, bool (height, width), says which of the pixels count: of the others, no index
is used. `strength`, above 0 and up to 1, is the share of each error that is made up for.
`optimized` also has a palette of its own: ``fitted``, for `kmformat.quantization.quantizer`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Dither: TypeAlias = Literal["none", "floyd-steinberg", "ordered", "optimized"]
DITHERS: tuple[Dither, ...] = get_args(Dither)
AnyDither: TypeAlias = Literal["auto"] | Dither
"""Or the one that suits a picture (`suited`)."""
ANY_DITHERS: tuple[AnyDither, ...] = ("auto", *DITHERS)
