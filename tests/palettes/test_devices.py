"""Fixed palettes by name: in Python wherever a palette is taken, and on the command line."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np
import pytest

import kmformat
from kmformat.errors import ParameterError
from kmformat.palettes.devices import DEVICES, device_palette
from kmformat.quantization.options import SearchOptions
from tests.samples import photo

SIZES = {
    "black-and-white": 2, "cga": 16, "cga-4": 4, "commodore-64": 16, "e-paper-6": 6, "e-paper-7": 7,
    "spectra-6": 6, "spectra-6-inky": 6, "acep-7": 7,
    "game-boy": 4, "pico-8": 16, "web-safe": 216,
}  # fmt: skip


def test_each_has_its_number_of_different_colours() -> None:
    found = {name: device_palette(name) for name in DEVICES}
    assert {name: p.shape for name, p in found.items() if p is not None} == {
        name: (size, 3) for name, size in SIZES.items()
    }
    assert all(p is not None and len(np.unique(p, axis=0)) == len(p) for p in found.values())


def test_help_names_all() -> None:
    assert all(f'"{name}"' in (inspect.getdoc(SearchOptions) or "") for name in DEVICES)


def test_a_name_is_a_palette_in_python() -> None:
    image = kmformat.quantize(photo(), palette="PICO-8", dither="ordered")
    assert image.palette[8].tolist() == [255, 0, 77]
    assert np.array_equal(image.palette, kmformat.read_palette("pico-8"))
    kept = kmformat.build_palette([photo()], colors=16, keep="game-boy")
    assert {*map(bytes, kmformat.read_palette("game-boy"))} <= {*map(bytes, kept)}


def test_an_unknown_name_is_an_error_that_lists_all() -> None:
    expected = f"palette 'pico': no such file, and none of {', '.join(DEVICES)}"
    with pytest.raises(ParameterError, match=expected):
        kmformat.encode(photo(), palette="pico")


def test_files_are_read_by_their_names_and_in_a_folder_by_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kmformat.write_palette(["#123456"], "mine.gpl")
    for name in ("cga", "mine"):
        Path(name).write_bytes(Path("mine.gpl").read_bytes())
    files: list[str | Path] = ["./cga", "mine", "mine.gpl", Path("cga")]
    for file in files:
        assert kmformat.read_palette(file).tolist() == [[0x12, 0x34, 0x56]]
    assert len(kmformat.read_palette("cga")) == 16
    with pytest.raises(FileNotFoundError):
        kmformat.read_palette("none.hex")
