"""Which files are there already."""

from __future__ import annotations

import os
from pathlib import Path

from kmformat.batches.existing import is_older, is_remnant, is_whole


def test_a_file_is_whole_if_its_head_and_length_are_right(picture: Path, tmp_path: Path) -> None:
    data = picture.read_bytes()
    assert is_whole(picture)
    damaged = tmp_path / "damaged.kmf"
    head = bytearray(data)
    head[20] ^= 1
    for wrong in (b"", data[:-1], data + b"x", data[:30], head, b"precious"):
        damaged.write_bytes(wrong)
        assert not is_whole(damaged)
    assert not is_whole(tmp_path / "none.kmf")
    assert not is_whole(tmp_path)


def test_what_may_be_left_of_a_kmf_file_begins_as_one_or_is_empty(
    picture: Path, tmp_path: Path
) -> None:
    data, path = picture.read_bytes(), tmp_path / "left"
    for left in (b"", data[:1], data[:9], data):
        path.write_bytes(left)
        assert is_remnant(path)
    for other in (b"K", b"precious", b"\x89PNG"):
        path.write_bytes(other)
        assert not is_remnant(path)


def test_the_older_of_two_files_is_known(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for path, seconds in ((old, 100), (new, 101)):
        path.touch()
        os.utime(path, (seconds, seconds))
    assert is_older(old, new)
    assert not is_older(new, old)
    assert not is_older(old, old)
    assert not is_older(old, tmp_path / "none")
