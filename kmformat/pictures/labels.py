"""Label masks: grey pictures whose levels are classes, to be told from photographs in grey.

A mask has areas of one class, with borders between them. Where two areas meet, a photograph or an
antialiased drawing has pixels of other levels that are like none of their neighbours; a mask has
next to none. They were 0 in 100 of the pixels at borders in masks, up to 4 in pixel art, and 7 to
85 in screens, icons and photographs in grey. Of a large image, patches are judged.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from kmformat.patches import Patches

if TYPE_CHECKING:
    from kmformat.arrays import U8

_MOST_ALONE = 1 / 16
"""Of the pixels at borders, no larger share is like none of its neighbours."""
_GLANCE = 1 << 12


def count_labels(pixels: U8) -> int | None:
    """Return how many classes a grey picture has, 1 to 256; None if it does not look like a mask.

    Parameters
    ----------
    pixels
        uint8, shape (height, width, 3) RGB, or (height, width, 4) RGBA, which is never a mask.
    """
    if pixels.shape[2] == 4 or not is_grey(pixels):
        return None
    levels, patches = pixels[..., 0], Patches(pixels.shape[1], pixels.shape[0])
    if not is_mask(patches.split(patches.mosaic(levels))):
        return None
    return len(np.unique(levels))


def is_grey(pixels: U8) -> bool:
    """Tell whether red, green and blue are equal in all pixels, (height, width, 3)."""
    return _equal(pixels.reshape(-1, 3)[:_GLANCE]) and _equal(pixels)


def is_mask(parts: Iterable[U8]) -> bool:
    """Tell whether parts of a grey picture, each uint8 (height, width), are those of a mask."""
    alone, unlike = map(sum, zip(*map(_alone, parts), strict=True))
    return alone <= _MOST_ALONE * unlike


def _alone(levels: U8) -> tuple[int, int]:
    """Return how many pixels are like none of their neighbours, and how many are not like all."""
    beside, below = levels[:, 1:] != levels[:, :-1], levels[1:] != levels[:-1]
    unlike = np.zeros(levels.shape, np.uint8)  # how many of the four neighbours are unlike
    unlike[:, 1:] += beside
    unlike[:, :-1] += beside
    unlike[1:] += below
    unlike[:-1] += below
    neighbours = np.full(levels.shape, 4, np.uint8)
    for border in (neighbours[0], neighbours[-1], neighbours[:, 0], neighbours[:, -1]):
        border -= 1
    alone = np.count_nonzero((unlike == neighbours) & (unlike > 0))
    return int(alone), int(np.count_nonzero(unlike))


def _equal(colors: U8) -> bool:
    """Tell whether red, green and blue are equal in all pixels, (..., 3)."""
    return bool((colors[..., :1] == colors[..., 1:]).all())
