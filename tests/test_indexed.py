"""The indexed image checks its parts."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import kmformat
from kmformat import (
    Chunk,
    IndexedImage,
    ParameterError,
    decode_indexed,
    encode_indexed,
    read_info,
)
from kmformat.arrays import U8
from kmformat.pictures.metadata import Metadata
from tests.samples import indexed, same, wide_gamut


@pytest.mark.parametrize(
    ("palette", "indices", "message"),
    [
        (np.zeros((2, 2), np.uint8), np.zeros((1, 1), np.uint8), "palette of shape"),
        (np.zeros((2, 3)), np.zeros((1, 1), np.uint8), "dtype float64"),
        (np.zeros((0, 3), np.uint8), np.zeros((1, 1), np.uint8), "expected 1 to 256 colours"),
        (np.zeros((257, 3), np.uint8), np.zeros((1, 1), np.uint8), "expected 1 to 256 colours"),
        (np.zeros((2, 3), np.uint8), np.zeros((1, 0), np.uint8), "no pixels"),
        (np.zeros((2, 3), np.uint8), np.zeros((1, 1), np.int64), "dtype int64"),
        (np.zeros((2, 3), np.uint8), np.full((1, 1), 2, np.uint8), "index 2"),
        ([[0, 0, 0]], np.zeros((1, 1), np.uint8), "palette of list"),
    ],
)
def test_an_indexed_image_checks_its_parts(palette: U8, indices: U8, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        IndexedImage(palette, indices)


def test_an_image_is_palette_of_index() -> None:
    image = indexed(5, 7, 9, alpha=True)
    assert (image.height, image.width) == (5, 7)
    assert np.array_equal(image.to_pixels(), image.palette[image.indices])


# The image as Pillow has it, and in a file


def rich(alpha: bool) -> IndexedImage:
    """An image with every kind of chunk, and duplicates and unused entries in its palette."""
    image = indexed(9, 7, 5, alpha=alpha)
    palette = np.concatenate([image.palette, image.palette])
    metadata = Metadata(icc=wide_gamut(), exif=b"II*\0\x08\0\0\0\0\0", xmp=b"<x/>")
    return IndexedImage(palette, image.indices, (*metadata.to_chunks(), Chunk(b"note", b"hello")))


def opaque_but_one(alpha: int) -> IndexedImage:
    image = indexed(9, 7, 5, alpha=True)
    image.palette[:, 3] = 255
    image.palette[2, 3] = alpha
    return image


@pytest.mark.parametrize(
    "image", [rich(False), rich(True), indexed(1, 1, 1), indexed(20, 20, 256, alpha=True),
              opaque_but_one(255), opaque_but_one(0), opaque_but_one(9)],
)  # fmt: skip
def test_the_pillow_image_is_the_one_that_pillow_reads_from_the_file(image: IndexedImage) -> None:
    shown, opened = image.to_image(), Image.open(io.BytesIO(encode_indexed(image)))
    opened.load()
    assert (shown.mode, shown.size) == ("P", (image.width, image.height))
    assert np.array_equal(np.asarray(shown), image.indices)
    assert np.array_equal(np.asarray(opened), image.indices)
    assert shown.info == opened.info
    assert shown.palette is not None
    assert opened.palette is not None
    assert shown.palette.mode == opened.palette.mode
    assert shown.getpalette("RGBA") == opened.getpalette("RGBA")
    assert np.array_equal(np.asarray(shown.convert("RGBA")), np.asarray(opened.convert("RGBA")))


def test_the_pillow_image_does_not_change_with_the_indices() -> None:
    image = indexed(9, 7, 5)
    shown, before = image.to_image(), image.indices.copy()
    image.indices[:] = 0
    shown.putpixel((0, 0), 1)
    before[0, 0] = 1
    assert np.array_equal(np.asarray(shown), before)
    assert not image.indices.any()


def test_an_image_is_saved_with_its_palette_indices_and_chunks(tmp_path: Path) -> None:
    for image in (rich(True), rich(False), opaque_but_one(255)):
        image.save(tmp_path / "a.kmf")
        found = kmformat.decode_indexed(tmp_path / "a.kmf")
        assert same(found, image)
        assert found.chunks == image.chunks
        assert kmformat.encode(image) == (tmp_path / "a.kmf").read_bytes()
    stream = io.BytesIO()
    image.save(stream, colors=2, strip=True)
    assert stream.getvalue() == kmformat.encode(image, colors=2, strip=True)
    with pytest.raises(ParameterError, match=r"a\.png: a name of PNG files"):
        image.save(tmp_path / "a.png")
    with pytest.raises(TypeError):
        image.save(tmp_path / "a.kmf", colours=2)


def test_parts_that_have_changed_since_are_checked_again() -> None:
    image = indexed(5, 7, 9)
    image.check()
    image.indices[2, 3] = 9
    with pytest.raises(ParameterError, match="index 9 is outside the palette of 9"):
        image.check()


@pytest.mark.parametrize(
    ("kind", "well_formed", "critical"),
    [
        (b"abcd", True, False), (b"aBC9", True, False), (b"Abcd", True, True),
        (b"abc", False, False), (b"abcde", False, False), (b"a cd", False, False),
        (b"1abc", False, False), (b"ab\xe9d", False, False), (b"", False, False),
    ],
)  # fmt: skip
def test_a_chunk_type_is_a_letter_and_three_letters_or_digits(
    kind: bytes, well_formed: bool, critical: bool
) -> None:
    chunk = Chunk(kind, b"")
    assert (chunk.well_formed, chunk.critical) == (well_formed, critical)
    image = indexed(2, 2, 2)
    if well_formed and not critical:
        assert IndexedImage(image.palette, image.indices, (chunk,)).chunks == (chunk,)
    else:
        with pytest.raises(ParameterError, match="chunk type"):
            IndexedImage(image.palette, image.indices, (chunk,))


@pytest.mark.parametrize(("kind", "payload"), [("abcd", b""), (b"abcd", "text"), (b"abcd", None)])
def test_chunks_are_of_bytes(kind: Any, payload: Any) -> None:
    image = indexed(2, 2, 2)
    with pytest.raises(ParameterError, match="expected a type and payload of bytes"):
        IndexedImage(image.palette, image.indices, (Chunk(kind, payload),))


def test_there_are_at_most_256_chunks() -> None:
    image = indexed(2, 2, 2)
    chunks = (Chunk(b"abcd", b""),) * 256
    assert decode_indexed(encode_indexed(replace(image, chunks=chunks))).chunks == chunks
    with pytest.raises(ParameterError, match="257 chunks: expected at most 256"):
        replace(image, chunks=(*chunks, chunks[0]))


def test_names_of_entries_are_in_the_file() -> None:
    image = indexed(4, 5, 3)
    assert image.names == ()
    names = ("sky", "", "Straße \n\x1b")
    named = replace(image, chunks=(Chunk(b"teSt", b"abc"),)).with_names(list(names))
    for read in (decode_indexed(encode_indexed(named)),
                 decode_indexed(encode_indexed(named), box=(1, 1, 3, 3))):  # fmt: skip
        assert read.names == names
    assert read_info(io.BytesIO(encode_indexed(named))).names == names
    renamed = named.with_names(["a", "b", "c"])
    assert renamed.names == ("a", "b", "c")
    for nameless in (named.with_names([]), named.with_names(["", "", ""])):
        assert (nameless.names, nameless.chunks) == ((), named.chunks[:1])


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a", "b"], "2 names for a palette of 3 entries"),
        (["a", "b", b"c"], "expected text"),
        (["a", "b", "\ud800"], "expected text"),
        (["a", "b", "\u00e4" * 128], "at most 255 bytes in UTF-8"),
    ],
)
def test_names_that_no_file_can_hold_are_refused(names: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        indexed(4, 5, 3).with_names(names)


@pytest.mark.parametrize(
    "payload", [b"", b"\1a\0", b"\1a\0\1", b"\0\0\0\0", b"\1a\1\xff\0", b"\xff"]
)
def test_a_malformed_list_of_names_names_nothing(payload: bytes) -> None:
    image = replace(indexed(4, 5, 3), chunks=(Chunk(b"name", payload),))
    assert decode_indexed(encode_indexed(image)).names == ()
