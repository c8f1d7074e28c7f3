"""The kernels are called through their wing, which imports a module when its kernel is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kmformat import kernels


@pytest.mark.parametrize("name", kernels.__all__)
def test_every_kernel_can_be_had_through_the_facade(name: str) -> None:
    kernel = getattr(kernels, name)
    assert isinstance(kernel, int) or kernel.__module__.startswith("kmformat.kernels.")
    assert vars(kernels)[name] is kernel  # known from now on


def test_an_unknown_kernel_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"'kmformat.kernels' has no attribute 'sharpen'"):
        kernels.sharpen  # noqa: B018


def test_a_kernel_imports_its_own_module_and_no_other_wing() -> None:
    code = (
        "import sys; from kmformat import kernels; before = set(sys.modules); kernels.pack; "
        "print(*(name for name in set(sys.modules) - before if name.startswith('kmformat.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    native = {"kmformat.kernels.native", "kmformat.kernels.orders"} if kernels.NATIVE else set()
    assert set(done.stdout.split()) == {"kmformat.kernels.packing", *native}
