"""Colours that a picture states without an ICC profile become sRGB, or get a profile."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

import kmformat
from kmformat.pictures.formats import load_picture
from kmformat.pictures.icc import without_profile
from kmformat.pictures.normalize import as_indexed, as_pixels
from tests.samples import ADOBE_PRIMARIES, SRGB_PRIMARIES, chrm, gama, png, profile, reopened

BLUE = np.array([[[120, 170, 255], [0, 255, 8]]], np.uint8)
GREY = np.array([[0, 120, 170, 255]], np.uint8)
P3, P3_PRIMARIES = (
    (b"cICP", bytes([12, 13, 0, 1])),
    (0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06),
)
ICC = b"iCCP", b"a\0\0" + zlib.compress(profile("sRGB"))


def read(*chunks: tuple[bytes, bytes], pixels: object = BLUE) -> Image.Image:
    return load_picture(io.BytesIO(png(pixels, *chunks)), 1000).image


def linear(samples: np.ndarray, power: float | None) -> np.ndarray:
    s = samples / 255
    srgb = np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)
    return np.asarray(s**power if power else srgb)


def to_xyz(primaries: tuple[float, ...]) -> np.ndarray:
    x, y = np.reshape(primaries, (4, 2)).T
    white, *colors = np.stack([x, y, 1 - x - y], axis=1)
    columns = np.transpose(colors)
    matrix: np.ndarray = columns * np.linalg.solve(columns, white / white[1])
    return matrix


def in_srgb_by_hand(
    pixels: np.ndarray, primaries: tuple[float, ...], power: float | None
) -> np.ndarray:
    light = linear(pixels, power) @ (np.linalg.inv(to_xyz(SRGB_PRIMARIES)) @ to_xyz(primaries)).T
    light = np.clip(light, 0, 1)
    shown = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(255 * shown)


@pytest.mark.parametrize(
    "chunks",
    [
        [gama(1.0)],
        [gama(1.0), chrm(*SRGB_PRIMARIES)],
        [gama(1.0), chrm(0.31269, 0.32899, 0.63999, 0.33001, 0.3, 0.6, 0.15, 0.05999)],
        [(b"cICP", bytes([1, 8, 0, 1]))],
    ],
)
def test_a_gamma_is_converted_and_nothing_else_is_carried(
    chunks: list[tuple[bytes, bytes]],
) -> None:
    for options in ({}, {"srgb": True}, {"strip": True}):
        shown = reopened(read(*chunks), **options)
        assert np.asarray(shown.convert("RGB")).tolist() == [[[181, 212, 255], [0, 255, 53]]]
        assert shown.info == {}


@pytest.mark.parametrize(
    "chunks",
    [
        [],
        [gama(0.45455)],
        [gama(0.45)],
        [gama(0.45455), chrm(*SRGB_PRIMARIES)],
        [chrm(*SRGB_PRIMARIES)],
        [gama(1.0), (b"sRGB", b"\0")],
        [gama(1.0), chrm(*ADOBE_PRIMARIES), (b"cICP", bytes([1, 13, 0, 1]))],
        [gama(0.0)],
        [gama(9999.0)],
        [chrm(0, 0, 0, 0, 0, 0, 0, 0)],
        [chrm(0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3)],
        [chrm(0.3127, 0.329, 9.9, 0.33, 0.3, 0.6, 0.15, 0.06)],
        [chrm(0.9, 0.00001, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)],
        [(b"cICP", bytes([9, 16, 0, 1]))],  # HDR
        [(b"cICP", bytes([12, 13, 0, 0]))],  # not of full range
        [(b"cICP", bytes([2, 2, 0, 1]))],
        [(b"cICP", b"\x0c\x0d")],
        [(b"tEXt", b"gamma\x001.0"), (b"tEXt", b"chromaticity\x001"), (b"tEXt", b"kmf_facts\0a")],
    ],
)
def test_what_means_srgb_or_nothing_changes_nothing(chunks: list[tuple[bytes, bytes]]) -> None:
    assert kmformat.encode(read(*chunks)) == kmformat.encode(BLUE)


@pytest.mark.parametrize(
    ("chunks", "primaries", "power"),
    [
        ([P3], P3_PRIMARIES, None),
        ([P3, gama(1.0), ICC], P3_PRIMARIES, None),
        ([(b"cICP", bytes([12, 4, 0, 1]))], P3_PRIMARIES, 2.2),
        ([gama(0.4547), chrm(*ADOBE_PRIMARIES)], ADOBE_PRIMARIES, 1 / 0.4547),
        ([chrm(*ADOBE_PRIMARIES)], ADOBE_PRIMARIES, None),
    ],
)
def test_other_primaries_are_carried_as_a_profile_or_converted(
    chunks: list[tuple[bytes, bytes]], primaries: tuple[float, ...], power: float | None
) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (10, 10, 3), np.uint8)
    image = read(*chunks, pixels=pixels)
    carried = reopened(image, colors=256)
    assert np.array_equal(np.asarray(carried.convert("RGB")), pixels)
    assert len(carried.info["icc_profile"]) < 450
    expected = in_srgb_by_hand(pixels, primaries, power)
    for options in ({"srgb": True}, {"strip": True}):
        shown = reopened(image, colors=256, **options)
        assert np.abs(np.asarray(shown.convert("RGB")) - expected).max() < 1.6
        assert "icc_profile" not in shown.info
        again = reopened(carried, **options)
        assert again.convert("RGB").tobytes() == shown.convert("RGB").tobytes()


def test_an_icc_profile_goes_before_gamma() -> None:
    image = read(ICC, gama(1.0), chrm(*ADOBE_PRIMARIES))
    assert reopened(image).info["icc_profile"] == profile("sRGB")
    assert np.array_equal(as_pixels(image), BLUE)


def test_an_image_that_is_not_loaded_yet_is_converted_as_well() -> None:
    for chunks in ([P3], [gama(1.0)]):
        data = png(BLUE, *chunks)
        lazy = Image.open(io.BytesIO(data))
        assert kmformat.encode(lazy) == kmformat.encode(read(*chunks))
        assert kmformat.encode(lazy) == kmformat.encode(read(*chunks))  # now that it is loaded


@pytest.mark.parametrize("chunks", [[gama(1.0)], [gama(1.0), chrm(*ADOBE_PRIMARIES)]])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_needs_no_profile(chunks: list[tuple[bytes, bytes]], dtype: type) -> None:
    samples: np.ndarray = GREY.astype(dtype) * (257 if dtype is np.uint16 else 1)
    indexed = kmformat.quantize(read(*chunks, pixels=samples))
    assert indexed.to_pixels()[0, :, 0].tolist() == [0, 181, 212, 255]
    assert indexed.chunks == ()


def test_16_bits_are_converted_before_they_are_cut() -> None:
    samples = np.array([[0, 10, 100, 65535]], np.uint16)  # all but the last would be 0
    grey = as_pixels(read(gama(1.0), pixels=samples))[0, :, 0]
    assert grey.tolist() == [0, 5, 13, 255]


def test_a_palette_is_converted_and_its_indices_stay() -> None:
    indices = np.array([[1, 0, 1]], np.uint8)
    data = png(indices, gama(1.0), palette=bytes([0, 255, 8, 120, 170, 255]))
    image = load_picture(io.BytesIO(data), 9).image
    indexed = as_indexed(image)
    assert indexed is not None
    assert indexed.indices.tolist() == indices.tolist()
    assert indexed.palette.tolist() == [[0, 255, 53], [181, 212, 255]]
    assert np.array_equal(as_pixels(image), indexed.to_pixels())
    assert kmformat.read_palette(io.BytesIO(data)).tolist() == indexed.palette.tolist()


def test_alpha_is_no_colour() -> None:
    pixels = np.array([[[120, 170, 255, 120]]], np.uint8)
    assert as_pixels(read(gama(1.0), pixels=pixels)).tolist() == [[[181, 212, 255, 120]]]


def test_the_curve_of_video_is_that_of_the_recommendation() -> None:
    pixels = np.array([[[0, 20, 128]]], np.uint8)
    light = np.where(
        pixels / 255 < 0.081, pixels / 255 / 4.5, ((pixels / 255 + 0.099) / 1.099) ** (1 / 0.45)
    )
    expected = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    found = as_pixels(read((b"cICP", bytes([1, 1, 0, 1])), pixels=pixels))
    assert found.tolist() == np.rint(255 * expected).tolist()


def test_converting_twice_is_converting_once() -> None:
    once = without_profile(read(P3))
    assert without_profile(once) is once
    assert np.array_equal(as_pixels(once), as_pixels(once.copy()))


def test_the_profile_is_one_that_littlecms_takes_and_names() -> None:
    made = reopened(read(P3)).info["icc_profile"]
    opened = ImageCms.ImageCmsProfile(io.BytesIO(made))
    assert ImageCms.getProfileDescription(opened).strip() == "cICP"
    assert struct.unpack_from(">I", made)[0] == len(made)
    assert opened.profile.xcolor_space.strip() == "RGB"
    assert opened.profile.red_primary is not None
    assert opened.profile.red_primary[1][:2] == pytest.approx((0.68, 0.32), abs=0.01)
