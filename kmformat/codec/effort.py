"""What each effort from 1 to 9 tries for a small file: zstd levels, streams, plans of tables.

What each costs and gives is measured in `kmformat/docs/SIZES.md`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from kmformat.codec.compact.sequences import Coder
from kmformat.codec.zstd_frame import ENTROPY, SHORT_MATCHES, Setting

_SMALL_PIXELS = 1 << 16


@dataclass(frozen=True)
class CodingEffort:
    """What an effort means for the tiles of a file.

    Attributes
    ----------
    level
        zstd's level for files of plain tiles only, 1 to 22.
    rival_level
        The same for plain tiles that may turn out smaller than compact ones.
    busy_level
        The same where compact ones are busy: there it takes longer and gains less.
    streams
        The most streams of compact tiles, up to 8; 0 for no compact tiles.
    plans
        Whether to try several numbers of streams, with and without learned orders.
    coder
        How hard to try for short streams.
    hopeless
        Skip `level` for a plain tile if level 3 already exceeds `hopeless` times the compact size.
    wide
        Whether to try plain tiles of 8 bits an index for up to 16 colours too: more matches, for
        zstd, start on a byte.
    """

    level: int
    rival_level: int
    busy_level: int
    streams: int
    plans: bool
    coder: Coder
    hopeless: float
    wide: bool

    def levels_for(self, pixels: int, *, plain: bool) -> tuple[int, int]:
        """Return zstd's level for an image, and that for busy tiles.

        Of small images, a high one costs nothing.
        """
        levels = (self.level, self.level) if plain else (self.rival_level, self.busy_level)
        if self.streams > 1 and pixels < _SMALL_PIXELS:
            return max(levels[0], 19), max(levels[1], 19)
        return levels

    def hopeless_for(self, pixels: int) -> float:
        """Return `hopeless` for an image: of small ones, everything is tried."""
        return self.hopeless if pixels >= _SMALL_PIXELS else float("inf")


QUICK = Coder((ENTROPY,))
_SHORT = Coder((ENTROPY, SHORT_MATCHES))
_THOROUGH = replace(_SHORT, thorough=True)
_EVERYTHING = Coder((ENTROPY, SHORT_MATCHES, Setting(19), Setting(22)), thorough=True)

_EFFORTS = (
    CodingEffort(3, 3, 3, 0, False, QUICK, 1.0, False),
    CodingEffort(3, 3, 3, 1, False, QUICK, 1.0, False),
    CodingEffort(6, 6, 6, 4, False, QUICK, float("inf"), False),
    CodingEffort(12, 12, 12, 8, False, QUICK, 1.45, False),
    CodingEffort(15, 19, 12, 8, False, QUICK, 1.45, False),
    CodingEffort(19, 19, 19, 8, False, _SHORT, 3.0, True),
    CodingEffort(19, 19, 19, 8, False, _THOROUGH, 3.0, True),
    CodingEffort(22, 22, 22, 8, True, _THOROUGH, 4.0, True),
    CodingEffort(22, 22, 22, 8, True, _EVERYTHING, float("inf"), True),
)


def coding_effort(number: int) -> CodingEffort:
    """Return what an effort from 1 to 9 means for the tiles."""
    return _EFFORTS[number - 1]
