"""Pictures that Pillow reads otherwise than their files mean, from memory and by name."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import PIL
import pytest
from PIL import Image

from kmformat.arrays import U8
from kmformat.pictures.formats import load_picture
from kmformat.pictures.normalize import as_indexed, as_pixels
from tests.samples import random_indices

_COLORS = np.array([[200, 30, 40], [10, 220, 90], [0, 0, 250], [255, 255, 255]], np.uint8)
_COLOR_MAP, _SHORT = 320, 3


def both_ways(data: bytes) -> list[Image.Image]:
    """Return a picture as Pillow opens it, and as a file is read here."""
    return [Image.open(io.BytesIO(data)), load_picture(io.BytesIO(data), 1 << 20).image]


def tiff_with_color_map(colors: list[int]) -> bytes:
    """Return a TIFF file of 1x4 pixels with 256 16-bit colours, all of red first."""
    indices = Image.fromarray(np.arange(4, dtype=np.uint8)[None])
    indices.putpalette([0] * 768)
    out = io.BytesIO()
    indices.save(out, "TIFF")
    data = bytearray(out.getvalue())
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    for entry in range(start + 2, start + 2 + 12 * count, 12):
        tag, kind, number, place = struct.unpack_from("<HHII", data, entry)
        if tag == _COLOR_MAP:
            assert (kind, number) == (_SHORT, 768)
            struct.pack_into("<768H", data, place, *colors)
    return bytes(data)


@pytest.mark.parametrize("factor", [1, 256, 257])
def test_colour_maps_of_tiff_have_16_bits_or_8(factor: int) -> None:
    padded = np.zeros((256, 3), int)
    padded[:4] = _COLORS
    data = tiff_with_color_map((factor * padded.T).ravel().tolist())
    for image in both_ways(data):
        indexed = as_indexed(image)
        assert indexed is not None
        np.testing.assert_array_equal(indexed.palette[:4], _COLORS)


def png_of_bits(bits: int, kind: int, row: bytes, width: int, hidden: bytes) -> bytes:
    """Return a PNG of one row, in samples of so many bits, with a tRNS chunk."""
    head = struct.pack(">IIBBBBB", width, 1, bits, kind, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"tRNS", hidden), (b"IDAT", zlib.compress(b"\0" + row))]
    written = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in [*chunks, (b"IEND", b"")]
    )
    return b"\x89PNG\r\n\x1a\n" + written


@pytest.mark.parametrize(
    ("bits", "row", "hidden"),
    [(1, b"\x40", 1), (2, b"\x1b", 1), (4, b"\x05\xaf", 5), (8, b"\0\x55\xaa\xff", 0x55)],
)
def test_the_transparent_level_of_a_png_is_one_of_its_own_bits(
    bits: int, row: bytes, hidden: int
) -> None:
    data = png_of_bits(bits, 0, row, 4, struct.pack(">H", hidden))
    for image in both_ways(data):
        assert as_pixels(image)[0, :, 3].tolist() == [255, 0, 255, 255]


def test_the_transparent_colour_of_16_bits_is_kept() -> None:
    row = struct.pack(">12H", 0, 0, 0, 65535, 300, 65535, 65535, 65535, 65535, 9, 300, 9)
    for image in both_ways(png_of_bits(16, 2, row, 4, row[6:12])):
        assert as_pixels(image)[0, :, 3].tolist() == [255, 0, 255, 255]


def gif_with_border(indices: U8, colors: Any, **options: Any) -> bytes:
    """Return a GIF whose frame leaves 2 pixels of the screen uncovered on the left, 1 above."""
    image = Image.fromarray(indices)
    image.putpalette(np.asarray(colors, np.uint8).tobytes())
    out = io.BytesIO()
    image.save(out, "GIF", optimize=False, **options)
    data = bytearray(out.getvalue())
    height, width = indices.shape
    struct.pack_into("<HH", data, 6, width + 2, height + 1)
    frame = bytes(4) + struct.pack("<HH", width, height)
    place = data.index(b"," + frame) + 1
    struct.pack_into("<HH", data, place, 2, 1)
    return bytes(data)


_FOUR = np.arange(24, dtype=np.uint8).reshape(4, 6) % 4


@pytest.mark.parametrize(
    ("indices", "count"),
    [(_FOUR, 4), (np.arange(255, dtype=np.uint8).reshape(15, 17), 256)],
    ids=["a new entry", "one not used"],
)
def test_what_a_gif_leaves_uncovered_is_transparent(indices: U8, count: int) -> None:
    colors = np.stack([np.arange(count)] * 3, 1)[::-1]
    for image in both_ways(gif_with_border(indices, colors)):
        indexed = as_indexed(image)
        assert indexed is not None
        np.testing.assert_array_equal(indexed.indices[1:, 2:], indices)
        np.testing.assert_array_equal(
            indexed.palette[: indices.max() + 1, :3], colors[: indices.max() + 1]
        )
        alpha = indexed.to_pixels()[..., 3]
        assert (alpha[1:, 2:] == 255).all()
        assert not alpha[0].any()
        assert not alpha[:, :2].any()


def test_so_it_is_in_a_gif_that_uses_all_256_colours() -> None:
    indices = np.arange(256, dtype=np.uint8).reshape(16, 16)
    colors = np.stack([np.arange(256)] * 3, 1)[::-1]
    for image in both_ways(gif_with_border(indices, colors)):
        assert as_indexed(image) is None
        pixels = as_pixels(image)
        np.testing.assert_array_equal(pixels[1:, 2:, 0], 255 - indices)
        assert (pixels[1:, 2:, 3] == 255).all()
        assert not pixels[0, :, 3].any()


def test_a_gif_with_a_transparent_entry_gets_no_other() -> None:
    for image in both_ways(gif_with_border(_FOUR, _COLORS, transparency=3)):
        indexed = as_indexed(image)
        assert indexed is not None
        assert len(indexed.palette) == 4
        assert (indexed.indices[0] == 3).all()


def bmp_of_indices(indices: U8, colors: list[int], bits: int, *, os2: bool = False) -> bytes:
    """Return a BMP of one row, whose palette is grey."""
    width = indices.size
    row = np.unpackbits(indices[:, None], axis=1)[:, 8 - bits :].ravel()
    data = np.packbits(np.pad(row, (0, -len(row) % 32))).tobytes()
    size = len(data)
    if os2:
        head = struct.pack("<IHHHH", 12, width, 1, 1, bits)
        colors = (colors + [7] * 256)[: 1 << bits]  # there is no count
    else:
        head = struct.pack("<IiiHHIIiiII", 40, width, 1, 1, bits, 0, size, 0, 0, len(colors), 0)
    head += b"".join(bytes([grey] * 3 + [0] * (not os2)) for grey in colors)
    start = 14 + len(head)
    return struct.pack("<2sIHHI", b"BM", start + size, 0, 0, start) + head + data


@pytest.mark.parametrize("width", [3, 40])
@pytest.mark.parametrize(
    ("bits", "colors"),
    [
        (1, [0, 255]),
        (4, [0, 255]),
        (8, [0, 255]),
        (4, [0, 1, 2]),
        (4, [*range(16)]),
        (8, [0, 1, 2]),
    ],
)
def test_indices_of_a_bmp_with_a_grey_palette_have_its_bits(
    bits: int, colors: list[int], width: int
) -> None:
    indices = random_indices(1, width, len(colors))[0]
    expected = np.array(colors)[indices]
    for os2 in [False] + [True] * (len(colors) == 1 << bits):
        for image in both_ways(bmp_of_indices(indices, colors, bits, os2=os2)):
            assert np.array_equal(as_pixels(image)[0], np.repeat(expected[:, None], 3, 1))
            indexed = as_indexed(image)
            if indexed is not None:
                assert np.array_equal(indexed.indices[0], indices)


def test_a_black_and_white_palette_comes_back_from_run_lengths() -> None:
    data = bytes([5, 0, 3, 1, 0, 1])  # five pixels of entry 0, three of entry 1, the end
    head = struct.pack("<IiiHHIIiiII", 40, 8, 1, 1, 8, 1, len(data), 0, 0, 2, 0)
    head += bytes([0, 0, 0, 0, 255, 255, 255, 0])
    start = 14 + len(head)
    file = struct.pack("<2sIHHI", b"BM", start + len(data), 0, 0, start) + head + data
    for image in both_ways(file):
        assert as_pixels(image)[0, :, 0].tolist() == [0] * 5 + [255] * 3


def bmp_of_32_bits(pixels: U8) -> bytes:
    """Return a BMP whose header (version 4) states alpha."""
    height, width = pixels.shape[:2]
    rows = np.ascontiguousarray(pixels[::-1, :, [2, 1, 0, 3]]).tobytes()
    head = struct.pack("<IiiHHIIiiII", 108, width, height, 1, 32, 3, len(rows), 0, 0, 0, 0)
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    head += (masks + b"BGRs").ljust(68, b"\0")
    return struct.pack("<2sIHHI", b"BM", 122 + len(rows), 0, 0, 122) + head + rows


def tga_of_32_bits(pixels: U8) -> bytes:
    """Return a TGA file, the top row first."""
    height, width = pixels.shape[:2]
    head = struct.pack("<BBB5xHHHHBB", 0, 0, 2, 0, 0, width, height, 32, 0x20)
    return head + np.ascontiguousarray(pixels[..., [2, 1, 0, 3]]).tobytes()


def tga_with_palette(pixels: U8) -> bytes:
    """Return a TGA file of one row, each pixel an entry of a palette of 32 bits."""
    colors = pixels[0]
    head = struct.pack("<BBBHHBHHHHBB", 0, 1, 1, 0, len(colors), 32, 0, 0, len(colors), 1, 8, 0x20)
    return (
        head + np.ascontiguousarray(colors[:, [2, 1, 0, 3]]).tobytes() + bytes(range(len(colors)))
    )


@pytest.mark.parametrize("written", [bmp_of_32_bits, tga_of_32_bits, tga_with_palette])
@pytest.mark.parametrize(
    ("alpha", "expected"), [([0] * 4, [255] * 4), ([0, 0, 0, 9], [0, 0, 0, 9])]
)
def test_alpha_that_hides_the_whole_picture_is_none(
    written: Any, alpha: list[int], expected: list[int]
) -> None:
    if written is tga_with_palette and PIL.__version__ < "13":
        pytest.skip("Pillow 12 reads no palette with alpha")
    pixels = np.concatenate([_COLORS, np.array(alpha, np.uint8)[:, None]], axis=1)[None]
    for image in both_ways(written(pixels)):
        indexed = as_indexed(image)
        found = as_pixels(image if indexed is None else indexed)
        np.testing.assert_array_equal(found[..., :3], pixels[..., :3])
        seen = found[0, :, 3].tolist() if found.shape[2] == 4 else [255] * 4
        assert seen == expected
