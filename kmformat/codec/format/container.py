"""The container: the head of a KMF file to bytes and back, with construct, and every check of it.

The byte layout is declared here with construct, and nowhere else (spec, section 3), but for that of
chunks, of which there may be hundreds (`chunks`)::

    0      4   magic 8B 4B 4D 46      16  8   tile width, tile height    if tiled
    4      1   major version          ..  4   length of the chunks       if chunks
    5      1   minor version          ..  ..  palette, 3 or 4 bytes a colour
    6      1   flags                  ..  ..  chunks: type 4, length 4, payload
    7      1   colours - 1            ..  ..  directory: method 1, length 4, CRC-32 4, a tile
    8      4   width                  ..  4   CRC-32 of all bytes before it
    12     4   height                 ..  ..  tile data, and the tail that a chunk states

    flags   7        6 5        4        3       2       1 0
            unused   reserved   chunks   tiled   alpha   log2 of index bits

Parsing goes in two beats, so that a reader of a stream knows how much to read before it reads:
`parse_header` needs at most HEADER_MAX bytes and says how long the head is; `parse_head` needs
exactly those. Everything is checked before anything is allocated for it, and the checksum before
anything that it covers is used. `build_head` mirrors both.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import construct as cs
import numpy as np

from kmformat import kernels
from kmformat.codec.format.chunks import build_chunks, parse_chunks, read_tail
from kmformat.codec.format.head import (
    ENTRY,
    MAX_TILE_PIXELS,
    VERSION,
    Box,
    Directory,
    FileHead,
    FixedHeader,
    TileGrid,
)
from kmformat.codec.methods import TABLE_CHUNKS, Method, method_of
from kmformat.errors import (
    ChecksumError,
    Code,
    FormatError,
    LimitError,
    TruncatedError,
    UnsupportedError,
)

if TYPE_CHECKING:
    from kmformat.arrays import U8
    from kmformat.indexed import Chunk

Region: TypeAlias = Callable[[TileGrid], Box]
"""Chooses a part of an image whose size is known only once its header is read."""
MAGIC = b"\x8bKMF"
_FLAGS = cs.BitStruct(
    "unused" / cs.Flag,
    "reserved" / cs.BitsInteger(2),
    "chunks" / cs.Flag,
    "tiled" / cs.Flag,
    "alpha" / cs.Flag,
    "log2_bits" / cs.BitsInteger(2),
)
_HEADER = cs.Struct(
    "magic" / cs.Const(MAGIC),
    "major" / cs.Int8ul,
    "minor" / cs.Int8ul,
    "flags" / _FLAGS,
    "colors" / cs.ExprAdapter(cs.Int8ul, cs.obj_ + 1, cs.obj_ - 1),
    "width" / cs.Int32ul,
    "height" / cs.Int32ul,
    "tile_size" / cs.If(cs.this.flags.tiled, cs.Int32ul[2]),
    "chunks_length" / cs.If(cs.this.flags.chunks, cs.Int32ul),
)
_BODY = cs.Struct(
    "palette" / cs.Bytes(cs.this._params.palette),
    "chunks" / cs.Bytes(cs.this._params.chunks),
    "directory" / cs.Bytes(cs.this._params.directory),
)
_CRC = cs.Int32ul
HEADER_MAX = 28
"""No header is longer than so many bytes."""


def parse_header(data: bytes, *, max_pixels: int, region: Region | None = None) -> FixedHeader:
    """Read the header from the first bytes of a file (spec, section 5, steps 1 to 6).

    Parameters
    ----------
    data
        The first HEADER_MAX bytes of the file, or all of it if it is shorter.
    max_pixels
        The most pixels that the image may have, or with a region, the tiles that it touches.
    region
        Says which part of the image will be read. What it raises is passed on.

    Raises
    ------
    FormatError, LimitError
    """
    if data[:4] != MAGIC[: len(data)]:
        shown = data[:4].hex(" ") or "nothing"
        raise FormatError(
            Code.MAGIC, f"not a KMF file: it starts with {shown}, not {MAGIC.hex(' ')}"
        )
    if len(data) > 4 and data[4] != VERSION[0]:
        raise UnsupportedError(
            Code.VERSION,
            f"major version {data[4]} is not supported (this reader knows {VERSION[0]})",
        )
    try:
        raw = _HEADER.parse(data)
    except cs.StreamError:
        raise TruncatedError(
            Code.TRUNCATED, f"the header is cut short: the file has only {len(data)} bytes"
        ) from None
    flags, width, height = raw.flags, raw.width, raw.height
    if flags.reserved:
        raise FormatError(Code.RESERVED, "reserved flag bits (5 and 6 of byte 6) are not zero")
    if width == 0 or height == 0:
        raise FormatError(Code.DIMENSIONS, f"image of {width} x {height} pixels: expected 1 x 1 up")
    bits, tile_size = 1 << flags.log2_bits, tuple(raw.tile_size or (width, height))
    grid, version = TileGrid(width, height, *tile_size), (raw.major, raw.minor)
    if region is None:
        check_pixels(grid, max_pixels, grid.image)
    _check_tile_size(tile_size, (width, height), tiled=flags.tiled)
    if raw.colors > 1 << bits:
        raise FormatError(
            Code.PALETTE_SIZE, f"{raw.colors} colours, but {bits}-bit indices reach {1 << bits}"
        )
    if region is not None:
        check_pixels(grid, max_pixels, region(grid))
    return FixedHeader(bits, raw.colors, flags.alpha, grid, version, raw.chunks_length)


def check_pixels(grid: TileGrid, max_pixels: int, box: Box) -> None:
    """Raise LimitError if the tiles that a box touches have more pixels than that."""
    what, tiles = "image", box
    if box != grid.image:
        what, tiles = "box in whole tiles", grid.around(box)
    if tiles.width * tiles.height > max_pixels:
        raise LimitError(
            f"{what} of {tiles.width} x {tiles.height} pixels exceeds the limit "
            f"max_pixels = {max_pixels}"
        )


def _check_tile_size(tile: tuple[int, int], image: tuple[int, int], *, tiled: bool) -> None:
    (width, height), (image_width, image_height) = tile, image
    if not (1 <= width <= image_width and 1 <= height <= image_height):
        expected = f"1 x 1 to {image_width} x {image_height}"
    elif width * height > MAX_TILE_PIXELS:
        expected = f"at most {MAX_TILE_PIXELS} pixels"
    elif tiled and tile == image:
        expected = "the tiled flag unset for a single tile"
    else:
        return
    raise FormatError(Code.TILE_SIZE, f"tiles of {width} x {height} pixels: expected {expected}")


def parse_head(data: bytes, header: FixedHeader) -> FileHead:
    """Read palette, chunks and directory (spec, section 5, steps 7 to 10).

    Parameters
    ----------
    data
        The first `header.head_length` bytes of the file, or all of it if it is shorter.

    Raises
    ------
    FormatError
    """
    sizes, length = header.sizes, header.head_length
    check_available(length, len(data), "the head")
    crc_at = length - sizes["checksum"]
    stored, actual = _CRC.parse(data[crc_at:length]), zlib.crc32(data[:crc_at])
    if stored != actual:
        raise ChecksumError(
            Code.HEAD_CHECKSUM, f"the head has CRC-32 {actual:08x}, but {stored:08x} is stated"
        )
    body = _BODY.parse(data[sizes["header"] : crc_at], **sizes)
    palette = np.frombuffer(body.palette, np.uint8).reshape(header.colors, -1)
    chunks, directory = tuple(parse_chunks(body.chunks)), np.frombuffer(body.directory, ENTRY)
    tail, tables = read_tail(chunks), None
    if any(chunk.type in TABLE_CHUNKS for chunk in chunks):
        from kmformat.codec.compact.model import read_tables

        tables = read_tables(chunks, palette)
    head = FileHead(header, palette, chunks, directory, tables, tail)
    _check_directory(head)
    return head


def check_file_length(head: FileHead, file_length: int) -> None:
    """Check that a file is as long as its head says (spec, section 5, step 11)."""
    check_available(head.tail_offset, file_length, "the tile data")
    check_available(head.file_length, file_length, "the tail")
    if file_length > head.file_length:
        raise FormatError(
            Code.TRAILING,
            f"{file_length - head.file_length} bytes follow the end of the image "
            f"at offset {head.file_length}",
        )


def check_available(end: int, available: int, what: str) -> None:
    """Raise TruncatedError if `what`, which ends at offset `end`, is not all there."""
    if available < end:
        raise TruncatedError(
            Code.TRUNCATED, f"{what} ends at offset {end}, but the file has only {available} bytes"
        )


def _check_directory(head: FileHead) -> None:
    """Check that each tile has a method that it may have, and a length that this allows."""
    methods, lengths = head.directory["method"], head.directory["length"]
    widths, heights = head.header.grid.tile_sides()
    wrong = np.zeros(len(methods), bool)
    for number in head.methods:
        method = method_of(number)
        wrong |= (methods == number) & (method is None or ~method.fits(widths, heights))
    if wrong.any():
        tile = int(np.argmax(wrong))
        known = "unknown" if method_of(methods[tile]) is None else "not for a tile of this size"
        raise FormatError(Code.TILE_METHOD, f"method {methods[tile]} is {known}", tile=tile)
    packed, stored = kernels.row_bytes(widths, head.header.bits) * heights, methods == Method.STORED
    wrong = np.where(stored, lengths != packed, (lengths == 0) | (lengths >= packed))
    if wrong.any():
        tile = int(np.argmax(wrong))
        expected = f"{packed[tile]}" if stored[tile] else f"1 to {packed[tile] - 1}"
        raise FormatError(
            Code.TILE_LENGTH, f"{lengths[tile]} bytes stored: expected {expected}", tile=tile
        )


def build_head(
    header: FixedHeader,
    palette: U8,
    chunks: Sequence[Chunk],
    directory: Directory,
    tail: int = 0,
) -> bytes:
    """Return the head of a file: the inverse of `parse_header` and `parse_head`.

    Parameters
    ----------
    header
        Its `chunks_length` is ignored, and set to what the chunks take.
    chunks
        All but the one that states the tail.
    tail
        Bytes that will follow the tile data: less than 2^53.

    Raises
    ------
    ParameterError
        The chunks are too long for the format.
    """
    blob = build_chunks(chunks, tail)
    grid = header.grid
    fixed: bytes = _HEADER.build({
        "magic": MAGIC,
        "major": header.version[0],
        "minor": header.version[1],
        "flags": {
            "unused": False,
            "reserved": 0,
            "chunks": bool(blob),
            "tiled": header.tiled,
            "alpha": header.alpha,
            "log2_bits": header.bits.bit_length() - 1,
        },
        "colors": header.colors,
        "width": grid.width,
        "height": grid.height,
        "tile_size": (grid.tile_width, grid.tile_height),
        "chunks_length": len(blob),
    })  # fmt: skip
    parts = {"palette": palette.tobytes(), "chunks": blob, "directory": directory.tobytes()}
    body: bytes = _BODY.build(parts, **{name: len(part) for name, part in parts.items()})
    crc32: bytes = _CRC.build(zlib.crc32(fixed + body))
    return fixed + body + crc32
