"""Reading a smaller image: which overview serves, and what becomes of damaged ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kmformat
from kmformat import Chunk, IndexedImage, LimitError, encode_indexed
from kmformat.codec.encoder import to_bytes
from kmformat.codec.format.overviews import Overview, overviews_chunk
from kmformat.codec.options import CodingOptions
from kmformat.pictures.reduction import average, majority
from tests.samples import Pipe, indexed

IMAGE = indexed(16, 64, 5)
HALF, QUARTER = indexed(8, 32, 7, seed=2), indexed(4, 16, 7, seed=3)
"""Overviews that show something else, so that it can be told which one was read."""


def with_files(*files: tuple[tuple[int, int], bytes], image: IndexedImage = IMAGE) -> bytes:
    """An image with these files in its tail, listed under these sizes."""
    overviews, tail = [], b""
    for size, file in files:
        overviews.append(Overview(*size, len(tail), len(file)))
        tail += file
    listed = IndexedImage(image.palette, image.indices, (overviews_chunk(overviews),))
    return to_bytes(listed, CodingOptions(tile=(32, 16)), tail)


HALF_FILE, QUARTER_FILE = encode_indexed(HALF), encode_indexed(QUARTER)
DATA = with_files(((32, 8), HALF_FILE), ((16, 4), QUARTER_FILE))


@pytest.mark.parametrize(
    ("scale", "level"),
    [(1, IMAGE), (0.6, IMAGE), (0.5, HALF), (0.3, HALF), (1 / 4, QUARTER), ((16, 16), QUARTER),
     ((17, 17), HALF), ((99, 99), IMAGE), ((1, 1), QUARTER), (1e-9, QUARTER)],
)  # fmt: skip
def test_the_smallest_overview_with_enough_pixels_serves(scale: Any, level: IndexedImage) -> None:
    pixels = kmformat.decode(DATA, scale=scale)
    assert np.array_equal(pixels, average(level, (pixels.shape[1], pixels.shape[0])))
    assert np.array_equal(pixels, np.asarray(kmformat.open(DATA, scale=scale)))


def test_sizes_are_rounded_down_but_not_to_nothing() -> None:
    data = encode_indexed(indexed(100, 100, 3))
    scales: list[tuple[Any, int]] = [(0.29, 29), (0.001, 1), ((30, 7), 7), (1 / 3, 33)]
    for scale, side in scales:
        assert kmformat.decode(data, scale=scale).shape == (side, side, 3)


def test_a_box_is_that_part_of_the_overview() -> None:
    box = (10, 4, 50, 12)
    part = kmformat.decode(DATA, box=box, scale=0.5)
    assert np.array_equal(part, HALF.to_pixels()[2:6, 5:25])
    odd = kmformat.decode(DATA, box=(11, 5, 12, 6), scale=0.25)
    assert np.array_equal(odd, QUARTER.to_pixels()[1:2, 2:3])
    whole = kmformat.decode(encode_indexed(IMAGE), box=box, scale=0.5)
    assert np.array_equal(whole, average(IMAGE, (20, 4), box))


def test_indices_come_from_overviews_with_the_same_palette_alone() -> None:
    same = IndexedImage(IMAGE.palette, HALF.indices % 5)
    data = with_files(((32, 8), encode_indexed(same)), ((16, 4), QUARTER_FILE))
    assert np.array_equal(kmformat.decode_indexed(data, scale=0.5).indices, same.indices)
    assert np.array_equal(
        kmformat.decode_indexed(data, scale=0.25).indices, majority(IMAGE, (16, 4))
    )


def test_metadata_and_names_stay_but_not_what_may_be_about_pixels() -> None:
    chunks = (Chunk(b"exif", b"MM"), Chunk(b"teSt", b"?"))
    image = IndexedImage(IMAGE.palette, IMAGE.indices, chunks).with_names(list("abcde"))
    smaller = kmformat.decode_indexed(encode_indexed(image), scale=0.5)
    assert smaller.names == tuple("abcde")
    assert [chunk.type for chunk in smaller.chunks] == [b"exif", b"name"]


@pytest.mark.parametrize(
    "file",
    [
        b"", b"KMF", HALF_FILE[:-1], HALF_FILE + b"?", QUARTER_FILE, b"\x8bKMF\x02" + HALF_FILE[5:],
        HALF_FILE[:40] + b"?" + HALF_FILE[41:], HALF_FILE[:-1] + b"?",
    ],
)  # fmt: skip
def test_in_place_of_a_malformed_or_damaged_overview_the_image_serves(file: bytes) -> None:
    assert file != HALF_FILE
    data = with_files(((32, 8), file))
    assert np.array_equal(kmformat.decode(data, scale=0.5), average(IMAGE, (32, 8)))


def test_an_overview_that_is_not_there_any_more_fails_with_the_file() -> None:
    with pytest.raises(kmformat.TruncatedError, match="the tail"):
        kmformat.decode(DATA[:-1], scale=0.5)


def test_the_limit_is_on_what_is_decoded() -> None:
    assert kmformat.decode(DATA, scale=0.5, max_pixels=256).shape == (8, 32, 3)
    scales: list[tuple[Any, int]] = [(0.6, 256), (0.5, 255), ((99, 99), 256)]
    for scale, limit in scales:
        with pytest.raises(LimitError):
            kmformat.decode(DATA, scale=scale, max_pixels=limit)
    box = (0, 0, 20, 16)  # in one of the image's two tiles
    assert kmformat.decode(DATA, box=box, scale=0.6, max_pixels=512).shape[:2] == (9, 11)
    with pytest.raises(LimitError, match="box in whole tiles"):
        kmformat.decode(DATA, box=box, scale=0.6, max_pixels=511)


def test_a_pipe_has_no_overviews_and_keeps_its_limit() -> None:
    pipe: Any = Pipe(DATA)
    found = kmformat.decode(pipe, scale=0.5)
    assert np.array_equal(found, average(IMAGE, (32, 8)))
    pipe = Pipe(DATA)
    with pytest.raises(LimitError):
        kmformat.decode(pipe, scale=0.25, max_pixels=100)
    assert pipe.position < 50
