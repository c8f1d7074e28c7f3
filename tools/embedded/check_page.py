"""Compile the programs of kmformat/docs/DISPLAYS.md, and run the one that needs no hardware.

    python -m tools.embedded.check_page

Each program stands in the page under a comment with its name. It is compiled for a Cortex-M4 with
all warnings, beside what ``kmformat export`` and ``atlas`` write; headers of others are stubs. The
first runs in an emulator, and its frame buffer must be the picture. The exit status is 1 if not.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import kmformat
from kmformat.cli import main as run_kmformat
from tools.embedded.arm import HERE, compile_for, emulate

PAGE = Path(kmformat.__file__).parent / "docs" / "DISPLAYS.md"
PICTURE = HERE.parent / "docs" / "gallery-lake.png"
SIZE = (320, 240)
_PROGRAM = re.compile(r"<!-- (\w+\.c) -->\n```c\n(.*?)```", re.DOTALL)


def write_pictures(folder: Path) -> None:
    """Write what the page's programs include: photo.h and icons.h."""
    with Image.open(PICTURE) as opened:
        picture = opened.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)
    picture.save(folder / "photo.png")
    names = [str(folder / f"icon{number}.png") for number in range(4)]
    for number, name in enumerate(names):
        picture.crop((20 * number, 0, 20 * number + 32, 32)).save(name)
    photo = str(folder / "photo")
    for words in (
        ("encode", f"{photo}.png", "--small-reader", "-q"),
        ("export", f"{photo}.kmf", "-o", f"{photo}.h"),
        ("atlas", *names, "-o", str(folder / "icons.h")),
    ):
        if run_kmformat(words):
            raise SystemExit(1)


def expected_screen(file: Path) -> bytes:
    """Return the frame buffer, RGB565 of a little-endian machine."""
    red, green, blue = np.moveaxis(kmformat.read(file)[..., :3].astype(np.uint16), 2, 0)
    pixels: bytes = ((red >> 3) << 11 | (green >> 2) << 5 | blue >> 3).astype("<u2").tobytes()
    return pixels


def main() -> int:
    """Compile all, and run the first; return the exit status."""
    programs = dict(_PROGRAM.findall(PAGE.read_text("utf-8")))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_pictures(folder)
        include = [f"-I{each}" for each in (folder, HERE.parents[1] / "spec", HERE / "stubs")]
        for program, text in programs.items():
            (folder / program).write_text(text)
            compile_for("cortex-m4", str(folder / program), folder / "program.o", *include)
            print(f"{program} compiles")
        shutil.copy(HERE / "frame_main.c", folder)
        compile_for("cortex-m4", str(folder / "frame_main.c"), folder / "frame.elf", *include)
        emulate(folder / "frame.elf", folder)
        same = (folder / "screen.bin").read_bytes() == expected_screen(folder / "photo.kmf")
    print(f"frame.c shows {'the picture' if same else 'another picture'}")
    return int(not same or len(programs) < 4)


if __name__ == "__main__":
    sys.exit(main())
