"""What the tests of all commands share."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.cli.shell import Shell
from tests.samples import icon, photo


@pytest.fixture
def run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """Runs commands in a folder that holds photo.png and icon.png."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
    Image.fromarray(photo()).save("photo.png")
    Image.fromarray(icon()).save("icon.png")
    return Shell(capsys)
