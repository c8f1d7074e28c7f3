"""All targets of fuzzing: what each says is in its module or C file.

A target is a row of `TARGETS`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from tools.fuzz.building import kernel_fuzzer, reader_fuzzer, shared_library
from tools.fuzz.seeds import Seeds, files, nothing, palettes, pictures, some_files

Command: TypeAlias = Callable[[], list[str]]
"""Builds a target, and returns the command that runs it."""


@dataclass(frozen=True)
class Target:
    """A target.

    Attributes
    ----------
    runs
        How many executions take some seconds: with the seeds, all of which are executed first.
    most
        Bytes of an input.
    environment
        Of its process.
    """

    name: str
    command: Command
    runs: int
    seeds: Seeds
    most: int = 4096
    environment: dict[str, str] = field(default_factory=dict)


def _in_python(name: str, *readers: tuple[str, ...]) -> Command:
    """Return the command of a target in Python, which loads builds of spec/kmf.h."""

    def command() -> list[str]:
        for defines in readers:
            shared_library(*defines)
        return [sys.executable, "-m", "tools.fuzz.guided", name]

    return command


def _reader(*defines: str) -> tuple[str, Command]:
    name = "-".join(["c", *(define.removeprefix("KMF_").lower() for define in defines)])
    name = name.replace("_", "-")
    return name, lambda: [str(reader_fuzzer(name, *defines))]


def _kernel(name: str) -> tuple[str, Command]:
    return f"kernel-{name}", lambda: [str(kernel_fuzzer(f"kernel-{name}", name))]


_OWN_ZSTD = ("KMF_SMALL_ZSTD",)
_NATIVE, _NUMPY = {"KMF_NATIVE": "1"}, {"KMF_NATIVE": "0"}
TARGETS = (
    Target("decode", _in_python("decode"), 3000, files, environment=_NATIVE),
    Target("decode-numpy", _in_python("decode"), 700, some_files, environment=_NUMPY),
    Target("agree", _in_python("agree", (), _OWN_ZSTD), 1000, some_files),
    Target("encode", _in_python("encode", (), _OWN_ZSTD, ("KMF_SMALL",)), 200, nothing, 400),
    Target("streams", _in_python("streams"), 200, nothing, 400),
    Target("palettes", _in_python("palettes"), 5000, palettes),
    Target("pictures", _in_python("pictures"), 700, pictures),
    Target(*_reader(), 10_000, files),
    Target(*_reader("KMF_SMALL_ZSTD"), 10_000, files),
    Target(*_reader("KMF_SMALL"), 10_000, files),
    *(
        Target(*_kernel(name), runs, nothing, 512)
        for name, runs in {
            "packing": 20_000, "orders": 4000, "wavefront": 10_000, "counting": 10_000,
            "dense": 4000, "packed_palette": 10_000, "nearest": 2000, "diffusion": 10_000,
            "clusters": 4000, "halftone": 4000,
        }.items()
    ),
)  # fmt: skip
