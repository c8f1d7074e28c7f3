"""Test vectors that are images with compact tiles: orders, contexts and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tools.conformance.forge.compact import FRAMED, PLAIN, Color, Orders, map_chunk, orders_chunk
from tools.conformance.forge.container import chunk
from tools.conformance.vectors.compact import coded, compact_file, contexts
from tools.conformance.vectors.patterns import (
    Picture,
    Vector,
    file_of,
    noise,
    numbers,
    palette_of,
    patches,
    stored,
    valid,
)


def vectors() -> Iterator[Vector]:
    """Yield the vectors of this module."""
    yield from _colors()
    yield from _ties()
    yield from _orders()
    yield from _both()
    yield from _maps()
    yield from _roots()


def digits_of(K: int, seed: int = 8) -> list[int]:
    """Return pseudo-random numbers for ORDR, each less than may stand at its place."""
    return [n % (K - place % K) for place, n in enumerate(numbers(K**3, 1 << 20, seed))]


def _colors() -> Iterator[Vector]:
    for K in (1, 2, 3, 15, 16, 17, 64, 256):
        for alpha in (False, True) if K in (3, 17) else (False,):
            picture = patches(13, 11, K, alpha=alpha)
            few = K <= 16
            data = compact_file(
                picture, FRAMED[7] if K == 1 else PLAIN[2] if few else PLAIN[6],
                context_map=contexts(K, 2) if few else nearby(K), map_layout=PLAIN[0],
            )  # fmt: skip
            name = f"compact-{K}-colours" + "-alpha" * alpha
            note = f"{K} colours" + ", alpha counts in distances" * alpha
            yield valid(name, picture, data, "4.7", note)


def _ties() -> Iterator[Vector]:
    entries = palette_of(3)
    picture = Picture([entries[i] for i in (0, 1, 0, 2, 1, 0)], patches(12, 12, 6).rows)
    data = compact_file(picture, PLAIN[2], context_map=contexts(6, 3))
    yield valid("compact-equal-entries", picture, data, "4.7 3i", "equal colours, 6 in all")
    picture = Picture([entries[i % 3] for i in range(20)], patches(12, 12, 20).rows)
    data = compact_file(picture, PLAIN[6], context_map=contexts(20, 2), map_layout=PLAIN[0])
    yield valid("compact-equal-entries-20", picture, data, "4.7 3i", "equal colours, 20 in all")
    cube = [(r, g, b) for r in (0, 9) for g in (0, 9) for b in (0, 9)]
    picture = Picture(cube, noise(12, 12, 8).rows)
    data = compact_file(picture, PLAIN[2], context_map=contexts(8, 3))
    yield valid("compact-ties", picture, data, "4.7", "equal distances: the smaller index first")
    greys = [(grey,) * 3 for grey in (0, 16, 0, 48, 16, 32, 48, 32)]
    picture = Picture(greys, noise(12, 12, 8).rows)
    data = compact_file(picture, PLAIN[2], context_map=contexts(8, 3))
    note = "colours in a line, twice each: distance 0 counts as that"
    yield valid("compact-ties-in-line", picture, data, "4.7 3i", note)
    close = [(r % 12, g % 12, b % 12) for r, g, b in palette_of(16, 9)]
    picture = Picture(close, noise(16, 12, 16).rows)
    data = compact_file(picture, PLAIN[2], context_map=contexts(16, 2), map_layout=PLAIN[0])
    note = "colours close together: sums of distances that differ by 1"
    yield valid("compact-near-ties", picture, data, "4.7", note)
    picture = Picture([(r, g, b) for r in (0, 5, 10) for g, b, _ in cube], patches(12, 12, 24).rows)
    data = compact_file(picture, PLAIN[6], context_map=contexts(24, 3), map_layout=PLAIN[1])
    yield valid("compact-ties-24", picture, data, "4.7", "equal distances in near, equal entries")


def nearby(K: int) -> list[int]:
    """Return a map to two streams, pseudo-random for at most three groups of W, else 0."""
    return [n if c % 16 in (0, K % 7, 15) else 0 for c, n in enumerate(contexts(K, 2))]


def _orders() -> Iterator[Vector]:
    for K in (1, 2, 3, 5, 7):
        picture = patches(14, 14, K)
        data = compact_file(picture, FRAMED[7] if K == 1 else PLAIN[2], digits=digits_of(K))
        yield valid(f"compact-orders-{K}", picture, data, "4.8 4.8a 4.8b 4.8e", f"ORDR, K = {K}")
    picture = patches(14, 14, 16)
    few = [n * (place % 2048 < 64) for place, n in enumerate(digits_of(16))]
    code = coded(Orders(picture.palette, few), PLAIN[2])
    data = file_of(picture, 8, code, chunks=orders_chunk(few, PLAIN[7]))
    yield valid("compact-orders-16", picture, data, "4.8 4.8a", "ORDR, K = 16, in runs")
    picture = patches(14, 14, 5)
    data = compact_file(picture, PLAIN[2], digits=[0] * 125)
    yield valid("compact-orders-default", picture, data, "4.8", "ORDR that changes nothing")
    data = compact_file(picture, PLAIN[2], digits=[5 - 1 - n % 5 for n in range(125)])
    yield valid("compact-orders-reversed", picture, data, "4.8 4.8b", "each number at its most")


def _both() -> Iterator[Vector]:
    picture = patches(14, 14, 5)
    digits, context_map = digits_of(5), contexts(5, 3)
    blobs: dict[str, Callable[[bytes, bytes], bytes]] = {
        "orders-first": lambda orders, streams: orders + streams,
        "map-first": lambda orders, streams: streams + orders,
        "among-others": lambda orders, streams: b"".join(
            (chunk(b"abcd", b"x"), streams, chunk(b"xmpp"), orders, chunk(b"zzzz"))
        ),
    }
    for name, blob in blobs.items():
        data = compact_file(picture, PLAIN[2], digits=digits, context_map=context_map, chunks=blob)
        note = "both tables; contexts look at NW's place in the learned order"
        yield valid(f"compact-tables-{name}", picture, data, "3.3 3.3e 4.7 4.8 5.9", note)
    tables = orders_chunk(digits, PLAIN[2]) + map_chunk(context_map, PLAIN[1])
    data = file_of(picture, 4, stored, chunks=tables)
    yield valid("tables-unused", picture, data, "4.8 5.9 1d", "tables, though the tile is stored")


def _maps() -> Iterator[Vector]:
    picture = patches(14, 14, 5)
    for number, streams in ((0, 2), (1, 4), (3, 8), (4, 2), (5, 3), (6, 7), (7, 8)):
        context_map = contexts(5, streams)
        data = compact_file(picture, PLAIN[2], context_map=context_map, map_layout=PLAIN[number])
        note = f"SMAP in layout {number}"
        yield valid(f"compact-map-layout-{number}", picture, data, "4.5 4.8 4.8d", note)
    data = compact_file(picture, PLAIN[2], context_map=contexts(5, 8), map_layout=FRAMED[3])
    yield valid("compact-map-zstd", picture, data, "4.5 4.8 4.8d", "a compressed SMAP")


def _roots() -> Iterator[Vector]:
    """Yield palettes with distances just below a whole number, which float32 would round up to it.

    In sixteenths of a level, (245, 245, 200) is 6401 - 0.00008 from black, and the next colour is
    6400.02; with alpha the two are 7937 - 0.00006 and 7936. Rounded down, both pairs are equal, so
    the smaller index comes first.
    """
    near = [(245, 245, 200), (254, 246, 187)]
    opaque = [(249, 245, 244, 254), (248, 248, 248, 248)]
    far = [(255, 255, 200 + 4 * step) for step in range(13)]
    palettes: dict[str, list[Color]] = {
        "rgb": [(0, 0, 0), *near, (255, 255, 255)],
        "rgba": [(0, 0, 0, 0), *opaque, (255, 255, 255, 255)],
        "18-colours": [(0, 0, 0), *near, (10, 0, 0), (0, 10, 0), *far],
    }
    for name, palette in palettes.items():
        K = len(palette)
        picture = Picture(palette, patches(14, 14, min(K, 6)).rows)
        data = compact_file(picture, PLAIN[6], context_map=contexts(K, 3), map_layout=PLAIN[1])
        note = "roots just below a whole number, which float32 reaches"
        yield valid(f"compact-root-{name}", picture, data, "4.7 4.7a", note)
