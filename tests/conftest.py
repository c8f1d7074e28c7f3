"""What the tests of several wings share."""

from __future__ import annotations

from pathlib import Path

import pytest

import kmformat
from tests.samples import photo


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A KMF file of six tiles: `photo` in 16 colours."""
    path = tmp_path / "picture.kmf"
    kmformat.save(photo(), path, tile=(32, 32))
    return path
