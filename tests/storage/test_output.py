"""Files are written as a whole or not at all."""

from __future__ import annotations

import io
import os
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kmformat.storage.output import (
    opened_spool,
    remove_unfinished,
    write_file,
    write_stream,
)


def test_writing_replaces_the_whole_file_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "a.kmf"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["a.kmf"]


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write_file(tmp_path / "a.kmf", b"x")
    assert (tmp_path / "a.kmf").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.kmf"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as caught:
        write_file(path, b"new")
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.kmf"]


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.kmf"
    path.write_bytes(b"old")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.kmf"]


def test_overwriting_can_be_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.kmf"
    write_file(path, b"old", overwrite=False)
    with pytest.raises(FileExistsError):
        write_file(path, b"new", overwrite=False)
    assert path.read_bytes() == b"old"


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of POSIX")
def test_a_link_stays_a_link_and_a_pipe_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write_file(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"

    pipe, got = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_file(pipe, b"through")
    reader.join()
    assert got == [b"through"]


@pytest.mark.parametrize("name", ["n" * 250, "\u20ac" * 80])
def test_long_names_can_be_written(tmp_path: Path, name: str) -> None:
    write_file(tmp_path / name, b"x")
    assert len(os.listdir(tmp_path)) == 1


def test_what_a_killed_writer_left_is_known_by_its_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.kmf"
    with monkeypatch.context() as patch:
        patch.setattr(os, "link", lambda *_: None)
        patch.setattr(os, "unlink", lambda *_: None)
        write_file(path, b"data", overwrite=False, mark="00ff1")
    assert os.listdir(tmp_path) == [".kmformat-00ff1.tmp"]
    write_file(path, b"data", overwrite=False, mark="00ff1")
    assert os.listdir(tmp_path) == ["a.kmf"]
    write_file(path, b"data", overwrite=False, mark="00ff1")  # as if it died before it could tell
    for other in (b"date", b"dat"):
        with pytest.raises(FileExistsError):
            write_file(path, other, overwrite=False, mark="00ff1")
    with pytest.raises(FileExistsError):
        write_file(path, b"data", overwrite=False)
    (tmp_path / ".kmformat-00ff1.tmp").touch()
    remove_unfinished(path, "00ff2")
    remove_unfinished(path, "00ff1")
    assert os.listdir(tmp_path) == ["a.kmf"]


@pytest.mark.parametrize(("takes", "error"), [(None, BlockingIOError), (0, OSError)])
def test_a_raw_stream_that_takes_nothing_more_is_an_error(
    takes: int | None, error: type[OSError]
) -> None:
    class Full(io.RawIOBase):
        left = 3

        def write(self, data: Any) -> int | None:
            taken, self.left = min(self.left, len(data)), 0
            return taken or takes

    with pytest.raises(error):
        write_stream(Full(), b"abcdef")  # type: ignore[arg-type]
    write_stream(Full(), b"abc")  # type: ignore[arg-type]


@pytest.mark.skipif(sys.platform == "win32", reason="folders are opened on POSIX")
def test_the_file_and_then_its_folder_are_synced_and_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced, descriptors = list[bool](), len(os.listdir("/dev/fd"))
    monkeypatch.setattr(
        os, "fsync", lambda file: synced.append(stat.S_ISDIR(os.fstat(file).st_mode))
    )
    write_file(tmp_path / "a.kmf", b"x")
    assert synced == [False, True]
    assert len(os.listdir("/dev/fd")) == descriptors


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_nobody_else_can_read_a_replacement_before_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "a.kmf"
    path.write_bytes(b"old")
    path.chmod(0o644)
    modes = list[int]()

    def parts() -> Iterator[bytes]:
        (unfinished,) = tmp_path.glob(".kmformat-*.tmp")
        modes.append(stat.S_IMODE(unfinished.stat().st_mode))
        yield b"new"

    write_file(path, parts())
    assert modes == [0o600]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.kmf"

    def parts() -> Iterator[bytes]:
        path.write_bytes(b"first")
        yield b"second"

    with pytest.raises(FileExistsError):
        write_file(path, parts(), overwrite=False)
    assert path.read_bytes() == b"first"
    assert os.listdir(tmp_path) == ["a.kmf"]


def test_where_there_are_no_hard_links_a_file_is_new_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    write_file(tmp_path / "a.kmf", b"new", overwrite=False)
    with monkeypatch.context() as patch:  # one appears meanwhile
        patch.setattr("kmformat.storage.output._mode_of", lambda _: None)
        with pytest.raises(FileExistsError):
            write_file(tmp_path / "a.kmf", b"newer", overwrite=False)
    assert (tmp_path / "a.kmf").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["a.kmf"]


def test_a_spool_that_has_no_folder_is_an_error_of_that_folder(tmp_path: Path) -> None:
    folder = tmp_path / "missing"
    with pytest.raises(FileNotFoundError) as caught, opened_spool(folder / "a.kmf"):
        pass
    assert caught.value.filename == os.path.realpath(folder)
