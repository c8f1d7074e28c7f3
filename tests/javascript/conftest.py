"""The decoder in JavaScript, run by Node for as long as the tests take."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tools.conformance.javascript import Decoder


@pytest.fixture(scope="session")
def decoder() -> Iterator[Decoder]:
    """The decoder; the test is skipped where there is no Node."""
    if not shutil.which("node"):
        pytest.skip("node is not installed: the decoder in JavaScript can't be tried")
    decoder = Decoder()
    yield decoder
    decoder.close()
