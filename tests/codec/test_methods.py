"""The registry of tile methods: each has a module that can do all that a method must."""

from __future__ import annotations

import zlib
from contextlib import nullcontext
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from kmformat import Method, encode_indexed, kernels, quantize
from kmformat.codec.decoder import read_head
from kmformat.codec.format.head import ENTRY
from kmformat.codec.methods import StoredTile, any_size, method_of
from kmformat.codec.varints import varint
from kmformat.storage.input import fetch_from
from tests.samples import indexed, photo, without_dense

each_method = pytest.mark.parametrize("method", list(Method))


@each_method
def test_every_method_has_a_module_with_all_that_it_needs(method: Method) -> None:
    module: Any = method_of(method)
    assert isinstance(module, ModuleType)
    assert module.__name__.startswith("kmformat.codec.")
    assert isinstance(module.IN_STEP, bool)
    widths, heights = np.array([1, 8, 300, 9000]), np.array([300, 8, 300, 9000])
    may = module.fits(widths, heights)
    assert (may.dtype, may.shape) == (bool, (4,))
    assert may[2]


def test_methods_have_modules_of_their_own() -> None:
    assert len({id(method_of(method)) for method in Method}) == len(Method) == 4


@each_method
def test_every_method_decodes_tiles_that_are_written(method: Method) -> None:
    options: dict[Method, dict[str, bool]] = {
        Method.STORED: {"zstd": False}, Method.ZSTD: {"fast_decode": True},
    }  # fmt: skip
    image = quantize(photo(64, 64))
    with without_dense() if method == Method.COMPACT else nullcontext():
        data = encode_indexed(image, tile=(32, 64), **options.get(method, {}))
    fetch, length = fetch_from(data)
    head = read_head(fetch, length, 1 << 12)
    assert head.directory["method"].tolist() == [method, method]
    start, middle, end = head.offsets.tolist()
    module: Any = method_of(method)
    stored = [data[start:middle], data[middle:end]]
    together = stored if module.IN_STEP else stored[:1]
    tiles = module.decode(together, (64, 32), head)
    assert len(tiles) == len(together)
    for number, tile in enumerate(tiles):
        expected = image.indices[:, 32 * number : 32 * number + 32]
        assert np.array_equal(tile.rows, kernels.pack(expected, tile.bits))


def test_a_number_that_is_no_method_gives_none() -> None:
    assert [number for number in range(256) if method_of(number) is not None] == list(Method)


def test_a_method_without_a_rule_is_for_every_tile() -> None:
    assert any_size(np.array([1, 1 << 28]), np.array([1, 1])).tolist() == [True, True]


def test_a_stored_tile_says_what_the_directory_needs() -> None:
    tile = StoredTile(Method.ZSTD, b"some bytes")
    assert len(tile) == 10
    palette = np.array([[1, 2, 3]], np.uint8)
    expected = [(1, 10, zlib.crc32(b"some bytes"))]
    assert np.array([tile.entry(palette)], ENTRY).tolist() == expected
    for method in (Method.COMPACT, Method.DENSE):  # these are of their palette alone
        tile = StoredTile(method, b"some bytes")
        assert tile.entry(palette) == (method, 10, zlib.crc32(b"\1\2\3some bytes"))


@pytest.mark.parametrize(("shape", "compact"), [((8, 8), True), ((7, 90), False), ((90, 7), False)])
def test_thin_tiles_are_never_compact(shape: tuple[int, int], compact: bool) -> None:
    module = method_of(Method.COMPACT)
    assert module is not None
    height, width = shape
    assert module.fits(np.array([width]), np.array([height])).tolist() == [compact]
    with without_dense():
        data = encode_indexed(indexed(*shape, 2), effort=9)
    head = read_head(*fetch_from(data), 1 << 12)
    assert compact or Method.COMPACT not in head.directory["method"]


@each_method
@pytest.mark.parametrize("length", [1, 15, 16, 2047, 2048])
def test_a_tile_takes_its_bytes_a_varint_and_a_checksum(method: Method, length: int) -> None:
    tile = StoredTile(method, bytes(length))
    assert tile.file_bytes == length + len(varint(8 * length + method)) + 4
