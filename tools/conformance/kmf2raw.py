"""Decode a file with the package, as a command that `tools.conformance.runner` can try.

    python -m tools.conformance.kmf2raw [--max-pixels N] FILE

It prints the image, with exit status 0, or the code of an error, with exit status 1, as `runner`
describes. The exit status is 2 if the file can't be read.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import kmformat


def raw(data: bytes, max_pixels: int) -> bytes:
    """Return what a decoder prints for a valid file: see `tools.conformance.runner`."""
    image = kmformat.decode_indexed(data, max_pixels=max_pixels)
    pixels = kmformat.decode(data, max_pixels=max_pixels)
    (height, width), (colors, channels) = image.indices.shape, image.palette.shape
    header = f"{width} {height} {channels} {colors}\n".encode()
    return header + image.palette.tobytes() + image.indices.tobytes() + pixels.tobytes()


def main(arguments: list[str] | None = None) -> int:
    """Print the image or the error's code of a file; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.conformance.kmf2raw")
    parser.add_argument("--max-pixels", type=int, default=kmformat.DEFAULT_MAX_PIXELS)
    parser.add_argument("file", type=Path)
    options = parser.parse_args(arguments)
    try:
        sys.stdout.buffer.write(raw(options.file.read_bytes(), options.max_pixels))
    except (kmformat.FormatError, kmformat.LimitError) as error:
        print(error.code)
        return 1
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
