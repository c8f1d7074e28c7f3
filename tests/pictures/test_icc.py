"""Colours of other spaces become sRGB where that is asked for or has to be."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image

import kmformat
from tests.samples import pillow_photo, profile, reopened, wide_gamut

SRGB, LAB = profile("sRGB"), profile("LAB")


def grey_profile(gamma: float) -> bytes:
    """A version 2 ICC profile of grey with a gamma (ICC.1:2001-04)."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    white = b"XYZ " + bytes(4) + struct.pack(">III", 0xF6D6, 0x10000, 0xD32D)
    text = b"desc" + bytes(4) + struct.pack(">I", 2) + b"g\0" + bytes(78 + 8)
    start = 128 + 4 + 3 * 12
    table, body = struct.pack(">I", 3), b""
    for tag, data in ((b"desc", text), (b"wtpt", white), (b"kTRC", curve)):
        data += bytes(-len(data) % 4)
        table += tag + struct.pack(">II", start + len(body), len(data))
        body += data
    header = struct.pack(">I4sI4s4s4s12s4s", 0, b"lcms", 0x02100000, b"mntr", b"GRAY", b"XYZ ",
                         struct.pack(">6H", 2026, 1, 1, 0, 0, 0), b"acsp")  # fmt: skip
    header = (header + bytes(28) + struct.pack(">III", 0xF6D6, 0x10000, 0xD32D)).ljust(128, b"\0")
    profile = header + table + body
    return struct.pack(">I", len(profile)) + profile[4:]


def test_a_palette_is_converted_and_its_indices_are_kept() -> None:
    image = pillow_photo().quantize(7)
    image.info["icc_profile"] = wide_gamut()
    shown = reopened(image, srgb=True)
    assert shown.tobytes() == image.tobytes()
    assert shown.getpalette() != image.getpalette()
    assert "icc_profile" not in shown.info


def test_alpha_survives_conversion() -> None:
    image = pillow_photo().convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    image.info["icc_profile"] = wide_gamut()
    shown = reopened(image, srgb=True, colors=256).convert("RGBA")
    assert shown.getchannel("A").tobytes() == image.getchannel("A").tobytes()


@pytest.mark.parametrize("profile", [b"", b"junk", SRGB[:200], bytes(3000)])
@pytest.mark.parametrize("mode", ["RGB", "P", "L", "CMYK", "LA"])
def test_a_profile_that_cannot_be_used_harms_nothing(mode: str, profile: bytes) -> None:
    image = pillow_photo().convert(mode)
    image.info["icc_profile"] = profile
    shown = reopened(image, colors=256)
    assert shown.convert("RGB").tobytes() == image.convert("RGB").tobytes()


def test_a_profile_that_cannot_be_used_is_an_error_if_conversion_is_asked_for() -> None:
    with pytest.raises(kmformat.PictureError, match="the ICC profile can't be converted"):
        kmformat.encode(pillow_photo(icc_profile=SRGB[:200]), srgb=True)


def test_profiles_of_other_spaces_are_not_carried() -> None:
    image = pillow_photo(icc_profile=LAB)
    assert "icc_profile" not in reopened(image).info


def test_grey_with_a_profile_of_grey_becomes_srgb() -> None:
    pytest.importorskip("PIL._imagingcms")
    image = pillow_photo().convert("L")
    image.info["icc_profile"] = grey_profile(1.0)
    linear = np.asarray(reopened(image, colors=256).convert("RGB"))
    assert linear.mean() > np.asarray(image).mean() + 20  # linear light is brighter than it looks
    assert np.array_equal(linear[..., 0], linear[..., 2])


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32])
def test_deep_grey_with_a_profile_keeps_its_levels(dtype: type) -> None:
    ramp = np.arange(0, 65536, 256)[None] / (65536 if dtype is np.float32 else 1)
    image = Image.fromarray(ramp.astype(dtype))
    image.info["icc_profile"] = wide_gamut()
    for data in (
        kmformat.encode(image, colors=256, strip=True),
        kmformat.encode(image, colors=256),
    ):
        assert len(kmformat.decode_indexed(data).palette) > 250
