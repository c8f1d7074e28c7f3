"""Check the grammar spec/kmf.ksy, compiled by Kaitai Struct's own compiler, on the test vectors.

    python -m tools.conformance.check_grammar [VECTORS_DIR]

Run it from the project's root. It needs node, npm and pip, and fetches the compiler and the runtime
into a temporary folder.

The grammar must read each valid vector to its end, with the width, height and palette that the
manifest states. It must refuse each invalid vector whose error it can see; some it cannot see at
all (`UNSEEN`), or not everywhere (`SEEN_IN_PART`). For each error that it can see, it must refuse a
vector at a field that the rule is about (`OWN_FIELDS`): otherwise a rule that is missing from the
grammar would go unnoticed where another one refuses the same files.

How many vectors were read or refused is printed, and what is wrong. The exit status is 1 if
anything is.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

Vector: TypeAlias = dict[str, Any]

SPEC = Path(__file__).parents[2] / "spec"
NPM_PACKAGES = ("kaitai-struct-compiler@0.11", "js-yaml@4")
PYTHON_PACKAGES = ("kaitaistruct==0.11.*",)
COMPILE = """
const [,, ksy, out] = process.argv, fs = require("fs"), path = require("path");
const grammar = require("js-yaml").load(fs.readFileSync(ksy, "utf8"));
fs.writeFileSync(path.join(out, "grammar.json"), JSON.stringify(grammar));
require("kaitai-struct-compiler").compile("python", grammar, null, false).then(files => {
    for (const name in files) fs.writeFileSync(path.join(out, name), files[name]);
});
"""

END = "end of bytes"
"""Stands for a field that runs past the end of the file, of a chunk or of a tile."""
OWN_FIELDS = {
    "magic": {"header.magic"},
    "truncated": {END},
    "version": {"header.major"},
    "reserved": {"flags.reserved"},
    "dimensions": {"header.some_pixels"},
    "tile-size": {"header.tile_sides", "header.tile_limit"},
    "palette-size": {"header.num_colors_minus_1", "header.palette_smaller"},
    "chunk-length": {END},
    "chunk-type": {"chunk.first", "chunk.others"},
    "chunk-critical": {"chunk.known"},
    "chunk-duplicate": {"chunk.alone"},
    "chunk-count": {"chunk.few"},
    "tail": {"tail.length", "tail.end", END},
    "orders": {"orders.few_colors"},
    "stream-map": {"stream_map.num_streams"},
    "tile-method": {"entry.known"},
    "tile-length": {"entry.fitting"},
    "trailing": {"kmf.end"},
    "zstd-frame": {"zstd_frame.magic", "zstd_descriptor.reserved", END},
    "zstd-dictionary": {"zstd_frame.dictionary_id"},
    "zstd-checksum": {"zstd_descriptor.has_checksum"},
    "zstd-content-size": {"zstd_descriptor.content_size_flag", "zstd_frame.content_size_field"},
    "zstd-window": {"zstd_frame.window_descriptor", "zstd_frame.window_limit"},
    "zstd-data": {"zstd_block.kind", "zstd_block.len_stated", END},
    "zstd-trailing": {"zstd_frame.end"},
    "padding": {"stored_tile.rows"},
    "varint": {"varint_group.byte"},
    "stream-truncated": {END},
    "stream-length": {"stream.enough_pixels", "sequence.numbers"},
    "stream-trailing": {"compact_tile.end", "orders.end", "stream_map.end"},
}  # fmt: skip
"""The errors that the grammar can see, each with the fields at which it sees them."""
SEEN_IN_PART = {
    "orders", "stream-map", "zstd-data", "padding", "stream-truncated", "stream-length",
    "stream-trailing",
}  # fmt: skip
"""Those of them that may also lie in what it doesn't read: numbers in sequences, frames' data."""
UNSEEN = {
    "limit", "head-checksum", "palette-end", "tile-checksum", "index", "rank", "stream-end",
    "dense-run", "dense-rank", "dense-end",
}  # fmt: skip
"""The errors that no grammar of this kind can see: it knows no checksums, pixels, decisions or
limits."""


class Grammar:
    """The grammar, compiled to a parser in Python.

    Parameters
    ----------
    folder
        An empty folder, to which the compiler, the runtime and the parser are written.
    """

    def __init__(self, folder: Path) -> None:
        for program in ("node", "npm"):
            if not shutil.which(program):
                raise SystemExit(
                    f"{program} is not installed: install Node.js 20 or later, with npm"
                )
        npm = ("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", ".")
        pip = (sys.executable, "-m", "pip", "install", "--quiet", "--target", ".")
        script = folder / "compile.js"
        script.write_text(COMPILE)
        for command in (
            (*npm, *NPM_PACKAGES),
            (*pip, *PYTHON_PACKAGES),
            ("node", script.name, str(SPEC / "kmf.ksy"), "."),
        ):
            subprocess.run(command, cwd=folder, check=True)
        sys.path.insert(0, str(folder))
        self._source = json.loads((folder / "grammar.json").read_text())
        self._runtime, self._parser = import_module("kaitaistruct"), import_module("kmf")

    def read(self, data: bytes) -> tuple[Any, str]:
        """Return the parsed file and "", or None and the "type.field" at which it was refused."""
        try:
            parsed = self._parser.Kmf.from_bytes(data)
        except self._runtime.EndOfStreamError:
            return None, END
        except self._runtime.ValidationFailedError as error:
            return None, self._field(error.src_path)
        for part in self._parts(parsed):
            for name, member in vars(type(part)).items():
                if isinstance(member, property):  # an "instance", computed when asked for
                    getattr(part, name)
        return parsed, ""

    def _field(self, path: str) -> str:
        """Return the "type.field" of a path such as /types/header/seq/3."""
        *kind, _, place = path.strip("/").split("/")
        described = self._source["types"][kind[1]] if kind else self._source
        return f"{kind[1] if kind else 'kmf'}.{described['seq'][int(place)]['id']}"

    def _parts(self, parsed: Any) -> Iterator[Any]:
        """Yield all values of the grammar's types in this value, itself included."""
        if isinstance(parsed, list):
            for item in parsed:
                yield from self._parts(item)
        elif isinstance(parsed, self._runtime.KaitaiStruct):
            yield parsed
            for name, value in vars(parsed).items():
                if not name.startswith("_"):
                    yield from self._parts(value)


