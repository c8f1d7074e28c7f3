"""Check that file(1) and desktops recognise KMF files by spec/kmf.magic and spec/kmf-mime.xml.

    python -m tools.conformance.check_names

Run it from the project's root. It needs file(1), update-mime-database and gio, and leaves the
user's own MIME database as it is.

With these two files, file(1) and the desktop's MIME database must take files written by the codec
for KMF images, and must not take other files for them. Without them, neither may take a KMF file
for another known type, as the names would then clash. The media type must be the one that section 9
of the spec states, wherever the project names one. What is wrong is printed, and the exit status is
then 1.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

import kmformat

ROOT = Path(__file__).parents[2]
MAGIC, MIME_XML = ROOT / "spec" / "kmf.magic", ROOT / "spec" / "kmf-mime.xml"
PACKAGES = {
    "file": "file", "update-mime-database": "shared-mime-info", "gio": "libglib2.0-bin",
}  # fmt: skip
"""The Debian package of each program that is needed."""
UNKNOWN = "application/octet-stream"
"""The media type of files of no known type."""
IMAGES = {
    "KMF image data, version 1.0, 5 x 3, 1 color, 1-bit": (5, 3, 1, 3, 1, None),
    "KMF image data, version 1.0, 5 x 3, 2 colors, 8-bit": (5, 3, 2, 3, 8, None),
    "KMF image data, version 1.0, 16 colors, 4-bit": (768, 512, 16, 3, 4, None),
    "KMF image data, version 1.0, 256 colors, 8-bit": (70, 300, 256, 3, 8, None),
    "KMF image data, version 1.0, 9 x 9, 3 colors, 2-bit, with alpha, tiled": (
        9, 9, 3, 4, 2, (4, 9),
    ),
}  # fmt: skip
"""What file(1) must say of images of (width, height, colours, channels, bits, tile size)."""


def stated_type() -> str:
    """Return the media type of KMF files that section 9 of the spec states."""
    section = (ROOT / "spec" / "KMF.md").read_text(encoding="utf-8").partition("\n## 9. ")[2]
    stated = re.search(r"`(image/[^`]+)`", section)
    if not stated:
        raise SystemExit("spec/KMF.md states no media type: there is no `image/...` in section 9")
    return stated[1]


def other_types(media_type: str) -> list[str]:
    """Return a line for each file of the project that states another media type, or none."""
    places = {
        ROOT / "spec" / "kmf.ksy": r"mime: (\S+)",
        MAGIC: r"!:mime\s+(\S+)",
        MIME_XML: r'mime-type type="([^"]+)"',
        ROOT / "spec" / "kmf.thumbnailer": r"MimeType=([^;]+);",
    }
    plugin = ROOT / "kmformat" / "pillow_plugin.py"
    if plugin.exists():
        places[plugin] = r"""["'](image/[^"']+)["']"""
    return [
        f"{path.relative_to(ROOT)} states {sorted(found) or 'no media type'}, not {media_type}"
        for path, pattern in places.items()
        if (found := set(re.findall(pattern, path.read_text(encoding="utf-8")))) != {media_type}
    ]


def encoded(
    width: int, height: int, colors: int, channels: int, bits: int, tile: tuple[int, int] | None
) -> bytes:
    """Return a KMF file of stripes; see `IMAGES` for the parameters."""
    palette = np.arange(colors * channels).astype(np.uint8).reshape(colors, channels)
    indices = (np.arange(width * height) % colors).astype(np.uint8).reshape(height, width)
    image = kmformat.IndexedImage(palette, indices)
    return kmformat.encode_indexed(image, bits=bits, tile=tile)


def output(*command: str | Path, data_home: Path | None = None) -> str:
    """Return what a program prints, with `data_home` as the folder of the user's own data."""
    environment = os.environ | {"LC_ALL": "C"}
    environment |= {"XDG_DATA_HOME": str(data_home)} if data_home else {}
    done = subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def seen_by_file(path: Path, magic: str) -> tuple[str, str, str]:
    """Return the description, media type and extension that file(1) prints with a magic file."""
    known = ("file", "--brief", "--magic-file", magic)
    return (
        output(*known, path),
        output(*known, "--mime-type", path),
        output(*known, "--extension", path),
    )


