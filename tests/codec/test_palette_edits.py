"""A colour changed: a compact or dense tile, which is coded by the palette, is then an error."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from kmformat import Code, FormatError, Method, decode, decode_indexed, encode_indexed, quantize
from kmformat.codec.decoder import read_head
from kmformat.codec.format.container import build_head
from kmformat.storage.input import fetch_from
from tests.samples import photo, without_dense


def recolored(data: bytes, entry: int) -> bytes:
    """Return a file with one colour inverted, and nothing else but the head checksum made anew."""
    head = read_head(*fetch_from(data), 1 << 20)
    palette = head.palette.copy()
    palette[entry] ^= 255
    header = head.header
    changed = build_head(header, palette, head.chunks, head.directory, packed=header.packed)
    return changed + data[head.head_length :]


@pytest.mark.parametrize("method", [Method.COMPACT, Method.DENSE])
@pytest.mark.parametrize("seed", range(15))
def test_any_colour_of_an_icon_changed_is_an_error(seed: int, method: Method) -> None:
    size = 16 + 8 * (seed % 3)
    with without_dense() if method == Method.COMPACT else nullcontext():
        data = encode_indexed(quantize(photo(size, size, seed), colors=16))
    assert read_head(*fetch_from(data), 1 << 20).directory["method"].tolist() == [method]
    for entry in range(16):
        with pytest.raises(FormatError) as caught:
            decode(recolored(data, entry))
        assert caught.value.code is Code.TILE_CHECKSUM


def test_a_plain_file_takes_another_colour_in_place() -> None:
    image = quantize(photo(16, 16), colors=4)
    again = decode_indexed(recolored(encode_indexed(image, fast_decode=True), 2))
    assert np.array_equal(again.indices, image.indices)
    assert again.palette[2].tolist() == (255 - image.palette[2]).tolist()


def test_an_image_given_another_palette_is_coded_by_that() -> None:
    image = quantize(photo(64, 64), colors=16)
    palettes = [image.palette, 255 - image.palette, image.palette[::-1].copy()]
    files = [encode_indexed(replace(image, palette=palette)) for palette in palettes]
    for palette, data in zip(palettes, files, strict=True):
        again = decode_indexed(data)
        assert np.array_equal(again.palette, palette)
        assert np.array_equal(again.indices, image.indices)
    assert all(one != other for one, other in pairwise(files))
