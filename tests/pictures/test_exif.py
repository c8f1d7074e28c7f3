"""EXIF as a TIFF structure: what is changed in it, and what stays."""

from __future__ import annotations

import struct
from fractions import Fraction

import pytest
from PIL import Image

from kmformat.pictures.exif import (
    Resolution,
    is_resolution_only,
    resolution_of,
    upright,
    with_resolution,
)

DPI = Resolution(Fraction(300), Fraction(150))


def camera(order: str = "<") -> bytes:
    """EXIF with a camera's name, behind an offset, and nothing else."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, 1)
    return head + struct.pack(f"{order}HHII", 0x10F, 2, 7, 26) + bytes(4) + b"Camera\0"


def read(exif: bytes) -> Image.Exif:
    found = Image.Exif()
    found.load(exif)
    return found


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("resolution", [DPI, Resolution(Fraction(11811, 100), Fraction(120), 3)])
def test_a_resolution_joins_what_is_there(order: str, resolution: Resolution) -> None:
    exif = with_resolution(camera(order), resolution)
    assert resolution_of(exif) == resolution
    assert not is_resolution_only(exif)
    tags = read(exif)
    assert (tags[0x10F], tags[0x11A], tags[0x11B], tags[0x128]) == ("Camera", *resolution)
    assert with_resolution(exif, None)[8:33] == camera(order)[8:33]  # where it was
    assert read(with_resolution(exif, None))[0x10F] == "Camera"
    assert resolution_of(with_resolution(exif, None)) is None


def test_a_resolution_alone_takes_58_bytes_or_66() -> None:
    equal, other = with_resolution(b"", Resolution(DPI.x, DPI.x)), with_resolution(b"", DPI)
    assert (len(equal), len(other)) == (58, 66)
    assert (resolution_of(equal), resolution_of(other)) == (Resolution(DPI.x, DPI.x), DPI)
    assert read(other)[0x11B] == 150
    assert is_resolution_only(equal)
    assert with_resolution(equal, None) == b""


@pytest.mark.parametrize(
    "exif", [b"no TIFF at all", b"II*\0", camera()[:16], b"II*\0" + b"\xff" * 9]
)
def test_what_is_malformed_stays_as_it_is(exif: bytes) -> None:
    assert (upright(exif), with_resolution(exif, DPI)) == (exif, exif)
    assert resolution_of(exif) is None
    assert not is_resolution_only(exif)


def test_values_that_are_no_resolution_are_none() -> None:
    stated = with_resolution(b"", DPI)
    assert resolution_of(stated.replace(struct.pack("<II", 150, 1), bytes(8))) is None
    assert resolution_of(stated[:-1]) is None
    assert resolution_of(camera()) is None


@pytest.mark.parametrize(
    ("dpi", "expected"),
    [
        ((299.9994, 300.00762), (300, 300)),  # as of 11811 pixels a metre, and of a BMP
        ((25.4, 0.5), (Fraction(127, 5), Fraction(1, 2))),
        ((Fraction(72), 1e-9), None),
        ((0, 72), None),
        ((-1, 72), None),
        ((float("nan"), 72), None),
        ((float("inf"), 72), None),
        ((65536, 72), None),
        ((72,), None),
        (("72", "x"), None),
        ("72", None),
        (72, None),
        (None, None),
    ],
)
def test_pixels_an_inch_are_whole_where_they_were_meant_to_be(
    dpi: object, expected: tuple[object, object] | None
) -> None:
    found = Resolution.of_dpi(dpi)
    assert (found and found[:2]) == expected


def test_only_pixels_that_are_not_square_have_an_aspect() -> None:
    assert Resolution.of_aspect((7, 7)) is None
    assert Resolution.of_aspect((2, 4)) == Resolution(Fraction(1), Fraction(2), 1)
    assert Resolution(Fraction(1), Fraction(2), 1).dpi is None


def test_pixels_a_centimetre_are_told_an_inch() -> None:
    assert Resolution(Fraction(100), Fraction(50), 3).dpi == (254, 127)


@pytest.mark.parametrize("dpi", [1, 72, 90, 96])
def test_what_programs_write_unasked_is_known(dpi: int) -> None:
    assert Resolution(Fraction(dpi), Fraction(dpi)).is_unasked
    assert not Resolution(Fraction(dpi), Fraction(dpi + 1)).is_unasked
