"""All that Pillow writes, in every format and mode: a right file, or one clear line."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import kmformat
from kmformat.pictures.normalize import as_pixels
from tests.cli.shell import Shell
from tests.samples import icon

Image.init()
MODES = [
    "1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBX", "RGBa", "CMYK", "YCbCr", "LAB", "HSV",
    "I", "F", "I;16", "I;16B",
]  # fmt: skip
READ = {*Image.OPEN, "MPO"} - {"EPS", "WMF", "BUFR", "GRIB", "HDF5"}  # these need other programs


def in_mode(mode: str) -> Image.Image:
    """A picture of few colours, with alpha where the mode has any."""
    image = Image.fromarray(icon(16)).quantize(12, method=Image.Quantize.FASTOCTREE).convert("RGBA")
    if mode in ("I", "F", "I;16", "I;16B"):
        return image.convert("L").convert("I" if "16" in mode else mode).convert(mode)
    via = {"LAB": "RGB", "CMYK": "RGB", "YCbCr": "RGB", "HSV": "RGB", "La": "LA", "RGBX": "RGB"}
    return image.convert(via.get(mode, mode)).convert(mode)


@pytest.mark.parametrize("kind", sorted({*Image.SAVE} - {"KMF"}))
def test_all_that_pillow_writes_gives_a_right_file_or_one_line(run: Shell, kind: str) -> None:
    names = []
    for mode in MODES:
        stream = io.BytesIO()
        try:
            in_mode(mode).save(stream, kind)
        except Exception:  # not a mode of this format, or a format with its program only
            continue
        names.append(f"{mode.replace(';', '_')}.{kind.lower()}")
        Path(names[-1]).write_bytes(stream.getvalue())
    for name in names:
        result = run("encode", "-f", "-c", "256", "-o", "out.kmf", name)
        assert result.out == ""
        assert len(result.err.splitlines()) == 1 + ("first of several" in result.err), result.err
        if kind not in READ:
            assert result.err.startswith(f"kmformat: {name}: ")
            continue
        assert result.status == 0, result.err
        if "PSNR" in result.err:  # a format with a loss, or other sizes, make many colours
            assert kind in ("AVIF", "ICNS", "JPEG", "JPEG2000", "MPO", "WEBP"), result.err
            continue
        assert ("exact" in result.err) != ("lossless but for" in result.err)
        with Image.open(name) as image:
            image.load()  # only then the mode of an icon is known
            assert np.array_equal(rgba(kmformat.open("out.kmf")), rgba(image)), name


def rgba(image: Image.Image) -> Any:
    """Pixels as Pillow shows them, but as we do if they are deep grey, or it lost their palette."""
    lost = image.mode == "P" and image.palette is None  # as of an ICNS
    if lost or image.mode in ("I", "F") or image.mode.startswith("I;16"):
        image = Image.fromarray(as_pixels(image))
    via = "RGBA" if image.has_transparency_data else "RGB"
    return np.asarray(image.convert(via).convert("RGBA"))
