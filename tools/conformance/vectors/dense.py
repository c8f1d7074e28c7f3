"""Test vectors that are images with dense tiles."""

from __future__ import annotations

from collections.abc import Iterator

from tools.conformance.forge.compact import PLAIN, Orders
from tools.conformance.forge.container import Rows, pack
from tools.conformance.forge.dense import Dense
from tools.conformance.vectors.compact import coded
from tools.conformance.vectors.patterns import (
    Coding,
    Picture,
    Vector,
    boxes,
    corner,
    cut_rows,
    file_of,
    flat,
    framed,
    noise,
    numbers,
    palette_of,
    patches,
    stored,
    valid,
)

EXAMPLE = Picture([(0, 0, 0), (255, 255, 255)], [b"\0\0\0\0\0\1\1\0", b"\0\0\0\0\0\1\0\0"])


def vectors() -> Iterator[Vector]:
    """Yield the vectors of this module."""
    yield from _example()
    yield from _colors()
    yield from _shapes()
    yield from _runs()
    yield from _tables()
    yield from _long()
    yield from _tiles()
    yield from _ends()


def densely(picture: Picture, *, more: int = 0) -> Coding:
    """Return the coding by method 3, dense, with so many zeros behind the data."""
    orders = Orders(picture.palette)

    def code(rows: Rows, bits: int) -> tuple[int, bytes]:
        data = Dense(rows, orders).coder.finish() + bytes(more)
        assert len(data) < len(pack(rows, bits))
        return 3, data

    return code


def dense(name: str, picture: Picture, sections: str, note: str, bits: int = 8) -> Vector:
    """Return the vector of a picture in one dense tile."""
    data = file_of(picture, bits, densely(picture))
    return valid(f"dense-{name}", picture, data, sections, note)


def _example() -> Iterator[Vector]:
    data = file_of(EXAMPLE, 8, densely(EXAMPLE))
    note = "EXAMPLES.md: a few pixels of two colours"
    yield Vector("dense-example", data, "4.9 4.10 8", note, EXAMPLE.verdict)


def _colors() -> Iterator[Vector]:
    for K in (2, 3, 16, 17, 256):
        picture = noise(24, 20, K)
        note = f"noise of {K} colours"
        if K < 256:
            yield dense(f"noise-{K}-colours", picture, "4.9 4.10 4.10b", note)
        picture = patches(40, 30, K)
        if K == 256:  # small numbers: the manifest has them in decimal
            picture = Picture([(v, v % 10, v % 9) for v in range(K)], picture.rows)
        note = f"{K} colours, of which most pixels repeat a neighbour"
        yield dense(f"patches-{K}-colours", picture, "4.10 4.10b", note)
    yield dense("1-colour", flat(5, 4), "4.10", "one colour")
    for index in (0, 2):
        note = f"all pixels are index {index} of three"
        yield dense(f"flat-{index}", flat(20, 20, 3, index), "4.10 4.10a", note)
    picture = Picture([(9, 9, 9)] * 3 + [(1, 2, 3)] * 2, noise(12, 9, 5).rows)
    yield dense("equal-entries", picture, "4.10 4.7", "equal colours: the smaller index first")
    for K in (3, 40):
        picture = patches(20, 16, K, alpha=True)
        yield dense(f"alpha-{K}-colours", picture, "4.10 4.7", f"RGBA, {K} colours")
    picture = Picture([(v, 0, 0) for v in (0, 16, 17, 33, 34, 255)], noise(16, 16, 6).rows)
    yield dense("near-colours", picture, "4.10 4.7", "distances of which some differ by little")


def _shapes() -> Iterator[Vector]:
    for width, height in ((2, 1), (1, 2), (3, 1), (1, 40), (40, 1), (2, 30), (30, 2), (7, 7)):
        picture = patches(width, height, 2)
        note = f"a tile of {width} x {height}"
        yield dense(f"{width}x{height}", picture, "4.10", note)
    for bits in (1, 2, 4):
        picture = boxes(61, 33, 1 << bits if bits < 4 else 9)
        note = f"{bits} bits an index, on which the data do not depend"
        yield dense(f"{bits}-bit", picture, "4.10 3.4f", note, bits)
    for width, height in ((32, 32), (41, 25), (64, 64), (241, 17)):
        picture = patches(width, height, 4, seed=width)
        note = f"{width * height} pixels: so many slots, or just more"
        yield dense(f"{width * height}-pixels", picture, "4.10", note, 4)


