"""Checks of single arguments, in Python or as text, with one kind of message."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from contextlib import suppress

from kmformat.errors import ParameterError

DEFAULT_MAX_PIXELS = 1 << 28
"""Larger images are refused, unless a reader is told otherwise (spec, section 5, step 5)."""

COLOR_TEXT = "'#rgb', '#rrggbb', '#rrggbbaa' or a name such as 'red'"
"""What a message says of how colours are written."""
_HEX_COLOR = re.compile("#?([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})", re.IGNORECASE | re.ASCII)


def integer(name: str, value: object, least: int, most: int | None = None) -> int:
    """Return an integer argument, of Python or NumPy, as an int.

    Raises
    ------
    ParameterError
        It is no integer (True and False are none), or out of range.
    """
    expected = f"{least} or more" if most is None else f"{least} to {most}"
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ParameterError(f"{name} {value!r}: expected an integer, {expected}") from None
    if number < least or (most is not None and number > most):
        raise ParameterError(f"{name} {number}: expected {expected}")
    return number


def integers(name: str, value: object, count: int, least: int) -> tuple[int, ...]:
    """Return several integers, a tuple, list or array of them, each at least `least`."""
    try:
        parts: tuple[object, ...] = tuple(value)  # type: ignore[arg-type]
    except TypeError:
        parts = ()
    if len(parts) != count or isinstance(value, str | bytes):
        raise ParameterError(f"{name} {value!r}: expected {count} integers")
    return tuple(integer(name, part, least) for part in parts)


def one_of(name: str, value: object, choices: Sequence[str]) -> None:
    """Check that an argument is one of some words."""
    if not (isinstance(value, str) and value in choices):
        raise ParameterError(f"{name} {value!r}: expected one of {', '.join(choices)}")


# Text, as of the command line. Each parser raises ParameterError for anything else.


def integer_text(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return a parser of decimal integers in a range."""
    expected = f"{least} or more" if most is None else f"{least} to {most}"

    def parse(text: str) -> int:
        if not text.isdecimal() or int(text) < least or (most is not None and int(text) > most):
            raise ParameterError(f"{text!r}: expected an integer, {expected}")
        return int(text)

    return parse


def name_text(text: str) -> str:
    """Return the name of a file, which is not empty."""
    if not text:
        raise ParameterError("the name is empty")
    return text


def scale_text(text: str) -> float | tuple[int, int]:
    """Return a factor of more than 0 up to 1, decimal or as a fraction; or a width and height."""
    width, times, height = text.lower().partition("x")
    number, _, divisor = text.partition("/")
    with suppress(ParameterError, ValueError, ZeroDivisionError):
        if times:
            return integer_text(1)(width), integer_text(1)(height)
        if 0 < (factor := float(number) / float(divisor or 1)) <= 1:
            return factor
    raise ParameterError(
        f"{text!r}: expected a factor up to 1, such as 1/8, or WIDTHxHEIGHT, such as 256x256"
    )


def hex_channels(text: str) -> tuple[int, ...] | None:
    """Return R, G, B, and A if it is there, of '#rgb', '#rrggbb' or '#rrggbbaa'; else None.

    The '#' may be left out.
    """
    match = _HEX_COLOR.fullmatch(text)
    if match is None:
        return None
    digits = match[1] if len(match[1]) > 3 else "".join(2 * digit for digit in match[1])
    return tuple(bytes.fromhex(digits))


def color_channels(text: str) -> tuple[int, ...] | None:
    """Return R, G, B, and A if it is there, of a colour as people write it; None if it is none.

    That is hexadecimal, or a name of CSS in upper or lower case: "red", "RebeccaPurple", or
    "transparent", which is (0, 0, 0, 0).
    """
    from PIL import ImageColor

    name = text.lower()
    if name in ImageColor.colormap:
        return ImageColor.getrgb(name)
    return (0, 0, 0, 0) if name == "transparent" else hex_channels(text)


def color_text(text: str) -> str:
    """Return the text of a colour, as it is."""
    if color_channels(text) is None:
        raise ParameterError(f"{text!r}: expected {COLOR_TEXT}")
    return text
