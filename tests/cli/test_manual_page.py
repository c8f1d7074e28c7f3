"""The manual page: all that help says, as roff that formatters take."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from kmformat.cli.help_screen import arguments_of, commands_of
from kmformat.cli.manual_page import manual_page
from kmformat.cli.parser import build_parser
from tests.cli.shell import Shell


def test_it_has_each_option_of_each_command(run: Shell) -> None:
    page = run("--print-man").out
    parser = build_parser(())
    assert page == f"{manual_page(parser)}\n"
    for name, (_, command) in commands_of(parser).items():
        part = page[page.index(f"\n.SS {name}\n") + 1 :]
        part = part[: part.index("\n.S")]
        names = [entry.name for section in arguments_of(command) for entry in section.entries]
        assert re.findall(r"^\.TP\n\.B (.+)$", part, re.MULTILINE) == [
            name.replace("-", "\\-") for name in names
        ]


def test_text_is_not_taken_for_roff() -> None:
    parser = build_parser(["info"])
    parser.description = ".TH of\n'this' and a\\nb ~ 2^28"
    page = manual_page(parser)
    assert "\n\\&.TH of\n\\&'this' and a\\enb \\(ti 2\\(ha28\n" in page


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="needs mandoc")
def test_formatters_find_nothing_wrong(run: Shell) -> None:
    page = run("--print-man").out
    done = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning"], input=page, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    complaints = [line for line in done.stdout.splitlines() if "missing date" not in line]
    assert complaints == []
