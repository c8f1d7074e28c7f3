"""What a small reader needs: the sizes of frames and tables, told without decoding them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kmformat import (
    IndexedImage,
    Info,
    ParameterError,
    decode_indexed,
    encode,
    encode_indexed,
    quantize,
    read_info,
)
from kmformat.arrays import U8
from kmformat.codec.zstd_tables import sizes_of
from tests.samples import indexed, photo, without_dense
from tools.conformance.forge import zstd as z


def skewed(size: int, seed: int) -> bytes:
    """Bytes of few values, with parts that repeat: for zstd to write tables of all sizes."""
    rng = np.random.default_rng(seed)
    data = rng.choice(16, size, p=rng.dirichlet(np.full(16, 0.2))).astype(np.uint8)
    for _ in range(size // 40):
        start, end = rng.integers(0, size - 20, 2).tolist()
        length = int(rng.integers(4, 20))
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
    assert workspace(image, fast_decode=True, bits=4, tile=(320, 16)) == 1400 + 160 * 16
    compact = workspace(image, tile=(320, 16))
    assert compact is not None
    assert 16**3 / 2 + 2 * 16**2 + 160 * 16 + 3 * 17 < compact < 10_000
    assert workspace(image, tile=(320, 32)) is None


def small_of(image: IndexedImage, **options: Any) -> Info:
    """What is said of a file for small readers, which must hold the image."""
    data = encode_indexed(image, small_reader=True, **options)
    assert np.array_equal(decode_indexed(data).indices, image.indices)
    return read_info(io.BytesIO(data))


@given(
    st.tuples(st.integers(1, 90), st.integers(1, 90)), st.integers(1, 16), st.integers(1, 9),
    st.booleans(), st.none() | st.tuples(st.integers(1, 90), st.integers(1, 90)),
)  # fmt: skip
@settings(max_examples=30)
def test_all_files_for_small_readers_fit(
    shape: tuple[int, int], colors: int, effort: int, plain: bool, tile: tuple[int, int] | None
) -> None:
    image = indexed(*shape, colors)
    info = small_of(image, effort=effort, fast_decode=plain, tile=tile)
    assert "small" in info.readers
    assert "plain" in info.readers or not plain


@pytest.mark.parametrize("effort", [3, 5, 9])
def test_a_photograph_for_small_readers_is_in_strips_and_a_drawing_in_one_piece(
    effort: int,
) -> None:
    found = small_of(quantize(photo(100, 320)), effort=effort)
    assert found.tile_size == (320, 20)
    assert "compact" in found.methods
    assert found.workspace is not None
    assert found.workspace < 10_000
    flat = IndexedImage(grey_palette(16), np.indices((240, 320)).sum(0).astype(np.uint8) // 40)
    found = small_of(flat, effort=effort)
    assert found.tiles == 1
    assert found.workspace is not None
    assert found.workspace <= 1400 + 4096 + 320


def test_wide_images_have_lower_strips_and_still_wider_ones_none() -> None:
    widths = (480, 800, 1024, 1032)
    sizes = [small_of(quantize(photo(48, width))).tile_size for width in widths]
    assert sizes == [(480, 16), (800, 10), (1024, 8), (1032, 48)]


@pytest.mark.parametrize(("rows", "method"), [(24, "compact"), (26, "zstd")])
def test_tiles_of_which_a_compact_one_would_take_too_much_are_plain(rows: int, method: str) -> None:
    found = small_of(quantize(photo(2 * rows, 320)), tile=(320, rows))
    assert found.methods == {method: 2}
    assert "small" in found.readers


def test_a_strip_for_small_readers_has_8_rows_or_more() -> None:
    methods = [small_of(quantize(photo(rows, 320))).methods for rows in (7, 8)]
    assert methods == [{"zstd": 1}, {"compact": 1}]


def test_a_window_is_what_frames_state_at_most() -> None:
    image = quantize(photo(240, 320))
    for window in (None, 1 << 23, 8192, 1024):
        data = encode_indexed(image, fast_decode=True, bits=4, window=window)
        start = read_info(io.BytesIO(data)).sizes["tiles"]
        sizes = sizes_of(data[-start:])
        assert sizes is not None
        assert sizes[1] == min(window or 1 << 23, 240 * 160)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"window": 4095}, "4095: expected a power of two, 1024 to 8388608 bytes"),
        ({"window": 1 << 24}, "16777216: expected a power of two"),
        ({"window": 8192, "small_reader": True}, "window 8192 does not fit small_reader: at most"),
    ],
)
def test_other_windows_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        encode_indexed(indexed(8, 8, 2), **options)


def test_files_for_small_readers_have_at_most_16_colours_and_no_metadata() -> None:
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 256, (40, 50, 3), np.uint8))
    picture.getexif()[0x010E] = "a picture"
    buffer = io.BytesIO()
    picture.save(buffer, "png", exif=picture.getexif())
    buffer.seek(0)
    info = read_info(io.BytesIO(encode(Image.open(buffer), small_reader=True)))
    assert info.colors == 16
    assert not dict(info.chunks).keys() - {"ORDR", "SMAP"}
    named = quantize(picture).with_names(["a"] * 16)
    assert not read_info(io.BytesIO(encode_indexed(named, small_reader=True))).names
    with pytest.raises(ParameterError, match="colors 17 does not fit small_reader: at most 16"):
        encode(picture, small_reader=True, colors=17)
    with pytest.raises(ParameterError, match="colors 17 does not fit small_reader: at most 16"):
        encode_indexed(indexed(9, 9, 17), small_reader=True)


def grey_palette(colors: int) -> U8:
    return np.repeat(np.arange(colors, dtype=np.uint8)[:, None] * 16, 3, axis=1)


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
