"""Colours: spaces where they are points, channels, and colours as people write them.

    srgb    RGB as it is stored: least squared error, and the highest PSNR
    oklab   as eyes see it: hues stay, also of what is small

Front door: `spaces.SPACE_OF`, where each name has the `space.ColorSpace` that all that compares
colours is given. May import: nothing but `kmformat.indexed`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Space: TypeAlias = Literal["srgb", "oklab"]
SPACES: tuple[Space, ...] = get_args(Space)
AnySpace: TypeAlias = Literal["auto"] | Space
"""Or the one that suits what is asked for."""
ANY_SPACES: tuple[AnySpace, ...] = ("auto", *SPACES)