def _runs() -> Iterator[Vector]:
    yield dense("boxes", boxes(90, 70, 5), "4.10 4.10a", "nested rectangles: long runs")
    rows = [bytes(40) for _ in range(12)]
    for y, x in enumerate((0, 1, 5, 39, 38, 20, 7, 3, 30, 31, 11, 12)):
        rows[y] = bytes(x) + b"\1" + bytes(39 - x)
    picture = Picture(palette_of(2), rows)
    yield dense("runs-cut", picture, "4.10 4.10a", "a run that ends before m in each row", 2)
    picture = Picture(palette_of(3), [bytes([2 * (x % 9 > 3) for x in range(70)])] * 9)
    yield dense("stripes", picture, "4.10 4.10a", "upright stripes, as wide as the neighbours")
    picture = corner(300, 40)
    yield dense("corner", picture, "4.10 4.10a", "all alike but the last pixel", 1)


def _tables() -> Iterator[Vector]:
    motif = cut_rows(bytes(numbers(60 * 50, 2, 5)), 60)
    rows = [motif[y % 50] * 2 + bytes(180) for y in range(220)]
    note = "66,000 pixels, more than slots, in which contexts meet each other"
    yield dense("66000-pixels", Picture(palette_of(2), rows), "4.10", note, 1)
    picture = Picture(palette_of(2), [bytes([x & 1 for x in range(200)])] * 40)
    yield dense("comb", picture, "4.10", "a regular picture: all numbers at their limits", 1)
    picture = patches(44, 25, 200)
    note = "200 colours: contexts of the left and the upper pixel have checks"
    yield dense("200-colours", picture, "4.10", note)

    rows = [b"\0" * 7 + bytes([y % 3 == 0]) for y in range(1999)]
    note = "600 runs of 8 pixels that end early: the chance that they do not is held"
    yield dense("chance-held", Picture(palette_of(2), rows), "4.9 4.10", note, 1)


def _long() -> Iterator[Vector]:
    yield dense("2-24-pixels", flat(4096, 4096), "4.10 3.4d", "2^24 pixels, the most", 1)
    for width, height in ((1 << 16, 2), (2, 1 << 15)):
        note = f"a dense tile of {width} x {height}: the sides are free"
        yield dense(f"{width}x{height}", corner(width, height), "4.10 3.4d 3.4g", note, 1)


def _tiles() -> Iterator[Vector]:
    picture = patches(50, 41, 7)
    data = file_of(picture, 4, densely(picture), tile_size=(32, 20))
    note = "tiles of 32 x 20, each learned anew, cut off at the edge"
    yield valid("dense-tiles", picture, data, "3.2 4.10", note)
    rows = [row + bytes(16) for row in patches(48, 16, 7).rows]
    picture = Picture(picture.palette, rows)
    data = file_of(
        picture, 8, densely(picture), stored, coded(Orders(picture.palette), PLAIN[2]), framed,
        tile_size=(16, 16),
    )  # fmt: skip
    yield valid("dense-mixed", picture, data, "3.4a 4.10", "tiles of all methods")


def _ends() -> Iterator[Vector]:
    picture = patches(30, 20, 3)
    fewest = Dense(picture.rows, Orders(picture.palette)).coder
    more = fewest.taken - len(fewest.finish())
    data = file_of(picture, 4, densely(picture, more=more))
    note = "as many bytes as a decoder takes"
    yield valid("dense-end-most", picture, data, "4.9 4.9a", note)
    picture = flat(40, 8192, 3)
    fewest = Dense(picture.rows, Orders(picture.palette)).coder
    assert fewest.taken == len(fewest.finish()) + 4
    data = file_of(picture, 4, densely(picture))
    note = "four bytes fewer than a decoder takes"
    yield valid("dense-end-fewest", picture, data, "4.9 4.9a", note)
