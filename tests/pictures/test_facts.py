"""What a file says beside what Pillow keeps of it."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kmformat.pictures.facts import Facts, facts_of, note
from tests.samples import photo, png


@pytest.mark.parametrize(
    ("codec", "arguments", "bits"),
    [
        ("zip", "RGB;16B", 16),
        ("raw", ("RGBX;16L", 0, 1), 16),
        ("raw", ("BGR;16", 0, 1), 8),  # 16 bits are a pixel's
        ("raw", None, 8),
        ("raw", (), 8),
        ("ppm", ("RGB", 1023), 10),
        ("ppm_plain", ("RGB", 255), 8),
        ("SGI16", ("RGB", 0, -1), 16),
        ("sgi_rle", ("RGB", -1, 2), 16),
        ("sgi_rle", ("RGB", -1, 1), 8),
        ("bcn", (6, "BC6H"), 16),
        ("bcn", (7, "BC7"), 8),
    ],
)
def test_depth_of_samples_that_pillow_cuts(codec: str, arguments: Any, bits: int) -> None:
    image: Any = Image.fromarray(photo(2, 2))
    image.tile = [(codec, (0, 0, 2, 2), 0, arguments)]
    assert facts_of(image).bits == bits


def test_code_points_stay_known_when_the_pixels_are_read() -> None:
    image = Image.open(io.BytesIO(png(photo(2, 2), (b"cICP", bytes([9, 16, 0, 1])))))
    found = facts_of(image)
    image.load()
    assert found.cicp == bytes([9, 16, 0, 1])
    assert facts_of(image) == facts_of(image.copy()) == found


def test_an_image_without_a_file_has_usual_facts_unless_noted() -> None:
    image = Image.fromarray(np.zeros((2, 2), np.uint16))
    assert facts_of(image) == Facts()
    note(image, Facts(grey_range=(0, 4095)))
    assert facts_of(image).grey_range == (0, 4095)
    image.info["kmf_facts"] = "a text of a PNG"
    assert facts_of(image) == Facts()
