"""An image encoded in parts gives the bytes that all of it at once gives."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kmformat
from kmformat import ParameterError, encode, encode_to, read_info
from kmformat.arrays import U8
from tests.samples import icon, noise, photo

PHOTO, ICON = photo(90, 130), icon(70)
OPAQUE = np.dstack([PHOTO, np.full(PHOTO.shape[:2], 255, np.uint8)])
MASK = (np.arange(90)[:, None] // 11 * 3 + np.arange(130) // 40).astype(np.uint8) * 7
SOURCES = {"photo": PHOTO, "grey": PHOTO[..., 1], "alpha": ICON, "opaque": OPAQUE, "mask": MASK}


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2) as pool:
        yield pool


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let images of this size be large."""
    monkeypatch.setattr("kmformat.patches._PIXELS", 1 << 12)
    monkeypatch.setattr("kmformat.patches._SIDE", 16)
    monkeypatch.setattr("kmformat.quantization.histogram._FEW_COLORS", 50)
    for effort in kmformat.quantization.effort._EFFORTS:
        monkeypatch.setitem(effort.__dict__, "sample", effort.sample and effort.sample >> 7)


def encoded_in_parts(source: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    info = encode_to(source, stream, **options)
    assert info == read_info(stream.getvalue())
    return stream.getvalue()


OPTIONS: list[dict[str, Any]] = [
    {},
    {"tile": (40, 33)},
    {"effort": 1, "tile": (33, 8)},
    {"effort": 7, "tile": (64, 64)},
    {"effort": 8, "tile": (64, 64)},
    {"effort": 9, "colors": 40, "tile": (64, 64)},
    {"space": "oklab", "tile": (50, 50)},
    {"init": "random", "iterations": 2},
    {"dither": "ordered", "tile": (37, 29)},
    {"dither": "ordered", "dither_strength": 0.5, "palette": ["black", "white", "#ff000080"]},
    {"palette": ["black", "white"], "tile": (64, 32)},
    {"background": "#123", "colors": 9},
    {"keep": ["#ff0000"], "bits": 2},
    {"keep": ["#ff000080"], "fast_decode": True, "tile": (9, 9)},
    {"zstd": False, "bits": 8},
    {"colors": 60, "seed": 3, "level": 5},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("name", SOURCES)
def test_parts_give_the_bytes_of_the_whole(name: str, options: dict[str, Any]) -> None:
    assert encoded_in_parts(SOURCES[name], **options) == encode(SOURCES[name], **options)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("name", SOURCES)
def test_so_they_do_for_what_is_judged_by_samples(name: str, options: dict[str, Any]) -> None:
    assert encoded_in_parts(SOURCES[name], **options) == encode(SOURCES[name], **options)


@pytest.mark.usefixtures("large")
@given(
    st.sampled_from(list(SOURCES)),
    st.tuples(st.integers(8, 50), st.integers(8, 50)),
    st.none() | st.tuples(st.integers(1, 140), st.integers(1, 99)),
    st.sampled_from([1, 2]),
)
@settings(deadline=None, max_examples=20)
def test_blocks_change_nothing(name: str, tile: tuple[int, int], block: Any, threads: int) -> None:
    data = encoded_in_parts(SOURCES[name], tile=tile, block=block, threads=threads)
    assert data == encode(SOURCES[name], tile=tile)


@pytest.mark.parametrize("kind", ["array", "memmap", "columns first"])
def test_processes_change_nothing(kind: str, tmp_path: Path, processes: Executor) -> None:
    source: U8 = PHOTO
    if kind != "array":
        order = "F" if kind == "columns first" else "C"
        source = np.memmap(tmp_path / "raw", np.uint8, "w+", 100, PHOTO.shape, order)  # type: ignore[call-overload]
        source[...] = PHOTO
    data = encoded_in_parts(source, tile=(32, 32), executor=processes, space="oklab")
    assert data == encode(PHOTO, tile=(32, 32), space="oklab")
    part = encoded_in_parts(source[10:, 5:], tile=(32, 32), executor=processes)
    assert part == encode(PHOTO[10:, 5:], tile=(32, 32))


def test_a_label_mask_keeps_all_its_classes() -> None:
    assert read_info(encoded_in_parts(MASK)).colors == len(np.unique(MASK)) > 16
    two = np.repeat(MASK[:, :, None], 3, axis=2)
    assert encoded_in_parts(two, keep=["red"]) == encode(two, keep=["red"])


def test_of_more_labels_than_fit_beside_what_is_kept_the_best_are_found() -> None:
    levels = np.repeat(np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16), 9, 0), 9, 1)
    keep = ["red", "lime", "blue"]
    assert encoded_in_parts(levels, keep=keep) == encode(levels, keep=keep)


