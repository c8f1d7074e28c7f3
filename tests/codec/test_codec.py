"""Bytes and back: the codec's laws, whatever the options."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kmformat import (
    Code,
    FormatError,
    IndexedImage,
    KmfError,
    ParameterError,
    decode,
    decode_indexed,
    encode,
    encode_indexed,
    quantize,
)
from kmformat.codec.decoder import read_head, read_indices, read_pixels
from kmformat.codec.format.head import Box
from kmformat.codec.threads import map_threads
from kmformat.storage.streams import fetch_from
from tests.samples import icon, indexed, indexed_images, photo

tile_sizes = st.none() | st.tuples(st.integers(1, 25), st.integers(1, 25))


@given(indexed_images(), st.sampled_from([1, 2, 4, 8]), tile_sizes, st.booleans())
@settings(deadline=None)
def test_decoding_inverts_encoding(
    image: IndexedImage, bits: int, tile: tuple[int, int] | None, zstd: bool
) -> None:
    if len(image.palette) > 1 << bits:
        with pytest.raises(ParameterError, match="does not fit"):
            encode_indexed(image, bits=bits)
        return
    data = encode_indexed(image, bits=bits, tile=tile, zstd=zstd)
    again = decode_indexed(data)
    assert np.array_equal(again.palette, image.palette)
    assert np.array_equal(again.indices, image.indices)
    assert np.array_equal(decode(data), image.to_pixels())


@pytest.mark.parametrize("pixels", [photo(), icon(), photo()[..., 0], photo(1, 1), photo(1, 9)])
@pytest.mark.parametrize("bits", [None, 1, 2, 4, 8])
def test_a_picture_comes_back_as_palette_of_index(pixels: np.ndarray, bits: int | None) -> None:
    data = encode(pixels, bits=bits)
    colors = min(16, 1 << (bits or 4))
    assert np.array_equal(decode(data), quantize(pixels, colors=colors).to_pixels())
    assert encode(Image.fromarray(pixels), bits=bits) == data


@pytest.mark.parametrize(
    ("colors", "bits", "stored_bits"),
    [(2, None, 4), (16, None, 4), (17, None, 8), (2, 8, 8), (2, 1, 1)],
)
def test_index_bits_are_four_unless_more_are_needed_or_asked(
    colors: int, bits: int | None, stored_bits: int
) -> None:
    head = read_head(*fetch_from(encode(photo(), colors=colors, bits=bits)), 10_000)
    assert head.header.bits == stored_bits


@given(indexed_images(), tile_sizes, st.data())
@settings(deadline=None)
def test_a_box_is_that_part_of_the_whole_and_only_its_tiles_are_read(
    image: IndexedImage, tile: tuple[int, int] | None, data: st.DataObject
) -> None:
    left, upper = (data.draw(st.integers(0, n - 1)) for n in (image.width, image.height))
    right = data.draw(st.integers(left + 1, image.width))
    lower = data.draw(st.integers(upper + 1, image.height))
    box = (left, upper, right, lower)
    fetch, length = fetch_from(encode_indexed(image, tile=tile))
    head, fetched = read_head(fetch, length, 1000), []

    def spy(start: int, end: int) -> bytes:
        fetched.append(start)
        return fetch(start, end)

    assert np.array_equal(
        read_pixels(head, spy, Box(*box), 1), image.to_pixels()[upper:lower, left:right]
    )
    expected = [head.offsets[tile] for tile in head.header.grid.touching(head.header.grid.image)
                if _overlap(head.header.grid.box(tile), box)]  # fmt: skip
    assert fetched == expected
    assert np.array_equal(
        read_indices(head, fetch, Box(*box), 2), image.indices[upper:lower, left:right]
    )


def _overlap(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_damage_to_one_tile_spares_the_others() -> None:
    image = indexed(20, 20, 16)
    data = bytearray(encode_indexed(image, tile=(10, 10)))
    data[-1] ^= 1
    assert np.array_equal(decode(bytes(data), box=(0, 0, 20, 10)), image.to_pixels()[:10])
    with pytest.raises(FormatError) as caught:
        decode(bytes(data))
    assert (caught.value.code, caught.value.tile) == (Code.TILE_CHECKSUM, 3)


def test_large_images_are_tiled_and_any_box_of_them_decodes() -> None:
    image = indexed(200, 9000, 16)
    data = encode_indexed(image, level=1)
    head = read_head(*fetch_from(data), 1 << 28)
    assert head.header.grid.count > 1
    assert np.array_equal(decode(data), image.to_pixels())
    assert np.array_equal(
        decode(data, box=(4490, 30, 4530, 180)), image.to_pixels()[30:180, 4490:4530]
    )


def test_threads_change_nothing() -> None:
    image = indexed(50, 50, 16)
    data = {encode_indexed(image, tile=(7, 9), threads=threads) for threads in (None, 1, 2, 5)}
    assert len(data) == 1
    assert np.array_equal(decode(data.pop(), threads=3), image.to_pixels())


def test_the_same_options_give_the_same_bytes() -> None:
    assert encode(photo(), seed=3) == encode(photo(), seed=3)


def test_tiles_are_compressed_only_where_that_is_smaller() -> None:
    flat, noise = np.zeros((16, 64), np.uint8), indexed(16, 64, 16).indices
    palette = indexed(1, 1, 16).palette
    image = IndexedImage(palette, np.concatenate([flat, noise]))
    head = read_head(*fetch_from(encode_indexed(image, tile=(64, 16))), 10_000)
    assert head.directory["method"].tolist() == [1, 0]
    head = read_head(*fetch_from(encode_indexed(image, tile=(64, 16), zstd=False)), 10_000)
    assert head.directory["method"].tolist() == [0, 0]


def test_higher_levels_give_smaller_files() -> None:
    image = quantize(photo(100, 300))
    sizes = [len(encode_indexed(image, level=level, fast_decode=True)) for level in (1, 19)]
    assert sizes[1] < sizes[0]


def test_any_bytes_like_object_decodes() -> None:
    image = indexed(5, 4, 16)
    data = encode_indexed(image)
    for like in (bytearray(data), memoryview(data), np.frombuffer(data, np.uint8)):
        assert np.array_equal(decode(like), image.to_pixels())  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="type str"):
        decode("data")  # type: ignore[arg-type]


@pytest.mark.parametrize("box", [(0, 0, 6, 2), (0, 0, 2, 5), (2, 0, 2, 2), (0, 3, 2, 2)])
def test_a_box_outside_the_image_or_empty_is_refused(box: tuple[int, int, int, int]) -> None:
    with pytest.raises(ParameterError, match="inside the image of 5 x 4"):
        decode(encode_indexed(indexed(4, 5, 2)), box=box)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bits": 3}, "expected 1, 2, 4 or 8"),
        ({"bits": "4"}, "bits '4': expected an integer"),
        ({"bits": True}, "bits True: expected an integer"),
        ({"colors": 3.5}, "colors 3.5: expected an integer"),
        ({"effort": None}, "effort None: expected an integer"),
        ({"level": 3.0}, "level 3.0: expected an integer"),
        ({"tile": 5}, "tile 5: expected 2 integers"),
        ({"tile": "55"}, "tile '55': expected 2 integers"),
        ({"tile": (5,)}, "expected 2 integers"),
        ({"tile": (5.0, 5)}, "tile 5.0: expected an integer"),
        ({"seed": 1.5}, "seed 1.5: expected an integer"),
        ({"bits": 2, "colors": 5}, "colors 5 does not fit bits 2: at most 4"),
        ({"colors": 0}, "colors 0"),
        ({"colors": 257}, "colors 257"),
        ({"level": 0}, "level 0"),
        ({"level": 23}, "level 23"),
        ({"tile": (0, 5)}, "tile 0"),
        ({"threads": 0}, "threads 0"),
        ({"seed": -1}, "seed -1"),
        ({"effort": 10}, "effort 10"),
    ],
)
def test_bad_options_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        encode(photo(), **options)  # type: ignore[arg-type]


def test_numpy_integers_are_integers() -> None:
    options = {"colors": np.uint8(200), "bits": np.int32(8), "seed": np.int64(1)}
    data = encode(photo(), tile=np.array([40, 30], np.uint8), **options)  # type: ignore[arg-type]
    assert data == encode(photo(), colors=200, bits=8, seed=1, tile=(40, 30))
    box = np.array([10, 5, 70, 60], np.uint8)
    assert np.array_equal(decode(data, box=box), decode(data)[5:60, 10:70])  # type: ignore[arg-type]


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


def test_indices_changed_after_the_check_are_checked_again() -> None:
    image = quantize(photo())
    image.indices[0, 0] = 17
    with pytest.raises(ParameterError, match="index 17"):
        encode_indexed(image)


def test_errors_survive_pickling() -> None:
    with pytest.raises(FormatError) as caught:
        decode(encode_indexed(indexed(4, 4, 2), zstd=False)[:-1] + b"\xff")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is type(caught.value)
    assert (str(again), again.code, again.tile) == (
        str(caught.value), caught.value.code, caught.value.tile,
    )  # fmt: skip
    assert isinstance(again, KmfError)


def test_work_comes_back_in_order_and_the_first_error_wins() -> None:
    def fail_from_300(item: int) -> int:
        if item >= 300:
            raise ValueError(item)
        return -item

    for threads in (1, 4):
        assert list(map_threads(lambda item: -item, range(600), threads)) == list(
            range(0, -600, -1)
        )
        with pytest.raises(ValueError, match=r"^300$"):
            list(map_threads(fail_from_300, range(600), threads))
