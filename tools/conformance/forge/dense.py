"""Dense tiles in the plainest Python, written from section 4.10 of the spec alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from tools.conformance.forge.binary import Coder, Learned, row_of
from tools.conformance.forge.compact import Orders
from tools.conformance.forge.container import Rows

MULTIPLIER = 2654435761


bits = int.bit_length


@cache
def stretch(high: int) -> int:
    """Return how far from even a chance of 22 bits is, by its high 12 bits, floor(p / 1024)."""
    middle = 16 * high + 8
    return _logarithm(middle) - _logarithm(65536 - middle)


def _logarithm(v: int) -> int:
    f = bits(v) - 1
    return 128 * f + (v * 128 >> f) - 128


@cache
def squash(x: int) -> int:
    """Return the chance, of 16 bits, that is so far from even."""
    ratio = (128 + abs(x) % 128 << abs(x) // 128) + 128
    return 2**23 // ratio if x < 0 else 65536 - 2**23 // ratio


def hash_of(neighbours: bytes) -> int:
    """Return 32 bits of neighbours, a multiple of four."""
    h = 0
    for at in range(0, len(neighbours), 4):
        h = (h + int.from_bytes(neighbours[at : at + 4], "big")) * MULTIPLIER % 2**32
        h ^= h // 2**15
    return h


class Slot:
    """What was seen in a context."""

    def __init__(self, check: int) -> None:
        self.check, self.s0, self.s1, self.n0, self.n1 = check, 0, 0, 0, 0

    def number(self, v: int) -> int:
        """Return which decision of the row of its table takes part in "is it v?"."""
        k = 0 if v == self.s0 else 1 if v == self.s1 else 2
        return 64 * k + 4 * self.n0 + self.n1

    def learn(self, s: int) -> None:
        """Put an index into the slot."""
        if self.n0 == 0 or s == self.s0:
            self.s0, self.n0 = s, min(self.n0 + 1, 15)
        elif self.n1 > 0 and s == self.s1:
            self.n1 = min(self.n1 + 1, 3)
            if self.n0 > 2:
                self.n0 //= 2
            if self.n1 >= self.n0:
                self.s0, self.s1, self.n0, self.n1 = self.s1, self.s0, self.n1, self.n0
        else:
            self.s1, self.n1, self.n0 = s, 1, (self.n0 + 1) // 2


class Dense:
    """A dense tile as it is written.

    Parameters
    ----------
    rows
        The indices. One of K or more, which is none, is told as a rank of as much too much: of K,
        the rank is g. The data end there.
    orders
        For the distances of the palette.
    run
        Told in place of the first run that is not whole, after which the data end.
    """

    def __init__(self, rows: Rows, orders: Orders, run: int | None = None) -> None:
        self.coder, self._orders, self._run = Coder(), orders, run
        self._width = len(rows[0])
        self.t = min(max(bits(len(rows) * self._width - 1), 10), 16)
        self._tables: list[dict[int, Slot]] = [{}, {}, {}]
        self._asked, self._alike = [row_of(192) for _ in range(3)], row_of(256)
        self._weights = [[4096] * 4 for _ in range(6)]
        self._is_old, self._all = row_of(9), row_of(26)
        self._sizes = [[row_of(9) for _ in range(10)] for _ in range(2)]
        self._old: set[int] = set()
        self._write(rows)

    def _write(self, rows: Rows) -> None:
        left, right = bytes(4), bytes(3)
        above = above2 = left + bytes(self._width) + right
        for indices in rows:
            row, x = left + indices + right, 0
            while x < self._width:
                around = above[x + 1 : x + 8] + above2[x + 2 : x + 7] + row[x : x + 4]
                asked = []
                if around == around[:1] * 16:
                    x, whole = self._write_run(x, around[:1], row, above, above2)
                    if whole:
                        continue
                    if x < 0:
                        return
                    around = above[x + 1 : x + 8] + above2[x + 2 : x + 7] + row[x : x + 4]
                    asked = [around[15]]
                self._write_pixel(around, asked, row[x + 4])
                if row[x + 4] >= self._orders.K:
                    return
                x += 1
            above, above2 = row, above

    def _write_run(
        self, x: int, W: bytes, row: bytes, above: bytes, above2: bytes
    ) -> tuple[int, bool]:
        """Write how many pixels are W; return the x after them, and whether there is no other."""
        end = self._width + 7
        m = min(_equal(above, x + 7, end, W), _equal(above2, x + 6, end - 1, W))
        n = _equal(row, x + 4, x + 4 + m, W)
        self._all[bits(m)].decide(self.coder, n == m)
        if n == m:
            return x + m, True
        self.coder.plain(bits(m - 1), n if self._run is None else self._run)
        return (x + n if self._run is None else -1), False

    def _write_pixel(self, around: bytes, asked: list[int], s: int) -> None:
        NW, N, NE, NN, W = around[2], around[3], around[4], around[9], around[15]
        q = self._orders.K * W + N
        few = bytes((NE, NW, N, W, 0, 0, 0, NN))
        slots = [self._slot(0, hash_of(around)), self._slot(1, hash_of(few))]
        slots.append(self._slot_at(2, q % 2**self.t, q // 2**self.t))
        seen = [pair for slot in slots for pair in ((slot.s0, slot.n0), (slot.s1, slot.n1))]
        guesses = [v for v, n in seen if n > 0]
        row = (slots[0].n0 > 0) + (slots[0].n1 > 0)
        for v in (*guesses, W, N, NW, NE):
            if v in asked:
                continue
            pattern = 0
            for bit in (v == NE, v == NW, v == N, v == W, NE == N, NW == N, NW == W, N == W):
                pattern = 2 * pattern + bit
            learned = [self._asked[i][slot.number(v)] for i, slot in enumerate(slots)]
            self._ask(
                [*learned, self._alike[pattern]], self._weights[row + 3 * bool(asked)], v == s
            )
            asked.append(v)
            if v == s:
                break
        else:
            self._write_rank(W, N, asked, s)
        for slot in slots:
            slot.learn(s)
        self._old.add(s)

    def _slot(self, table: int, h: int) -> Slot:
        return self._slot_at(table, h // 2 ** (32 - self.t), h % 1024)

    def _slot_at(self, table: int, place: int, check: int) -> Slot:
        slot = self._tables[table].get(place)
        if slot is None or slot.check != check:
            slot = self._tables[table][place] = Slot(check)
        return slot

    def _ask(self, learned: Sequence[Learned], weights: list[int], d: bool) -> None:
        stretched = [stretch(each.p // 1024) for each in learned]
        total = sum(weight * each for weight, each in zip(weights, stretched, strict=True))
        chance = squash(min(max(total // 2**14, -1407), 1407))
        self.coder.decide(chance, d)
        for i, each in enumerate(stretched):
            weight = weights[i] + each * (65536 * d - chance) // 65536
            weights[i] = min(max(weight, -131072), 131071)
        for one in learned:
            one.learn(d)

    def _write_rank(self, W: int, N: int, asked: Sequence[int], s: int) -> None:
        left = [v for v in range(self._orders.K) if v not in asked]
        old, new = ([v for v in left if (v in self._old) == is_old] for is_old in (True, False))
        group = old or new
        if old and new:
            group = old if s in old else new
            self._is_old[bits(len(new))].decide(self.coder, group is old)
        dist = self._orders.dist
        group.sort(key=lambda v: (dist(v, W) + dist(v, N), v))
        number = 1 + (group.index(s) if s in group else len(group) + s - self._orders.K)
        size, most = bits(number) - 1, max(bits(len(group)) - 1, 0)
        assert size <= most
        self.coder.size(self._sizes[group is old][bits(len(group))], most, size)
        self.coder.plain(size, number % 2**size)


def _equal(row: bytes, start: int, end: int, W: bytes) -> int:
    """Return how many from a start on, up to an end, are W."""
    part = row[start:end]
    return len(part) - len(part.lstrip(W))
