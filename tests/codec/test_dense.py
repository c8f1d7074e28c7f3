"""Dense tiles: where they are written, and how they are read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kmformat import (
    Code,
    FormatError,
    IndexedImage,
    Method,
    decode,
    decode_indexed,
    encode,
    encode_indexed,
    quantize,
    read_info,
)
from kmformat.codec import dense
from kmformat.codec.decoder import read_head
from kmformat.codec.options import CodingOptions
from kmformat.codec.plan import DENSE_PIXELS, make_plan
from kmformat.storage.input import fetch_from
from tests.samples import indexed, photo, same
from tools.conformance.forge.container import PALETTE, forge, tile_crc


def flat(height: int, width: int) -> IndexedImage:
    """Two colours: next to nothing to code."""
    indices = np.zeros((height, width), np.uint8)
    indices[-1, -1] = 1
    return IndexedImage(indexed(1, 1, 2).palette, indices)


def methods(data: bytes) -> list[int]:
    found: list[int] = read_head(*fetch_from(data), 1 << 28).directory["method"].tolist()
    return found


# Where they are written


def test_images_of_up_to_16384_pixels_are_dense_unless_told_otherwise() -> None:
    assert DENSE_PIXELS == 128 * 128
    assert methods(encode_indexed(quantize(photo(128, 128)))) == [Method.DENSE]
    assert methods(encode_indexed(quantize(photo(129, 128)))) == [Method.COMPACT]
    tiles = methods(encode_indexed(quantize(photo(128, 128)), tile=(64, 128)))
    assert tiles == [Method.DENSE, Method.DENSE]


def test_many_small_tiles_are_not_dense_as_they_would_take_as_long_together() -> None:
    long_and_thin = quantize(photo(4, 20_000))
    for data in (
        encode_indexed(quantize(photo(129, 128)), tile=(64, 64)),
        encode_indexed(long_and_thin),
    ):
        assert len(methods(data)) > 1
        assert Method.DENSE not in methods(data)
    assert Method.DENSE in methods(encode_indexed(long_and_thin, smallest=True))


def test_where_all_tiles_may_be_dense_there_are_no_tables() -> None:
    assert make_plan(quantize(photo(128, 128)), CodingOptions()).tables is None
    assert make_plan(quantize(photo(129, 128)), CodingOptions()).tables is not None
    assert make_plan(quantize(photo(129, 128)), CodingOptions(smallest=True)).tables is None


@pytest.mark.parametrize("options", [{"fast_decode": True}, {"zstd": False}, {"effort": 1}])
def test_plain_files_have_none(options: dict[str, Any]) -> None:
    plan = make_plan(quantize(photo()), CodingOptions(**options))
    assert plan.dense_pixels == 0
    data = encode_indexed(quantize(photo()), **options)
    assert set(methods(data)) <= {Method.STORED, Method.ZSTD}


def test_the_smallest_file_is_dense_at_any_effort() -> None:
    for effort in (1, 5, 9):
        data = encode_indexed(quantize(photo(150, 180)), smallest=True, effort=effort)
        assert methods(data) == [Method.DENSE]


def test_a_tile_that_no_guess_makes_smaller_is_not_dense() -> None:
    assert methods(encode_indexed(indexed(40, 40, 256))) == [Method.STORED]


@pytest.mark.parametrize("colors", [2, 16, 64])
def test_the_smallest_file_is_one_dense_tile_and_smaller(colors: int) -> None:
    image = quantize(photo(150, 180), colors=colors)
    data = encode_indexed(image, smallest=True)
    assert methods(data) == [Method.DENSE]
    assert len(data) < len(encode_indexed(image))
    assert same(decode_indexed(data), image)


def test_of_small_pictures_the_smallest_file_is_the_usual_one() -> None:
    assert encode(photo(), smallest=True) == encode(photo())


def test_the_smallest_file_is_one_tile_up_to_16777216_pixels() -> None:
    image, coding = flat(1, 1), CodingOptions(smallest=True)
    assert make_plan(image, coding, (4096, 4096)).grid.count == 1
    assert make_plan(image, coding, (4096, 4097)).grid.count == 2
    assert make_plan(image, coding, (4096, 4096)).dense_pixels == 1 << 24
    told = make_plan(image, CodingOptions(smallest=True, tile=(1024, 512)), (4096, 4096))
    assert (told.grid.tile_width, told.grid.tile_height) == (1024, 512)


def test_tiles_of_more_than_16777216_pixels_are_never_dense() -> None:
    widths = np.array([1 << 12, (1 << 12) + 1, 1 << 24, 1])
    assert dense.fits(widths, np.array([1 << 12, 1 << 12, 1, 1])).tolist() == [
        True, False, True, True,
    ]  # fmt: skip


# How they are read


@pytest.mark.parametrize("threads", [1, 3])
def test_any_box_on_any_threads_is_that_part_of_the_whole(threads: int) -> None:
    image = quantize(photo(70, 90))
    data = encode_indexed(image, tile=(32, 32), threads=threads)
    assert set(methods(data)) == {Method.DENSE}
    assert data == encode_indexed(image, tile=(32, 32), threads=2)
    assert np.array_equal(decode(data, threads=threads), image.to_pixels())
    for left, upper, right, lower in ((0, 0, 1, 1), (31, 20, 65, 70), (89, 69, 90, 70)):
        part = decode(data, box=(left, upper, right, lower), threads=threads)
        assert np.array_equal(part, image.to_pixels()[upper:lower, left:right])


@pytest.mark.parametrize(
    ("tile", "code"),
    [(b"I", Code.DENSE_RUN), (b"J", Code.DENSE_RANK), (b"M", Code.DENSE_END)],
)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_damaged_tile_with_the_right_checksum_is_named(
    tile: bytes, code: Code, threads: int
) -> None:
    data = forge(  # the first tile is all index 0
        width=9, height=18, tile_size=(9, 9), tiles=[b"\0", tile], methods=[3, 3],
        tile_crcs=[tile_crc(each, PALETTE) for each in (b"\0", tile)],
    )  # fmt: skip
    assert not decode_indexed(data, box=(0, 0, 9, 9)).indices.any()
    with pytest.raises(FormatError) as caught:
        decode(data, threads=threads)
    assert (caught.value.code, caught.value.tile) == (code, 1)


def test_the_checksum_takes_in_the_palette() -> None:
    with pytest.raises(FormatError) as caught:
        decode(forge(tiles=[b"\0"], methods=[3], tile_crcs=[tile_crc(b"\0")]))
    assert caught.value.code is Code.TILE_CHECKSUM


def test_a_cut_tile_is_an_error() -> None:
    data = encode_indexed(quantize(photo(30, 40)))
    head = read_head(*fetch_from(data), 1 << 20)
    tile = data[head.head_length : -9]
    cut = forge(
        flags=2, width=40, height=30, palette=head.palette.tobytes(), tiles=[tile], methods=[3],
        tile_crcs=[tile_crc(tile, head.palette.tobytes())],
    )  # fmt: skip
    with pytest.raises(FormatError) as caught:
        decode(cut)
    assert caught.value.code in (Code.DENSE_RUN, Code.DENSE_RANK, Code.DENSE_END)


@pytest.mark.parametrize("colors", [2, 16, 17])
def test_neither_plain_nor_small_readers_read_them(colors: int) -> None:
    info = read_info(encode_indexed(quantize(photo(40, 40), colors=colors), smallest=True))
    assert info.methods == {"dense": 1}
    assert (info.readers, info.workspace) == ((), None)
