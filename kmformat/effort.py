"""One number, 1 to 9, for how long to try: fastest to best. Every level is worth its time.

What each costs and gives is measured in `kmformat/PALETTES.md`.
"""

from __future__ import annotations

from dataclasses import dataclass

from kmformat.errors import ParameterError

DEFAULT_EFFORT = 5


@dataclass(frozen=True)
class Effort:
    """What a level means.

    Attributes
    ----------
    sample
        The palette search looks at so many pixels; None for all.
    cell
        It searches on cells of so many colours a side (up to 48 palette entries).
    patience
        The search ends after so many swaps in a row that gained nothing.
    kicks
        How often it then starts again from a disturbed palette.
    fine_patience
        The same as patience, for a second search on finer cells; 0 for none.
    passes
        Passes of Lloyd's algorithm on the finest colours, to end with.
    fine_points
        How many of those at most.
    level
        zstd's level.
    """

    sample: int | None
    cell: int
    patience: int
    kicks: int
    fine_patience: int
    passes: int
    fine_points: int
    level: int


_EFFORTS = (
    Effort(1 << 16, 8, 2, 0, 0, 3, 1 << 15, 1),
    Effort(1 << 17, 8, 5, 0, 0, 5, 1 << 15, 3),
    Effort(1 << 18, 8, 8, 0, 0, 7, 1 << 16, 6),
    Effort(1 << 18, 8, 14, 0, 0, 8, 1 << 16, 12),
    Effort(1 << 18, 8, 24, 0, 0, 10, 1 << 16, 15),
    Effort(1 << 19, 8, 24, 2, 6, 12, 1 << 17, 16),
    Effort(1 << 19, 8, 24, 10, 10, 16, 1 << 18, 17),
    Effort(1 << 20, 4, 32, 16, 16, 20, 1 << 19, 19),
    Effort(None, 4, 48, 64, 24, 30, 1 << 20, 22),
)


def effort_of(number: int) -> Effort:
    """Return what an effort from 1 to 9 means; ParameterError for another."""
    if not 1 <= number <= len(_EFFORTS):
        raise ParameterError(f"effort {number}: expected 1 to {len(_EFFORTS)}")
    return _EFFORTS[number - 1]
