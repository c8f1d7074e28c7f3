"""The spec agrees with itself, its test vectors and the code, and what checks that can fail."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.samples import copy_folder
from tools.conformance import check_spec
from tools.conformance.forge.compact import Orders
from tools.conformance.vectors.compact import EXAMPLE

EXAMPLES = (check_spec.SPEC / "EXAMPLES.md").read_text("utf-8")
COMPACT = EXAMPLES[EXAMPLES.index("## A compact tile") : EXAMPLES.index("## A packed palette")]


def test_spec_vectors_and_code_agree() -> None:
    assert check_spec.faults() == []


def test_the_example_of_a_compact_tile_has_the_stated_picture_and_distances() -> None:
    rows = re.findall(r"^    ((?:[0-2] ){7}[0-2])", COMPACT, re.MULTILINE)
    assert [bytes(map(int, row.split())) for row in rows] == EXAMPLE.rows
    orders, told = Orders(EXAMPLE.palette), re.findall(r"dist\((.), (.)\) = (\d+)", COMPACT)
    assert len(told) == 3
    assert all(orders.dist(int(a), int(b)) == int(dist) for a, b, dist in told)
    told = re.findall(r"order\((.), (.)\) = (. . .)", COMPACT)
    assert len(told) == 9
    for N, W, order in told:
        assert orders.order(int(N), int(W)) == [int(index) for index in order.split()]


def test_the_example_of_a_compact_tile_goes_as_told() -> None:
    row_pattern = r"^    \((.), (.)\) +(.) (.) (.) +(\d+) +(.) +(.) +(.)$"
    rows = re.findall(row_pattern, COMPACT, re.MULTILINE)
    assert len(rows) == 6
    orders = Orders(EXAMPLE.palette)
    for row in rows:
        x, y, N, W, NW, context, stream, rank, index = map(int, row)
        assert orders.context(N, W, NW) == context
        assert stream == (context in (0, 16, 32))
        assert orders.order(N, W)[rank] == index == EXAMPLE.rows[y][x]


def copy_of_spec(folder: Path) -> Path:
    copy_folder(check_spec.SPEC, folder / "spec")
    return folder / "spec"


@pytest.mark.parametrize(
    ("was", "becomes", "fault"),
    [
        ("[3.2a]", "", "a MUST without a label"),
        ("[3.2a]", "[3.2b]", "2 rules have the label 3.2b"),
        ("[3.2a]", "[3.2z]", "no vector tries 3.2z"),
        ("[3.2a]", "[3.2z]", "there is no 3.2a in the spec"),
        ("`zstd-window` if", "`zstd-windows` if", "section 5 names the codes"),
        ("01 20 21 00", "01 20 21 01", "example.kmf: is not the bytes"),
        ("74          ", "75          ", "compact-example.kmf: is not the bytes"),
    ],
)
def test_a_change_of_the_spec_is_seen(tmp_path: Path, was: str, becomes: str, fault: str) -> None:
    spec = copy_of_spec(tmp_path)
    for path in (spec / "KMF.md", spec / "EXAMPLES.md"):
        path.write_text(path.read_text("utf-8").replace(was, becomes), "utf-8")
    assert fault in "\n".join(check_spec.faults(spec))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"note": None}, "note is missing"),
        ({"verdict": "fine"}, "'fine' is not allowed"),
        ({"error": "magic"}, "error: must not be there"),
        ({"width": 0}, "0 is out of range"),
        ({"height": "2"}, "expected integer"),
        ({"palette": [[1, 2]]}, "2 is out of range"),
        ({"sha256": "0" * 63}, "does not match"),
        ({"sha256": "0" * 64}, "is not what the manifest describes"),
        ({"sections": ["9.9"]}, "there is no 9.9"),
        ({"sections": ["1a", "1a"]}, "items are there twice"),
        ({"file": "nothing.kmf"}, "nothing.kmf: is not there"),
        ({"sha1": "0"}, "sha1 is unknown"),
    ],
)
def test_a_change_of_the_manifest_is_seen(
    tmp_path: Path, change: dict[str, Any], fault: str
) -> None:
    spec = copy_of_spec(tmp_path)
    path = spec / "vectors" / "manifest.json"
    manifest = json.loads(path.read_text())
    changed = manifest["vectors"][0] | change
    manifest["vectors"][0] = {key: value for key, value in changed.items() if value is not None}
    path.write_text(json.dumps(manifest))
    assert fault in "\n".join(check_spec.faults(spec))