def test_lossless_is_exact_or_refused() -> None:
    small = ICON[::5, ::5].copy()
    assert encoded_in_parts(small, lossless=True) == encode(small, lossless=True)
    with pytest.raises(ParameterError, match="more than 256 colours: too many for lossless"):
        encoded_in_parts(noise(40, 40, 3, 1), lossless=True)


def test_a_palette_without_room_for_what_is_transparent_is_refused() -> None:
    with pytest.raises(ParameterError, match="256 opaque colours for transparent pixels"):
        encoded_in_parts(ICON, palette=noise(256, 1, 3, 2)[:, 0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dither": "floyd-steinberg"}, "expected none or ordered"),
        ({"dither": "auto"}, "expected none or ordered"),
        ({"colors": "auto"}, "colors auto needs all of an image at once"),
        ({"lossy": 0.1}, "lossy needs all"),
        ({"overviews": "picture"}, "overviews needs all"),
        ({"block": (0, 5)}, "block 0"),
        ({"executor": 3}, "executor of type int: expected a concurrent.futures.Executor"),
    ],
)
def test_what_needs_all_of_the_image_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        encode_to(PHOTO, io.BytesIO(), **options)


def test_progress_is_told_in_pixels() -> None:
    told: list[tuple[str, int, int]] = []
    encoded_in_parts(PHOTO, tile=(65, 90), progress=lambda *said: told.append(said))
    n = 90 * 130
    palette, tiles = told[:-2], told[-2:]
    assert palette == [("palette", n // 2, n), ("palette", n, n)] * 2  # seen, and then counted
    assert tiles == [("tiles", n // 2, n), ("tiles", n, n)]


def test_with_a_palette_told_pixels_are_read_once_but_for_the_patches(large: None) -> None:  # noqa: ARG001
    told: list[tuple[str, int, int]] = []
    options: dict[str, Any] = {"palette": ["red", "blue"], "tile": (10, 9)}
    assert encoded_in_parts(PHOTO, progress=lambda *said: told.append(said), **options) == encode(
        PHOTO, **options
    )
    looked_at = {total for stage, _, total in told if stage == "palette"}
    assert max(looked_at) < 90 * 130


def test_the_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.kmf"
    path.write_bytes(b"old")

    class Failing:
        shape, dtype = PHOTO.shape, PHOTO.dtype
        reads = 0

        def __getitem__(self, key: Any) -> Any:
            self.reads += 1
            if self.reads > 8:
                raise OSError("the disk is gone")
            return PHOTO[key]

    for threads in (1, 2):
        with pytest.raises(OSError, match="gone"):
            encode_to(Failing(), path, tile=(33, 45), threads=threads)
        assert os.listdir(tmp_path) == ["a.kmf"]
        assert path.read_bytes() == b"old"
    assert encode_to(PHOTO, path) == read_info(path)
    assert path.read_bytes() == encode(PHOTO)
    with pytest.raises(FileNotFoundError, match="missing"):
        encode_to(PHOTO, tmp_path / "missing" / "a.kmf")
    with pytest.raises(ParameterError, match="PNG"):
        encode_to(PHOTO, tmp_path / "a.png")


@dataclass
class Deadly:
    """A source that ends the process that reads its last rows: always, or where no mark is yet."""

    mark: Path | None = None
    shape, dtype = PHOTO.shape, PHOTO.dtype

    def __getitem__(self, key: Any) -> Any:
        if key[0].stop == PHOTO.shape[0] and not (self.mark and self.mark.exists()):
            if self.mark:
                self.mark.touch()
            os._exit(1)
        return PHOTO[key]


def test_an_image_that_kills_its_workers_leaves_no_file(tmp_path: Path) -> None:
    with ProcessPoolExecutor(1) as pool, pytest.raises(ChildProcessError, match="3 times"):
        encode_to(Deadly(), tmp_path / "a.kmf", tile=(130, 30), executor=pool)
    assert os.listdir(tmp_path) == []


def test_a_killed_process_costs_a_retry(tmp_path: Path) -> None:
    file, source = tmp_path / "a.kmf", Deadly(tmp_path / "mark")
    with ProcessPoolExecutor(2) as pool:
        encode_to(source, file, tile=(130, 30), executor=pool)
    assert file.read_bytes() == encode(PHOTO, tile=(130, 30))


def test_an_error_of_one_thread_cancels_what_waits() -> None:
    class Failing:
        shape, dtype = PHOTO.shape, PHOTO.dtype

        def __getitem__(self, key: Any) -> Any:
            if key[0].stop == PHOTO.shape[0]:
                raise KeyError("no such rows")
            return PHOTO[key]

    with ThreadPoolExecutor(2) as pool, pytest.raises(KeyError, match="no such rows"):
        encode_to(Failing(), io.BytesIO(), tile=(130, 30), executor=pool)
