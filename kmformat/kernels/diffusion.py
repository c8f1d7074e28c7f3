"""Error diffusion: each pixel's error passed on to its neighbours to the right and below.

Amounts of colour are whole numbers, such as 16ths of a level or 65535ths of white's light, and what
is passed on is rounded to one. So sums and scores are exact in float64, and the same in any order;
the one product that is rounded, of a sum of errors and the share that is passed on, is of two
float64, and then rounded to a whole number: any machine, and a kernel in C, gives the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kmformat.arrays import U8, Bools, Floats
    from kmformat.kernels.nearest import NearestEntry

KEPT = 31 / 32
"""Of each error, so much is passed on: less noise in areas outside of the palette's hull.

The price: in black and white, the darkest and lightest 4 levels show no dots.
"""
MARGIN = 16
"""So many rows and columns of mirror image are dithered first, to start with settled errors."""


def diffuse(
    pixels: U8,
    moving: Bools,
    entries: Floats,
    *,
    nearest: NearestEntry,
    put: Callable[[U8, Floats], None],
    reach: float,
    strength: float,
) -> U8:
    """Return indices by error diffusion: Floyd and Steinberg, Proc. SID 17/2 (1976), 75-77.

    A pixel needs the errors of those at its left and upper right, at least. So all (x, y) of equal
    t = x + 2 y can go together, and need only errors of t - 1, t - 2 and t - 3. In memory, pixels
    of equal t are one slice, because from one to the next it is always width - 2 pixels.

    Parameters
    ----------
    pixels
        uint8 (height, width, channels).
    moving
        (height, width): which pixels pass errors on and take them. The others have no part in it,
        and what is returned for them means nothing.
    entries
        float64 (d, K): the amounts of the palette's colours.
    nearest
        Finds their nearest to any amounts.
    put
        Writes colours, uint8 (n, channels), as amounts, (d, n).
    reach
        No coordinate of an error exceeds it.
    strength
        Share of each error that is passed on, 0 to 1; 1 counts as 31/32.

    Returns
    -------
    uint8 (height, width)
    """
    colors, active = with_margin(pixels, moving)
    height, width = active.shape
    colors, active = colors.reshape(height * width, -1), active.reshape(-1)
    indices = np.empty(height * width, np.uint8)
    d, share = len(entries), strength * KEPT / 16
    # Errors of row y are in column y + 1; column 0, and rows out of the picture, stay zero.
    errors = np.zeros((4, d, height + 1))
    values, sums = np.ones((d + 1, height)), np.empty_like(errors[0])
    for t in range(width + 2 * (height - 1)):
        top, end = max(0, (t - width + 2) // 2), min(height - 1, t // 2) + 1
        first, last = t + top * (width - 2), t + (end - 1) * (width - 2)
        front = slice(first, last + 1, width - 2)
        takes_part = active[front].astype(np.float64)
        now, left, above, before = (errors[(t - i) % 4] for i in range(4))
        value, error = values[:-1, : end - top], now[:, top + 1 : end + 1]
        put(colors[front], value)

        # 7 from the left, 3 from the upper right, 5 from above, 1 from the upper left
        total = np.multiply(left[:, top + 1 : end + 1], 7, out=sums[:, top:end])
        total += np.multiply(left[:, top:end], 3, out=error)
        total += np.multiply(above[:, top:end], 5, out=error)
        total += before[:, top:end]
        total *= share
        np.rint(total, out=total)
        total *= takes_part
        value += total

        index = nearest.find(values[:, : end - top])
        indices[front] = index
        np.subtract(value, entries.take(index, axis=1), out=error)
        np.minimum(error, reach, out=error)
        np.maximum(error, -reach, out=error)
        error *= takes_part
        now[:, top] = 0  # the row above may have ended
    return without_margin(indices.reshape(height, width))


def with_margin(pixels: U8, moving: Bools) -> tuple[U8, Bools]:
    """Return pixels, and which of them take part, with mirror images above and at both sides."""
    margin = ((MARGIN, 0), (MARGIN, MARGIN))
    return np.pad(pixels, (*margin, (0, 0)), "symmetric"), np.pad(moving, margin, "symmetric")


def without_margin(indices: U8) -> U8:
    """Return indices without those of the mirror images."""
    return np.ascontiguousarray(indices[MARGIN:, MARGIN:-MARGIN])
