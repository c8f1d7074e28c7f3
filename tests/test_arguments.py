"""Arguments as people pass them, in Python and as text."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmformat import ParameterError, decode, encode
from kmformat.arguments import (
    color_channels,
    color_text,
    hex_channels,
    integer,
    integer_text,
    integers,
    name_text,
    one_of,
)
from tests.samples import photo


def test_numpy_integers_are_integers() -> None:
    options = {"colors": np.uint8(200), "bits": np.int32(8), "seed": np.int64(1)}
    data = encode(photo(), tile=np.array([40, 30], np.uint8), **options)  # type: ignore[arg-type]
    assert data == encode(photo(), colors=200, bits=8, seed=1, tile=(40, 30))
    box = np.array([10, 5, 70, 60], np.uint8)
    assert np.array_equal(decode(data, box=box), decode(data)[5:60, 10:70])  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [0, 7, np.uint8(7), np.int64(9)])
def test_an_integer_in_range_is_an_int(value: int) -> None:
    found = integer("size", value, 0, 9)
    assert (found, type(found)) == (value, int)


@pytest.mark.parametrize("value", [True, np.True_, 1.0, np.float64(1), "1", None, [1], 1j])
def test_what_is_no_integer_is_named_with_what_was_expected(value: object) -> None:
    message = re.escape(f"size {value!r}: expected an integer, 1 to 9")
    with pytest.raises(ParameterError, match=f"^{message}$"):
        integer("size", value, 1, 9)


@given(st.integers(-9, 9), st.integers(-9, 9), st.none() | st.integers(-9, 9))
def test_a_range_includes_both_ends(value: int, least: int, most: int | None) -> None:
    if value >= least and (most is None or value <= most):
        assert integer("size", value, least, most) == value
    else:
        expected = f"{least} or more" if most is None else f"{least} to {most}"
        with pytest.raises(ParameterError, match=f"^size {value}: expected {expected}$"):
            integer("size", value, least, most)


def test_several_integers_are_a_tuple() -> None:
    for value in ((3, 4), [3, 4], np.array([3, 4], np.uint8), iter([3, 4])):
        assert integers("tile", value, 2, 1) == (3, 4)


@pytest.mark.parametrize("value", [5, None, (3,), (3, 4, 5), "34", b"34"])
def test_another_number_of_integers_is_named(value: object) -> None:
    with pytest.raises(ParameterError, match=r"^tile .*: expected 2 integers$"):
        integers("tile", value, 2, 1)


@pytest.mark.parametrize("word", ["C", "", None, 1, ["a"]])
def test_a_word_that_is_none_of_the_choices_is_named_with_them(word: object) -> None:
    one_of("how", "b", ("a", "b"))
    with pytest.raises(ParameterError, match=r"^how .*: expected one of a, b$"):
        one_of("how", word, ("a", "b"))


# Text


@given(st.integers(0, 999), st.integers(0, 999), st.none() | st.integers(0, 999))
def test_decimal_digits_are_an_integer_in_range(number: int, least: int, most: int | None) -> None:
    parse = integer_text(least, most)
    if number >= least and (most is None or number <= most):
        assert parse(str(number)) == number
    else:
        with pytest.raises(ParameterError, match=f"^'{number}': expected an integer, {least} "):
            parse(str(number))


@pytest.mark.parametrize("text", ["", "-1", "+1", " 1", "1.0", "1e3", "0x10", "one", "1_000"])
def test_other_text_is_no_integer(text: str) -> None:
    with pytest.raises(ParameterError, match="expected an integer, 0 or more"):
        integer_text(0)(text)


def test_a_name_is_not_empty() -> None:
    assert name_text("-") == "-"
    with pytest.raises(ParameterError, match="the name is empty"):
        name_text("")


@given(st.lists(st.integers(0, 255), min_size=3, max_size=4), st.booleans())
def test_hexadecimal_colours_are_their_channels(channels: list[int], marked: bool) -> None:
    text = bytes(channels).hex()
    for shown in (text, text.upper()):
        shown = "#" * marked + shown
        assert hex_channels(shown) == tuple(channels)
        assert color_text(shown) == shown
        assert color_channels(shown) == tuple(channels)


def test_three_digits_are_each_doubled() -> None:
    assert hex_channels("#1af") == (0x11, 0xAA, 0xFF)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#",
        "reddish",
        "#red",
        "#12",
        "#1234",
        "#12345",
        "##123456",
        "#12345g",
        "#123456789",
        "٣٣٣",
    ],
)
def test_other_text_is_no_colour(text: str) -> None:
    assert hex_channels(text) is None
    with pytest.raises(ParameterError, match="expected '#rgb', '#rrggbb', '#rrggbbaa' or a name"):
        color_text(text)


@pytest.mark.parametrize(
    ("name", "channels"),
    [
        ("red", (255, 0, 0)), ("White", (255, 255, 255)), ("RebeccaPurple", (102, 51, 153)),
        ("transparent", (0, 0, 0, 0)),
    ],
)  # fmt: skip
def test_a_name_of_css_is_a_colour(name: str, channels: tuple[int, ...]) -> None:
    assert color_channels(name) == color_channels(name) == channels  # Pillow keeps what it parsed
    assert hex_channels(name) is None