def wrongly_read(parsed: Any, vector: Vector) -> list[str]:
    """Return in what ways a valid vector, once parsed, differs from the manifest."""
    header = parsed.header
    channels = ("red", "green", "blue", *(["alpha"] if header.flags.has_alpha else []))
    read: dict[str, Any] = {"width": header.width, "height": header.height}
    if not header.flags.is_packed:
        read["palette"] = [[getattr(color, name) for name in channels] for color in parsed.palette]
    wrong = [
        f"{name} {got}, not {vector[name]}" for name, got in read.items() if got != vector[name]
    ]
    return wrong if parsed._io.is_eof() else [*wrong, "it is not read to its end"]


def check(grammar: Grammar, folder: Path) -> tuple[list[str], Counter[str]]:
    """Return what is wrong, and how many vectors had each outcome, such as "valid, accepted"."""
    problems: list[str] = []
    counts: Counter[str] = Counter()
    own = Counter(dict.fromkeys(OWN_FIELDS, 0))
    for vector in json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["vectors"]:
        name, code = vector["file"], vector["error"] if vector["verdict"] == "invalid" else ""
        parsed, refused_at = grammar.read((folder / name).read_bytes())
        outcome = f"refused at {refused_at}" if refused_at else "accepted"
        if not code:
            counts[f"valid, {outcome.split()[0]}"] += 1
            wrong = [outcome] if refused_at else wrongly_read(parsed, vector)
            problems += [f"{name}: valid, but {what}" for what in wrong]
        elif code in OWN_FIELDS:
            counts[f"invalid in a way that it can see, {outcome.split()[0]}"] += 1
            own[code] += refused_at in OWN_FIELDS[code]
            if not refused_at and code not in SEEN_IN_PART:
                problems.append(f"{name}: invalid ({code}), but accepted")
        elif code in UNSEEN:
            counts[f"invalid in a way that it cannot see, {outcome.split()[0]}"] += 1
        else:
            problems.append(f"{name}: {code} is an error that this check does not know")
    problems += [f"{code}: refused at its own field in no vector" for code in own if not own[code]]
    return problems, counts


def main() -> None:
    """Check all vectors, and print how many had each outcome and what is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("vectors", type=Path, nargs="?", default=SPEC / "vectors")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        problems, counts = check(Grammar(Path(folder)), arguments.vectors)
    for outcome, count in sorted(counts.items()):
        print(f"{count:5}  {outcome}")
    if not counts:
        problems.append("there are no vectors")
    if problems:
        raise SystemExit("\n".join(["The grammar fails:", *problems]))
    print("The grammar agrees with all vectors.")


if __name__ == "__main__":
    main()
