"""An option is declared once: for Python's keywords, for help, and for the command line."""

from __future__ import annotations

import argparse
import inspect
import pickle
import pydoc
import re
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, fields
from typing import Any

import numpy as np
import pytest

from kmformat import (
    ParameterError,
    build_palette,
    encode,
    encode_files,
    encode_indexed,
    quantize,
    save,
)
from kmformat.arguments import integer, integer_text
from kmformat.batches.files import EncodeFilesOptions
from kmformat.batches.palette import SharedPaletteOptions
from kmformat.cli.parser import build_parser
from kmformat.codec.options import CodingOptions
from kmformat.errors import ContradictionError
from kmformat.options import EffortOption, option, takes_options
from kmformat.quantization.options import QuantizeOptions
from kmformat.writing import EncodeOptions
from tests.samples import indexed, photo

TAKING: dict[Callable[..., Any], type] = {
    encode: EncodeOptions,
    save: EncodeOptions,
    encode_indexed: CodingOptions,
    quantize: QuantizeOptions,
    build_palette: SharedPaletteOptions,
    encode_files: EncodeFilesOptions,
}
each_function = pytest.mark.parametrize(
    ("function", "options"), TAKING.items(), ids=[function.__name__ for function in TAKING]
)
ENCODE = {field.name: field for field in fields(EncodeOptions)}
each_option = pytest.mark.parametrize("name", ENCODE)


# Keywords


@each_function
def test_options_are_the_keywords_of_a_function(
    function: Callable[..., Any], options: type
) -> None:
    *_, first = leading = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ]
    assert first.default is first.empty
    keywords = list(inspect.signature(function).parameters.values())[len(leading) :]
    declared = {field.name: field.default for field in fields(options)}
    assert {parameter.name: parameter.default for parameter in keywords} == declared
    assert {parameter.kind for parameter in keywords} == {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize(
    ("function", "first"),
    [(encode, photo()), (encode_indexed, indexed(4, 4, 3)), (quantize, photo()),
     (build_palette, [photo()])],
)  # fmt: skip
def test_other_keywords_and_arguments_by_place_are_type_errors(
    function: Callable[..., Any], first: object
) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        function(first, colour=3)
    for other in (3, TAKING[function]()):
        with pytest.raises(TypeError, match=rf"^{function.__name__}\(\)"):
            function(first, other)
    with pytest.raises(TypeError, match="'options'"):
        function(first, options=TAKING[function]())
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        function(effort=3)


@each_function
def test_help_says_something_of_each_option(function: Callable[..., Any], options: type) -> None:
    text = pydoc.plain(pydoc.render_doc(function))
    _, _, listed = text.partition("Options\n")
    heads = re.findall(r"^ {4}(\w[\w, ]*)\n {8}\S", listed, re.MULTILINE)
    assert {name for head in heads for name in head.split(", ")} == {
        field.name for field in fields(options)
    }


@dataclass(frozen=True, kw_only=True, eq=False)
class ToyOptions(EffortOption):
    """The options of a toy.

    Attributes
    ----------
    parts
        How many there are, 1 to 9.
    """

    parts: int = option(2, "how many parts", parse=integer_text(1, 9), metavar="N")

    def __post_init__(self) -> None:
        super().__post_init__()
        integer("parts", self.parts, 1, 9)


@takes_options(ToyOptions)
def toy(one: int, two: str, options: ToyOptions) -> tuple[int, str, int, int]:
    """Return what came."""
    return one, two, options.parts, options.effort


def test_a_function_gets_its_options_as_one_checked_object() -> None:
    assert toy(1, "a") == (1, "a", 2, 5)
    assert toy(1, "a", effort=3, parts=4) == (1, "a", 4, 3)
    with pytest.raises(ParameterError, match="parts 10: expected 1 to 9"):
        toy(1, "a", parts=10)
    with pytest.raises(ParameterError, match="effort 0: expected 1 to 9"):
        toy(1, "a", effort=0)


def test_a_function_keeps_its_name_and_says_what_its_options_are() -> None:
    assert toy.__name__ == "toy"
    assert inspect.getdoc(toy) == (
        "Return what came.\n\nOptions\n-------\n"
        "parts\n    How many there are, 1 to 9.\n"
        "effort\n    1, fastest, to 9, best: how long to search for the palette and for a small"
        " file."
    )


# Frozen, and checked when they are made


@pytest.mark.parametrize("kind", [*TAKING.values(), EffortOption, ToyOptions])
def test_options_do_not_change(kind: type) -> None:
    made = kind()
    for field in fields(kind):
        with pytest.raises(FrozenInstanceError):
            setattr(made, field.name, getattr(made, field.name))
    with pytest.raises(TypeError):
        kind(3)


BAD: dict[str, list[Any]] = {
    "effort": [0, 10, 5.0, "5", None, True],
    "colors": [0, 257, -1, 3.5, "16", "Auto", True, [16]],
    "psnr": [-1, np.nan, "35", b"35", True, [30], 1j],
    "space": ["lab", "", None, 1, ["srgb"]],
    "keep": ["#ff0000", 7, None, [7], ["reddish"], [(1, 2)], [(1, 2, 256)], [(0.5, 0, 0)], "auto"],
    "show": ["real", None, 1],
    "background": ["reddish", 7, (1, 2), "#ffffff80", (1, 2, 3, 4), b"#fff", True],
    "dither": ["noise", "", None, 1, ["none"]],
    "dither_strength": [-0.1, 1.1, np.nan, "1", True, [1]],
    "lossy": [-1, np.nan, "0.1", True, [1], 1j],
    "init": ["magic", None, b"best"],
    "iterations": [0, -1, 2.5, "3", True],
    "seed": [-1, 1.5, None, "0", False],
    "bits": [0, 3, 16, "4", 4.0, True],
    "level": [0, 23, 3.0, "3", True],
    "window": [0, 1000, 512, 1 << 24, 4096.0, "4096", True],
    "tile": [5, "55", (5,), (5, 5, 5), (0, 5), (5, -1), (5.0, 5), (True, 5)],
    "threads": [0, -1, 2.5, "2", True],
    "overviews": ["maps", 1, True],
}
BESIDE: dict[str, dict[str, Any]] = {
    "dither_strength": {"dither": "ordered"}, "psnr": {"colors": "auto"},
    "iterations": {"init": "random"},
}  # fmt: skip
"""What an option makes sense beside."""
UNCHECKED = {
    "lossless",
    "palette",
    "zstd",
    "fast_decode",
    "smallest",
    "small_reader",
    "srgb",
    "strip",
}
"""Those that are true or false, and one that is checked where it meets the picture."""


def test_every_option_that_is_checked_is_tried() -> None:
    assert BAD.keys() | UNCHECKED == ENCODE.keys()
    assert not BAD.keys() & UNCHECKED


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD.items() for value in values]
)
def test_each_bad_value_is_named_when_options_are_made(name: str, value: Any) -> None:
    others = BESIDE.get(name, {})
    EncodeOptions(**others)
    with pytest.raises(ParameterError, match=f"^{name} "):
        EncodeOptions(**others | {name: value})


