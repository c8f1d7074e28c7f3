"""Compare a decoder with the package on files that the package makes of real pictures.

    python -m tools.conformance.cross_check PICTURE_OR_FOLDER... -- COMMAND...

Each picture, also in folders at any depth, is encoded in several ways (`WAYS`). For each file, the
command must print the same palette, indices and pixels as the package decodes, in the form that
`tools.conformance.runner` describes.

A line is printed for each file that fails, then how many passed and failed, and how many inputs
were skipped because they are not pictures. The exit status is 1 if any failed or none was tried.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import kmformat
from kmformat.errors import KmfError
from kmformat.pictures.formats import load_picture
from tools.conformance.runner import TIMEOUT, Entry, outcome

WAYS: tuple[dict[str, Any], ...] = (
    {"colors": 16},
    {"colors": 16, "fast_decode": True, "tile": (100, 77)},
    {"colors": 16, "small_reader": True, "effort": 9},
    {"colors": 5, "bits": 8, "tile": (64, 64), "effort": 2},
    {"colors": 2, "bits": 1, "zstd": False},
    {"colors": 100, "effort": 1},
    {"colors": 256, "effort": 2},
    {"colors": 40, "tile": (90, 70)},
)
"""Options of `kmformat.encode`, for tiles of each method and indices of 1, 4 and 8 bits."""


def fault_of(data: bytes, command: Sequence[str], path: Path) -> str:
    """Return what a decoder finds otherwise than the package in a file, or an empty string."""
    path.write_bytes(data)
    image = kmformat.decode_indexed(data)
    wanted: Entry = {
        "width": image.width,
        "height": image.height,
        "palette": image.palette.tolist(),
        "indices_sha256": hashlib.sha256(image.indices.tobytes()).hexdigest(),
        "pixels_sha256": hashlib.sha256(kmformat.decode(data).tobytes()).hexdigest(),
    }
    done = subprocess.run([*command, str(path)], capture_output=True, timeout=TIMEOUT)
    came = outcome(done.returncode, done.stdout)
    if isinstance(came, str):
        return came
    return ", ".join(name for name in wanted if came[name] != wanted[name])


def main(arguments: list[str] | None = None) -> int:
    """Compare on all pictures, and print what differs; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.conformance.cross_check",
        usage="%(prog)s PICTURE_OR_FOLDER... -- COMMAND...",
    )
    parser.add_argument("words", nargs="+")
    words = sys.argv[1:] if arguments is None else arguments
    split = words.index("--") if "--" in words else len(words)
    names, command = parser.parse_args(words[:split]).words, words[split + 1 :]
    if not command:
        parser.error("expected -- and the command of a decoder")
    paths = [path for name in names for path in sorted(Path(name).rglob("*")) or [Path(name)]]
    passed = failed = skipped = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in filter(Path.is_file, paths):
            try:
                with path.open("rb") as stream:
                    image = load_picture(stream, 1 << 28).image
            except KmfError:
                skipped += 1
                continue
            for way in WAYS:
                fault = fault_of(kmformat.encode(image, **way), command, Path(folder) / "a.kmf")
                passed, failed = passed + (not fault), failed + bool(fault)
                if fault:
                    print(f"{path} {way}: {fault}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped: no pictures")
    return int(bool(failed) or not passed)


if __name__ == "__main__":
    sys.exit(main())
