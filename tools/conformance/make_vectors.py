"""Write the test vectors of the spec and their manifest, `spec/vectors/`.

    python -m tools.conformance.make_vectors            # write them anew
    python -m tools.conformance.make_vectors --check    # only compare with what is there

With --check, what differs is printed, and the exit status is then 1.

Every file is built byte by byte (`tools.conformance.forge`), without the package, so that a fault
of its encoder can't hide one of its decoder. zstd frames are written by hand too, except two that
are kept as libzstd once wrote them: so the bytes are the same on every machine. What a valid file
must decode to is the picture that was put into it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tools.conformance.vectors import (
    compact,
    dense,
    invalid,
    invalid_compact,
    invalid_dense,
    invalid_order,
    invalid_tables,
    invalid_zstd,
    packed_palettes,
    small,
    tables,
    tail,
    valid,
)
from tools.conformance.vectors.patterns import Vector

VECTORS = Path(__file__).parents[2] / "spec" / "vectors"
SOURCES = (
    valid,
    compact,
    dense,
    tables,
    small,
    tail,
    packed_palettes,
    invalid,
    invalid_tables,
    invalid_zstd,
    invalid_compact,
    invalid_order,
    invalid_dense,
)


def all_vectors() -> Iterator[Vector]:
    """Yield every test vector, in the order of the manifest."""
    for source in SOURCES:
        yield from source.vectors()


def made() -> dict[str, bytes]:
    """Return the content of each file of `spec/vectors/` but the schema, by its name.

    Raises
    ------
    ValueError
        Two vectors have the same name, or the same bytes and the same limit on pixels.
    """
    vectors = list(all_vectors())
    for twice, count in Counter(vector.name for vector in vectors).items():
        if count > 1:
            raise ValueError(f"{count} vectors are called {twice}")
    same: dict[tuple[bytes, int | None], str] = {}
    for vector in vectors:
        key = vector.data, vector.max_pixels
        if same.setdefault(key, vector.name) != vector.name:
            raise ValueError(f"{vector.name} is the same as {same[key]}")
    files = {f"{vector.name}.kmf": vector.data for vector in vectors}
    entries = ",\n".join(json.dumps(vector.entry, separators=(",", ":")) for vector in vectors)
    manifest = f'{{"$schema": "manifest.schema.json", "vectors": [\n{entries}\n]}}\n'
    return files | {"manifest.json": manifest.encode()}


def differences(directory: Path) -> list[str]:
    """Return a line for each file of a directory that is missing, differs or is not one of ours."""
    files = made()
    there = {path.name for path in directory.glob("*")} - {"manifest.schema.json"}
    found = [f"{name}: is not made by this program" for name in sorted(there - set(files))]
    for name, data in files.items():
        if name not in there:
            found.append(f"{name}: is missing")
        elif (directory / name).read_bytes() != data:
            found.append(f"{name}: differs")
    return found


def write(directory: Path) -> None:
    """Write all vectors and the manifest to a directory, and remove other .kmf files from it."""
    directory.mkdir(parents=True, exist_ok=True)
    files = made()
    for path in directory.glob("*.kmf"):
        if path.name not in files:
            path.unlink()
    for name, data in files.items():
        (directory / name).write_bytes(data)


def main(arguments: list[str] | None = None) -> int:
    """Write or check the vectors; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.conformance.make_vectors")
    parser.add_argument("--check", action="store_true", help="only compare with what is there")
    if not parser.parse_args(arguments).check:
        write(VECTORS)
        return 0
    found = differences(VECTORS)
    print("\n".join(found) or "the vectors are as they are made")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
