"""Arguments as people pass them: checked once, at the door, with one kind of message."""

from __future__ import annotations

import operator

import numpy as np

from kmformat.errors import ParameterError


def integer(name: str, value: object, least: int, most: int | None = None) -> int:
    """Return an integer argument, of Python or NumPy, as an int.

    Raises
    ------
    ParameterError
        It is no integer (True and False are none), or out of range.
    """
    expected = f"{least} or more" if most is None else f"{least} to {most}"
    try:
        if isinstance(value, bool | np.bool_):
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
