"""What is fetched of a file, in how many goes, and what is kept of it."""

from __future__ import annotations

import weakref
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kmformat.codec.fetching import JoinedFetch, TileCache


class Data(bytearray):
    """Bytes of which it can be told when nobody has them any more."""


class File:
    """A file whose byte n is n modulo 251; it tells what was fetched."""

    def __init__(self) -> None:
        self.fetched = list[tuple[int, int]]()
        self.kept = weakref.WeakValueDictionary[int, Data]()

    def __call__(self, start: int, end: int) -> Any:
        self.fetched.append((start, end))
        data = Data(each % 251 for each in range(start, end))
        self.kept[start] = data
        return data


def joined(file: File, lengths: list[int], numbers: list[int]) -> tuple[JoinedFetch, list[Any]]:
    """Return what fetches tiles of these lengths, and where each begins and ends."""
    offsets = np.cumsum([10, *lengths])
    ends = list(zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True))
    return JoinedFetch(file, offsets, numbers), ends


def test_adjacent_tiles_are_fetched_at_once_and_kept_until_each_was_asked_for() -> None:
    file = File()
    fetch, tiles = joined(file, [3, 4, 5, 6, 7], [0, 1, 2, 4])
    for number in (1, 0, 2):
        start, end = tiles[number]
        assert bytes(fetch(start, end)) == bytes(range(start, end))
        assert len(file.kept) == (number != 2)
    assert fetch(*tiles[4]) == bytes(range(*tiles[4]))
    assert file.fetched == [(10, 22), tiles[4]]


def test_a_tile_that_is_asked_for_again_is_fetched_alone() -> None:
    file = File()
    fetch, tiles = joined(file, [3, 4], [0, 1])
    for number in (0, 1, 1, 0):
        fetch(*tiles[number])
    assert file.fetched == [(10, 17), tiles[1], tiles[0]]


def test_as_long_as_they_take_no_more_than_so_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kmformat.codec.fetching._MOST_JOINED", 8)
    file = File()
    fetch, tiles = joined(file, [4, 4, 1, 9, 2, 2], [*range(6)])
    for tile in tiles:
        fetch(*tile)
    assert file.fetched == [(10, 18), tiles[2], tiles[3], (28, 32)]


def tile(size: int) -> Any:
    return SimpleNamespace(rows=np.zeros(size, np.uint8))


def test_the_cache_keeps_so_many_bytes_and_drops_what_was_not_asked_for_the_longest_time() -> None:
    cache, tiles = TileCache(10), [tile(4), tile(4), tile(2), tile(3), tile(1)]
    for number in (0, 1, 2):
        cache.put(number, tiles[number])
    assert cache.get(0) is tiles[0]
    cache.put(3, tiles[3])  # of 13 bytes, those of 1 go
    assert [cache.get(number) is not None for number in range(5)] == [
        True,
        False,
        True,
        True,
        False,
    ]
    cache.put(4, tiles[4])  # 10 bytes are allowed
    assert [cache.get(number) is not None for number in range(5)] == [True, False, True, True, True]


def test_the_cache_keeps_a_tile_once_and_none_that_is_larger_than_all_of_it() -> None:
    cache, first = TileCache(10), tile(10)
    cache.put(0, first)
    cache.put(0, tile(10))
    assert cache.get(0) is first
    cache.put(1, tile(11))
    assert cache.get(1) is None
    assert cache.get(0) is first
