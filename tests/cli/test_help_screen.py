"""Help of one screen, and of all: what each command shows, whatever options are declared."""

from __future__ import annotations

import re
from argparse import ArgumentParser, _SubParsersAction

import pytest

from kmformat.cli.grammar import COMMANDS
from kmformat.cli.help_screen import SCREEN, commands_of, full_help, mark_first
from kmformat.cli.parser import build_parser
from tests.cli.shell import Shell


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 80 columns, without colours."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def options_in(text: str) -> set[str]:
    """The options that a help lists: what stands first on its lines."""
    listed = re.findall(r"^  ((?:-\w, )?--[\w-]+)", text, re.MULTILINE)
    return {name.split(", ")[-1] for name in listed}


def grammar(command: str) -> ArgumentParser:
    return commands_of(build_parser([command]))[command][1]


def options_of(command: str) -> set[str]:
    """The long options of a command, but for those of help."""
    found = {string for action in grammar(command)._actions for string in action.option_strings}
    return {name for name in found if name.startswith("--")} - {"--help", "--help-all"}


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_a_screen_of_80_columns(run: Shell, command: str) -> None:
    shown = run(*command.split(), "--help")
    lines = shown.out.splitlines()
    assert (shown.status, shown.err) == (0, "")
    assert len(lines) <= SCREEN, f"{command}: fewer, or shorter, options with first=True"
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_at_least_what_is_used_first_and_says_where_the_rest_is(
    run: Shell, command: str
) -> None:
    shown, declared = options_in(run(command, "--help").out), options_of(command)
    assert shown <= declared
    assert len(shown) == len(declared) or len(shown) >= 4, f"{command}: mark more with first=True"
    hidden = f"{len(declared) - len(shown)} more: kmformat {command} --help-all"
    assert (hidden in run(command, "--help").out) == (shown != declared)


@pytest.mark.parametrize("command", COMMANDS)
def test_all_help_shows_each_option_once_in_groups_that_fit_a_screen(
    run: Shell, command: str
) -> None:
    text = run(command, "--help-all").out
    assert options_in(text) == options_of(command)
    assert len(re.findall(r"^  (?:-\w, )?--", text, re.MULTILINE)) == len(options_of(command))
    assert max(part.count("\n") for part in text.split("\n\n")) < SCREEN


def test_all_help_of_the_program_is_that_of_all_commands(run: Shell) -> None:
    text = run("--help-all").out
    for command in COMMANDS:
        assert run(command, "--help-all").out in f"{text}\n"


def test_a_value_that_is_one_of_a_few_is_listed_and_percents_are_as_argparse_has_them() -> None:
    parser = grammar("info")
    parser.add_argument("--unit", choices=("kB", "MB"), default="kB", help="100%% %(default)s")
    assert "  --unit {kB,MB}        100% kB" in full_help(parser).splitlines()


def test_what_is_not_marked_is_left_out_only_where_not_all_fits(run: Shell) -> None:
    parser = grammar("info")
    assert "--json" in run("info", "-h").out
    for number in range(30):
        action = parser.add_argument(f"--option-{number}", help="something")
        if number == 7:
            mark_first(action)
    with pytest.raises(SystemExit):
        parser.parse_args(["-h"])
    text = run("--version").out  # what was printed meanwhile comes first
    assert options_in(text) == {"--option-7"}
    assert "38 more: kmformat info --help-all" in text


def test_the_narrowest_terminal_gets_help(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "1")
    assert run("encode", "--help").status == 0


def test_commands_are_all_of_them() -> None:
    parser = build_parser(())
    (action,) = (each for each in parser._actions if isinstance(each, _SubParsersAction))
    assert list(commands_of(parser)) == list(COMMANDS) == list(action.choices)