def check_file(folder: Path, media_type: str) -> list[str]:
    """Return what file(1) gets wrong, with spec/kmf.magic, alone or among others, and without."""
    both = f"{MAGIC}:{output('file', '--version').rpartition('magic file from ')[2]}"
    path, problems = folder / "tried", []
    for description, image in IMAGES.items():
        path.write_bytes(encoded(*image))
        expected = (description, media_type, "kmf")
        problems += [
            f"file -m {magic} says {seen}, not {expected}"
            for magic in (str(MAGIC), both)
            if (seen := seen_by_file(path, magic)) != expected
        ]
        if (without := output("file", "--brief", "--mime-type", path)) not in {UNKNOWN, media_type}:
            problems.append(f"file(1) itself takes a KMF file for {without}: the magic clashes")
    data, picture = path.read_bytes(), (ROOT / "tools" / "docs" / "picture.png").read_bytes()
    others = {f"the first {length} bytes": data[:length] for length in (0, 3, 4, 7, 8)}
    others |= {
        "no width": data[:7] + b"\0" + data[8:],
        "no height": data[:8] + b"\0" + data[9:],
        "major version 0": data[:4] + b"\0" * 40,
    }
    others |= {"7 bits": bytes([data[0] & 127]) + data[1:], "a PNG": picture}
    for name, other in others.items():
        path.write_bytes(other)
        seen = seen_by_file(path, str(MAGIC))
        if "KMF" in seen[0] or seen[1] == media_type:
            problems.append(f"file -m {MAGIC} says {seen} of a file that is none: {name}")
    return problems


def seen_by_desktop(folder: Path, data_home: Path) -> dict[str, str]:
    """Return the media types that gio prints: of files by content, of "name.kmf" by name."""
    image = encoded(*next(iter(IMAGES.values())))
    (folder / "content").write_bytes(image)
    (folder / "cut").write_bytes(image[:3])
    (folder / "picture").write_bytes((ROOT / "tools" / "docs" / "picture.png").read_bytes())
    (folder / "name.kmf").write_bytes(b"\0")
    asked = {"content": "content-type", "cut": "content-type", "picture": "content-type",
             "name.kmf": "fast-content-type"}  # fmt: skip
    seen = {}
    for name, attribute in asked.items():
        info = ("gio", "info", "--attributes", f"standard::{attribute}", folder / name)
        told = re.search(rf"standard::{attribute}: (\S+)", output(*info, data_home=data_home))
        seen[name] = told[1] if told else "nothing"
    return seen


def check_desktop(folder: Path, media_type: str) -> list[str]:
    """Return what the MIME database gets wrong, without and with spec/kmf-mime.xml."""
    data_home = folder / "data"
    packages = data_home / "mime" / "packages"
    packages.mkdir(parents=True)
    problems = [
        f"the MIME database itself takes a KMF file for {seen} by its {part}: the names clash"
        for part, seen in seen_by_desktop(folder, data_home).items()
        if part in {"content", "name.kmf"} and seen not in {UNKNOWN, media_type}
    ]
    shutil.copy(MIME_XML, packages)
    output("update-mime-database", data_home / "mime", data_home=data_home)
    seen = seen_by_desktop(folder, data_home)
    expected = seen | {"content": media_type, "name.kmf": media_type, "picture": "image/png"}
    if seen != expected or seen["cut"] == media_type:
        problems.append(f"gio says {seen}, not {expected}")
    return problems


def main() -> None:
    """Check file(1), the MIME database and all media types; print what is wrong."""
    for program, package in PACKAGES.items():
        if not shutil.which(program):
            raise SystemExit(f"{program} is not installed: get it with apt-get install {package}")
    media_type = stated_type()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        problems = other_types(media_type)
        problems += check_file(folder, media_type) + check_desktop(folder, media_type)
    if problems:
        raise SystemExit("\n".join(["The names fail:", *problems]))
    print(f"KMF files are {media_type} to file(1) and to the MIME database, by name and content.")


if __name__ == "__main__":
    main()
