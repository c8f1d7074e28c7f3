"""What the tests of several wings share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

import kmformat
from tests.samples import photo

# No database, which a read-only folder can't hold; no deadline, which a busy machine can't keep.
settings.register_profile("kmf", database=None, deadline=None)
settings.load_profile("kmf")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A KMF file of six tiles: `photo` in 16 colours."""
    path = tmp_path / "picture.kmf"
    kmformat.save(photo(), path, tile=(32, 32))
    return path