# Contradictions

CONTRADICTIONS: list[tuple[dict[str, Any], str, str]] = [
    (
        {"show": "measured", "palette": ["#fff"]},
        "show measured goes with a palette of pairs",
        "--show measured goes with a --palette of pairs",
    ),
    (
        {"window": 8192, "small_reader": True},
        "window 8192 does not fit small_reader: at most 4096",
        "--window 8192 does not fit --small-reader: at most 4096",
    ),
    (
        {"colors": 17, "small_reader": True},
        "colors 17 does not fit small_reader: at most 16",
        "--colors 17 does not fit --small-reader: at most 16",
    ),
    (
        {"smallest": True, "fast_decode": True},
        "smallest does not go with fast_decode",
        "--smallest does not go with --fast-decode",
    ),
    (
        {"smallest": True, "small_reader": True},
        "smallest does not go with small_reader",
        "--smallest does not go with --small-reader",
    ),
    (
        {"smallest": True, "zstd": False},
        "smallest does not go without zstd",
        "--smallest does not go without zstd",
    ),
    ({"psnr": 30}, "psnr goes with colors auto", "--psnr goes with --colors auto"),
    ({"iterations": 3}, "iterations goes with init random", "--iterations goes with --init random"),
    (
        {"dither_strength": 0.5},
        "dither_strength goes with a dither",
        "--dither-strength goes with a --dither",
    ),
    (
        {"keep": ["#fff"], "init": "random"},
        "keep goes with init best",
        "--keep goes with --init best",
    ),
    (
        {"colors": 5, "bits": 2},
        "colors 5 does not fit bits 2: at most 4",
        "--colors 5 does not fit --bits 2: at most 4",
    ),
    (
        {"palette": np.zeros((1, 3), np.uint8), "seed": 3, "keep": ["#fff"]},
        "keep does not go with palette, which is used as it is",
        "--keep does not go with --palette, which is used as it is",
    ),
]


