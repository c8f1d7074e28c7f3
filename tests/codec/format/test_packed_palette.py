"""A palette in the head of a file, packed where that is smaller."""

from __future__ import annotations

import numpy as np
import pytest

from kmformat import (
    Chunk,
    Code,
    FormatError,
    IndexedImage,
    KmfError,
    decode,
    decode_indexed,
    encode_indexed,
    kernels,
    read_info,
)
from kmformat.arrays import U8
from kmformat.codec.varints import varint
from tests.samples import indexed, random_indices, same
from tools.conformance.forge.container import chunk, forge

RAMP = np.repeat(np.arange(0, 48, 3, dtype=np.uint8)[:, None], 3, axis=1)
PACKED = kernels.pack_palette(RAMP)
IMAGE = IndexedImage(RAMP, indexed(2, 8, 16).indices)  # these are best stored
TILE = kernels.pack(IMAGE.indices, 4).tobytes()


def packed_file(
    packed: bytes = PACKED, *, length: int | None = None, chunks: bytes | None = None
) -> bytes:
    """A file of IMAGE; `packed` stands for its palette, and the length for that of `packed`."""
    stated = varint(len(packed) if length is None else length)
    before = b"" if chunks is None else varint(len(chunks))
    return forge(
        flags=2 | 32 | (0 if chunks is None else 16), colors=16, width=8,
        height=varint(2) + before + stated, palette=packed + (chunks or b""), tiles=[TILE],
    )  # fmt: skip


def test_a_ramp_is_packed_and_comes_back() -> None:
    data = encode_indexed(IMAGE)
    assert data == packed_file()
    info = read_info(data)
    assert info.packed
    assert info.sizes["palette"] == len(PACKED) < RAMP.size
    assert info.sizes["header"] == 7 + 2 + 1
    assert same(decode_indexed(data), IMAGE)


def test_its_length_stands_behind_that_of_the_chunks() -> None:
    image = IndexedImage(IMAGE.palette, IMAGE.indices, (Chunk(b"teSt", b"abcdef"),))
    data = encode_indexed(image)
    assert data == packed_file(chunks=chunk(b"teSt", b"abcdef"))
    assert decode_indexed(data).chunks == image.chunks


def test_with_alpha_it_is_packed_as_well() -> None:
    alpha = np.arange(0, 256, 16, dtype=np.uint8)[:, None]
    image = IndexedImage(np.concatenate([RAMP, alpha], axis=1), IMAGE.indices)
    data = encode_indexed(image)
    assert read_info(data).packed
    assert same(decode_indexed(data), image)


@pytest.mark.parametrize(
    "palette", [indexed(1, 1, 1).palette, indexed(1, 1, 16).palette, indexed(1, 1, 256).palette]
)
def test_where_that_is_not_smaller_it_is_as_it_is(palette: U8) -> None:
    data = encode_indexed(IndexedImage(palette, random_indices(8, 8, len(palette))))
    info = read_info(data)
    assert not info.packed
    assert info.sizes["palette"] == palette.size
    assert data[5] & 32 == 0


@pytest.mark.parametrize("options", [{"fast_decode": True}, {"zstd": False}])
def test_a_plain_file_has_it_as_it_is(options: dict[str, bool]) -> None:
    info = read_info(encode_indexed(IMAGE, **options))  # type: ignore[arg-type]
    assert not info.packed
    assert info.sizes["palette"] == RAMP.size
    assert "plain" in info.readers


def test_small_readers_read_it_and_plain_ones_do_not() -> None:
    info = read_info(encode_indexed(IMAGE))
    assert info.readers == ("small",)
    assert info.workspace == 300 + 48


@pytest.mark.parametrize("length", [0, 48, 49, 1000])
def test_a_length_of_none_or_not_below_that_of_the_palette_is_an_error(length: int) -> None:
    with pytest.raises(FormatError, match=rf"of {length} bytes: expected 1 to 47") as caught:
        decode(packed_file(length=length))
    assert caught.value.code is Code.PALETTE_SIZE


@pytest.mark.parametrize(
    "packed",
    [PACKED + bytes(5), PACKED[:-1], PACKED[:1], bytes(47)],
    ids=["longer", "cut", "begun", "zeros"],
)
def test_data_that_end_elsewhere_are_an_error(packed: bytes) -> None:
    with pytest.raises(FormatError, match="packed palette") as caught:
        decode(packed_file(packed))
    assert caught.value.code is Code.PALETTE_END


def test_every_change_of_a_byte_is_an_error() -> None:
    data = packed_file()
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 4
        with pytest.raises(KmfError):
            decode(bytes(changed))


def test_every_truncation_is_an_error() -> None:
    data = packed_file()
    for length in range(len(data)):
        with pytest.raises(FormatError) as caught:
            decode(data[:length])
        assert caught.value.code is Code.TRUNCATED
