"""The binary coder and packed palettes in the plainest Python, from sections 4.9 and 4.11 alone."""

from __future__ import annotations

from collections.abc import Sequence

HALF, PLAIN = 1 << 21, 1 << 15


class Coder:
    """Writes decisions.

    Attributes
    ----------
    decisions
        How many were written.
    """

    def __init__(self) -> None:
        self.decisions, self._low, self._high, self._out = 0, 0, (1 << 32) - 1, bytearray()

    def decide(self, chance: int, decision: bool) -> None:
        """Write a decision whose chance of 1 is `chance` / 65536."""
        middle = self._low + (self._high - self._low) * chance // 65536
        if decision:
            self._high = middle
        else:
            self._low = middle + 1
        while self._low >> 24 == self._high >> 24:
            self._out.append(self._low >> 24)
            self._low, self._high = self._low % 2**24 * 256, self._high % 2**24 * 256 + 255
        self.decisions += 1

    def plain(self, bits: int, number: int) -> None:
        """Write a number of so many plain bits."""
        for place in reversed(range(bits)):
            self.decide(PLAIN, bool(number >> place & 1))

    def size(self, row: Sequence[Learned], most: int, size: int) -> None:
        """Write a size up to `most`."""
        for number in range(min(size + 1, most)):
            row[number].decide(self, number < size)

    def finish(self) -> bytes:
        """Return all bytes, the fewest that there may be, but one at least."""
        for count in range(5):
            unit = 1 << 32 - 8 * count
            code = -(-self._low // unit) * unit
            if code <= self._high and (self._out or count):
                break
        return bytes(self._out) + code.to_bytes(4, "big")[:count]

    @property
    def taken(self) -> int:
        """How many bytes a decoder has taken by now."""
        return len(self._out) + 4


class Learned:
    """A decision whose chance is learned."""

    def __init__(self) -> None:
        self.p, self.n = HALF, 0

    def decide(self, coder: Coder, decision: bool) -> None:
        """Write the decision, and learn it."""
        coder.decide(min(max(self.p // 64, 32), 65504), decision)
        self.learn(decision)

    def learn(self, decision: bool) -> None:
        """Learn what the decision was."""
        self.p += (decision * 2**18 - self.p // 16) * (32768 // (2 * self.n + 3)) // 1024
        self.n = min(self.n + 1, 255)


def row_of(count: int) -> list[Learned]:
    """Return so many decisions of which nothing is learned yet."""
    return [Learned() for _ in range(count)]


def packed_palette(palette: Sequence[Sequence[int]]) -> Coder:
    """Return a coder that has written a palette, RGB or RGBA."""
    coder = Coder()
    before: Sequence[int] = (0, 0, 0, 0)
    differs, negative = row_of(4), row_of(3)
    sizes, first = [row_of(7) for _ in range(3)], [row_of(8) for _ in range(3)]
    for color in palette:
        green = color[1] - before[1]
        for kind, channel in ((0, 3), (1, 1), (2, 0), (2, 2)):
            if channel == len(color):
                continue
            difference = color[channel] - before[channel] - (green if kind == 2 else 0)
            difference = (difference + 128) % 256 - 128
            differs[3 if kind == 2 and not green else kind].decide(coder, difference != 0)
            if difference:
                amount, size = abs(difference), abs(difference).bit_length() - 1
                negative[kind].decide(coder, difference < 0)
                coder.size(sizes[kind], 7, size)
                if size:
                    first[kind][size].decide(coder, bool(amount >> size - 1 & 1))
                    coder.plain(size - 1, amount % (1 << size - 1))
        before = color
    return coder
