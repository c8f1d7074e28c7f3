"""spec/kmf.js decodes what the package encodes, whole and by parts, and gets all vectors right."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kmformat
from kmformat import IndexedImage
from kmformat.color.channels import with_channels
from kmformat.indexed import Chunk
from tests.samples import icon, indexed, indexed_images, noise, photo, soft, tile_sizes
from tools.conformance.javascript import Answer, Decoder
from tools.conformance.make_vectors import VECTORS

ENTRIES = json.loads((VECTORS / "manifest.json").read_text())["vectors"]
PICTURES = {
    "photo": photo(150, 200),
    "icon": icon(),
    "soft": soft(100, 90),
    "noise": noise(64, 80, 3, 1),
    "transparent noise": noise(50, 33, 4, 2),
    "one pixel": noise(1, 1, 3, 3),
    "a row": noise(1, 300, 3, 4),
    "a column": noise(300, 1, 4, 5),
}
WAYS: list[dict[str, Any]] = [
    {},
    {"colors": 2},
    {"colors": 5, "bits": 8, "tile": (64, 40)},
    {"colors": 16, "fast_decode": True, "tile": (33, 17)},
    {"colors": 16, "effort": 7},
    {"colors": 40, "zstd": False},
    {"colors": 256},
    {"colors": 256, "fast_decode": True},
]


def assert_same(answer: Answer, image: IndexedImage) -> None:
    """The answer is an image of the same palette, indices and colours."""
    assert answer.code == ""
    assert answer.told["palette"] == image.palette.tolist()
    assert answer.told["alpha"] == (image.palette.shape[1] == 4)
    assert np.array_equal(answer.indices, image.indices)
    assert np.array_equal(answer.rgba, with_channels(image.to_pixels(), 4))


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry["file"] for entry in ENTRIES])
def test_a_vector_gives_its_image_or_error(decoder: Decoder, entry: dict[str, Any]) -> None:
    limit = {"maxPixels": entry["max_pixels"]} if "max_pixels" in entry else {}
    answer = decoder((VECTORS / entry["file"]).read_bytes(), **limit)
    assert answer.code == entry.get("error", "")
    if entry["verdict"] == "valid":
        assert [answer.told[name] for name in ("width", "height", "palette")] == [
            entry[name] for name in ("width", "height", "palette")
        ]
        assert hashlib.sha256(answer.indices.tobytes()).hexdigest() == entry["indices_sha256"]
        pixels = answer.rgba[..., : len(entry["palette"][0])]
        assert hashlib.sha256(pixels.tobytes()).hexdigest() == entry["pixels_sha256"]


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("name", PICTURES)
def test_pictures_decode_to_the_same(decoder: Decoder, name: str, way: dict[str, Any]) -> None:
    pixels = PICTURES[name]
    tile = way.get("tile")
    if tile and (tile[0] > pixels.shape[1] or tile[1] > pixels.shape[0]):
        way = {**way, "tile": None}
    data = kmformat.encode(pixels, **way)
    assert_same(decoder(data), kmformat.decode_indexed(data))


@settings(max_examples=60)
@given(image=indexed_images(), tile=tile_sizes, effort=st.integers(1, 7), fast=st.booleans())
def test_any_image_decodes_to_itself(
    decoder: Decoder, image: IndexedImage, tile: tuple[int, int] | None, effort: int, fast: bool
) -> None:
    data = kmformat.encode_indexed(image, tile=tile, effort=effort, fast_decode=fast)
    assert_same(decoder(data), image)


@settings(max_examples=40)
@given(data=st.data())
def test_a_box_is_that_part_of_the_image(decoder: Decoder, data: st.DataObject) -> None:
    image = indexed(40, 50, 17, seed=data.draw(st.integers(0, 9)))
    file = kmformat.encode_indexed(image, tile=data.draw(tile_sizes))
    left, right = sorted(data.draw(st.sets(st.integers(0, 50), min_size=2, max_size=2)))
    top, bottom = sorted(data.draw(st.sets(st.integers(0, 40), min_size=2, max_size=2)))
    answer = decoder(file, box=[left, top, right, bottom])
    assert_same(answer, IndexedImage(image.palette, image.indices[top:bottom, left:right]))


@settings(max_examples=150)
@given(place=st.integers(0, 2**20), bit=st.integers(0, 7), cut=st.booleans())
def test_a_damaged_file_is_refused_as_in_python(
    decoder: Decoder, place: int, bit: int, cut: bool
) -> None:
    data = bytearray(kmformat.encode(photo(), colors=16, tile=(32, 32)))
    place %= len(data)
    data[place] ^= 1 << bit
    file = bytes(data[:place] if cut else data)
    try:
        kmformat.decode_indexed(file)
        code = ""
    except (kmformat.FormatError, kmformat.LimitError) as error:
        code = error.code
    assert decoder(file).code == code


def test_the_limit_of_a_box_is_on_the_pixels_of_its_tiles(decoder: Decoder) -> None:
    data = kmformat.encode(photo(), tile=(32, 32))
    assert decoder(data, box=[0, 0, 1, 1], maxPixels=1024).code == ""
    assert decoder(data, box=[0, 0, 1, 1], maxPixels=1023).code == "limit"
    assert decoder(data, box=[31, 0, 33, 1], maxPixels=2047).code == "limit"
    assert decoder(data, maxPixels=60 * 80 - 1).code == "limit"


@pytest.mark.parametrize("box", [[0, 0, 0, 1], [0, 0, 81, 1], [-1, 0, 1, 1], [0, 0, 1.5, 1]])
def test_a_box_must_lie_inside_the_image(decoder: Decoder, box: list[float]) -> None:
    assert decoder(kmformat.encode(photo()), box=box).code == "RangeError"


def test_tiles_decode_one_by_one(decoder: Decoder) -> None:
    data = kmformat.encode(photo(), tile=(32, 32))
    image = kmformat.decode_indexed(data)
    assert np.array_equal(decoder(data, tile=5).indices, image.indices[32:, 64:])
    assert decoder(data, tile=6).code == "RangeError"
    broken = data[:-1] + bytes([data[-1] ^ 1])
    assert decoder(broken, tile=5).code == "tile-checksum"
    assert decoder(broken, tile=4).code == ""


def test_metadata_is_handed_over(decoder: Decoder) -> None:
    image = replace(indexed(9, 9, 3), chunks=(Chunk(b"note", b"12345"),))
    assert decoder(kmformat.encode_indexed(image)).told["chunks"] == [["note", 5]]


def test_overviews_are_files_of_their_own(decoder: Decoder) -> None:
    data = kmformat.encode(noise(40, 4100, 3, 6), overviews="picture")
    info = kmformat.read_info(data)
    sizes = [[each.width, each.height] for each in info.overviews]
    assert len(sizes) > 1
    assert decoder(data).told["overviews"] == sizes
    end = len(data) - info.sizes["tail"] + info.overviews[0].offset
    damaged = data[: end + 4] + b"\x02" + data[end + 5 :]  # the first has another major version
    assert decoder(damaged).told["overviews"] == sizes[1:]
