"""Native and NumPy kernels write the same files, and read or refuse the same ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kmformat
from kmformat import IndexedImage, kernels
from kmformat.codec.compact.fit import Survey, learn_tables
from kmformat.codec.compact.sequences import Coder
from kmformat.codec.compact.tile import decode_compact, encode_compact
from kmformat.codec.zstd_frame import ENTROPY
from kmformat.errors import FormatError
from kmformat.kernels.orders import color_distances
from kmformat.quantization.dither import Dither
from tests.samples import indexed_images, photo, random_case, without_dense

pytest.importorskip("kmformat._native", reason="the C extension is not built")


@contextmanager
def native_kernels(native: bool) -> Iterator[None]:
    before = kernels.NATIVE
    kernels.use_native(native)
    try:
        yield
    finally:
        kernels.use_native(before)


def test_kernels_are_exchanged_and_come_back() -> None:
    before = kernels.pack
    for native in (False, True):
        with native_kernels(native):
            assert (kernels.pack.__module__ == "kmformat.kernels.native") == native
    assert kernels.pack is before


@given(indexed_images(), st.integers(1, 9), st.booleans(), st.booleans())
@settings(deadline=None, max_examples=60)
def test_the_same_files_are_written_and_read(
    image: IndexedImage, effort: int, fast_decode: bool, dense: bool
) -> None:
    files, pixels = [], []
    for native in (False, True):
        with native_kernels(native), nullcontext() if dense else without_dense():
            files.append(kmformat.encode_indexed(image, effort=effort, fast_decode=fast_decode))
            pixels.append(kmformat.decode(files[0]))
    assert files[0] == files[1]
    assert np.array_equal(pixels[0], pixels[1])


@pytest.mark.parametrize("dither", ["none", "floyd-steinberg", "ordered"])
@pytest.mark.parametrize(("colors", "dense"), [(2, False), (16, False), (40, False), (16, True)])
def test_a_picture_in_tiles_is_encoded_alike_on_any_number_of_threads(
    dither: Dither, colors: int, dense: bool
) -> None:
    files: set[bytes] = set()
    for native in (False, True):
        with native_kernels(native), nullcontext() if dense else without_dense():
            encode = partial(kmformat.encode, photo(130, 150), tile=(64, 48))
            files |= {encode(dither=dither, colors=colors, threads=n) for n in (1, 2)}
    assert len(files) == 1


@given(st.sampled_from([2, 5, 16, 30]), st.integers(0, 99), st.data())
@settings(deadline=None, max_examples=200)
def test_damaged_tiles_give_the_same_image_or_error(K: int, seed: int, data: st.DataObject) -> None:
    palette, indices = random_case(K, 24, 20, seed)
    tables = learn_tables(Survey(indices, palette), streams=3, learned=True)
    tile = bytearray(encode_compact(indices, tables, Coder((ENTROPY,))))
    for place in data.draw(st.lists(st.integers(0, len(tile) - 1), max_size=3)):
        tile[place] = data.draw(st.integers(0, 255))
    found = []
    for native in (False, True):
        with native_kernels(native):
            try:
                found.append(decode_compact([bytes(tile)], indices.shape, tables).tobytes())
            except FormatError as error:
                found.append(str(error).encode())
    assert found[0] == found[1]


@given(st.sampled_from([2, 5, 16, 30]), st.integers(0, 99), st.data())
@settings(max_examples=60)
def test_damaged_dense_tiles_give_the_same_image_or_fault(
    K: int, seed: int, data: st.DataObject
) -> None:
    palette, indices = random_case(K, 24, 20, seed)
    distances = color_distances(palette)
    tile = bytearray(kernels.encode_dense(indices, distances))
    for place in data.draw(st.lists(st.integers(0, len(tile) - 1), max_size=3)):
        tile[place] = data.draw(st.integers(0, 255))
    found = []
    for native in (False, True):
        with native_kernels(native):
            decoded = kernels.decode_dense(bytes(tile), indices.shape, distances)
            found.append(decoded if isinstance(decoded, int) else decoded.tolist())
    assert found[0] == found[1]
