"""The same picture gives the same bytes, whatever the processor can do and however it is used."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib import import_module

import pytest

ENCODE = """
import hashlib, kmformat
from tests.samples import icon, photo
for pixels in (photo(150, 200), photo(90, 130, 7), icon(100)):
    for options in ({}, {"dither": "floyd-steinberg"}, {"dither": "ordered"}, {"effort": 1},
                    {"colors": 100}, {"init": "random"}):
        print(hashlib.sha256(kmformat.encode(pixels, **options)).hexdigest())
"""


def encoded(**environment: str) -> list[str]:
    """The digests of some encodings, made by a process with other variables in its environment."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ENCODE],
        env=os.environ | environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.split()


@pytest.fixture(scope="module")
def usual() -> list[str]:
    return encoded()


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="processors of x86-64")
@pytest.mark.parametrize("kind", ["Prescott", "Nehalem", "Sandybridge", "Haswell", "SkylakeX"])
def test_linear_algebra_for_other_processors_changes_nothing(kind: str, usual: list[str]) -> None:
    if kind == "SkylakeX" and "AVX512F" not in found_features():
        pytest.skip("this processor can't run it")
    assert encoded(OPENBLAS_CORETYPE=kind) == usual
    assert len(usual) == 18


def test_numpy_without_its_fast_loops_changes_nothing(usual: list[str]) -> None:
    dispatched = import_module("numpy._core._multiarray_umath").__cpu_dispatch__
    assert encoded(NPY_DISABLE_CPU_FEATURES=" ".join(dispatched)) == usual


@pytest.mark.parametrize("threads", ["1", "2"])
def test_threads_of_linear_algebra_change_nothing(threads: str, usual: list[str]) -> None:
    assert encoded(OPENBLAS_NUM_THREADS=threads, PYTHONHASHSEED=threads) == usual


def found_features() -> set[str]:
    features = import_module("numpy._core._multiarray_umath").__cpu_features__
    return {name for name, there in features.items() if there}
