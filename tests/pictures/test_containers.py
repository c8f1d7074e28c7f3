"""Chunks and boxes of files, also of those that are cut or lie about their lengths."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from kmformat.pictures.containers import (
    avif_bits,
    avif_cicp,
    jpeg2000_bits,
    png_chunks,
    png_cicp,
)
from tests.samples import pillow_photo, png

CICP = b"cICP", bytes([12, 13, 0, 1])


def box(kind: bytes, data: bytes, *, large: bool = False) -> bytes:
    if large:
        return struct.pack(">I4sQ", 1, kind, 16 + len(data)) + data
    return struct.pack(">I4s", 8 + len(data), kind) + data


def avif(*properties: bytes, large: bool = False) -> bytes:
    ipco = box(b"ipco", b"".join(properties), large=large)
    meta = box(b"meta", bytes(4) + box(b"hdlr", bytes(9)) + box(b"iprp", ipco))
    return box(b"ftyp", b"avif") + meta + struct.pack(">I4s", 0, b"mdat") + b"data"


def nclx(primaries: int, transfer: int) -> bytes:
    return box(b"colr", b"nclx" + struct.pack(">3HB", primaries, transfer, 6, 0x80))


def av1c(flags: int) -> bytes:
    return box(b"av1C", bytes([0x81, 0, flags, 0]))


def test_chunks_of_a_png_are_walked_and_the_stream_stays_where_it_was() -> None:
    stream = io.BytesIO(png(np.zeros((2, 2), np.uint8), CICP, (b"tEXt", b"a" * 999)))
    stream.seek(5)
    found = list(png_chunks(stream))
    assert [kind for kind, _ in found] == [b"IHDR", b"cICP", b"tEXt", b"IDAT", b"IEND"]
    assert (found[1], found[2][1]) == (CICP, b"a" * 32)
    assert png_cicp(stream) == CICP[1]
    assert stream.tell() == 5


def test_a_png_without_code_points_or_with_late_ones_has_none() -> None:
    data = png(np.zeros((2, 2), np.uint8), CICP)
    start, idat = data.index(b"cICP") - 4, data.index(b"IDAT") - 4
    late = data[:start] + data[idat:-12] + data[start:idat] + data[-12:]
    assert png_cicp(io.BytesIO(late)) is None
    assert png_cicp(io.BytesIO(b"GIF89a")) is None


@pytest.mark.parametrize("cut", range(8, 60, 3))
def test_a_png_that_ends_early_ends_the_walk(cut: int) -> None:
    list(png_chunks(io.BytesIO(png(np.zeros((2, 2), np.uint8), CICP)[:cut])))


@pytest.mark.parametrize("large", [False, True])
def test_code_points_and_depth_of_avif(large: bool) -> None:
    for flags, bits in ((0, 8), (0x40, 10), (0x60, 12)):
        stream = io.BytesIO(avif(box(b"ispe", bytes(12)), av1c(flags), nclx(12, 16), large=large))
        assert (avif_bits(stream), avif_cicp(stream)) == (bits, bytes([12, 16, 0, 1]))
    assert avif_cicp(io.BytesIO(avif(nclx(1, 1)))) == bytes([1, 13, 0, 1])  # as video is shown
    assert avif_cicp(io.BytesIO(avif(nclx(999, 1)))) is None
    assert avif_cicp(io.BytesIO(avif(box(b"colr", b"prof")))) is None


@pytest.mark.parametrize(
    "data",
    [b"", b"abc", avif()[:30], box(b"meta", b""), struct.pack(">I4s", 4, b"meta"),
     struct.pack(">I4sQ", 1, b"meta", (1 << 64) - 1), struct.pack(">I4s", 0, b"free")],
)  # fmt: skip
def test_boxes_that_lie_are_no_boxes(data: bytes) -> None:
    stream = io.BytesIO(data)
    assert (avif_bits(stream), avif_cicp(stream), jpeg2000_bits(stream)) == (8, None, 8)


def test_real_avif_is_read() -> None:
    pytest.importorskip("PIL._avif")
    stream = io.BytesIO()
    pillow_photo().save(stream, "AVIF")
    assert avif_bits(stream) == 8
    assert avif_cicp(stream) is not None


@pytest.mark.parametrize("suffix", ["jp2", "j2k"])
@pytest.mark.parametrize(("mode", "bits"), [("RGB", 8), ("I;16", 16)])
def test_depth_of_jpeg_2000(mode: str, bits: int, suffix: str) -> None:
    stream = io.BytesIO()
    stream.name = f"a.{suffix}"
    Image.new(mode, (8, 8)).save(stream, "JPEG2000")
    assert jpeg2000_bits(stream) == bits
