"""A colour changed in place: a compact tile, which is coded by the palette, is then an error."""

from __future__ import annotations

import zlib
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from kmformat import Code, FormatError, Method, decode, decode_indexed, encode_indexed, quantize
from kmformat.codec.decoder import read_head
from kmformat.storage.input import fetch_from
from tests.samples import photo


def recolored(data: bytes, entry: int) -> bytes:
    """Return a file with one colour inverted where it stands, and the head checksum made anew."""
    head = read_head(*fetch_from(data), 1 << 20)
    channels, changed = head.palette.shape[1], bytearray(data)
    for at in range(entry * channels, (entry + 1) * channels):
        changed[head.sizes["header"] + at] ^= 255
    end = head.head_length - 4
    changed[end : end + 4] = zlib.crc32(changed[:end]).to_bytes(4, "little")
    return bytes(changed)


@pytest.mark.parametrize("seed", range(29))
def test_any_colour_of_a_compact_icon_changed_in_place_is_an_error(seed: int) -> None:
    size = 16 + 8 * (seed % 3)
    data = encode_indexed(quantize(photo(size, size, seed), colors=16))
    assert read_head(*fetch_from(data), 1 << 20).directory["method"].tolist() == [Method.COMPACT]
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
