"""Print how many bytes of code kmf.h is on microcontrollers, and how much memory pictures take.

    python -m tools.embedded.sizes [PICTURE...]

Code is what the linker adds to a program that opens a file in memory and asks for its rows. Work is
the memory that the spec's section 1 bounds, for pictures of 320 x 240 pixels and 16 colours (those
of the gallery, unless told); the stack, and some 200 bytes of state, are not in it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

import kmformat
from tools.embedded.arm import SMALL, compile_for

CPUS = ("cortex-m4", "cortex-m0plus")
READERS = {
    "plain": (*SMALL, "-DKMF_WITHOUT_COMPACT"),
    "with compact tiles": SMALL,
    "with compact tiles of 256 colours": ("-DKMF_SMALL_ZSTD",),
    "stored tiles only": ("-DKMF_WITHOUT_ZSTD",),
}
GALLERY = Path(__file__).parents[1] / "docs"
SIZE = (320, 240)
FILES: dict[str, dict[str, Any]] = {
    "strips of 16 rows, plain": {"small_reader": True, "tile": (320, 16), "fast_decode": True},
    "strips of 16 rows, compact": {"small_reader": True, "tile": (320, 16), "bits": 4, "effort": 9},
}


def code_bytes(cpu: str, *options: str) -> int:
    """Return the bytes of code and constants of `size.c`."""
    with tempfile.TemporaryDirectory() as folder:
        elf = Path(folder) / "size.elf"
        compile_for(cpu, "size.c", elf, *options)
        printed = subprocess.run(
            ["arm-none-eabi-size", "-A", elf], capture_output=True, check=True, text=True
        ).stdout
    rows = dict(line.split()[:2] for line in printed.splitlines()[2:] if line)
    return int(rows[".text"]) + int(rows[".data"])


def main(paths: list[str]) -> int:
    """Print all figures; return the exit status."""
    print(f"{'bytes of code':36}" + "".join(f"{cpu:>16}" for cpu in CPUS))
    without = {cpu: code_bytes(cpu) for cpu in CPUS}
    for name, options in READERS.items():
        sizes = [code_bytes(cpu, *options, "-DREADER") - without[cpu] for cpu in CPUS]
        print(f"{name:36}" + "".join(f"{size:16,}" for size in sizes))
    print(f"\n{'bytes of a picture of 320 x 240':48}{'file':>8}{'work':>8}")
    for path in map(Path, paths or sorted(map(str, GALLERY.glob("gallery-*.png")))):
        with Image.open(path) as picture:
            image = picture.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)
        for name, told in FILES.items():
            data = kmformat.encode(image, colors=16, dither="none", **told)
            need = kmformat.read_info(BytesIO(data)).workspace
            said = "not for a small reader" if need is None else f"{need:8,}"
            print(f"{f'{path.stem}: {name}':48}{len(data):8,}{said}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
