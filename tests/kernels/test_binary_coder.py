"""The adaptive binary coder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmformat.kernels.binary_coder import (
    EVEN,
    Decoder,
    Encoder,
    code_by,
    code_plain,
    code_size,
    learn,
    new_chance,
)

decisions = st.lists(st.tuples(st.integers(32, 65504), st.integers(0, 1)), max_size=200)


@given(decisions)
def test_decisions_of_any_chance_come_back(made: list[tuple[int, int]]) -> None:
    encoder = Encoder()
    for chance, bit in made:
        encoder.code(chance, bit)
    decoder = Decoder(encoder.finish())
    assert [decoder.code(chance) for chance, _ in made] == [bit for _, bit in made]
    assert decoder.ended


def test_the_end_is_as_short_as_can_be() -> None:
    assert Encoder().finish() == b""
    assert Decoder(b"").ended
    assert not Decoder(bytes(5)).ended


@pytest.mark.parametrize(
    ("low", "high", "end"),
    [
        (0, 0, ""), (1, 0x01FFFFFF, "01"), (1, 0x01000000, "01"), (1, 0x00FFFFFF, "0001"),
        (0x12345678, 0x12400000, "1235"), (0x12345678, 0x12345700, "123457"),
        (0x12345601, 0x12345601, "12345601"), (0xFF000001, 0xFFFFFFFF, "ff01"),
    ],
)  # fmt: skip
def test_the_end_is_the_shortest_number_that_is_left(low: int, high: int, end: str) -> None:
    encoder = Encoder()
    encoder._low, encoder._high = low, high
    assert encoder.finish().hex() == end


def test_a_decision_is_1_up_to_and_in_the_middle() -> None:
    for data, bit in (("7fffffff", 1), ("80000000", 0)):
        assert Decoder(bytes.fromhex(data)).code(EVEN) == bit


@given(st.binary(max_size=9))
def test_zeros_follow_the_data(data: bytes) -> None:
    short, long = Decoder(data), Decoder(data + bytes(20))
    assert [short.code(EVEN) for _ in range(99)] == [long.code(EVEN) for _ in range(99)]


def test_data_may_end_before_zeros_and_nowhere_else() -> None:
    for data, ended in ((b"", False), (b"\0", True), (bytes(5), True), (bytes(6), False)):
        decoder = Decoder(data)
        code_plain(decoder, 8)  # decisions as likely as not: a bit each
        assert decoder.ended == ended


def test_no_decision_is_taken_for_certain() -> None:
    class Told:
        def code(self, chance: int, bit: int) -> int:
            chances.append(chance)
            return bit

    chances = list[int]()
    for p in (0, 31 << 6, 33 << 6, 65503 << 6, 65505 << 6, (1 << 22) - 1):
        code_by(Told(), [p, 0], 1)
    assert chances == [32, 32, 33, 65503, 65504, 65504]


def test_what_was_expected_takes_next_to_nothing() -> None:
    encoder, chance = Encoder(), new_chance()
    for _ in range(1000):
        code_by(encoder, chance, 1)
    assert len(encoder.finish()) < 5


@given(st.lists(st.booleans(), max_size=1000))
def test_a_chance_stays_one(bits: list[bool]) -> None:
    chance = new_chance()
    for bit in bits:
        learn(chance, bit)
        assert 0 <= chance[0] < 1 << 22


def test_a_chance_that_is_always_right_stays_below_certainty() -> None:
    for bit in (0, 1):
        chance = new_chance()
        for _ in range(100_000):
            learn(chance, bit)
        assert 0 <= chance[0] < 1 << 22


@given(st.lists(st.integers(1, 255), max_size=30))
def test_numbers_come_back_by_size_and_bits(numbers: list[int]) -> None:
    def code(coder: Encoder | Decoder, number: int) -> int:
        size = code_size(coder, chances, 7, number)
        return 1 << size | code_plain(coder, size, number)

    encoder, chances = Encoder(), [new_chance() for _ in range(7)]
    for number in numbers:
        code(encoder, number)
    decoder, chances = Decoder(encoder.finish()), [new_chance() for _ in range(7)]
    assert [code(decoder, 1) for _ in numbers] == numbers
