"""The spec and the code say the same."""

from __future__ import annotations

import re
from pathlib import Path

from kmformat import Code
from tests.forge import forge

SPEC = (Path(__file__).parent.parent / "spec" / "KMF.md").read_text(encoding="utf-8")


def test_the_spec_names_the_codes_in_the_order_of_the_code() -> None:
    procedure = SPEC[SPEC.index("## 5.") : SPEC.index("A decoder of the whole image")]
    named = re.findall(r"`([a-z][a-z-]+)`", procedure)
    assert list(dict.fromkeys(named)) == [code.value for code in Code]


def test_the_example_is_the_file_it_describes() -> None:
    example = SPEC[SPEC.index("## 8.") :]
    rows = re.findall(r"^    ((?:[0-9a-f]{2} )+)", example, re.MULTILINE)
    assert bytes.fromhex("".join(rows)) == forge()
