"""How an option is declared: once, as a field, for Python's keywords and the command line alike.

This much makes ``encode_indexed(image, bits=2)`` and ``kmformat encode --bits 2``::

    @dataclass(frozen=True, kw_only=True, eq=False)
    class CodingOptions(EffortOption):
        bits: int | None = option(None, "bits of each index", parse=int, choices=(1, 2, 4, 8))

    @takes_options(CodingOptions)
    def encode_indexed(image: IndexedImage, options: CodingOptions) -> bytes: ...
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeAlias, TypeVar, cast, overload

from kmformat.arguments import integer, integer_text

_P = ParamSpec("_P")
_Options = TypeVar("_Options")
_First = TypeVar("_First")
_Second = TypeVar("_Second")
_Result = TypeVar("_Result")
_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Switch:
    """How an option is given on the command line.

    ``fast_decode`` is ``--fast-decode``. One that is false unless told takes no value; one that is
    true unless told is turned off by ``--no-`` and its name.

    Attributes
    ----------
    help
        What it does, with its unit, range and default.
    parse
        Makes the value of a text; None for one that is true or false.
    metavar
        What stands for the value in the help.
    short
        Another name, such as ``-c``.
    choices
        The only values that there are.
    many
        Whether it may be repeated, for a list of values.
    excludes
        Name of another option beside which it may not be given.
    typed
        What the command line takes unless told, where that is another than in Python.
    group
        Title under which ``--help-all`` has it, where it is another than that of its class.
    first
        Whether it is one of those that people use first: ``--help`` shows it, and not all others.
    """

    help: str
    parse: Callable[[str], object] | None = None
    metavar: str | None = None
    short: str | None = None
    choices: Sequence[object] | None = None
    many: bool = False
    excludes: str | None = None
    typed: object = None
    group: str | None = None
    first: bool = False


def option(default: _Value, text: str, **switch: Any) -> _Value:
    """Declare an option as the field of a frozen dataclass: its help, and the rest of `Switch`."""
    return field(default=default, metadata={"switch": Switch(text, **switch)})


@dataclass(frozen=True, kw_only=True, eq=False)
class EffortOption:
    """The option that search and coding share.

    Attributes
    ----------
    effort
        1, fastest, to 9, best: how long to search for the palette and for a small file.
    """

    effort: int = option(
        5, "how long to try, for palette and size: 1, fastest, to 9, best (default 5)",
        parse=integer_text(1, 9), metavar="N", short="-e",
    )  # fmt: skip

    def __post_init__(self) -> None:
        integer("effort", self.effort, 1, 9)


Told: TypeAlias = dict[str, Any]
"""Options as a caller tells them, by name."""


def takes_options(
    options: Callable[_P, _Options], prepared: Callable[[Told], Told] = dict
) -> _Taking[_P, _Options]:
    """Let a function be called with options as keywords, which it gets as one frozen object.

    The object is the function's last parameter, `options`. What a caller sees, in an editor, in
    `help` and in the signature, are the fields of its class. `prepared` gives the values to make it
    of, where a caller may tell others.
    """
    return _Taking(cast("type[_Options]", options), prepared)


class _Taking(Generic[_P, _Options]):
    """The decorator that `takes_options` returns."""

    def __init__(self, options: type[_Options], prepared: Callable[[Told], Told]) -> None:
        self._options, self._prepared = options, prepared

    @overload
    def __call__(
        self, function: Callable[[_First, _Options], _Result]
    ) -> Callable[Concatenate[_First, _P], _Result]: ...
    @overload
    def __call__(
        self, function: Callable[[_First, _Second, _Options], _Result]
    ) -> Callable[Concatenate[_First, _Second, _P], _Result]: ...
    def __call__(self, function: Callable[..., _Result]) -> Callable[..., _Result]:
        """Return the function that takes keywords."""
        signature = inspect.signature(function)
        fields = inspect.signature(self._options).parameters
        *leading, _ = signature.parameters.values()

        @wraps(function)
        def call(*args: Any, **keywords: Any) -> _Result:
            if len(args) > len(leading):
                raise TypeError(f"{function.__name__}() takes its options by name")
            told = {name: keywords.pop(name) for name in fields.keys() & keywords.keys()}
            return function(*args, options=self._options(**self._prepared(told)), **keywords)

        call.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[*leading, *fields.values()]
        )
        if function.__doc__ is not None:
            call.__doc__ = f"{inspect.cleandoc(function.__doc__)}\n\n{_documented(self._options)}"
        return call


def _documented(options: type[object]) -> str:
    """Return what the docstrings of a class of options and its bases say of each field."""
    docs = [inspect.cleandoc(kind.__doc__ or "") for kind in options.__mro__[:-1]]
    parts = [doc.partition("Attributes\n----------\n")[2] for doc in docs]
    return "\n".join(["Options", "-------", *filter(None, parts)])
