"""The commands that are attacked, each in a folder, and what must be left of their files.

Whatever happens, each file that a command writes is the old one or the new one, and whole; nothing
else is there; and the command says in one line what went wrong, or that all went well.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

import kmformat
from tests.samples import photo

OLD = b"OLD" * 7


@dataclass(frozen=True)
class Command:
    """A command, in a folder that has a.png, b.png, c.png, a.kmf, and a.npy.

    Attributes
    ----------
    words
        Of the command line, where {} is the folder.
    targets
        The files that it writes.
    there
        Whether they are there already, and replaced.
    by
        What does it in Python, in place of a command line.
    """

    words: str
    targets: tuple[str, ...]
    there: bool = True
    by: Callable[[Path], object] | None = field(default=None)


def _encode_to(folder: Path) -> None:
    pixels = np.load(folder / "a.npy")
    kmformat.encode_to(pixels, folder / "out.kmf", tile=(16, 16), effort=1, threads=1)


def _save_by_pillow(folder: Path) -> None:
    with Image.open(folder / "a.kmf") as image:
        kmformat.save(image, folder / "out.kmf")


COMMANDS = {
    "encode": Command("encode -e1 -f {}/a.png -o {}/out.kmf", ("out.kmf",)),
    "encode anew": Command("encode -e1 {}/a.png -o {}/out.kmf", ("out.kmf",), there=False),
    "encode many": Command(
        "encode -e1 -f {}/a.png {}/b.png {}/c.png -o {}/out/",
        ("out/a.kmf", "out/b.kmf", "out/c.kmf"),
    ),
    "encode in jobs": Command(
        "encode -e1 -f -j2 {}/a.png {}/b.png {}/c.png -o {}/out/",
        ("out/a.kmf", "out/b.kmf", "out/c.kmf"),
    ),
    "encode_to": Command("", ("out.kmf",), by=_encode_to),
    "save": Command("", ("out.kmf",), by=_save_by_pillow),
    "decode": Command("decode -f {}/a.kmf -o {}/out.png", ("out.png",)),
    "decode to TIFF": Command("decode -f {}/a.kmf -o {}/out.tiff", ("out.tiff",)),
    "compare": Command("compare -f {}/a.png {}/a.kmf -o {}/out.png", ("out.png",)),
    "palette": Command("palette -e1 -f {}/a.png -o {}/out.gpl", ("out.gpl",)),
    "overviews": Command("overviews {}/wide.kmf", ("wide.kmf",)),
    "quantize": Command("quantize -e1 -f {}/a.png -o {}/out.png", ("out.png",)),
    "export": Command("export -f {}/a.kmf -o {}/out.h", ("out.h",)),
}


def prepare(folder: Path) -> dict[str, bytes]:
    """Make what all commands read; return the old bytes of files that are changed in place."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed, name in enumerate("abc"):
        pixels = photo(40, 48, seed)
        Image.fromarray(pixels).save(folder / f"{name}.png")
        np.save(folder / f"{name}.npy", pixels)
    kmformat.save(photo(40, 48, 0), folder / "a.kmf", effort=1)
    wide = kmformat.IndexedImage(photo(1, 2)[0], np.indices((16, 2100))[1].astype(np.uint8) & 1)
    kmformat.save(wide, folder / "wide.kmf")
    return {"wide.kmf": (folder / "wide.kmf").read_bytes()}


def reset(command: Command, folder: Path, olds: Mapping[str, bytes]) -> None:
    """Put a folder back to where a command begins."""
    for leftover in set(os.listdir(folder)) - set(_INPUTS):
        path = folder / leftover
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    reset_targets(command, folder, olds)


def reset_targets(command: Command, folder: Path, olds: Mapping[str, bytes]) -> None:
    """Put the targets of a command back, and leave all else as it is."""
    for target in command.targets:
        path = folder / target
        if command.there:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(olds.get(target, OLD))
        else:
            path.unlink(missing_ok=True)


def state(
    command: Command, folder: Path, olds: Mapping[str, bytes], news: Mapping[str, bytes]
) -> str:
    """Return "old", "new" or "broken" of each target, and the names of what should not be there."""
    words = []
    for target in command.targets:
        path = folder / target
        data = path.read_bytes() if path.exists() else None
        old = olds.get(target, OLD) if command.there else None
        words.append("new" if data == news[target] else "old" if data == old else "broken")
    allowed = {*_INPUTS, *command.targets}
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    return " ".join([*words, *sorted(found - allowed)])


_INPUTS = ("a.png", "b.png", "c.png", "a.npy", "b.npy", "c.npy", "a.kmf", "wide.kmf")
