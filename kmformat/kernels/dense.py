"""Indices to the bytes of a dense tile and back, pixel by pixel in rows (spec, section 4.10).

Each index is guessed: what stood beside the same neighbours before, in three contexts of many to
few neighbours, and then the neighbours themselves. A guess is right or wrong, a decision, whose
chance is mixed from what is known in each context. An index that no guess met is told by its
distance from the neighbours. Everything is learned on the way, by encoder and decoder alike, so
both are one pass, `_Tile.code`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from kmformat.kernels.binary_coder import (
    Decoder,
    Encoder,
    code_by,
    code_plain,
    code_size,
    learn,
    new_chance,
)

if TYPE_CHECKING:
    from kmformat.arrays import U8, U16
    from kmformat.kernels.binary_coder import Coder

BAD_RUN, BAD_RANK, BAD_END = 1, 2, 3
"""A run is longer than it can be; a rank has no index; data end before or after the last pixel."""
_WORD, _MULTIPLIER = 0xFFFFFFFF, 0x9E3779B1
_FEWEST_BITS, _MOST_BITS = 10, 16
"""A context has 2^10 to 2^16 slots: about one for each pixel."""
_MOST_FIRST, _MOST_SECOND = 15, 3
"""So often a slot counts its first index, and its second."""
_WEIGHT, _MOST_WEIGHT = 1 << 12, 1 << 17
"""The weight to begin with, a quarter, and the largest, 8: in 16384ths."""
_MOST_STRETCH = 1407


def encode_dense(indices: U8, distances: U16) -> bytes:
    """Return the stored bytes of a tile.

    Parameters
    ----------
    indices
        uint8 (height, width), each below K.
    distances
        uint16 (K, K): between the colours of the palette, below 2^13.
    """
    encoder = Encoder()
    _Tile(encoder, indices.shape, distances).code(indices.tolist(), known=True)
    return encoder.finish()


def decode_dense(data: bytes, shape: tuple[int, int], distances: U16) -> U8 | int:
    """Return the indices of a tile, uint8 (height, width), or what is wrong with its bytes.

    That is BAD_RUN, BAD_RANK or BAD_END.
    """
    decoder, (height, width) = Decoder(data), shape
    rows = [[0] * width for _ in range(height)]
    fault = _Tile(decoder, shape, distances).code(rows, known=False)
    if not fault and not decoder.ended:
        fault = BAD_END
    return fault or np.array(rows, np.uint8)


def slot_bits(shape: tuple[int, ...]) -> int:
    """Return t, where a hashed context has 2^t slots for a tile of so many rows and columns."""
    most = (shape[0] * shape[1] - 1).bit_length()
    return min(max(most, _FEWEST_BITS), _MOST_BITS)


@cache
def stretch_table() -> tuple[int, ...]:
    """Return for each chance, of 12 bits, how far it is from even: in 128ths of an octave.

    Logarithms run straight between powers of two, so that all readers have the same.
    """
    chances = [16 * step + 8 for step in range(1 << 12)]
    return tuple(_logarithm(chance) - _logarithm((1 << 16) - chance) for chance in chances)


@cache
def squash_table() -> tuple[int, ...]:
    """Return the inverse: the chance, of 16 bits, for each sum from -1407 to 1407."""
    ratios = [(128 + x % 128 << x // 128) + 128 for x in range(_MOST_STRETCH + 1)]
    small = [(1 << 23) // ratio for ratio in ratios]
    return (*small[:0:-1], *((1 << 16) - chance for chance in small))


def _logarithm(number: int) -> int:
    octave = number.bit_length() - 1
    return 128 * octave + (number - (1 << octave)) * 128 // (1 << octave)


class _Slot:
    """What was seen beside certain neighbours: an index, another, and how often of late."""

    __slots__ = ("check", "first", "first_count", "second", "second_count")

    def __init__(self, check: int) -> None:
        self.check, self.first, self.first_count, self.second, self.second_count = check, 0, 0, 0, 0

    def kind(self, index: int) -> int:
        """Return where the chances of a guess stand among those of this context."""
        kind = 0 if index == self.first else 64 if index == self.second else 128
        return kind + 4 * self.first_count + self.second_count

    def learn(self, index: int) -> None:
        """Count an index that was there."""
        if self.first_count == 0 or index == self.first:
            self.first, self.first_count = index, min(self.first_count + 1, _MOST_FIRST)
        elif self.second_count and index == self.second:
            self.second_count = min(self.second_count + 1, _MOST_SECOND)
            if self.first_count > 2:
                self.first_count //= 2
            if self.second_count >= self.first_count:
                self.first, self.second = self.second, self.first
                self.first_count, self.second_count = self.second_count, self.first_count
        else:
            self.second, self.second_count = index, 1
            self.first_count = (self.first_count + 1) // 2


class _Tile:
    """What is known while a tile is coded."""

    def __init__(self, coder: Coder, shape: tuple[int, ...], distances: U16) -> None:
        self._coder, self._colors = coder, len(distances)
        self._from = distances.astype(np.uint32) << 8
        """Distances, with room for indices, by which equal ones are told apart."""
        self._everyone = np.arange(self._colors, dtype=np.uint32)
        self._slot_bits = slot_bits(shape)
        self._slots: list[dict[int, _Slot]] = [{}, {}, {}]
        self._seen, self._seen_count = bytearray(self._colors), 0
        self._stretch, self._squash = stretch_table(), squash_table()
        self._by_kind = [[new_chance() for _ in range(192)] for _ in range(3)]
        self._by_pattern = [new_chance() for _ in range(256)]
        self._weights = [[_WEIGHT] * 4 for _ in range(6)]
        self._runs = [new_chance() for _ in range(29)]
        self._old = [new_chance() for _ in range(10)]
        self._ranks = [[[new_chance() for _ in range(8)] for _ in range(10)] for _ in range(2)]

    def code(self, rows: list[list[int]], *, known: bool) -> int:
        """Code all pixels, and fill the rows unless they are known. Returns what is wrong, or 0."""
        width, outside = len(rows[0]), [0] * 4
        above = above2 = [0] * (width + 8)
        for row in rows:
            line, x, flat_end = outside + row + outside, 4, 0
            while x < width + 4:
                tried = []
                if _is_flat(line, above, above2, x):
                    W = line[x - 1]
                    if flat_end <= x:  # once for all that are alike: a row takes linear time
                        flat_end = x + _flat_ahead(above, above2, x, W, width + 4)
                    most = flat_end - x
                    run = self._code_run(most, _equal(line, x, x + most, W) if known else 0)
                    if run > most:
                        return BAD_RUN
                    line[x : x + run] = [W] * run
                    x += run
                    if run == most:
                        continue
                    tried = [W]
                index = self._code_pixel(line, above, above2, x, tried, line[x] if known else -1)
                if index < 0:
                    return BAD_RANK
                line[x] = index
                x += 1
            row[:] = line[4:-4]
            above2, above = above, line
        return 0

    def _code_run(self, most: int, run: int) -> int:
        """Code how many of the next pixels are as the last, up to `most`; more if bytes are bad."""
        if code_by(self._coder, self._runs[most.bit_length()], run == most):
            return most
        run = code_plain(self._coder, (most - 1).bit_length(), run)
        return run if run < most else most + 1

    def _code_pixel(
        self,
        line: list[int],
        above: list[int],
        above2: list[int],
        x: int,
        tried: list[int],
        index: int,
    ) -> int:
        """Code an index, -1 if it is not known. Returns it, or -1 if bytes make none."""
        W, NW, N, NE = line[x - 1], *above[x - 1 : x + 2]
        many = _hash(bytes((*above[x - 3 : x + 4], *above2[x - 2 : x + 3], *line[x - 4 : x])))
        few = _hash(bytes((NE, NW, N, W, 0, 0, 0, above2[x])))
        pair, shift = W * self._colors + N, 32 - self._slot_bits
        slots = (
            self._slot(0, many >> shift, many & 1023),
            self._slot(1, few >> shift, few & 1023),
            self._slot(2, pair & (1 << self._slot_bits) - 1, pair >> self._slot_bits),
        )
        alike = (N == W) | (NW == W) << 1 | (NW == N) << 2 | (NE == N) << 3
        depth = (slots[0].first_count > 0) + (slots[0].second_count > 0)
        for guess in _guesses(slots, (W, N, NW, NE)):
            if guess in tried:
                continue
            pattern = alike | (guess == W) << 4 | (guess == N) << 5
            pattern |= (guess == NW) << 6 | (guess == NE) << 7
            weights = self._weights[depth + 3 * bool(tried)]
            if self._code_guess(slots, guess, pattern, weights, guess == index):
                index = guess
                break
            tried.append(guess)
        else:
            index = self._code_rank(W, N, tried, index)
            if index < 0:
                return index
        self._seen_count += not self._seen[index]
        self._seen[index] = True
        for slot in slots:
            slot.learn(index)
        return index

    def _slot(self, context: int, place: int, check: int) -> _Slot:
        """Return the slot of a place, emptied if it was of other neighbours."""
        slots = self._slots[context]
        slot = slots.get(place)
        if slot is None or slot.check != check:
            slot = slots[place] = _Slot(check)
        return slot

    def _code_guess(
        self, slots: tuple[_Slot, ...], guess: int, pattern: int, weights: list[int], right: int
    ) -> int:
        """Code whether a guess is right, and learn how far each context is to be believed."""
        stretch, kinds = self._stretch, self._by_kind
        chance0 = kinds[0][slots[0].kind(guess)]
        chance1 = kinds[1][slots[1].kind(guess)]
        chance2 = kinds[2][slots[2].kind(guess)]
        chance3 = self._by_pattern[pattern]
        said0, said1 = stretch[chance0[0] >> 10], stretch[chance1[0] >> 10]
        said2, said3 = stretch[chance2[0] >> 10], stretch[chance3[0] >> 10]
        weight0, weight1, weight2, weight3 = weights
        total = said0 * weight0 + said1 * weight1 + said2 * weight2 + said3 * weight3 >> 14
        chance = self._squash[min(max(total, -_MOST_STRETCH), _MOST_STRETCH) + _MOST_STRETCH]
        right = self._coder.code(chance, right)
        error = (right << 16) - chance
        weights[:] = (
            weight0 + (said0 * error >> 16),
            weight1 + (said1 * error >> 16),
            weight2 + (said2 * error >> 16),
            weight3 + (said3 * error >> 16),
        )
        if max(weights) >= _MOST_WEIGHT or min(weights) < -_MOST_WEIGHT:
            weights[:] = [min(max(each, -_MOST_WEIGHT), _MOST_WEIGHT - 1) for each in weights]
        learn(chance0, right)
        learn(chance1, right)
        learn(chance2, right)
        learn(chance3, right)
        return right

    def _code_rank(self, W: int, N: int, tried: list[int], index: int) -> int:
        """Code an index that is not among those tried, or return -1 if bytes make none."""
        seen = self._seen
        old = self._seen_count - sum(seen[each] for each in tried)
        new = self._colors - len(tried) - old
        is_old = int(old > 0)
        if old and new:
            is_old = code_by(self._coder, self._old[new.bit_length()], index >= 0 and seen[index])
        count, number = old if is_old else new, 1
        keys = self._from[W] + self._from[N] + self._everyone
        in_group = np.frombuffer(seen, np.uint8) == is_old
        in_group[tried] = False
        group = keys[in_group]
        if index >= 0:
            number += int(np.count_nonzero(group < keys[index]))
        bits = count.bit_length()
        size = code_size(self._coder, self._ranks[is_old][bits], bits - 1, number)
        rank = (1 << size | code_plain(self._coder, size, number)) - 1
        return int(np.partition(group, rank)[rank]) & 255 if rank < count else -1


def _hash(neighbours: bytes) -> int:
    """Return 32 bits in which all neighbours, a multiple of four, have a part."""
    bits = 0
    for at in range(0, len(neighbours), 4):
        word = int.from_bytes(neighbours[at : at + 4], "big")
        bits = (bits + word) * _MULTIPLIER & _WORD
        bits ^= bits >> 15
    return bits


def _is_flat(line: list[int], above: list[int], above2: list[int], x: int) -> bool:
    """Return whether all 16 neighbours of a pixel are alike."""
    W = line[x - 1]
    return (
        above[x] == W
        and line[x - 4 : x] == [W] * 4
        and above[x - 3 : x + 4] == [W] * 7
        and above2[x - 2 : x + 3] == [W] * 5
    )


def _flat_ahead(above: list[int], above2: list[int], x: int, W: int, end: int) -> int:
    """Return for how many pixels from x on, up to `end`, all neighbours above are W."""
    return min(_equal(above, x + 3, end + 3, W), _equal(above2, x + 2, end + 2, W))


def _equal(line: list[int], start: int, end: int, W: int) -> int:
    """Return how many pixels from a start on are W."""
    x = start
    while x < end and line[x] == W:
        x += 1
    return x - start


def _guesses(slots: tuple[_Slot, ...], neighbours: tuple[int, ...]) -> Iterator[int]:
    """Yield what a pixel may be, the likeliest first; some twice."""
    for slot in slots:
        if slot.first_count:
            yield slot.first
        if slot.second_count:
            yield slot.second
    yield from neighbours
