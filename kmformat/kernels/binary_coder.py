"""An adaptive binary coder: decisions of uneven chances to bits and back (spec, section 4.9).

A decision is 0 or 1, and the less likely it was, the more bits it takes: a 70th of a bit where a
chance of 99% was right. An `Encoder` is given decisions, a `Decoder` returns them, and whatever
codes with either does the same both ways. `Chance` is what was learned of a decision: its chance
of 1, in 2^22nds, and how often it was made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    Chance = list[int]

EVEN = 1 << 15
"""The chance of a bit of which nothing is known, as all chances here in 65536ths."""
HALF = 1 << 21
"""The same in 2^22nds, as what is learned."""
RATES = [(1 << 15) // (2 * n + 3) for n in range(256)]
"""How far a chance moves towards the decision, after n of them: 1 / (n + 1.5), in 16384ths."""


class Coder(Protocol):
    """An `Encoder` or a `Decoder`."""

    def code(self, chance: int, bit: int) -> int:
        """Code a decision whose chance of 1 is 32 to 65504; a decoder ignores `bit`.

        Returns
        -------
        The decision.
        """


class Encoder:
    """Decisions to bytes."""

    def __init__(self) -> None:
        self._low, self._high, self._data = 0, 0xFFFFFFFF, bytearray()

    def code(self, chance: int, bit: int) -> int:
        """Add a decision whose chance of 1 is 32 to 65504, and return it."""
        low, high = self._low, self._high
        middle = low + ((high - low) * chance >> 16)
        if bit:
            high = middle
        else:
            low = middle + 1
        while not (low ^ high) >> 24:
            self._data.append(high >> 24)
            low, high = low << 8 & 0xFFFFFFFF, (high << 8 | 255) & 0xFFFFFFFF
        self._low, self._high = low, high
        return bit

    def finish(self) -> bytes:
        """Return the bytes: as few as are right if zeros follow them."""
        for spare in (32, 24, 16, 8, 0):
            code = -(-self._low >> spare) << spare
            if code <= self._high:
                break
        return bytes(self._data) + code.to_bytes(5, "big")[1 : 5 - spare // 8]


class Decoder:
    """Bytes to decisions."""

    def __init__(self, data: bytes) -> None:
        self._low, self._high, self._data = 0, 0xFFFFFFFF, data
        self._code, self._taken = int.from_bytes(data[:4].ljust(4, b"\0"), "big"), 4

    def code(self, chance: int, _: int = 0) -> int:
        """Return the next decision, whose chance of 1 is that of the encoder."""
        low, high = self._low, self._high
        middle = low + ((high - low) * chance >> 16)
        bit = self._code <= middle
        if bit:
            high = middle
        else:
            low = middle + 1
        while not (low ^ high) >> 24:
            byte = self._data[self._taken] if self._taken < len(self._data) else 0
            self._taken += 1
            self._code = (self._code << 8 | byte) & 0xFFFFFFFF
            low, high = low << 8 & 0xFFFFFFFF, (high << 8 | 255) & 0xFFFFFFFF
        self._low, self._high = low, high
        return bit

    @property
    def ended(self) -> bool:
        """Whether the data end where the decisions do."""
        return self._taken - 4 <= len(self._data) <= self._taken


def new_chance() -> Chance:
    """Return what is known of a decision before it was first made: nothing."""
    return [HALF, 0]


def learn(chance: Chance, bit: int) -> None:
    """Move a chance, of 22 bits, towards the decision that was made: the later, the less far."""
    p, n = chance
    chance[0] = p + (((bit << 18) - (p >> 4)) * RATES[n] >> 10)
    if n < 255:
        chance[1] = n + 1


def code_by(coder: Coder, chance: Chance, bit: int = 0) -> int:
    """Code a decision by what is known of it, and learn from it."""
    bit = coder.code(min(max(chance[0] >> 6, 32), 65504), bit)
    learn(chance, bit)
    return bit


def code_plain(coder: Coder, bits: int, number: int = 0) -> int:
    """Code a number of so many bits, the high ones first, of which nothing is known."""
    coded = 0
    for place in reversed(range(bits)):
        coded = coded << 1 | coder.code(EVEN, number >> place & 1)
    return coded


def code_size(coder: Coder, chances: list[Chance], most: int, number: int = 1) -> int:
    """Code how many bits a number, at least 1, has below its highest: 0 to `most`."""
    size = 0
    while size < most and code_by(coder, chances[size], size < number.bit_length() - 1):
        size += 1
    return size
