"""What a small reader needs: the sizes of frames and tables, told without decoding them."""

from __future__ import annotations

import io

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from kmformat import IndexedImage, encode_indexed, quantize, read_info
from kmformat.codec.zstd_tables import sizes_of
from tests.samples import indexed, photo, without_dense
from tools.conformance.forge import zstd as z


def skewed(size: int, seed: int) -> bytes:
    """Bytes of few values, with parts that repeat: for zstd to write tables of all sizes."""
    rng = np.random.default_rng(seed)
    data = rng.choice(16, size, p=rng.dirichlet(np.full(16, 0.2))).astype(np.uint8)
    for _ in range(size // 40):
        start, end, length = *rng.integers(0, size - 20, 2), rng.integers(4, 20)
        data[start : start + length] = data[end : end + length]
    return data.tobytes()


@pytest.mark.parametrize("size", [300, 8000, 60_000])
def test_tables_that_libzstd_writes_are_of_the_logs_that_it_may_write(size: int) -> None:
    logs = set()
    for seed in range(12):
        for level in (1, 12, 19):
            data = skewed(size, seed)
            found = sizes_of(zstandard.ZstdCompressor(level=level).compress(data))
            assert found is not None
            assert found[0] == size
            logs.add(found[2])
    assert logs <= set(range(5, 10))  # what is read at a wrong place would be up to 20
    assert max(logs) >= {300: 6, 8000: 7, 60_000: 8}[size]


@pytest.mark.parametrize("log", range(5, 10))
def test_the_log_of_a_stated_table_is_read(log: int) -> None:
    frame = z.frame(40, z.raw(bytes(range(20))), z.match(b"", 20, 20, log=log), z.raw(b""))
    assert zstandard.ZstdDecompressor().decompress(frame) == bytes(range(20)) * 2
    assert sizes_of(frame) == (40, 40, log)


@given(st.binary(max_size=80), st.integers(0, 255))
def test_no_bytes_are_too_much_for_it(noise: bytes, window: int) -> None:
    block = z.Block(z.COMPRESSED, len(noise), noise)
    assert sizes_of(z.frame(5, block, window=window, size_flag=2)) is not None
    sizes_of(noise)
    sizes_of(z.MAGIC + noise)


def workspace(image: IndexedImage, **options: object) -> int | None:
    return read_info(io.BytesIO(encode_indexed(image, **options))).workspace  # type: ignore[arg-type]


@without_dense()
def test_strips_fit_and_large_tiles_do_not() -> None:
    image = quantize(photo(240, 320))
    assert workspace(image, fast_decode=True) is None
    assert workspace(image, fast_decode=True, tile=(320, 16)) == 1400 + 160 * 16
    compact = workspace(image, tile=(320, 16))
    assert compact is not None
    assert 16**3 / 2 + 2 * 16**2 + 160 * 16 + 3 * 17 < compact < 10_000
    assert workspace(image, tile=(320, 32)) is None


@without_dense()
def test_many_colours_fit_without_compact_tiles_only() -> None:
    image = quantize(photo(64, 64), colors=17)
    assert workspace(image) is None
    assert workspace(image, fast_decode=True) == 1400 + 64 * 64
    assert workspace(indexed(90, 90, 17), zstd=False) == 0


@without_dense()
def test_a_damaged_tile_fits_no_small_reader() -> None:
    data = bytearray(encode_indexed(quantize(photo(32, 32))))
    assert read_info(io.BytesIO(data)).readers == ("small",)
    data[-20:] = bytes(20)
    assert read_info(io.BytesIO(data)).readers == ()
