"""Python's way in: files and bytes to pixels, and what they say of themselves."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kmformat
from kmformat import (
    FormatError,
    LimitError,
    ParameterError,
    decode,
    encode_indexed,
    quantize,
)
from kmformat.reading import damaged_tiles
from tests.samples import Pipe, icon, indexed, photo
from tools.conformance.forge import zstd
from tools.conformance.forge.container import forge


@pytest.mark.parametrize("pixels", [photo(), icon()])
def test_a_saved_file_opens_as_bytes_decode(tmp_path: Path, pixels: np.ndarray) -> None:
    path, data = tmp_path / "a.kmf", kmformat.encode(pixels, colors=7)
    kmformat.save(pixels, path, colors=7)
    assert path.read_bytes() == data
    image = kmformat.open(path)
    assert image.mode == ("RGB" if pixels.shape[2] == 3 else "RGBA")
    for read in (np.asarray(image), kmformat.read(str(path)), kmformat.read(io.BytesIO(data))):
        assert np.array_equal(read, kmformat.decode(data))


def test_read_is_another_name_of_decode() -> None:
    assert kmformat.read is kmformat.decode
    assert kmformat.read_indexed is kmformat.decode_indexed


def test_a_box_of_a_file_reads_only_its_head_and_tiles(picture: Path) -> None:
    read: list[tuple[int, int]] = []

    class Spy(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            read.append((self.tell(), size or 0))
            return super().read(size)

    data = picture.read_bytes()
    part = kmformat.read(Spy(data), box=(33, 33, 40, 40))
    assert np.array_equal(part, kmformat.decode(data)[33:40, 33:40])
    info = kmformat.read_info(picture)
    assert info.tiles == 6
    head = info.file_size - info.sizes["tiles"]
    assert sum(end > head for end in (start + size for start, size in read)) == 1


def test_verify_names_each_damaged_tile() -> None:
    data = bytearray(encode_indexed(indexed(20, 20, 16), tile=(10, 10), zstd=False))
    assert list(damaged_tiles(io.BytesIO(data))) == []
    kmformat.verify(io.BytesIO(data))
    data[-1] ^= 1
    data[-60] ^= 1
    assert [error.tile for error in damaged_tiles(io.BytesIO(data))] == [2, 3]
    with pytest.raises(FormatError, match=r"^tile 2: "):
        kmformat.verify(io.BytesIO(data))


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        kmformat.open(tmp_path / "none.kmf")
    with pytest.raises(FileNotFoundError):
        decode("data")
    with pytest.raises(IsADirectoryError):
        kmformat.open(tmp_path)


@pytest.mark.parametrize(
    "box", [(0, 0, 6, 2), (0, 0, 2, 5), (2, 0, 2, 2), (0, 3, 2, 2), (0, 2, 2, 2)]
)
def test_a_box_outside_the_image_or_empty_is_refused(box: tuple[int, int, int, int]) -> None:
    with pytest.raises(ParameterError, match="inside the image of 5 x 4"):
        decode(encode_indexed(indexed(4, 5, 2)), box=box)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"box": (-1, 0, 2, 2)}, "box -1"),
        ({"box": (0, 0, 5)}, "expected 4 integers"),
        ({"box": 5}, "expected 4 integers"),
        ({"box": (0, 0, 1.5, 2)}, "box 1.5: expected an integer"),
        ({"max_pixels": "5"}, "max_pixels '5'"),
        ({"max_pixels": -1}, "max_pixels -1"),
        ({"threads": 2.5}, "threads 2.5"),
        ({"threads": 0}, "threads 0"),
    ],
)
def test_bad_options_of_decoding_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        decode(encode_indexed(indexed(4, 5, 2), tile=(2, 2)), **options)  # type: ignore[arg-type]


def test_threads_are_checked_even_where_they_do_not_matter() -> None:
    data = encode_indexed(quantize(photo(200, 300)))
    with pytest.raises(ParameterError, match="threads 0"):
        decode(data, threads=0)


SIDE, TILE = 1 << 15, 1 << 10
"""Pixels of a picture of a gigapixel, and of its tiles."""


@pytest.fixture(scope="module")
def gigapixel() -> bytes:
    """A file of 2^30 pixels: every tile has colour 1 at its top left, and colour 0 elsewhere."""
    blocks = [zstd.repeat(0, 128 * zstd.KIB)] * 3 + [zstd.repeat(0, 128 * zstd.KIB - 1)]
    frame = zstd.frame(TILE * TILE // 2, zstd.raw(b"\x10"), *blocks)
    count = (SIDE // TILE) ** 2
    return forge(
        width=SIDE, height=SIDE, tile_size=(TILE, TILE), tiles=[frame] * count, methods=[1] * count
    )


def test_a_part_of_a_gigapixel_is_read_by_default(gigapixel: bytes, tmp_path: Path) -> None:
    path = tmp_path / "large.kmf"
    path.write_bytes(gigapixel)
    box = (2 * TILE - 1, 2 * TILE - 1, 2 * TILE + 2, 2 * TILE + 1)
    expected = [[0, 0, 0], [0, 1, 0]]
    assert kmformat.decode_indexed(gigapixel, box=box).indices.tolist() == expected
    assert kmformat.read_indexed(path, box=box, max_pixels=4 * TILE**2).indices.tolist() == expected
    pipe: Any = Pipe(gigapixel)
    for pixels in (kmformat.open(path, box=box), kmformat.read(pipe, box=box)):
        assert np.asarray(pixels)[1, :, 2].tolist() == [2, 5, 2]


@pytest.mark.parametrize("box", [None, (0, 0, SIDE, SIDE), (0, 0, SIDE // 2 + 1, SIDE // 2)])
def test_too_large_a_part_is_refused(gigapixel: bytes, box: Any) -> None:
    with pytest.raises(LimitError, match=r"exceeds the limit max_pixels = 268435456 "):
        decode(gigapixel, box=box)


def test_the_limit_of_a_part_is_on_whole_tiles(gigapixel: bytes) -> None:
    for box, tiles in (((0, 0, 1, 1), 1), ((TILE - 1, 0, TILE + 1, 1), 2)):
        decode(gigapixel, box=box, max_pixels=tiles * TILE**2)
        with pytest.raises(LimitError, match=r"^box in whole tiles of "):
            decode(gigapixel, box=box, max_pixels=tiles * TILE**2 - 1)
    with pytest.raises(ParameterError, match="inside the image of 32768 x 32768"):
        decode(gigapixel, box=(0, 0, 1, SIDE + 1), max_pixels=1)


@pytest.mark.parametrize(
    "scale", [0, -1, 1.5, float("nan"), True, "1/8", (0, 5), (5,), (5, 1.5), None]
)
def test_a_scale_that_is_none_is_refused(scale: Any) -> None:
    data = encode_indexed(indexed(9, 9, 3))
    for read in (decode, kmformat.decode_indexed, kmformat.open):
        with pytest.raises(ParameterError, match="scale"):
            read(data, scale=scale)


class Ranges(io.BytesIO):
    """A file far away: its first 16 KiB are fetched once, and then what is read beyond them."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.start = data[: 1 << 14]
        self.requests, self.fetched = 1, len(self.start)

    def read(self, size: int | None = -1, /) -> bytes:
        begin = self.tell()
        data = super().read(size)
        if self.tell() > len(self.start):
            self.requests += 1
            self.fetched += len(data) if begin >= len(self.start) else self.tell() - (1 << 14)
        return data


def test_overviews_do_not_make_a_region_of_a_large_image_dearer() -> None:
    y, x = np.mgrid[:3000, :4000]
    noise = np.random.default_rng(1).integers(0, 16, y.shape)
    indices = np.where((x | y) & 1023 < 170, noise, (x // 37) ^ (y // 29)) % 16
    image = kmformat.IndexedImage(photo(4, 4).reshape(16, 3), indices.astype(np.uint8))
    costs = []
    for kind in (None, "picture"):
        data = kmformat.encode(image, tile=(1024, 1024), overviews=kind)
        file = Ranges(data)
        part = kmformat.read(file, box=(1100, 1100, 1612, 1612))
        assert np.array_equal(part, image.to_pixels()[1100:1612, 1100:1612])
        costs.append((file.requests, file.fetched))
    assert len(data) > 1 << 17
    assert costs[1][0] == 2
    assert costs[1][1] < 1 << 16
    assert costs[1][1] - costs[0][1] < 200
