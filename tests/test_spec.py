"""The spec and the code say the same."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from kmformat import Code
from kmformat.compact import decode_compact
from kmformat.tables import default_tables
from tests.forge import forge

SPEC = (Path(__file__).parent.parent / "spec" / "KMF.md").read_text(encoding="utf-8")


def test_the_spec_names_the_codes_in_the_order_of_the_code() -> None:
    procedure = SPEC[SPEC.index("## 5.") : SPEC.index("A decoder of the whole image")]
    named = re.findall(r"`([a-z][a-z-]+)`", procedure)
    assert list(dict.fromkeys(named)) == [code.value for code in Code]


def test_the_example_of_a_compact_tile_decodes_as_told() -> None:
    example = re.search(r"^    ((?:[0-9a-f]{2} )+) +varint 3", SPEC, re.MULTILINE)
    assert example is not None
    palette = np.arange(9, dtype=np.uint8).reshape(3, 3)
    decoded = decode_compact([bytes.fromhex(example[1])], (2, 3), default_tables(palette))
    assert decoded.tolist() == [[[0, 1, 2], [2, 1, 0]]]


def test_the_example_is_the_file_it_describes() -> None:
    example = SPEC[SPEC.index("## 8.") :]
    rows = re.findall(r"^    ((?:[0-9a-f]{2} )+)", example, re.MULTILINE)
    assert bytes.fromhex("".join(rows)) == forge()
