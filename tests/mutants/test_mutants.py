"""Mutation testing: which mutants there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.mutants.changes import Mutant, mutants

SOURCE = '''"""A module's text: 1."""
from __future__ import annotations

if TYPE_CHECKING:
    import nothing

def clip(x: int, most: int = 2) -> int:
    """Return 1 or 2."""
    if x < most or not x:
        raise ValueError(f"{x + 1}", 3)
    x += 1
    return -x
'''


def made(tmp_path: Path, source: str) -> list[Mutant]:
    path = tmp_path / "module.py"
    path.write_text(source)
    return mutants(str(path))


def test_each_part_that_is_run_is_changed_once_in_each_way(tmp_path: Path) -> None:
    assert [(each.line, each.change) for each in made(tmp_path, SOURCE)] == [
        (7, "2 -> 3"),
        (9, "x < most or not x -> x < most and (not x)"),
        (9, "x < most or not x -> not (x < most or not x)"),
        (9, "x < most -> x <= most"),
        (9, "not x -> x"),
        (10, "raise ValueError(f'{x + 1}', 3) -> pass"),
        (11, "x += 1 -> x -= 1"),
        (11, "x += 1 -> pass"),
        (11, "1 -> 2"),
        (12, "-x -> x"),
    ]


def test_what_changes_nothing_or_only_words_is_left_as_it_is(tmp_path: Path) -> None:
    source = """
_T = TypeVar("_T", 1, 2)
a = b.reshape(-1) + cast("c", d), "in words"
"""
    assert [each.change.partition(" -> ")[2] for each in made(tmp_path, source)] == [
        "b.reshape(-1) - cast('c', d)"
    ]


def test_a_mutant_is_the_module_with_its_change_alone(tmp_path: Path) -> None:
    first, second = made(tmp_path, "a = 1\nb = a + 2\n")[:2]
    for mutant, expected in ((second, -1), (first, 4), (second, -1)):
        names: dict[str, int] = {}
        exec(mutant.compile(), names)
        assert names["b"] == expected


def test_like_changes_of_like_lines_are_told_apart(tmp_path: Path) -> None:
    found = made(tmp_path, "a = 1\na = 1\n")
    assert [each.change for each in found] == ["1 -> 2", "1 -> 2 (#2)"]
    assert all(0 <= each.percentile < 100 for each in found)


def test_what_is_argued_for_is_a_mutant_of_the_core() -> None:
    pytest.importorskip("resource", reason="trials are of POSIX")
    from tools.mutants.__main__ import ARGUED, CORE, arguments_of

    found = {mutant.key for path in CORE for mutant in mutants(path)}
    assert [key for key in arguments_of(ARGUED) if key not in found] == []
