"""The documentation site's menu and pages of reference: nothing is left out. CI builds the site."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import kmformat
from kmformat.cli.help_screen import arguments_of, commands_of
from kmformat.cli.parser import build_parser
from tools.site import conf, reference


def pages_in(menu: str) -> list[str]:
    return re.findall(r"^(?:[^:`\n]+ <)?([\w/-]+)>?$", menu, re.MULTILINE)


def test_the_menu_has_each_page_once() -> None:
    shown = pages_in(conf.menu())
    patterns = [pattern for pattern in conf.include_patterns if pattern != "README.md"]
    there = {path for pattern in patterns for path in conf.ROOT.glob(pattern)}
    there -= {conf.ROOT / page for page in conf.exclude_patterns}
    assert sorted(shown) == sorted(str(path.relative_to(conf.ROOT))[:-3] for path in there)


def test_the_menu_takes_pages_that_it_does_not_know_and_leaves_out_those_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kmformat" / "docs").mkdir(parents=True)
    for name in ("kmformat/docs/LABELS.md", "kmformat/docs/NEW.md", "CHANGELOG.md"):
        (tmp_path / name).write_text("# A page\n")
    monkeypatch.setattr(conf, "ROOT", tmp_path)
    assert pages_in(conf.menu()) == ["kmformat/docs/LABELS", "kmformat/docs/NEW", "CHANGELOG"]


def test_the_command_line_is_all_there() -> None:
    text = reference.command_line()
    for name, (_, command) in commands_of(build_parser(())).items():
        part = text[text.index(f"## {name}\n") :]
        entries = [entry for section in arguments_of(command) for entry in section.entries]
        positions = [part.index(f"`{entry.name}`\n: ") for entry in entries]
        assert positions == sorted(positions)


def test_every_public_name_is_there() -> None:
    text = reference.python()
    for name in kmformat.__all__:
        value = getattr(kmformat, name)
        if isinstance(value, int | str):
            continue
        assert re.search(rf"^\.\. auto\w+:: kmformat\.{name}$", text, re.MULTILINE), name
