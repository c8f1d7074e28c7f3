"""Which bytes of a file are fetched, and what of it is kept: adjacent tiles in one go, and a cache.

To open a file, or ask a server for a range, takes much longer than to read a few tiles more.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmformat.arrays import Ints
    from kmformat.codec.format.container import Fetch
    from kmformat.codec.methods import PackedTile

_MOST_JOINED = 1 << 22
"""Bytes that are fetched together, at most."""


@dataclass
class _Run:
    """Adjacent tiles: their bytes in the file, and those that were not asked for yet."""

    start: int
    end: int
    left: int
    data: bytes | None = None
    lock: Lock = field(default_factory=Lock)


class JoinedFetch:
    """Fetches the bytes of tiles; of those that are adjacent in the file, all at once.

    A run of tiles is kept until each of them was asked for. It may be called from many threads.

    Parameters
    ----------
    fetch
        Fetches any bytes.
    offsets
        Where the bytes of each tile start, and after the last of them where they end.
    numbers
        Those of the tiles that will be asked for, ascending.
    """

    def __init__(self, fetch: Fetch, offsets: Ints, numbers: Sequence[int]) -> None:
        self._fetch = fetch
        self._runs: dict[int, _Run] = {}
        run = None
        for number in numbers:
            start, end = offsets[number : number + 2].tolist()
            if run is None or start != run.end or end - run.start > _MOST_JOINED:
                run = _Run(start, start, 0)
            run.end, run.left = end, run.left + 1
            self._runs[start] = run

    def __call__(self, start: int, end: int) -> bytes:
        """Return the bytes of a tile."""
        run = self._runs[start]
        with run.lock:
            if run.left <= 0:  # asked again
                return self._fetch(start, end)
            if run.data is None:
                run.data = self._fetch(run.start, run.end)
            part = run.data[start - run.start : end - run.start]
            run.left -= 1
            if not run.left:
                run.data = None
        return part


class TileCache:
    """Keeps the tiles that were decoded last, up to so many bytes. Many threads may use it."""

    def __init__(self, most: int) -> None:
        self._most, self._bytes, self._lock = most, 0, Lock()
        self._tiles: OrderedDict[int, PackedTile] = OrderedDict()

    def get(self, number: int) -> PackedTile | None:
        """Return a tile, or None if it is not kept."""
        with self._lock:
            if number not in self._tiles:
                return None
            self._tiles.move_to_end(number)
            return self._tiles[number]

    def put(self, number: int, tile: PackedTile) -> None:
        """Keep a tile, in place of those that were not asked for the longest time."""
        size = tile.rows.nbytes
        with self._lock:
            if number in self._tiles or size > self._most:
                return
            self._tiles[number] = tile
            self._bytes += size
            while self._bytes > self._most:
                self._bytes -= self._tiles.popitem(last=False)[1].rows.nbytes
