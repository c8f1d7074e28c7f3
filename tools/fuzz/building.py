"""The targets in C, and spec/kmf.h as a shared library, compiled into the folder `BUILT`."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "build" / "fuzz"
HERE = Path(__file__).parent / "c"
_NATIVE = ROOT / "kmformat" / "kernels" / "native"
_WARNINGS = ("-std=c99", "-g", "-Wall", "-Wextra", "-Werror")
_SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
FUZZER = (
    "clang", "-O1", "-ffp-contract=off", *_WARNINGS, "-fsanitize=fuzzer", *_SANITIZERS,
    "-fno-sanitize-coverage=trace-cmp",  # which takes half of the time
)  # fmt: skip
"""The compiler of targets, with libFuzzer: Debian's clang and libclang-rt-dev have it."""


def compiled(name: str, command: Sequence[str], sources: Sequence[Path], *more: str) -> Path:
    """Compile sources to `BUILT` / name, unless nothing has changed since, and return that.

    Raises
    ------
    subprocess.CalledProcessError
        The compiler finds fault, as it says.
    """
    target = BUILT / name
    parts = [*HERE.rglob("*"), *_NATIVE.iterdir(), *(ROOT / "spec").glob("*.h"), Path(__file__)]
    if target.exists() and target.stat().st_mtime > max(part.stat().st_mtime for part in parts):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent) as folder:  # others may compile it as well
        made = Path(folder) / name
        subprocess.run([*command, *map(str, sources), "-o", str(made), *more], check=True)
        return made.replace(target)


def shared_library(*defines: str) -> Path:
    """Return spec/kmf.h as a library with the functions of judge.h, compiled as plain C."""
    name = "-".join(["libjudge", *defines]) + ".so"
    switches = [f"-D{define}" for define in defines]
    command = ("cc", "-O2", "-shared", "-fPIC", *_WARNINGS, *switches)
    return compiled(name, command, [HERE / "judge.c"], "-lzstd")


def reader_fuzzer(name: str, *defines: str) -> Path:
    """Return the target that reads files as a build of spec/kmf.h with some defines does."""
    judge = compiled("judge.o", (*FUZZER, "-c"), [HERE / "judge.c"])
    switches = [f"-D{define}" for define in defines]
    return compiled(name, (*FUZZER, *switches), [HERE / "reader.c", judge], "-lzstd")


def kernel_fuzzer(name: str, kernel: str) -> Path:
    """Return the target of a native kernel, that of its file; some take orders or distances."""
    sources = {HERE / "kernels" / f"{kernel}.c", _NATIVE / f"{kernel}.c"}
    if kernel in ("dense", "wavefront"):
        sources.add(_NATIVE / "orders.c")
    return compiled(name, FUZZER, sorted(sources), "-lm")
