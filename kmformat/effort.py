"""One number, 1 to 9, for how long to try: fastest to best. Every level is worth its time.

What each costs and gives is measured in `kmformat/docs/PALETTES.md` and `kmformat/docs/SIZES.md`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from kmformat.arguments import integer
from kmformat.codec.compact.sequences import Coder
from kmformat.codec.zstd import ENTROPY, SHORT_MATCHES, Setting

DEFAULT_EFFORT = 5
_SMALL_PIXELS = 1 << 16


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
        zstd's level for plain tiles.
    streams
        The most streams of compact tiles; 0 for none of these.
    plans
        Whether to try several numbers of streams, with and without learned orders.
    coder
        How hard to look for short streams.
    hopeless
        A plain tile that is so many times as large as the compact one at level 3 is not tried at
        `level`.
    wide
        Whether to try plain tiles of 8 bits an index for up to 16 colours too: more matches, for
        zstd, start on a byte.
    """

    sample: int | None
    cell: int
    patience: int
    kicks: int
    fine_patience: int
    passes: int
    fine_points: int
    level: int
    streams: int
    plans: bool
    coder: Coder
    hopeless: float
    wide: bool

    def level_for(self, pixels: int) -> int:
        """Return zstd's level for an image: of small ones, a high one costs nothing."""
        return max(self.level, 19) if self.streams > 1 and pixels < _SMALL_PIXELS else self.level

    def hopeless_for(self, pixels: int) -> float:
        """Return `hopeless` for an image: of small ones, everything is tried."""
        return self.hopeless if pixels >= _SMALL_PIXELS else float("inf")


QUICK = Coder((ENTROPY,))
_SHORT = Coder((ENTROPY, SHORT_MATCHES))
_THOROUGH = replace(_SHORT, thorough=True)
_EVERYTHING = Coder((ENTROPY, SHORT_MATCHES, Setting(19), Setting(22)), thorough=True)

_EFFORTS = (
    Effort(1 << 16, 8, 2, 0, 0, 3, 1 << 15, 3, 0, False, QUICK, 1.0, False),
    Effort(1 << 17, 8, 5, 0, 0, 5, 1 << 15, 3, 1, False, QUICK, 1.0, False),
    Effort(1 << 18, 8, 8, 0, 0, 7, 1 << 16, 6, 4, False, QUICK, float("inf"), False),
    Effort(1 << 18, 8, 14, 0, 0, 8, 1 << 16, 12, 8, False, QUICK, 1.45, False),
    Effort(1 << 18, 8, 24, 0, 0, 10, 1 << 16, 15, 8, False, QUICK, 1.45, False),
    Effort(1 << 19, 8, 24, 2, 6, 12, 1 << 17, 19, 8, False, _SHORT, 2.0, True),
    Effort(1 << 19, 8, 24, 10, 10, 16, 1 << 18, 19, 8, False, _THOROUGH, 2.0, True),
    Effort(1 << 20, 4, 32, 16, 16, 20, 1 << 19, 22, 8, True, _THOROUGH, 2.5, True),
    Effort(None, 4, 48, 64, 24, 30, 1 << 20, 22, 8, True, _EVERYTHING, float("inf"), True),
)


def effort_of(number: int) -> Effort:
    """Return what an effort from 1 to 9 means; ParameterError for another."""
    return _EFFORTS[integer("effort", number, 1, len(_EFFORTS)) - 1]
