"""Files are a promise: what the encoder writes changes only on purpose, and is the same everywhere.

Where a change is meant, and told in the changelog, write the new numbers down.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import zstandard

from kmformat import Chunk, IndexedImage, encode_indexed
from kmformat.codec.compact.fit import Survey, learn_tables
from kmformat.codec.compact.tile import encode_compact
from kmformat.codec.effort import coding_effort
from tests.samples import random_colors


def drawing(colors: int, height: int, width: int) -> IndexedImage:
    """Rings, a flat corner and specks."""
    y, x = np.mgrid[:height, :width]
    indices = (x * x + y * y) // (3 * width) % colors
    indices[: height // 3, : width // 2] = 0
    specks = (x * 7919 + y * 104729) % 31 == 0
    indices[specks] = (x * y)[specks] % colors
    palette = random_colors(colors, 3, seed=colors, steps=52)
    return IndexedImage(palette, indices.astype(np.uint8))


def shades(colors: int, height: int, width: int, *, alpha: bool = False) -> IndexedImage:
    """A slope with noise, in a palette that rises."""
    y, x = np.mgrid[:height, :width]
    noise = np.random.default_rng(colors).integers(-2, 3, (height, width))
    indices = np.clip((3 * x + y) * colors // (3 * width + height) + noise // 2, 0, colors - 1)
    palette = np.sort(random_colors(colors, 3 + alpha, seed=colors), axis=0)
    return IndexedImage(palette, indices.astype(np.uint8))


def repeated(colors: int, height: int, width: int, share: float = 1) -> IndexedImage:
    """Specks that are the same again and again: no neighbours tell them, but matches do."""
    rng = np.random.default_rng(colors)
    motif = rng.integers(0, colors, (50, 60), np.uint8) * (rng.random((50, 60)) < share)
    indices = np.tile(motif, (-(-height // 50), -(-width // 60)))[:height, :width]
    return replace(drawing(colors, height, width), indices=indices)


def text(colors: int, height: int, width: int, share: float = 0) -> IndexedImage:
    """Letters, as it were, of 9 x 7 pixels, in any order, and a share of pixels that are wrong."""
    rng = np.random.default_rng(colors)
    letters = rng.integers(0, colors, (12, 9, 7), np.uint8) * (rng.random((12, 9, 7)) < 0.5)
    lines = letters[rng.integers(0, 12, (-(-height // 9), -(-width // 7)))].transpose(0, 2, 1, 3)
    indices = lines.reshape(9 * len(lines), -1)[:height, :width].copy()
    wrong = rng.random(indices.shape) < share
    indices[wrong] = rng.integers(0, colors, wrong.sum(), np.uint8)
    return replace(drawing(colors, height, width), indices=indices)


def joined(left: IndexedImage, right: IndexedImage) -> IndexedImage:
    return replace(left, indices=np.hstack([left.indices, right.indices]))


def compact_tiles(colors: int, noise: float) -> bytes:
    """Rings with noise as compact tiles: of 1 and 8 streams, coded quickly and thoroughly."""
    rng, image = np.random.default_rng(colors), drawing(colors, 60, 70)
    indices, wrong = image.indices.copy(), rng.random(image.indices.shape) < noise
    indices[wrong] = rng.integers(0, colors, wrong.sum(), np.uint8)
    survey = Survey(indices, image.palette)
    return b"".join(
        encode_compact(indices, tables, coding_effort(effort).coder)
        for tables in (learn_tables(survey, streams=n, learned=n > 1) for n in (1, 8))
        for effort in (5, 7)
    )


NOTE = (Chunk(b"noTe", b"a note " * 9),)
CASES: dict[str, tuple[IndexedImage, dict[str, Any]]] = {
    "one colour": (drawing(1, 9, 9), {}),
    "dense, 2 colours": (drawing(2, 40, 50), {}),
    "dense, 16 colours": (shades(16, 50, 61), {}),
    "dense, alpha, with a chunk": (replace(shades(40, 33, 30, alpha=True), chunks=NOTE), {}),
    "dense, in tiles": (drawing(5, 40, 50), {"tile": (16, 24)}),
    "smallest": (drawing(7, 130, 140), {"smallest": True}),
    "fast": (drawing(9, 90, 110), {"fast_decode": True}),
    "fast, 4 bits, tiles": (shades(9, 90, 110), {"fast_decode": True, "bits": 4, "tile": (64, 64)}),
    "fast, small window": (drawing(30, 90, 110), {"fast_decode": True, "window": 1 << 11}),
    "stored": (drawing(3, 20, 21), {"zstd": False}),
    "small readers, plain": (drawing(6, 130, 160), {"small_reader": True}),
    "small readers, compact": (shades(14, 130, 160), {"small_reader": True}),
    "compact, in tiles": (shades(11, 150, 300), {"tile": (140, 150), "effort": 7}),
    "two kinds of tiles": (
        joined(shades(15, 160, 200), drawing(15, 160, 200)), {"tile": (130, 130)},
    ),
    "large drawing": (drawing(12, 250, 270), {"effort": 5}),
    "large drawing, in tiles": (drawing(14, 250, 270), {"effort": 6, "tile": (200, 150)}),
    "large, repeated": (repeated(14, 250, 270), {"effort": 5}),
    "large, few specks, repeated": (repeated(16, 250, 270, 0.02), {"effort": 5}),
    "large, repeated, 40 colours": (repeated(40, 250, 270), {"effort": 6}),
    "large slope": (shades(13, 250, 270), {"effort": 4}),
    "slope, of which tables are dear": (shades(5, 200, 130), {"effort": 8}),
    "text, 3 colours": (text(3, 250, 270), {}),
    "text, 5 colours": (text(5, 250, 270, 0.03), {}),
    "text, 8 colours": (text(8, 250, 270, 0.01), {}),
    "text, in tiles": (text(14, 250, 270, 0.01), {"tile": (200, 150)}),
    **{
        f"{colors} colours, effort {effort}": (shades(colors, 130, 150), {"effort": effort})
        for colors in (2, 5, 16, 17, 90)
        for effort in (1, 2, 3, 5, 6, 7, 9)
    },
}  # fmt: skip
PROMISED = {
    "one colour": (22, 0xC622F71D),
    "dense, 2 colours": (151, 0xAFC6669C),
    "dense, 16 colours": (918, 0x9420DF64),
    "dense, alpha, with a chunk": (516, 0xF25FBA77),
    "dense, in tiles": (305, 0x5EAE8570),
    "smallest": (1360, 0x15FB15D0),
    "fast": (1361, 0x6ADEF2BD),
    "fast, 4 bits, tiles": (2965, 0xD672A8E3),
    "fast, small window": (1851, 0xDD458CC6),
    "stored": (248, 0xF0A2F9CF),
    "small readers, plain": (2435, 0x24A0F42C),
    "small readers, compact": (5852, 0xA580584E),
    "compact, in tiles": (10920, 0x1697A2AD),
    "two kinds of tiles": (13342, 0xE9EE1213),
    "large drawing": (7910, 0xEB3F6470),
    "large drawing, in tiles": (8556, 0xD59FA968),
    "large, repeated": (1642, 0x91E08FDF),
    "large, few specks, repeated": (284, 0xF28D89A9),
    "large, repeated, 40 colours": (2282, 0xC9C28C23),
    "large slope": (15911, 0x8A97B53C),
    "slope, of which tables are dear": (5721, 0xF4AC5413),
    "text, 3 colours": (9123, 0x63075C5F),
    "text, 5 colours": (12197, 0x6DE5FB6F),
    "text, 8 colours": (10587, 0xCABB8DE5),
    "text, in tiles": (13184, 0x68726822),
    "2 colours, effort 1": (3220, 0x095F744B),
    "2 colours, effort 2": (2469, 0x8CAA8CD5),
    "2 colours, effort 3": (2376, 0x4A308651),
    "2 colours, effort 5": (2376, 0x4A308651),
    "2 colours, effort 6": (2376, 0x4A308651),
    "2 colours, effort 7": (2376, 0x4A308651),
    "2 colours, effort 9": (2376, 0x4A308651),
    "5 colours, effort 1": (5029, 0x03B22FC3),
    "5 colours, effort 2": (4571, 0x5C35F30D),
    "5 colours, effort 3": (4327, 0x523EE8C9),
    "5 colours, effort 5": (4327, 0x523EE8C9),
    "5 colours, effort 6": (4316, 0x21AC4CE5),
    "5 colours, effort 7": (4313, 0x93E4F345),
    "5 colours, effort 9": (4300, 0x08AA7ACB),
    "16 colours, effort 1": (7299, 0x1F26EA51),
    "16 colours, effort 2": (5410, 0x9001ECD3),
    "16 colours, effort 3": (5085, 0x1A3017AE),
    "16 colours, effort 5": (5085, 0x1A3017AE),
    "16 colours, effort 6": (5085, 0x1A3017AE),
    "16 colours, effort 7": (5085, 0x1A3017AE),
    "16 colours, effort 9": (5085, 0x1A3017AE),
    "17 colours, effort 1": (7416, 0xF2DB7F12),
    "17 colours, effort 2": (5571, 0xD74AC68D),
    "17 colours, effort 3": (5483, 0x135569E5),
    "17 colours, effort 5": (5483, 0x135569E5),
    "17 colours, effort 6": (5483, 0x135569E5),
    "17 colours, effort 7": (5483, 0x135569E5),
    "17 colours, effort 9": (5441, 0xA1E86D35),
    "90 colours, effort 1": (11388, 0x75EB5259),
    "90 colours, effort 2": (6039, 0x431116AB),
    "90 colours, effort 3": (6165, 0x8EC71B40),
    "90 colours, effort 5": (6165, 0x8EC71B40),
    "90 colours, effort 6": (6165, 0x8EC71B40),
    "90 colours, effort 7": (6124, 0xDEC17480),
    "90 colours, effort 9": (6036, 0x1DBF1115),
}
"""Bytes and CRC-32 of each file."""


THIS_ZSTD = pytest.mark.skipif(zstandard.ZSTD_VERSION != (1, 5, 7), reason="bytes of another zstd")


@THIS_ZSTD
@pytest.mark.parametrize("name", CASES)
def test_the_bytes_of_a_file_are_what_they_were(name: str) -> None:
    image, options = CASES[name]
    data = encode_indexed(image, **options)
    assert (len(data), zlib.crc32(data)) == PROMISED[name]


TILES = {
    (2, 0.0): (1887, 0xDDF0BF82),
    (2, 0.1): (2147, 0x83A3C4BA),
    (2, 0.6): (2170, 0x24098D04),
    (3, 0.0): (2440, 0x473A12D7),
    (3, 0.1): (3120, 0x434D9D19),
    (3, 0.6): (3670, 0x88235594),
    (16, 0.0): (3372, 0x3F784E7B),
    (16, 0.1): (4968, 0x844FEB79),
    (16, 0.6): (8392, 0xF0781C90),
    (17, 0.0): (3870, 0xCB6ECE0D),
    (17, 0.1): (5604, 0xC78EDA78),
    (17, 0.6): (8750, 0xAF608071),
    (60, 0.0): (4795, 0x5AFD6F6D),
    (60, 0.1): (7062, 0x0F44CB5A),
    (60, 0.6): (12284, 0x48AFA5B8),
    (256, 0.0): (5499, 0x6793485E),
    (256, 0.1): (8669, 0xC3AE4022),
    (256, 0.6): (16068, 0xD13386C1),
}
"""Bytes and CRC-32 of compact tiles, by colours and how much of them is noise."""


@THIS_ZSTD
@pytest.mark.parametrize(("colors", "noise"), TILES)
def test_the_bytes_of_compact_tiles_are_what_they_were(colors: int, noise: float) -> None:
    data = compact_tiles(colors, noise)
    assert (len(data), zlib.crc32(data)) == TILES[colors, noise]
