"""What a small reader reads, and in how many bytes of memory (spec, section 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmformat import kernels
from kmformat.codec.compact.model import ORDERS_CHUNK, context_count
from kmformat.codec.compact.sequences import FieldReader
from kmformat.codec.compact.tile import frames_in
from kmformat.codec.methods import TABLE_CHUNKS, Method
from kmformat.codec.options import SMALL_BYTES, SMALL_COLORS
from kmformat.codec.zstd_tables import sizes_of
from kmformat.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kmformat.codec.compact.model import Tables
    from kmformat.codec.format.head import Box, FileHead
    from kmformat.indexed import Chunk

MAX_CONTENTS = 1 << 13
"""Bytes that the frames of a compact tile, or of one table, hold together."""
MAX_LOG = 7
"""Of an FSE table."""
PALETTE_BYTES = 300
"""What unpacking a palette takes."""
ZSTD_BYTES = 1400
"""What decoding zstd takes, with such tables."""


def small_workspace(head: FileHead, fetch: Callable[[int, int], bytes]) -> int | None:
    """Return the bytes of memory that a small reader needs for a file, or None if it may refuse it.

    Tiles are read until one is beyond what small readers must take. They are not decoded: where a
    window is smaller than what its frame holds, no match is looked at, and so none is found that
    reaches beyond the window. Encoders write none.
    """
    most, header = 0, head.header
    for need in _needs(head, fetch):
        if need is None:
            return None
        most = max(most, need)
    if not header.packed:
        return most
    return max(PALETTE_BYTES, most) + -(-header.raw_palette_length // 8) * 8


def zstd_workspace(frame: bytes, row: int, packed: int) -> int | None:
    """Return the bytes of memory that a zstd tile takes, or None if it may be refused.

    Parameters
    ----------
    row, packed
        Bytes of a row, and of all rows, packed.
    """
    sizes = sizes_of(frame)
    if sizes is None or sizes[2] > MAX_LOG:
        return None
    if packed <= SMALL_BYTES:
        return ZSTD_BYTES + packed
    return ZSTD_BYTES + sizes[1] + row if sizes[1] <= SMALL_BYTES else None


def compact_workspace(
    stored: bytes, shape: tuple[int, int], packed: int, tables: Tables
) -> int | None:
    """Return the same for a compact tile, beside the orders, of a height and width in pixels."""
    if packed > SMALL_BYTES:
        return None
    try:
        frames = frames_in(stored, shape, tables)
    except FormatError:  # it is damaged, and nothing is known of it
        return None
    return _with_contents(max(ZSTD_BYTES, packed + 3 * (shape[0] + 1)), frames)


def tables_workspace(chunks: Iterable[Chunk], colors: int) -> int | None:
    """Return the same for the tables among chunks, which state them, beside the orders."""
    most = 0
    for chunk in chunks:
        if chunk.type in TABLE_CHUNKS:
            learned = chunk.type == ORDERS_CHUNK
            reader = FieldReader(chunk.payload if learned else chunk.payload[1:])
            reader.sequence(colors**3 if learned else context_count(colors))
            need = _with_contents(ZSTD_BYTES, reader.frames)
            if need is None:
                return None
            most = max(most, need)
    return most


def _needs(head: FileHead, fetch: Callable[[int, int], bytes]) -> Iterator[int | None]:
    """Yield what each step of decoding takes, or None if that is too much."""
    K, orders = head.header.colors, 0
    tables = any(chunk.type in TABLE_CHUNKS for chunk in head.chunks)
    if tables or Method.COMPACT in head.directory["method"]:
        orders = K**3 // 2 + 2 * K**2
        yield orders if K <= SMALL_COLORS else None
        yield _sum(orders, tables_workspace(head.chunks, K))
    for number, method in enumerate(head.directory["method"].tolist()):
        if method != Method.STORED:
            stored = fetch(*head.offsets[number : number + 2].tolist())
            yield _tile_need(head, head.header.grid.box(number), method, stored, orders)


def _tile_need(head: FileHead, box: Box, method: int, stored: bytes, orders: int) -> int | None:
    row = kernels.row_bytes(box.width, head.header.bits)
    packed = row * box.height
    if method == Method.ZSTD:
        return zstd_workspace(stored, row, packed)
    if method == Method.DENSE:
        return None
    shape = (box.height, box.width)
    return _sum(orders, compact_workspace(stored, shape, packed, head.compact_tables))


def _sum(orders: int, need: int | None) -> int | None:
    return None if need is None else orders + need


def _with_contents(need: int, frames: Sequence[bytes]) -> int | None:
    """Return what is needed with all that frames hold beside it."""
    sizes = [sizes_of(frame) for frame in frames]
    contents = sum(each[0] for each in sizes if each is not None)
    too_large = any(each is None or each[2] > MAX_LOG for each in sizes)
    return None if too_large or contents > MAX_CONTENTS else need + contents
