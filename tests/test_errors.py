"""Errors say whose fault it was, where, and survive a trip to another process."""

from __future__ import annotations

import pickle

import pytest

from kmformat import (
    ChecksumError,
    Code,
    FormatError,
    KmfError,
    LimitError,
    ParameterError,
    PictureError,
    TruncatedError,
    UnsupportedError,
    decode,
    encode_indexed,
)
from kmformat.cli.console import ClosedError
from kmformat.errors import ContradictionError, TileLimitError, naming
from tests.samples import indexed


def test_errors_survive_pickling() -> None:
    with pytest.raises(FormatError) as caught:
        decode(encode_indexed(indexed(4, 4, 2), zstd=False)[:-1] + b"\xff")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is type(caught.value)
    assert (str(again), again.code, again.tile) == (
        str(caught.value), caught.value.code, caught.value.tile,
    )  # fmt: skip
    assert isinstance(again, KmfError)


def test_each_error_says_whose_fault_it_was() -> None:
    faults: dict[type[Exception], set[type[Exception]]] = {
        ParameterError: {ContradictionError},
        PictureError: set(),
        FormatError: {TruncatedError, ChecksumError, UnsupportedError},
        LimitError: {TileLimitError},
        ClosedError: set(),
    }
    assert set(KmfError.__subclasses__()) == faults.keys()
    for kind, special in faults.items():
        assert set(kind.__subclasses__()) == special
    assert issubclass(ParameterError, ValueError)
    assert not any(issubclass(kind, OSError) for kind in faults)


def test_a_format_error_names_the_rule_and_the_tile() -> None:
    error = TruncatedError(Code.TRUNCATED, "the file ends")
    assert (str(error), error.code, error.tile) == ("the file ends", "truncated", None)
    placed = error.in_tile(7)
    assert (type(placed), str(placed)) == (TruncatedError, "tile 7: the file ends")
    assert (placed.code, placed.tile) == (Code.TRUNCATED, 7)
    assert str(placed.in_tile(8)) == "tile 8: the file ends"


@pytest.mark.parametrize(
    "error",
    [
        FormatError(Code.MAGIC, "what it is"), ChecksumError(Code.TILE_CHECKSUM, "bad", tile=3),
        PictureError("what it is"), LimitError("what it is"), TileLimitError("what it is"),
    ],
)  # fmt: skip
def test_an_error_of_one_file_of_many_names_it(error: KmfError) -> None:
    with pytest.raises(type(error)) as caught, naming("a.kmf"):
        raise error
    assert str(caught.value) == f"a.kmf: {error}"
    assert getattr(caught.value, "code", None) == getattr(error, "code", None)


def test_errors_that_are_not_of_a_file_are_left_alone() -> None:
    for error in (ParameterError("colors 0"), OSError(2, "none"), ValueError("else")):
        with pytest.raises(type(error)) as caught, naming("a.kmf"):
            raise error
        assert caught.value is error


def test_codes_are_named_as_in_the_spec() -> None:
    assert Code("zstd-window") is Code.ZSTD_WINDOW
    assert all(code == code.name.lower().replace("_", "-") for code in Code)
    assert LimitError("too large").code is Code.LIMIT
