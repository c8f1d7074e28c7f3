"""The grammar of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

import kmformat
from kmformat import kernels
from tests.cli.shell import Run, Shell
from tests.samples import photo


def test_version_is_printed(run: Shell) -> None:
    which = "native" if kernels.NATIVE else "NumPy"
    assert run("--version") == Run(0, f"kmformat {kmformat.__version__} ({which} kernels)\n", "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "required"),
        ("paint photo.png", "invalid choice"),
        ("encode", "required"),
        ("compare photo.png", "ORIGINAL and FILE are required (see kmformat compare --help)"),
        ("encode photo.png -j 0", "expected an integer"),
        ("encode photo.png --report x.png", "--report x.png: expected a name that ends in .jsonl"),
        ("encode photo.png --json -o -", "both go to standard output"),
        ("encode photo.png -c 0", "expected an integer, 1 to 256"),
        ("encode photo.png -c 257", "expected an integer, 1 to 256"),
        ("encode photo.png -c many", "expected an integer"),
        ("encode photo.png --bits 3", "invalid choice"),
        ("encode photo.png --level 23", "1 to 22"),
        ("encode photo.png --level 3 --no-zstd", "not allowed with"),
        ("encode photo.png --tile 16", "expected WIDTHxHEIGHT"),
        ("encode photo.png --tile 0x16", "expected WIDTHxHEIGHT"),
        ("encode photo.png -q -v", "not allowed with"),
        ("encode photo.png -c 5 --bits 2", "--colors 5 does not fit --bits 2: at most 4"),
        ("encode photo.png --iterations 5", "--iterations goes with --init random"),
        ("decode photo.kmf --box 1,2,3", "expected LEFT,UPPER,RIGHT,LOWER"),
        ("decode photo.kmf --box 0,0,81,60", "inside the image of 80 x 60"),
        ("decode photo.kmf -o out.kmx", "suffix '.kmx'"),
        ("decode photo.kmf -o photo.kmf --force", "photo.kmf is the input itself"),
        ("info", "required, or --files-from (see kmformat info --help)"),
        ("info - photo.kmf -", "standard input can be read only once"),
        ("verify - -", "standard input can be read only once"),
    ],
)
def test_what_is_not_understood_exits_with_2(run: Shell, words: str, message: str) -> None:
    if words.startswith("decode"):
        Path("photo.png").unlink()
        kmformat.save(photo(), "photo.kmf")
    assert message in run.fails(2, *words.split())


@pytest.mark.parametrize(
    "words", [["encode", ""], ["decode", ""], ["info", ""], ["encode", "photo.png", "-o", ""]]
)
def test_an_empty_name_is_not_understood(run: Shell, words: list[str]) -> None:
    assert "the name is empty" in run.fails(2, *words)
