"""The order of a palette in which it packs into the fewest bytes, where any order would do.

A packed palette tells each entry by its difference from the one before (spec, section 4.11). The
shortest way through all colours is a travelling salesman's; two sorts and three walks from an entry
to the nearest one left come near.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import log2
from typing import TYPE_CHECKING

import numpy as np

from kmformat import kernels

if TYPE_CHECKING:
    from kmformat.arrays import U8, Ints
    from kmformat.indexed import IndexedImage

_STEPS = np.array([round(16 * log2(difference + 1)) for difference in range(511)])
"""What a difference costs: about the bits that it has, in 16ths."""
_FAR = 1 << 20


def in_packing_order(image: IndexedImage) -> IndexedImage:
    """Return the same picture with its palette in the order that packs best; or as it is."""
    palette = image.palette
    if len(palette) == 1:
        return image
    order = min(_orders(palette), key=lambda each: len(kernels.pack_palette(palette[each])))
    numbers = np.empty(len(palette), np.uint8)
    numbers[order] = np.arange(len(palette))
    return replace(image, palette=palette[order], indices=numbers[image.indices])


def _orders(palette: U8) -> Iterator[Ints]:
    """Yield the order that is there, and some others."""
    values = palette.astype(np.int64)
    luma, alpha = values[:, :3] @ (299, 587, 114), values[:, 3:].sum(axis=1)
    yield np.arange(len(palette))
    yield np.lexsort((luma, alpha))
    yield np.lexsort((alpha, luma))
    red, green, blue = values[:, :3].T
    parts = np.stack([green, red - green, blue - green, *values[:, 3:].T])
    steps = _STEPS[np.abs(parts[:, :, None] - parts[:, None])].sum(axis=0)
    for start in dict.fromkeys(each.argmin() for each in (luma, -luma, luma + 1000 * alpha)):
        yield _walk(steps, int(start))


def _walk(steps: Ints, start: int) -> Ints:
    """Return the entries as a walk from one to the nearest of those left meets them."""
    steps = steps.copy()
    order = [start]
    for _ in range(len(steps) - 1):
        steps[:, order[-1]] = _FAR
        order.append(int(steps[order[-1]].argmin()))
    return np.array(order)
