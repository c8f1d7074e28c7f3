"""Many files on any executor."""

from __future__ import annotations

import math
import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kmformat
from kmformat import FileResult, ParameterError, PictureError, encode_files
from kmformat.batches import files
from kmformat.pictures.quality import mean_squared_error, psnr
from kmformat.storage.output import write_file
from tests.samples import photo


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, Path]]:
    """Four small pictures, and where they are to go."""
    monkeypatch.chdir(tmp_path)
    for number in range(4):
        Image.fromarray(photo(30, 40, number)).save(f"{number}.png")
    return [(Path(f"{number}.png"), Path(f"{number}.kmf")) for number in range(4)]


@pytest.mark.parametrize("threads", [0, 2])
def test_files_are_what_encode_gives_and_results_tell_of_them(
    jobs: list[tuple[Path, Path]], threads: int
) -> None:
    with ThreadPoolExecutor(threads or 1) as executor:
        run = encode_files(jobs, executor=executor if threads else None, colors=7, effort=2)
        results = list(run)
    assert [(r.input, r.output) for r in results] == [(str(a), str(b)) for a, b in jobs]
    for number, result in enumerate(results):
        pixels = photo(30, 40, number)
        data = Path(result.output).read_bytes()
        assert data == kmformat.encode(pixels, colors=7, effort=2)
        error = mean_squared_error(pixels, kmformat.decode_indexed(data))
        assert (result.bytes, result.psnr) == (len(data), psnr(error))
        assert result.input_bytes == os.path.getsize(result.input)
        assert (result.error, result.skipped) == (None, False)
        assert result.seconds > 0


def test_a_file_that_fails_is_a_result_and_the_others_go_on(jobs: list[tuple[Path, Path]]) -> None:
    jobs[1][0].write_text("no picture")
    jobs[2] = (jobs[2][0], jobs[0][1])
    results = list(encode_files([*jobs, ("none.png", "none.kmf")]))
    errors = [type(result.error) for result in results]
    assert errors == [type(None), PictureError, FileExistsError, type(None), FileNotFoundError]
    assert sorted(path.name for path in Path().glob("*.kmf")) == ["0.kmf", "3.kmf"]
    assert results[1].psnr is None


def test_what_is_there_and_whole_is_skipped(jobs: list[tuple[Path, Path]]) -> None:
    list(encode_files(jobs))
    (_, cut), (_, other), (_, empty), (_, whole) = jobs
    before = [path.read_bytes() for _, path in jobs]
    cut.write_bytes(before[0][:-1])
    other.write_bytes(before[1][:20] + b"?" + before[1][21:])
    empty.touch()
    empty.write_bytes(b"")
    stamp = whole.stat().st_mtime_ns
    results = list(encode_files(jobs, skip_existing=True))
    assert [result.skipped for result in results] == [False, False, False, True]
    assert [path.read_bytes() for _, path in jobs] == before
    assert whole.stat().st_mtime_ns == stamp


def test_a_colour_that_every_pixel_keeps_is_no_error(jobs: list[tuple[Path, Path]]) -> None:
    Image.new("RGB", (5, 5), "red").save("0.png")
    (result,) = encode_files(jobs[:1])
    assert result.psnr == math.inf


@pytest.mark.parametrize(
    ("job", "options", "message"),
    [
        ("a.png", {}, "job 'a.png': expected a pair of paths"),
        (("a.png",), {}, "expected a pair of paths"),
        (("a.png", 3), {}, "expected a pair of paths"),
        (("a.png", ""), {}, "neither of them empty"),
        (("a.png", "b.png"), {}, "b.png: a name of PNG files"),
        (("a.png", "a.kmf"), {"attempts": 0}, "attempts 0"),
        (("a.png", "a.kmf"), {"max_pixels": 0}, "max_pixels 0"),
        (("a.png", "a.kmf"), {"colors": 999}, "colors 999"),
    ],
)
def test_what_is_no_job_or_option_is_named(
    job: object, options: dict[str, int], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        list(encode_files([job], **options))  # type: ignore[list-item, arg-type]


def test_limits_and_pillow_are_left_as_they_are(jobs: list[tuple[Path, Path]]) -> None:
    limit = Image.MAX_IMAGE_PIXELS
    results = list(encode_files(jobs[:1], max_pixels=1199))
    assert isinstance(results[0].error, kmformat.LimitError)
    assert limit == Image.MAX_IMAGE_PIXELS


def killed_once(path: str, data: bytes, *, mark: str) -> None:
    """Write a file; but for the first attempt of one, die with half of it written."""
    if path == "1.kmf" and not Path("killed").exists():
        Path("killed").touch()
        Path(f".kmformat-{mark}.tmp").write_bytes(data[:9])
        os.kill(os.getpid(), 9)
    time.sleep(0.01)
    write_file(path, data, mark=mark)


def with_a_killer() -> None:
    setattr(files, "write_file", killed_once)  # noqa: B010  (mypy knows no such name)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_with_a_worker_killed_all_files_are_right_and_nothing_is_left_over(
    jobs: list[tuple[Path, Path]],
) -> None:
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(2, context, with_a_killer) as executor:
        results: list[FileResult] = list(encode_files(jobs, executor=executor))
    assert Path("killed").exists()
    assert [result.error for result in results] == [None] * 4
    for number, (_, path) in enumerate(jobs):
        assert np.array_equal(
            kmformat.decode(path), kmformat.decode(kmformat.encode(photo(30, 40, number)))
        )
    assert not list(Path().glob(".kmformat-*"))
