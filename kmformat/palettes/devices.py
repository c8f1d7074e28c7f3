"""Fixed palettes of devices and standards, by name: each in the device's own order of colours.

E-paper shows duller colours than those by which its makers' drivers know them. A panel that someone
measured has both: what to dither to, and what to send.
"""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from kmformat.errors import ParameterError

if TYPE_CHECKING:
    from kmformat.arrays import U8


class Device(NamedTuple):
    """A fixed palette: its colours, "rrggbb" and spaces, and what it is."""

    colors: str
    about: str
    measured: str = ""
    """What a panel shows for each of the colours, if someone measured it."""


_SAFE = ("00", "33", "66", "99", "cc", "ff")

DEVICES: dict[str, Device] = {
    "black-and-white": Device("000000 ffffff", "two colours"),
    # IBM, Personal Computer Hardware Reference Library, Color/Graphics Monitor Adapter (1984);
    # brown as the IBM 5153 monitor shows it
    "cga": Device(
        "000000 0000aa 00aa00 00aaaa aa0000 aa00aa aa5500 aaaaaa "
        "555555 5555ff 55ff55 55ffff ff5555 ff55ff ffff55 ffffff",
        "the 16 colours of CGA, and of EGA unless it is told others",
    ),
    "cga-4": Device("000000 55ffff ff55ff ffffff", "CGA at 320x200: palette 1, high intensity"),
    # P. Timmermann, Commodore VIC-II Color Analysis (2001), www.pepto.de/projects/colorvic/2001
    "commodore-64": Device(
        "000000 ffffff 68372b 70a4b2 6f3d86 588d43 352879 b8c76f "
        "6f4f25 433900 9a6759 444444 6c6c6c 9ad284 6c5eb5 959595",
        "the Commodore 64, as P. Timmermann measured it",
    ),
    # Waveshare, e-Paper drivers for Python: epd7in3e.py and epd5in65f.py
    "e-paper-6": Device(
        "000000 ffffff ffff00 ff0000 0000ff 00ff00", "e-paper of six colours (E Ink Spectra 6)"
    ),
    "e-paper-7": Device(
        "000000 ffffff 00ff00 0000ff ff0000 ffff00 ff8000",
        "e-paper of seven colours (E Ink Gallery, ACeP)",
    ),
    # nominal: as e-paper-6 and e-paper-7. Measured: github.com/paperlesspaper/epdoptimize,
    # src/dither/data/default-palettes.json, spectra6 and acep; and those of Pimoroni's panels:
    # github.com/pimoroni/inky, inky/inky_e673.py, SATURATED_PALETTE
    "spectra-6": Device(
        "000000 ffffff ffff00 ff0000 0000ff 00ff00",
        "e-paper of six colours, dithered to what epdoptimize measured",
        "1f2226 b9c7c9 c1bb1e 62201e 233f8e 35563a",
    ),
    "spectra-6-inky": Device(
        "000000 ffffff ffff00 ff0000 0000ff 00ff00",
        "e-paper of six colours, dithered to what Pimoroni measured",
        "000000 a1a4a5 d0be47 9c484b 3d3b5e 3a5b46",
    ),
    "acep-7": Device(
        "000000 ffffff 00ff00 0000ff ff0000 ffff00 ff8000",
        "e-paper of seven colours, dithered to what epdoptimize measured",
        "191e21 f1f1f1 53a428 31318f d20e13 f3cf11 b85e1c",
    ),
    # as emulators show the greens of its screen: en.wikipedia.org/wiki/Game_Boy
    "game-boy": Device("0f380f 306230 8bac0f 9bbc0f", "the first Game Boy's four greens"),
    # Lexaloffle, PICO-8 User Manual, Appendix A
    "pico-8": Device(
        "000000 1d2b53 7e2553 008751 ab5236 5f574f c2c3c7 fff1e8 "
        "ff004d ffa300 ffec27 00e436 29adff 83769c ff77a8 ffccaa",
        "the 16 colours of PICO-8",
    ),
    # L. Weinman, Designing Web Graphics (1996)
    "web-safe": Device(
        " ".join(r + g + b for r in _SAFE for g in _SAFE for b in _SAFE),
        "the 216 colours of which each channel has six levels",
    ),
}


def device_palette(name: str) -> U8 | None:
    """Return the palette of a device by name, uint8 (K, 3); None if it is a file's name.

    Names are written in upper or lower case. One of these names is no file's, unless with its
    folder, as in "./cga".

    Raises
    ------
    ParameterError
        It looks like one of these names, but neither it nor such a file is there.
    """
    device = DEVICES.get(name.lower())
    if device is None:
        path = PurePath(name)
        if path.name == name not in ("", "-") and not path.suffix and not os.path.lexists(name):
            raise ParameterError(
                f"palette {name!r}: no such file, and none of {', '.join(DEVICES)}"
            )
        return None
    return _rows(device.colors)


def device_pairs(name: str) -> U8 | None:
    """Return what a panel shows and what its driver takes, uint8 (K, 2, 3); None for other names.

    Raises
    ------
    ParameterError
        As for `device_palette`.
    """
    nominal, device = device_palette(name), DEVICES.get(name.lower())
    if nominal is None or device is None or not device.measured:
        return None
    import numpy as np

    return np.stack([_rows(device.measured), nominal], axis=1)


def _rows(colors: str) -> U8:
    import numpy as np

    return np.frombuffer(bytes.fromhex(colors), np.uint8).reshape(-1, 3).copy()
