"""The files that cost most for their bytes, by method, and pictures of other formats like them.

Every KMF file keeps all rules of the spec, and is as small as it can be for the work that it makes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np
import zstandard

import kmformat
from kmformat import kernels
from kmformat.arrays import U8
from kmformat.codec.compact.model import default_tables
from kmformat.codec.compact.sequences import Coder
from kmformat.codec.compact.tile import encode_compact
from kmformat.codec.zstd_frame import ENTROPY
from tools.conformance.forge.compact import head
from tools.conformance.forge.container import chunk, forge, tile_crc
from tools.conformance.forge.varints import varint

LARGEST_TILE = 1 << 24
"""Pixels of a compact or dense tile, at most."""
LARGEST_SIDE = 1 << 14
"""Of a square of as many pixels as the default limit."""
TWO_COLORS = bytes(6)
MANY_COLORS = bytes((7 * i + i // 256) % 256 for i in range(768))
DEPTH = {1: 0, 2: 1, 4: 2, 8: 3}


def small() -> bytes:
    """Return a file that costs nothing, with tiles of each method but stored ones."""
    indices = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8) // 8
    palette = np.arange(48, dtype=np.uint8).reshape(16, 3)
    return kmformat.encode_indexed(kmformat.IndexedImage(palette, indices), tile=(32, 32))


def frame(data: bytes) -> bytes:
    """Return data as the smallest zstd frame that KMF takes."""
    log = min(23, max(10, len(data).bit_length()))
    parameters = zstandard.ZstdCompressionParameters.from_level(
        19, window_log=log, source_size=len(data)
    )
    return zstandard.ZstdCompressor(compression_params=parameters).compress(data)


def first_ranks(pixels: int, layout: int) -> bytes:
    """Return a compact tile of one stream in which every rank is 0, in a layout of runs, 4 to 7."""
    bits = layout - 3
    data = bytes([(1 << 8) - (1 << bits)]) * (pixels >> (8 - bits))
    framed = frame(data)
    shorter = len(framed) < len(data)
    body = framed if shorter else data
    return head(len(body), layout, framed=shorter) + body


def comb(width: int, height: int) -> bytes:
    """Return a dense tile of upright lines, in which every pixel is asked for."""
    indices = np.tile(np.array([[0, 1]], np.uint8), (height, width // 2))
    return kernels.encode_dense(indices, np.zeros((2, 2), np.uint16))


def noise(side: int) -> U8:
    """Return indices, uint8 (side, side), by chance and low ones more often, of 256 colours.

    No other pixels take a decoder so long that are still worth a compact or dense tile.
    """
    found = np.random.default_rng(1).geometric(0.1, (side, side)) - 1
    return np.minimum(found, 255).astype(np.uint8)


def noise_palette() -> U8:
    """Return 256 colours by chance, uint8 (256, 3)."""
    return np.random.default_rng(2).integers(0, 256, (256, 3), np.uint8)


def tiled(
    method: int, tile: bytes, tile_size: tuple[int, int], grid: tuple[int, int], bits: int,
    palette: bytes = TWO_COLORS,
) -> bytes:  # fmt: skip
    """Return a file of the same tile again and again, in a grid of (columns, rows)."""
    (width, height), (columns, rows) = tile_size, grid
    count, tiles = columns * rows, columns * rows > 1
    flags = DEPTH[bits] | 8 * tiles
    start = b"\x8bKMF" + bytes([0x10, flags, len(palette) // 3 - 1])
    numbers = [width * columns, height * rows, *(tile_size if tiles else ())]
    start += b"".join(map(varint, numbers)) + palette
    checksum = tile_crc(tile, palette if method in (2, 3) else b"")
    start += varint(8 * len(tile) + method) * count + struct.pack("<I", checksum) * count
    return start + struct.pack("<I", zlib.crc32(start)) + tile * count


def with_overview(image: bytes, overview: bytes, size: tuple[int, int], palette: bytes) -> bytes:
    """Return a file of one zstd tile, one column wider than the overview that is in its tail."""
    listed = struct.pack("<IIQQ", *size, 0, len(overview))
    chunks = chunk(b"TAIL", struct.pack("<Q", len(overview))) + chunk(b"ovrv", listed)
    return forge(
        width=size[0] + 1, height=size[1], palette=palette, flags=DEPTH[8], tiles=[image],
        methods=[1], chunks=chunks,
    ) + overview  # fmt: skip


def cases() -> Iterator[tuple[str, bytes]]:
    """Yield each file, and what is in it."""
    yield from plain_cases()
    yield from compact_cases()
    yield from dense_cases()
    yield from head_cases()


def plain_cases() -> Iterator[tuple[str, bytes]]:
    """Yield files of stored and zstd tiles."""
    side = LARGEST_SIDE
    whole, bit = frame(bytes(1 << 28)), frame(bytes(1 << 25))
    yield "one zstd tile of 2^28 pixels, 8 bits", tiled(1, whole, (side, side), (1, 1), 8)
    yield "one zstd tile of 2^28 pixels, 1 bit", tiled(1, bit, (side, side), (1, 1), 1)
    yield "256 zstd tiles of 2^20 x 1", tiled(1, frame(bytes(1 << 20)), (1 << 20, 1), (1, 256), 8)
    yield "65,536 zstd tiles of 64 x 64", tiled(1, frame(bytes(4096)), (64, 64), (256, 256), 8)
    yield "100,000 stored tiles of 1 x 1", tiled(0, b"\0", (1, 1), (1000, 100), 8)
    large = frame(bytes((side + 1) * (side - 1)))
    overview = tiled(1, frame(bytes(side * (side - 1))), (side, side - 1), (1, 1), 8)
    yield (
        "one zstd tile of 2^28 pixels, an overview of as many",
        with_overview(large, overview, (side, side - 1), TWO_COLORS),
    )


def compact_cases() -> Iterator[tuple[str, bytes]]:
    """Yield files of compact tiles."""
    square, many = first_ranks(LARGEST_TILE, 4), first_ranks(LARGEST_TILE, 7)
    yield "16 compact tiles of 4096 x 4096, 2 colours", tiled(2, square, (4096, 4096), (4, 4), 8)
    yield (
        "16 compact tiles of 4096 x 4096, 256 colours",
        tiled(2, many, (4096, 4096), (4, 4), 8, MANY_COLORS),
    )
    long = first_ranks(512 * 32768, 4)
    yield "16 compact tiles of 512 x 32768", tiled(2, long, (512, 32768), (16, 1), 8)
    yield "16 compact tiles of 32768 x 512", tiled(2, long, (32768, 512), (1, 16), 8)
    thin = first_ranks(8 * 4096, 4)
    yield "200 compact tiles of 8 x 4096", tiled(2, thin, (8, 4096), (200, 1), 8)
    yield "200 compact tiles of 4096 x 8", tiled(2, thin, (4096, 8), (1, 200), 8)
    yield "65,536 compact tiles of 8 x 8", tiled(2, first_ranks(64, 7), (8, 8), (256, 256), 8)
    yield "one compact tile of 2048 x 2048, noise", noise_compact(2048)
    yield "one of 8 x 8, 256 colours", tiled(2, first_ranks(64, 7), (8, 8), (1, 1), 8, MANY_COLORS)


def noise_compact(side: int) -> bytes:
    """Return a file of one compact tile of noise."""
    palette = noise_palette()
    tile = encode_compact(noise(side), default_tables(palette), Coder((ENTROPY,)))
    return tiled(2, tile, (side, side), (1, 1), 8, palette.tobytes())


def noise_dense(side: int) -> bytes:
    """Return a file of one dense tile of noise."""
    palette = noise_palette()
    tile = kernels.encode_dense(noise(side), kernels.color_distances(palette))
    return tiled(3, tile, (side, side), (1, 1), 8, palette.tobytes())


def dense_cases() -> Iterator[tuple[str, bytes]]:
    """Yield files of dense tiles."""
    lines = comb(4096, 4096)
    for count in (6, 16):
        yield f"{count} dense tiles of 4096 x 4096", tiled(3, lines, (4096, 4096), (count, 1), 1)
    yield "one dense tile of 1024 x 1024, noise", noise_dense(1024)
    tile = kernels.encode_dense(np.eye(8, dtype=np.uint8), np.zeros((2, 2), np.uint16))
    yield "65,536 dense tiles of 8 x 8", tiled(3, tile, (8, 8), (256, 256), 8)


def head_cases() -> Iterator[tuple[str, bytes]]:
    """Yield files whose head costs most: chunks and packed palettes."""
    yield (
        "a chunk of EXIF, 16 MB",
        forge(chunks=chunk(b"exif", b"II*\0\x08\0\0\0\xff\xff" + bytes(1 << 24))),
    )
    xmp = b"tiff:Orientation" * (1 << 20)
    yield "a chunk of XMP, 16 MB", forge(chunks=chunk(b"xmpp", xmp))
    yield "256 chunks", forge(chunks=chunk(b"aaaa") * 256)
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 4, axis=1)
    image = kmformat.IndexedImage(greys, np.zeros((1, 1), np.uint8))
    yield "a packed palette of 256 colours", kmformat.encode_indexed(image)


def others() -> Iterator[tuple[str, str, bytes]]:
    """Yield name, suffix and bytes of pictures of about 2^28 pixels in other formats."""
    side = LARGEST_SIDE
    yield "PNG of 2^28 pixels, 1 bit", "png", _png(side, 1, 0)
    yield "PNG of 2^28 pixels, palette", "png", _png(side, 8, 3)
    yield "PNG of 2^28 pixels, RGBA", "png", _png(side, 8, 6)
    yield "GIF of 2^28 pixels, of which one is there", "gif", _gif(side)
    yield "lossless WebP of 2^28 pixels", "webp", _webp(side - 1)


def _png(side: int, bits: int, kind: int) -> bytes:
    def part(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    row = bytes(1 + side * bits * (4 if kind == 6 else 1) // 8)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    start = struct.pack(">IIBBBBB", side, side, bits, kind, 0, 0, 0)
    palette = part(b"PLTE", bytes(6)) if kind == 3 else b""
    parts = part(b"IHDR", start) + palette + part(b"IDAT", data) + part(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def _gif(side: int) -> bytes:
    screen = struct.pack("<HHBBB", side, side, 0x80, 0, 0) + bytes(6)
    return b"GIF89a" + screen + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2D\1\0;"


def _webp(side: int) -> bytes:
    """Return lossless WebP of one colour, whose five Huffman codes are of one symbol each."""
    bits = (side - 1) | (side - 1) << 14  # then alpha, version, transforms, cache, meta: all 0
    for code in range(5):
        bits |= 1 << 35 + 4 * code  # a simple code, one symbol, of one bit: 0
    data = b"\x2f" + bits.to_bytes(8, "little")
    body = b"WEBPVP8L" + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body
