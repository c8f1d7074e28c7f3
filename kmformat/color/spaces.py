"""The colour spaces by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmformat.color.oklab import OKLAB
from kmformat.color.space import SRGB

if TYPE_CHECKING:
    from kmformat.color import Space
    from kmformat.color.space import ColorSpace

SPACE_OF: dict[Space, ColorSpace] = {"srgb": SRGB, "oklab": OKLAB}
