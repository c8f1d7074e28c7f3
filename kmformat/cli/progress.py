"""A bar of how many files are done, where standard error is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from tqdm import tqdm


class Progress:
    """A bar, or nothing, while many files are worked on.

    Parameters
    ----------
    count
        How many files there are.
    wanted
        Whether there is to be a bar, if there can be.
    """

    def __init__(self, count: int, *, wanted: bool) -> None:
        self._bar: tqdm[NoReturn] | None = None
        if wanted and count > 1 and sys.stderr is not None and sys.stderr.isatty():
            from tqdm import tqdm  # takes a while to import

            tqdm.monitor_interval = 0  # no thread to look whether the bar is stuck
            self._bar = tqdm(total=count, unit=" files", dynamic_ncols=True, leave=False)

    def step(self) -> None:
        """Count one more file."""
        if self._bar is not None:
            self._bar.update()

    def counted(self, names: Iterable[str]) -> Iterator[str]:
        """Yield names, and count each where the next is asked for."""
        for name in names:
            yield name
            self.step()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Take the bar away while something is printed."""
        if self._bar is None:
            yield
        else:
            with self._bar.external_write_mode(file=sys.stderr):
                yield

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
