"""Tries the core with each Python that is at hand, and with the oldest and newest dependencies.

    python -m tools.matrix [--only TEXT] [--python EXE]... [-- PYTEST-ARGUMENT...]

Each combination gets an environment of its own, where the package is installed from this tree, and
the tests of the core must pass. Those with one version of libzstd must encode to the same bytes.
Interpreters are those of the versions below that are on PATH or in ~/.pyenv, free-threaded ones
too, and those that are told. A combination that can't be installed is told, and is no error. The
exit status is 1 if any tests fail, or bytes differ.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
VERSIONS = ("3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t")
TOOLS = ("pytest", "pytest-xdist", "pytest-randomly", "hypothesis")
"""What the tests of the core need; those of other libraries skip, or are not among them."""
CORE = (
    "codec", "kernels", "quantization", "pictures", "storage", "attack", "color", "test_reading.py",
    "test_writing.py", "test_pillow_plugin.py", "test_executors.py", "test_limits.py",
    "test_determinism.py", "conformance/test_vectors.py", "cli/test_encode.py",
    "cli/test_decode.py",
)  # fmt: skip
_ENCODE = """
import contextlib, hashlib, io, zstandard
from tests.test_determinism import ENCODE
with contextlib.redirect_stdout(io.StringIO()) as out:
    exec(ENCODE)
digest = hashlib.sha256(out.getvalue().encode()).hexdigest()
print(".".join(map(str, zstandard.ZSTD_VERSION)), digest)
"""


class Combination(NamedTuple):
    """An interpreter, and versions that are asked for."""

    name: str
    python: str
    pinned: tuple[str, ...]


def combinations(told: list[str]) -> Iterator[Combination]:
    """Yield what there is to try: the newest of all, and with the oldest Python the oldest."""
    found = {version: exe for version in VERSIONS if (exe := interpreter(version))}
    for version, exe in (found | {exe: exe for exe in told}).items():
        yield Combination(f"{version}, newest", exe, ())
    if found:
        version, exe = next(iter(found.items()))
        oldest = oldest_dependencies()
        yield Combination(f"{version}, oldest", exe, oldest)
        others = tuple(each for each in oldest if not each.startswith("zstandard"))
        yield Combination(f"{version}, oldest but zstandard", exe, others)


def interpreter(version: str) -> str | None:
    """Return a Python of a version, "3.13" or, free-threaded, "3.13t"; None if there is none."""
    if exe := shutil.which(f"python{version}"):
        return exe if _runs(exe) else _of_pyenv(version)
    return _of_pyenv(version)


def _of_pyenv(version: str) -> str | None:
    number, threaded = version.rstrip("t"), version.endswith("t")
    for place in sorted((Path.home() / ".pyenv/versions").glob(f"{number}.*")):
        if place.name.endswith("t") == threaded and _runs(str(place / "bin/python3")):
            return str(place / "bin/python3")
    return None


def _runs(exe: str) -> bool:
    try:
        return not subprocess.run([exe, "-c", "import venv, ssl"], capture_output=True).returncode
    except OSError:
        return False


def oldest_dependencies() -> tuple[str, ...]:
    """Return the oldest versions that `pyproject.toml` allows, as requirements."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    return tuple(re.sub(r">=([\d.]+).*", r"==\1", each) for each in told)


def attempt(
    combination: Combination, folder: Path, arguments: list[str], digests: dict[str, set[str]]
) -> str:
    """Return "passed", "failed", or why it can't be tried; digests are by version of libzstd."""
    python = str(folder / "bin/python")
    subprocess.run([combination.python, "-m", "venv", folder], check=True)
    install = [python, "-m", "pip", "install", "-q", "--only-binary", "numpy,pillow"]
    done = subprocess.run(
        [*install, *combination.pinned, *TOOLS, ROOT], capture_output=True, text=True
    )
    if done.returncode:
        return f"not tried: {done.stderr.strip().splitlines()[-1]}"
    environment = os.environ | {"PYTHONPATH": str(_tree(folder))}

    def said(*words: str) -> str:
        command = [python, "-W", "ignore", *words]
        output = subprocess.check_output(command, cwd=folder, env=environment, text=True)
        return output.strip()

    print(said("-m", "kmformat", "--version"), flush=True)
    libzstd, digest = said("-c", _ENCODE).split()
    digests.setdefault(libzstd, set()).add(digest)
    settings = str(ROOT / "pyproject.toml")
    place = ["-c", settings, "--import-mode", "append", "-p", "no:cacheprovider"]
    tests = [str(ROOT / "tests" / name) for name in CORE]
    command = [python, "-m", "pytest", *place, *arguments, *tests]
    failed = subprocess.run(command, cwd=folder, env=environment).returncode
    return "failed" if failed else "passed"


def _tree(folder: Path) -> Path:
    """Return a folder that has what tests import, but not the package: that one is installed."""
    tree = folder / "tree"
    tree.mkdir()
    for name in ("tests", "tools", "spec"):
        (tree / name).symlink_to(ROOT / name)
    return tree


def main(arguments: list[str] | None = None) -> int:
    """Try all; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.matrix")
    parser.add_argument("--only", default="", help="the combinations whose names have TEXT in them")
    parser.add_argument("--python", action="append", default=[], help="another interpreter")
    parser.add_argument("arguments", nargs="*", help="for pytest")
    options = parser.parse_args(arguments)
    results, digests = dict[str, str](), dict[str, set[str]]()
    for combination in combinations(options.python):
        if options.only in combination.name:
            print(f"== {combination.name}", flush=True)
            with tempfile.TemporaryDirectory() as folder:
                place = Path(folder)
                results[combination.name] = attempt(combination, place, options.arguments, digests)
    for name, result in results.items():
        print(f"{name:40}{result}")
    for libzstd, found in digests.items():
        print(f"bytes with libzstd {libzstd}: {'the same' if len(found) == 1 else 'differ'}")
    return int("failed" in results.values() or any(len(found) > 1 for found in digests.values()))


if __name__ == "__main__":
    sys.exit(main())
