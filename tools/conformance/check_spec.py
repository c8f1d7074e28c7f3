"""Check that the spec, its test vectors and the code's list of errors agree.

    python -m tools.conformance.check_spec

Every sentence of spec/KMF.md with a MUST has a label, such as [3.2a]. Every label, step of section
5 and error code has a vector that tries it. Section 5 names the errors of `kmformat.errors`, in the
same order. The manifest keeps to its JSON Schema, and its files are there, with the hashes stated.
The hex dumps in the spec are the bytes of the vectors that they show.

Whatever does not agree is printed, a line each, and the exit status is then 1.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kmformat.errors import Code

SPEC = Path(__file__).parents[2] / "spec"
FEWEST_VALID, FEWEST_INVALID, MOST_BYTES = 40, 80, 480 << 10
"""The least numbers of vectors, and the most bytes that the files in vectors/ take together."""
LABEL = re.compile(r"\[([0-9]+(?:\.[0-9]+)?[a-z])\]")
"""The label of a rule, such as [3.2a]."""
Entry = dict[str, Any]


def faults(directory: Path = SPEC) -> list[str]:
    """Return a line for everything missing or wrong in the folder spec/, or in a copy of it."""
    text = (directory / "KMF.md").read_text("utf-8")
    vectors = directory / "vectors"
    found = list(_label_faults(text)) + list(_code_faults(text))
    schema = json.loads((vectors / "manifest.schema.json").read_text("utf-8"))
    manifest = json.loads((vectors / "manifest.json").read_text("utf-8"))
    wrong = list(schema_faults(manifest, schema, schema, "manifest"))
    if wrong:  # the other checks need a well-formed manifest
        return found + wrong
    entries: list[Entry] = manifest["vectors"]
    found += _coverage_faults(text, entries)
    found += _file_faults(vectors, entries)
    found += _dump_faults((directory / "EXAMPLES.md").read_text("utf-8"), vectors)
    return found


def sentences(text: str) -> Iterator[str]:
    """Yield each sentence, list item and table row of the spec from section 1 on."""
    body = text[text.index("\n## 1.") :]
    for block in re.split(r"\n\s*\n", body):
        if block.startswith("    "):
            continue  # hex dumps, layouts and pseudo-code
        if block.lstrip().startswith("|"):
            yield from block.splitlines()
            continue
        for item in re.split(r"\n(?=\* |[0-9]+\. )", block):
            joined = " ".join(line.strip() for line in item.splitlines())
            yield from re.split(r"(?<=[.!?]) (?=[A-Z*`0-9])", joined)


def labels(text: str) -> list[str]:
    """Return the labels of the spec, in their order."""
    return LABEL.findall(text[text.index("\n## 1.") :])


def steps(text: str) -> dict[str, str]:
    """Return the text of each step of section 5, by its number, such as "5.1"."""
    section = text[text.index("\n## 5.") : text.index("\n## 6.")]
    parts = re.split(r"\n([0-9]+)\. ", section[: section.index("A decoder that reads a region")])
    return {f"5.{number}": step for number, step in zip(parts[1::2], parts[2::2], strict=True)}


def codes(text: str) -> list[str]:
    """Return the error codes of the spec, in the order in which section 5 first names them."""
    named = re.findall(r"`([a-z][a-z-]+)`", " ".join(steps(text).values()))
    return list(dict.fromkeys(named))


def _label_faults(text: str) -> Iterator[str]:
    for sentence in sentences(text):
        if re.search(r"\bMUST\b", sentence) and not LABEL.search(sentence):
            yield f"a MUST without a label: {sentence}"
    for label, count in Counter(labels(text)).items():
        if count > 1:
            yield f"{count} rules have the label {label}"


def _code_faults(text: str) -> Iterator[str]:
    known = [code.value for code in Code]
    if codes(text) != known:
        yield f"section 5 names the codes {codes(text)}, kmformat.errors {known}"


def _coverage_faults(text: str, entries: list[Entry]) -> Iterator[str]:
    tried = {section for entry in entries for section in entry["sections"]}
    headings = re.findall(r"^###? ([0-9.]+?)\.? ", text, re.MULTILINE)
    due = [*labels(text), *steps(text)]
    yield from (f"no vector tries {label}" for label in due if label not in tried)
    there = {*due, *headings}
    for entry in entries:
        for section in entry["sections"]:
            if section not in there:
                yield f"{entry['file']}: there is no {section} in the spec"
    errors = {entry.get("error") for entry in entries}
    yield from (f"no vector gives {code}" for code in codes(text) if code not in errors)
    yield from (f"no code is called {code}" for code in errors - {None, *codes(text)})


def _file_faults(vectors: Path, entries: list[Entry]) -> Iterator[str]:
    names = Counter(entry["file"] for entry in entries)
    there = {path.name for path in vectors.glob("*.kmf")}
    yield from (f"{name}: {n} entries in the manifest" for name, n in names.items() if n > 1)
    yield from (f"{name}: is not there" for name in sorted(set(names) - there))
    yield from (f"{name}: is not in the manifest" for name in sorted(there - set(names)))
    for entry in entries:
        data = (vectors / entry["file"]).read_bytes() if entry["file"] in there else None
        if data is not None and hashlib.sha256(data).hexdigest() != entry["sha256"]:
            yield f"{entry['file']}: is not what the manifest describes"
    verdicts = Counter(entry["verdict"] for entry in entries)
    for verdict, fewest in (("valid", FEWEST_VALID), ("invalid", FEWEST_INVALID)):
        if verdicts[verdict] < fewest:
            yield f"{verdicts[verdict]} {verdict} vectors: expected {fewest} or more"
    total = sum(path.stat().st_size for path in vectors.iterdir())
    if total > MOST_BYTES:
        yield f"the vectors take {total} bytes: expected at most {MOST_BYTES}"


def dumps(text: str) -> dict[str, list[bytes]]:
    """Return the bytes of the hex dumps: of one file SMAP and the tile, of the other all."""
    whole, _, compact = text.partition("\n## A compact tile\n")
    rows = re.compile(r"^    ((?:[0-9a-f]{2} )*[0-9a-f]{2})(?:   +\S.*)?$", re.MULTILINE)
    parts = compact[compact.index("the payload of `SMAP`") :].split("\n\n")[2:4]
    return {
        "compact-example.kmf": [bytes.fromhex("".join(rows.findall(part))) for part in parts],
        "example.kmf": [bytes.fromhex("".join(rows.findall(whole)))],
    }


def _dump_faults(text: str, vectors: Path) -> Iterator[str]:
    for name, shown in dumps(text).items():
        data = (vectors / name).read_bytes() if (vectors / name).exists() else b""
        stated = re.search(r"([0-9]+) bytes", text[text.index(f"`vectors/{name}`") - 60 :])
        last, rest = shown[-1], data
        for part in shown:  # they come in this order, and the last of them ends the file
            _, found, rest = rest.partition(part or b"?")
            if not found:
                break
        if not found or rest or (len(shown) == 1 and data != last):
            yield f"{name}: is not the bytes that EXAMPLES.md shows"
        if stated is None or int(stated[1]) != len(last):
            yield f"{name}: EXAMPLES.md shows {len(last)} bytes, and states another number"


def schema_faults(value: Any, schema: Any, root: Any, where: str) -> Iterator[str]:
    """Yield where a value breaks a JSON Schema; only the keywords that ours has are known."""
    if schema is False:
        yield f"{where}: must not be there"
        return
    if "$ref" in schema:
        yield from schema_faults(value, root["$defs"][schema["$ref"].split("/")[-1]], root, where)
    yield from _value_faults(value, schema, where)
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from schema_faults(item, schema.get("items", {}), root, f"{where}[{number}]")
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{where}: {name} is missing"
        for name, item in value.items():
            if name in properties:
                yield from schema_faults(item, properties[name], root, f"{where}.{name}")
            elif schema.get("additionalProperties") is False:
                yield f"{where}: {name} is unknown"
    if "if" in schema:
        fits = not list(schema_faults(value, schema["if"], root, where))
        yield from schema_faults(value, schema["then" if fits else "else"], root, where)


_TYPES = {"object": dict, "array": list, "string": str, "integer": int}


def _value_faults(value: Any, schema: dict[str, Any], where: str) -> Iterator[str]:
    kind = schema.get("type")
    if kind and (not isinstance(value, _TYPES[kind]) or isinstance(value, bool)):
        yield f"{where}: expected {kind}"
        return
    sized = len(value) if isinstance(value, str | list) else value
    lengths = ("minLength", "minItems", "minimum"), ("maxLength", "maxItems", "maximum")
    least, most = ([schema[key] for key in keys if key in schema] for keys in lengths)
    if (least and sized < least[0]) or (most and sized > most[0]):
        yield f"{where}: {sized} is out of range"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{where}: {value!r} does not match {schema['pattern']}"
    if value not in schema.get("enum", [value]) or schema.get("const", value) != value:
        yield f"{where}: {value!r} is not allowed"
    if schema.get("uniqueItems") and len(set(value)) < len(value):
        yield f"{where}: items are there twice"


def main() -> int:
    """Print everything that does not agree; return the exit status."""
    found = faults()
    print("\n".join(found) or "spec, vectors and code agree")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
