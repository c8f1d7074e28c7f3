"""The container: the head of a KMF file to bytes and back, with construct, and every check of it.

The byte layout is declared here with construct, and nowhere else (spec, section 3), but for that of
chunks, of which there may be hundreds (`chunks`), and of varints (`kmformat.codec.varints`)::

    0   4       magic 8B 4B 4D 46
    4   1       version: major 4 bits, minor 4
    5   1       flags
    6   1       colours - 1
    7   varint  width, and then height
    ..  varint  tile width, and then tile height    if tiled
    ..  varint  length of the chunks                if chunks
    ..  varint  length of the palette               if packed
    ..  ..      palette, 3 or 4 bytes a colour, or packed
    ..  ..      chunks: type 4, length 4, payload
    ..  varint  8 x length + method, of each tile
    ..  4       CRC-32 of each tile
    ..  4       CRC-32 of all bytes before it
    ..  ..      tile data, and the tail that a chunk states

    flags   7        6          5        4        3       2       1 0
            unused   reserved   packed   chunks   tiled   alpha   log2 of index bits

How long the head is shows only on the way: `read_head` fetches it in parts, each of which is there
in every file that begins like this one, so that a stream is never read beyond its file. Everything
is checked before anything is allocated for it, and the checksum before anything that it covers is
used, but for lengths. `build_head` mirrors it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
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
    directory_numbers,
)
from kmformat.codec.methods import CHECKSUM_BYTES, MOST_METHODS, TABLE_CHUNKS, Method, method_of
from kmformat.codec.varints import read_varint, read_varints, varint, varint_size, varints
from kmformat.errors import (
    ChecksumError,
    Code,
    FormatError,
    LimitError,
    TileLimitError,
    TruncatedError,
    UnsupportedError,
)

if TYPE_CHECKING:
    from kmformat.arrays import U8, Ints
    from kmformat.indexed import Chunk

Region: TypeAlias = Callable[[TileGrid], Box]
"""Chooses a part of an image whose size is known only once its header is read."""
Fetch: TypeAlias = Callable[[int, int], bytes]
"""Returns the bytes of a file from one offset up to, not including, another; fewer if it ends."""
MAGIC = b"\x8bKMF"


class _Varint(cs.Construct):  # type: ignore[misc]  # construct is not typed
    """A number of the header: see `kmformat.codec.varints`."""

    def _parse(self, stream: object, _context: object, path: str) -> int:
        return read_varint(lambda: cs.stream_read(stream, 1, path)[0])

    def _build(self, number: int, stream: object, _context: object, path: str) -> int:
        data = varint(number)
        cs.stream_write(stream, data, len(data), path)
        return number


class _ByteOf(cs.Adapter):  # type: ignore[misc]  # as above
    """The bits of a byte. Each of the 256 is parsed once: it takes longer than all other fields."""

    def __init__(self, bits: cs.Construct) -> None:
        super().__init__(cs.Int8ul)
        self._bits = bits
        self.fields = cache(lambda byte: bits.parse(bytes([byte])))

    def _decode(self, byte: int, _context: object, _path: str) -> object:
        return self.fields(byte)

    def _encode(self, fields: object, _context: object, _path: str) -> int:
        return int(self._bits.build(fields)[0])


_VARINT = _Varint()
_VERSION = _ByteOf(cs.BitStruct("major" / cs.Nibble, "minor" / cs.Nibble))
_FLAGS = _ByteOf(
    cs.BitStruct(
        "unused" / cs.Flag,
        "reserved" / cs.Flag,
        "packed" / cs.Flag,
        "chunks" / cs.Flag,
        "tiled" / cs.Flag,
        "alpha" / cs.Flag,
        "log2_bits" / cs.BitsInteger(2),
    )
)
_HEADER = cs.Struct(
    "magic" / cs.Const(MAGIC),
    "version" / _VERSION,
    "flags" / _FLAGS,
    "colors" / cs.ExprAdapter(cs.Int8ul, cs.obj_ + 1, cs.obj_ - 1),
    "width" / _VARINT,
    "height" / _VARINT,
    "tile_size" / cs.If(cs.this.flags.tiled, _VARINT[2]),
    "chunks_length" / cs.If(cs.this.flags.chunks, _VARINT),
    "palette_length" / cs.If(cs.this.flags.packed, _VARINT),
)
_BODY = cs.Struct(
    "palette" / cs.Bytes(cs.this._params.palette),
    "chunks" / cs.Bytes(cs.this._params.chunks),
    "numbers" / cs.Bytes(cs.this._params.numbers),
    "crc32s" / cs.Bytes(cs.this._params.crc32s),
)
_CRC = cs.Int32ul
_CRCS = np.dtype("<u4")
HEADER_MAX = 37
"""No header is longer than so many bytes."""
_LEAST_FILE = 21
"""No file is shorter than so many bytes; one whose header is not all in them has HEADER_MAX."""


def read_head(fetch: Fetch, *, max_pixels: int, region: Region | None = None) -> FileHead:
    """Read everything before the tile data of a file (spec, section 5, steps 1 to 10).

    No byte is fetched that a file which begins like this one need not have.

    Parameters
    ----------
    max_pixels
        The most pixels that the image may have, or with a region, the tiles that it touches.
    region
        Says which part of the image will be read. What it raises is passed on.

    Raises
    ------
    FormatError, LimitError
    """
    header = _fetch_header(fetch, max_pixels, region)
    least, start = header.least_length, header.directory_offset
    data = fetch(0, least)
    check_available(least, len(data), "the head")
    entries = np.frombuffer(data, np.uint8, offset=start)
    numbers, taken = read_varints(entries, header.grid.count)
    length = least - header.grid.count + taken
    data += fetch(least, length)
    check_available(length, len(data), "the head")
    return _parse_head(data, header, numbers, taken)


def _fetch_header(fetch: Fetch, max_pixels: int, region: Region | None) -> FixedHeader:
    with suppress(TruncatedError):
        return parse_header(fetch(0, _LEAST_FILE), max_pixels=max_pixels, region=region)
    return parse_header(fetch(0, HEADER_MAX), max_pixels=max_pixels, region=region)


def parse_header(data: bytes, *, max_pixels: int, region: Region | None = None) -> FixedHeader:
    """Read the header from the first bytes of a file (spec, section 5, steps 1 to 6).

    Parameters
    ----------
    data
        The first HEADER_MAX bytes of the file, or all of it if it is shorter.
    max_pixels, region
        As for `read_head`.

    Raises
    ------
    FormatError, LimitError
    """
    _check_first_fields(data)
    try:
        raw = _HEADER.parse(data)
    except cs.StreamError:
        raise TruncatedError(
            Code.TRUNCATED, f"the header is cut short: the file has only {len(data)} bytes"
        ) from None
    flags, width, height = raw.flags, raw.width, raw.height
    if width == 0 or height == 0:
        raise FormatError(Code.DIMENSIONS, f"image of {width} x {height} pixels: expected 1 x 1 up")
    bits, tile_size = 1 << flags.log2_bits, tuple(raw.tile_size or (width, height))
    grid = TileGrid(width, height, *tile_size)
    if region is None:
        check_pixels(grid, max_pixels, grid.image)
    _check_tile_size(tile_size, (width, height), tiled=flags.tiled)
    if raw.colors > 1 << bits:
        raise FormatError(
            Code.PALETTE_SIZE, f"{raw.colors} colours, but {bits}-bit indices reach {1 << bits}"
        )
    version = raw.version.major, raw.version.minor
    header = FixedHeader(
        bits, raw.colors, flags.alpha, grid, version, raw.palette_length, raw.chunks_length
    )
    if flags.packed and not 1 <= raw.palette_length < header.raw_palette_length:
        raise FormatError(
            Code.PALETTE_SIZE,
            f"packed palette of {raw.palette_length} bytes: "
            f"expected 1 to {header.raw_palette_length - 1}",
        )
    if region is not None:
        check_pixels(grid, max_pixels, region(grid))
    return header


def _check_first_fields(data: bytes) -> None:
    """Check magic, major version and reserved flags, as far as they are there."""
    if data[:4] != MAGIC[: len(data)]:
        raise FormatError(
            Code.MAGIC,
            f"not a KMF file: it starts with {data[:4].hex(' ')}, not {MAGIC.hex(' ')}",
        )
    if len(data) > 4 and (major := _VERSION.fields(data[4]).major) != VERSION[0]:
        raise UnsupportedError(
            Code.VERSION, f"major version {major} is not supported (this reader knows {VERSION[0]})"
        )
    if len(data) > 5 and _FLAGS.fields(data[5]).reserved:
        raise FormatError(Code.RESERVED, "the reserved flag (bit 6 of byte 5) is not zero")


def check_pixels(grid: TileGrid, max_pixels: int, box: Box) -> None:
    """Raise LimitError if the tiles that a box touches have more pixels than that."""
    what, tiles = "image", box
    if box != grid.image:
        what, tiles = "box in whole tiles", grid.around(box)
    if tiles.width * tiles.height > max_pixels:
        raise LimitError(
            f"{what} of {tiles.width} x {tiles.height} pixels exceeds the limit "
            f"max_pixels = {max_pixels} (--max-pixels on the command line)"
        )


def check_tiles(grid: TileGrid, max_tiles: int | None) -> None:
    """Raise TileLimitError if an image has more tiles than that; None is no limit."""
    if max_tiles is not None and grid.count > max_tiles:
        raise TileLimitError(
            f"image of {grid.count} tiles exceeds the limit max_tiles = {max_tiles} "
            "(--max-tiles on the command line)"
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


def _parse_head(data: bytes, header: FixedHeader, numbers: Ints, taken: int) -> FileHead:
    """Return what a head says: all its bytes, and the numbers of its directory with their size."""
    crc_at, count = len(data) - CHECKSUM_BYTES, len(numbers)
    stored, actual = _CRC.parse(data[crc_at:]), zlib.crc32(data[:crc_at])
    if stored != actual:
        raise ChecksumError(
            Code.HEAD_CHECKSUM, f"the head has CRC-32 {actual:08x}, but {stored:08x} is stated"
        )
    sizes = header.sizes | {"numbers": taken, "crc32s": CHECKSUM_BYTES * count}
    body = _BODY.parse(data[sizes["header"] : crc_at], **sizes)
    palette = _read_palette(body.palette, header)
    directory = np.empty(count, ENTRY)
    directory["length"], directory["method"] = np.divmod(numbers, MOST_METHODS)
    directory["crc32"] = np.frombuffer(body.crc32s, _CRCS)
    chunks = tuple(parse_chunks(body.chunks))
    tail, tables = read_tail(chunks), None
    if any(chunk.type in TABLE_CHUNKS for chunk in chunks):
        from kmformat.codec.compact.model import read_tables

        tables = read_tables(chunks, palette)
    head = FileHead(header, palette, chunks, directory, tables, tail)
    _check_directory(head)
    return head


def _read_palette(data: bytes, header: FixedHeader) -> U8:
    if not header.packed:
        return np.frombuffer(data, np.uint8).reshape(header.colors, -1)
    palette = kernels.unpack_palette(data, (header.colors, 4 if header.alpha else 3))
    if palette is None:
        raise FormatError(Code.PALETTE_END, "a packed palette does not end where its colours do")
    return palette


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
    *,
    packed: bool,
) -> bytes:
    """Return the head of a file: the inverse of `read_head`.

    Parameters
    ----------
    header
        Its lengths are ignored, and set to what palette and chunks take.
    chunks
        All but the one that states the tail.
    tail
        Bytes that will follow the tile data: less than 2^53.
    packed
        Whether the palette may be packed: it is, if it becomes smaller.

    Raises
    ------
    ParameterError
        The chunks are too long for the format.
    """
    blob, colors = build_chunks(chunks, tail), palette.tobytes()
    short = kernels.pack_palette(palette) if packed else None
    if short is not None and len(short) + varint_size(len(short)) >= len(colors):
        short = None
    grid = header.grid
    fixed: bytes = _HEADER.build({
        "magic": MAGIC,
        "version": {"major": header.version[0], "minor": header.version[1]},
        "flags": {
            "unused": False,
            "reserved": False,
            "packed": short is not None,
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
        "palette_length": None if short is None else len(short),
    })  # fmt: skip
    parts = {
        "palette": colors if short is None else short,
        "chunks": blob,
        "numbers": varints(directory_numbers(directory)),
        "crc32s": directory["crc32"].astype(_CRCS).tobytes(),
    }
    body: bytes = _BODY.build(parts, **{name: len(part) for name, part in parts.items()})
    crc32: bytes = _CRC.build(zlib.crc32(fixed + body))
    return fixed + body + crc32
