"""The commands by which desktops and ImageMagick turn KMF files into others, as they run them."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

import kmformat
from tests.samples import indexed

SPEC = Path(__file__).parents[2] / "spec"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the commands are for sh")


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """An environment in which kmformat is this one."""
    program = tmp_path / "bin" / "kmformat"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kmformat "$@"\n')
    program.chmod(0o755)
    return os.environ | {"PATH": f"{program.parent}:{os.environ['PATH']}"}


def test_the_thumbnailer_fills_the_file_that_is_open(tmp_path: Path, shell: dict[str, str]) -> None:
    lines = (SPEC / "kmf.thumbnailer").read_text(encoding="utf-8").splitlines()
    entry = dict(line.split("=", 1) for line in lines if "=" in line and line[0] != "#")
    assert entry["MimeType"] == "image/x-kmf;"
    source, target = tmp_path / "a '$x\".kmf", tmp_path / "tmp.XyZ"
    indexed(100, 2100, 9).save(source, overviews="picture")
    told = {"%i": str(source), "%o": str(target), "%s": "256"}
    words = [told.get(word, word) for word in shlex.split(entry["Exec"])]
    with open(target, "w+b") as stream:
        subprocess.run(words, check=True, env=shell)
        with Image.open(stream) as image:
            assert (image.format, image.size) == ("PNG", (256, 12))


def test_imagemagick_reads_and_writes_by_the_delegates(
    tmp_path: Path, shell: dict[str, str]
) -> None:
    decode, encode = ElementTree.parse(SPEC / "kmf-delegates.xml").getroot()
    assert decode.attrib.items() >= {"decode": "kmf"}.items()
    assert encode.attrib.items() >= {"decode": "png", "encode": "kmf"}.items()
    names = [tmp_path / name for name in ("a", "b", "c")]
    image = indexed(9, 20, 16)
    names[0].write_bytes(kmformat.encode_indexed(image))
    for delegate, source, target in zip((decode, encode), names, names[1:], strict=False):
        command = delegate.attrib["command"].replace("%i", str(source)).replace("%o", str(target))
        done = subprocess.run(command, check=True, shell=True, env=shell, capture_output=True)
        assert (done.stdout, done.stderr) == (b"", b"")
    assert np.array_equal(kmformat.decode(names[2]), image.to_pixels())
