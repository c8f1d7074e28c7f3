"""Compact tiles in the plainest Python, written from sections 4.4 to 4.8 of the spec alone.

Nothing is chosen here: whoever makes a test vector says which layout each sequence takes, and
whether it is in a zstd frame.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import isqrt

from tools.conformance.forge.container import Rows, chunk
from tools.conformance.forge.varints import varint
from tools.conformance.forge.zstd import as_frame

Color = tuple[int, ...]
BITS = (1, 2, 4, 8, 1, 2, 3, 4)
"""Bits of a number in each layout, 0 to 7."""
FIRST_RUNS = 4
"""The first of the layouts that are runs; those before it are packed."""


@dataclass(frozen=True)
class Layout:
    """How a sequence is written.

    Attributes
    ----------
    number
        That of the layout, 0 to 7.
    wrap
        Puts the bytes of the layout into a zstd frame; None to leave them as they are.
    """

    number: int
    wrap: Callable[[bytes], bytes] | None = None


PLAIN = tuple(Layout(number) for number in range(8))
"""Each layout by its number, uncompressed."""
FRAMED = tuple(Layout(number, as_frame) for number in range(8))
"""Each layout by its number, in a zstd frame."""


def head(length: int, layout: int, *, framed: bool = False) -> bytes:
    """Return the varint that begins a sequence of `length` bytes in a layout, 0 to 7."""
    return varint(16 * length + 8 * framed + layout)


def packed(numbers: Sequence[int], bits: int) -> bytes:
    """Return numbers packed, `bits` each, the first in the high bits."""
    binary = "".join(f"{number:0{bits}b}" for number in numbers)
    binary += "0" * (-len(binary) % 8)
    return int(binary, 2).to_bytes(len(binary) // 8, "big")


def runs(numbers: Sequence[int], bits: int) -> bytes:
    """Return a byte for each run: as many zeros as fit, then a number in the low `bits` bits."""
    out, zeros, longest = bytearray(), 0, (1 << 8 - bits) - 1
    for place, number in enumerate(numbers, start=1):
        if number == 0 and zeros < longest and place < len(numbers):
            zeros += 1
        else:
            out.append(zeros << bits | number)
            zeros = 0
    return bytes(out)


def sequence(numbers: Sequence[int], layout: Layout) -> bytes:
    """Return a sequence of numbers, with the varint that begins it."""
    write = packed if layout.number < FIRST_RUNS else runs
    data = write(numbers, BITS[layout.number])
    data = layout.wrap(data) if layout.wrap else data
    return head(len(data), layout.number, framed=layout.wrap is not None) + data


class Orders:
    """The orders and contexts of a palette, straight from the words of section 4.7.

    Parameters
    ----------
    palette
        K colours.
    digits
        The K^3 numbers of ORDR, Lehmer codes; None for the default orders.
    """

    def __init__(self, palette: Sequence[Color], digits: Sequence[int] | None = None) -> None:
        self.palette, self.K, self.digits = palette, len(palette), digits
        self.dist, self.order, self.near = cache(self._dist), cache(self._order), cache(self._near)

    def _dist(self, a: int, b: int) -> int:
        pairs = zip(self.palette[a], self.palette[b], strict=True)
        return isqrt(256 * sum((one - other) ** 2 for one, other in pairs))

    def _order(self, N: int, W: int) -> list[int]:
        default = [W] if N == W else [W, N]
        others = [v for v in range(self.K) if v not in default]
        default += sorted(others, key=lambda v: (self.dist(v, W) + self.dist(v, N), v))
        if self.digits is None:
            return default
        untold, start = list(range(self.K)), (N * self.K + W) * self.K
        return [default[untold.pop(digit)] for digit in self.digits[start : start + self.K]]

    def _near(self, a: int, b: int) -> int:
        others = sorted((v for v in range(self.K) if v != a), key=lambda v: (self.dist(a, v), v))
        return [a, *others].index(b).bit_length()

    @property
    def contexts(self) -> int:
        """How many contexts there are."""
        return 4 * self.K**2 if self.K <= 16 else 2592

    def context(self, N: int, W: int, NW: int) -> int:
        """Return the context of a pixel, given the indices above, left, and above left."""
        if self.K <= 16:
            return 4 * (N * self.K + W) + min(3, self.order(N, W).index(NW))
        near = 288 * self.near(W, N) + 32 * self.near(N, NW)
        return near + (16 if NW == W else 0) + 16 * W // self.K


def streams_of(rows: Rows, orders: Orders, context_map: Sequence[int] | None) -> list[list[int]]:
    """Return the ranks of each stream of a tile, in the order of decoding; one without a map."""
    width, height = len(rows[0]), len(rows)
    streams: list[list[int]] = [[] for _ in range(max(context_map or [0]) + 1)]

    def index(x: int, y: int) -> int:
        return rows[y][x] if x >= 0 and y >= 0 else 0

    for d in range(width + height - 1):
        for y in range(max(0, d - width + 1), min(d, height - 1) + 1):
            x = d - y
            N, W, NW = index(x, y - 1), index(x - 1, y), index(x - 1, y - 1)
            stream = context_map[orders.context(N, W, NW)] if context_map else 0
            streams[stream].append(orders.order(N, W).index(rows[y][x]))
    return streams


def compact(
    rows: Rows,
    orders: Orders,
    layouts: Sequence[Layout],
    *,
    context_map: Sequence[int] | None = None,
    streams: int | None = None,
    escapes: Layout = PLAIN[3],
) -> bytes:
    """Return the stored bytes of a compact tile.

    Parameters
    ----------
    layouts
        Of the streams, in turn.
    context_map
        The stream of each context; None for a single stream.
    streams
        The number that SMAP states, if the map does not name the last of them.
    escapes
        The layout of the escape sequence.
    """
    ranks = streams_of(rows, orders, context_map)
    ranks += [[] for _ in range(len(ranks), streams or 0)]
    out, escaped = b"", list[int]()
    for number, stream in enumerate(ranks):
        layout = layouts[number % len(layouts)]
        top = (1 << BITS[layout.number]) - 1
        if top + 1 < orders.K:
            escaped += [rank - top for rank in stream if rank >= top]
            stream = [min(rank, top) for rank in stream]
        out += varint(len(stream)) if number < len(ranks) - 1 else b""
        out += sequence(stream, layout) if stream else b""
    return out + (sequence(escaped, escapes) if escaped else b"")


def orders_chunk(digits: Sequence[int], layout: Layout = PLAIN[3]) -> bytes:
    """Return the chunk ORDR of these numbers, K^3 digits of Lehmer codes."""
    return chunk(b"ORDR", sequence(digits, layout))


def map_chunk(
    context_map: Sequence[int], layout: Layout = PLAIN[3], *, streams: int | None = None
) -> bytes:
    """Return the chunk SMAP; `streams` is the number it states, if the map lacks the last."""
    count = max(context_map) + 1 if streams is None else streams
    return chunk(b"SMAP", bytes([count]) + sequence(context_map, layout))
