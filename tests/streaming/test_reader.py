"""A reader gives the parts that an array would, and reads no more of a file than it must."""

from __future__ import annotations

import io
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kmformat
from kmformat import FormatError, LimitError, ParameterError, Reader, decode_to
from tests.samples import Pipe, icon, photo

PIXELS = photo(50, 70)
DATA = kmformat.encode(PIXELS, tile=(16, 12))
SHOWN = kmformat.decode(DATA)

indices = st.integers(-3, 2) | st.slices(50)
keys = st.tuples(indices, indices) | indices | st.tuples(indices, indices, st.integers(0, 2))


class Spy(io.BytesIO):
    """A stream that tells how it was read."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.reads: list[int] = []

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads.append(self.tell())
        return super().read(size)


@given(keys | st.tuples(st.just(...), indices) | st.just(...))
def test_a_reader_is_indexed_as_the_array_of_its_pixels_is(key: Any) -> None:
    with Reader(DATA) as reader:
        found = reader[key]
    assert found.shape == SHOWN[key].shape
    assert np.array_equal(found, SHOWN[key])


@pytest.mark.parametrize("pixels", [PIXELS, icon()])
def test_a_reader_says_what_numpy_wants_to_know(pixels: np.ndarray) -> None:
    data = kmformat.encode(pixels, colors=9)
    with Reader(data) as reader:
        assert reader.shape == pixels.shape
        assert (reader.dtype, reader.ndim, len(reader)) == (np.dtype(np.uint8), 3, len(pixels))
        assert np.array_equal(np.asarray(reader), kmformat.decode(data))
        assert [row.shape for row in reader] == [pixels.shape[1:]] * len(pixels)
        assert reader.info == kmformat.read_info(data)
        with pytest.raises(ValueError, match="nothing to share"):
            np.array(reader, copy=False)


@pytest.mark.parametrize("key", [50, (0, 70), (0, -71), (0, 0, 0, 0), None, "a"])
def test_what_is_outside_of_the_image_is_an_error_as_of_an_array(key: Any) -> None:
    with Reader(DATA) as reader, pytest.raises((IndexError, TypeError)):
        reader[key]


def test_the_head_is_read_once_adjacent_tiles_together_and_none_twice() -> None:
    spy = Spy(DATA)
    with Reader(spy) as reader:
        tiles = len(DATA) - kmformat.read_info(DATA).sizes["tiles"]
        spy.reads.clear()
        reader.read((0, 12, 70, 36))  # two whole rows of tiles
        assert len(spy.reads) == 1
        assert spy.reads[0] >= tiles
        reader.read((3, 14, 30, 30))
        assert len(spy.reads) == 1
        reader.read((0, 0, 33, 24))  # three tiles of the first row are new
        assert len(spy.reads) == 2
    spy.seek(0)
    with Reader(spy, cache=0) as reader:
        spy.reads.clear()
        reader.read((0, 0, 1, 1))
        reader.read((0, 0, 1, 1))
        assert len(spy.reads) == 2


def test_the_cache_has_no_more_bytes_than_it_may() -> None:
    spy = Spy(kmformat.encode(PIXELS, tile=(10, 10), fast_decode=True, colors=200))
    with Reader(spy, cache=1000) as reader:
        spy.reads.clear()
        for _ in range(
            2
        ):  # ten tiles are kept, so of eleven in turn the one that is asked for goes
            for x in range(0, 70, 10):
                reader.read((x, 0, x + 1, 1))
        assert len(spy.reads) == 7
        for _ in range(2):
            for x in range(0, 70, 10):
                reader.read((x, 10, x + 1, 11))
                reader.read((x, 20, x + 1, 21))
        assert len(spy.reads) == 7 + 28


def test_many_threads_read_at_once() -> None:
    boxes = [(x, y, x + 20, y + 20) for x in range(0, 50, 7) for y in range(0, 30, 5)]
    with Reader(Spy(DATA), cache=1 << 10) as reader, ThreadPoolExecutor(8) as pool:
        for (x, y, right, lower), part in zip(boxes, pool.map(reader.read, boxes), strict=True):
            assert np.array_equal(part, SHOWN[y:lower, x:right])


@pytest.mark.parametrize("kind", ["path", "text", "bytes"])
def test_a_reader_is_pickled_by_what_it_reads(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.kmf"
    path.write_bytes(DATA)
    file = {"path": path, "text": str(path), "bytes": DATA}[kind]
    with (
        Reader(cast("str", file), threads=1) as reader,
        pickle.loads(pickle.dumps(reader)) as again,
    ):
        assert np.array_equal(again[5:20, 7], reader[5:20, 7])


def test_what_cannot_be_pickled_or_read_any_more_says_so() -> None:
    with Reader(io.BytesIO(DATA)) as reader:
        with pytest.raises(TypeError, match="only those of a path"):
            pickle.dumps(reader)
        with pytest.raises(ParameterError, match="box"):
            reader.read((0, 0, 71, 1))
    with pytest.raises(ParameterError, match="closed"):
        reader.read()
    with pytest.raises(ParameterError, match="closed"), reader:
        pass


def test_the_limit_is_on_the_tiles_of_a_part() -> None:
    with Reader(DATA, max_pixels=16 * 12) as reader:
        assert reader.read((1, 1, 5, 5)).shape == (4, 4, 3)
        with pytest.raises(LimitError, match="32 x 12"):
            reader.read((10, 0, 20, 1))


def test_damage_is_found_where_it_is_read() -> None:
    damaged = bytearray(DATA)
    damaged[-1] ^= 1
    with Reader(damaged) as reader:
        assert np.array_equal(reader[:40, :40], SHOWN[:40, :40])
        with pytest.raises(FormatError, match="tile 24"):
            reader[49, 69]
    with pytest.raises(FormatError):
        Reader(DATA[:20])
    with Reader(cast("IO[bytes]", Pipe(DATA))) as reader:
        assert np.array_equal(reader.read(), SHOWN)


@given(
    st.sampled_from([(16, 12), (70, 5), (3, 50), (70, 50)]),
    st.none()
    | st.tuples(st.integers(0, 30), st.integers(0, 20), st.integers(31, 70), st.integers(21, 50)),
)
def test_decoding_into_an_array_is_decoding(tile: tuple[int, int], box: Any) -> None:
    data = kmformat.encode(PIXELS, tile=tile, colors=5)
    expected = kmformat.decode(data, box=box)
    target = np.zeros_like(expected)
    decode_to(data, target, box=box)
    assert np.array_equal(target, expected)


def test_decoding_goes_into_a_memmap_part_by_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kmformat.streaming.reader._STEP_PIXELS", 16 * 12 * 2)
    parts = []

    class Told(np.memmap):
        def __setitem__(self, key: Any, value: Any) -> None:
            parts.append(value.shape)
            super().__setitem__(key, value)

    target = Told(tmp_path / "raw", np.uint8, "w+", shape=SHOWN.shape)
    decode_to(DATA, target)
    assert np.array_equal(target, SHOWN)
    assert max(height * width for height, width, _ in parts) == 32 * 12


def test_decoding_into_what_does_not_fit_is_refused() -> None:
    with pytest.raises(
        ParameterError, match=r"target of shape \(50, 70, 4\): expected \(50, 70, 3\)"
    ):
        decode_to(DATA, np.zeros((50, 70, 4), np.uint8))
    with pytest.raises(LimitError):
        decode_to(DATA, np.zeros(SHOWN.shape, np.uint8), max_pixels=100)
    with pytest.raises(ParameterError, match="box"):
        decode_to(DATA, np.zeros(SHOWN.shape, np.uint8), box=(0, 0, 71, 50))
