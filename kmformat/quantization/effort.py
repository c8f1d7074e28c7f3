"""What each effort from 1 to 9 does in the palette search: samples, swaps, kicks, passes.

What each costs and gives is measured in `kmformat/docs/PALETTES.md`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SearchEffort:
    """What an effort means for the palette search.

    Attributes
    ----------
    sample
        Pixels that the search looks at (twice as many above 48 palette entries); None for all.
    cell
        Side, in levels, of the cells of colours on which it runs (up to 48 palette entries).
    patience
        Swaps in a row that may fail before the search ends.
    kicks
        How often it then starts again from a disturbed palette.
    fine_patience
        The same as patience, for a second search on finer cells; 0 for none.
    passes
        Passes of Lloyd's algorithm on the colours themselves, to end with.
    fine_points
        The most colours that these passes look at.
    """

    sample: int | None
    cell: int
    patience: int
    kicks: int
    fine_patience: int
    passes: int
    fine_points: int

    def sample_for(self, colors: int) -> int | None:
        """Return of how many pixels of an image the histogram should be; None for all."""
        return self.sample if self.sample is None or colors <= 48 else 2 * self.sample


_EFFORTS = (
    SearchEffort(1 << 16, 8, 2, 0, 0, 3, 1 << 15),
    SearchEffort(1 << 17, 8, 5, 0, 0, 5, 1 << 15),
    SearchEffort(1 << 18, 8, 8, 0, 0, 7, 1 << 16),
    SearchEffort(1 << 18, 8, 14, 0, 0, 8, 1 << 16),
    SearchEffort(1 << 18, 8, 24, 0, 0, 10, 1 << 16),
    SearchEffort(1 << 19, 8, 24, 2, 6, 12, 1 << 17),
    SearchEffort(1 << 19, 8, 24, 10, 10, 16, 1 << 18),
    SearchEffort(1 << 20, 4, 32, 16, 16, 20, 1 << 19),
    SearchEffort(None, 4, 48, 64, 24, 30, 1 << 20),
)


def search_effort(number: int) -> SearchEffort:
    """Return what an effort from 1 to 9 means for the search."""
    return _EFFORTS[number - 1]