@pytest.mark.parametrize(("told", "in_python", "as_switches"), CONTRADICTIONS)
def test_a_contradiction_reads_as_python_and_as_a_command_has_it(
    told: dict[str, Any], in_python: str, as_switches: str
) -> None:
    with pytest.raises(ContradictionError) as caught:
        EncodeOptions(**told)
    for error in (caught.value, pickle.loads(pickle.dumps(caught.value))):
        assert (str(error), error.with_switches()) == (in_python, as_switches)


def test_a_switch_has_dashes_where_python_has_underscores() -> None:
    error = ContradictionError("{fast_decode} and {bits} 3, as {3} is no option's name")
    assert str(error) == "fast_decode and bits 3, as 3 is no option's name"
    assert error.with_switches().startswith("--fast-decode and --bits 3")


# The command line


def parsed(*words: str) -> argparse.Namespace:
    words = ("encode", "a.png", *words)
    return build_parser(words).parse_args(words)


def told(words: argparse.Namespace, name: str) -> Any:
    """What a command line says of an option; a list of it as a tuple, as in Python."""
    value = getattr(words, name)
    return tuple(value) if isinstance(value, list) else value


GIVEN: dict[str, tuple[list[str], Any]] = {
    "colors": (["--colors", "7"], 7),
    "psnr": (["--psnr", "30.5"], 30.5),
    "lossless": (["--lossless"], True),
    "palette": (["--palette", "p.gpl"], "p.gpl"),
    "background": (["--background", "fff"], "fff"),
    "dither": (["--dither", "ordered"], "ordered"),
    "dither_strength": (["--dither-strength", "0.5"], 0.5),
    "lossy": (["--lossy", "0.1"], 0.1),
    "init": (["--init", "random"], "random"),
    "iterations": (["--iterations", "3"], 3),
    "keep": (["--keep", "00ff0080", "--keep", "Red"], ("00ff0080", "Red")),
    "space": (["--space", "oklab"], "oklab"),
    "show": (["--show", "measured", "--palette", "spectra-6"], "measured"),
    "seed": (["--seed", "4"], 4),
    "effort": (["--effort", "9"], 9),
    "bits": (["--bits", "2"], 2),
    "fast_decode": (["--fast-decode"], True),
    "smallest": (["--smallest"], True),
    "zstd": (["--no-zstd"], False),
    "level": (["--level", "22"], 22),
    "window": (["--window", "4096"], 4096),
    "small_reader": (["--small-reader"], True),
    "tile": (["--tile", "40x30"], (40, 30)),
    "threads": (["--threads", "2"], 2),
    "overviews": (["--overviews", "labels"], "labels"),
    "srgb": (["--srgb"], True),
    "strip": (["--strip"], True),
}


@each_option
def test_every_option_can_be_given_under_its_own_name(name: str) -> None:
    words, value = GIVEN[name]
    assert words[0] in ("--" + name.replace("_", "-"), "--no-" + name)
    found = told(parsed(*words), name)
    assert found == value
    assert type(found) is type(value)


AS_TYPED = {"space": ("auto", "srgb"), "dither": ("auto", "none")}
"""Options of which a person who types nothing gets another value than a program."""


@each_option
def test_an_option_that_is_not_given_is_as_in_python(name: str) -> None:
    found, default = told(parsed(), name), ENCODE[name].default
    if name in AS_TYPED:
        assert (found, default) == AS_TYPED[name]
        return
    assert found == default
    assert type(found) is type(default)


def test_some_options_have_a_short_name() -> None:
    assert told(parsed("-c", "auto", "-e", "2"), "colors") == "auto"
    assert told(parsed("-c", "auto", "-e", "2"), "effort") == 2


@each_option
def test_the_help_of_the_command_says_what_each_option_does(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    with pytest.raises(SystemExit):
        parsed("--help-all")
    flag, text = GIVEN[name][0][0], re.escape(ENCODE[name].metadata["switch"].help)
    assert re.search(rf"{flag}\b.*\s+{text}$", capsys.readouterr().out, re.MULTILINE)
