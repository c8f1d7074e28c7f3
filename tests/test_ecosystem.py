"""Libraries that read pictures through Pillow read KMF once the package is imported."""

from __future__ import annotations

from pathlib import Path

import imageio.v3 as imageio
import numpy as np
import pytest
import skimage.io
from matplotlib import pyplot

import kmformat
from tests.samples import icon, photo


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "photo.kmf"
    kmformat.save(photo(), path)
    return path


def test_imageio_reads(path: Path) -> None:
    assert np.array_equal(imageio.imread(path), kmformat.read(path))
    assert imageio.improps(path).shape == (60, 80, 3)


def test_imageio_writes(tmp_path: Path) -> None:
    path = tmp_path / "a.kmf"
    imageio.imwrite(path, photo(), colors=5)
    assert kmformat.read_info(path).colors == 5
    assert path.read_bytes() == kmformat.encode(photo(), colors=5)


def test_alpha_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "icon.kmf"
    kmformat.save(icon(), path)
    for pixels in (imageio.imread(path), skimage.io.imread(path), pyplot.imread(path)):
        assert np.array_equal(pixels, kmformat.read(path))


def test_scikit_image_reads(path: Path) -> None:
    assert np.array_equal(skimage.io.imread(path), kmformat.read(path))


def test_matplotlib_reads(path: Path) -> None:
    read = pyplot.imread(path)
    assert np.array_equal(read[..., :3], kmformat.read(path))
