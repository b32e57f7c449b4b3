"""Passwords in the command line."""

from __future__ import annotations

from typing import Any

import pytest
from typer.main import get_command

from masker.cli.command_line import option, warning
from masker.cli.main import app


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (["copy", "--source", "postgres://u:secret@h/d"], "--source"),
        (
            ["copy", "--source=postgres://u:secret@h/d", "--target", "postgres://h/d?password=secret"],
            "--source and --target",
        ),
        (["mask", "--target", "postgis://h/d?sslpassword=secret"], "--target"),
        (["sync", "--database", "postgres://u:secret@h/d"], "--database"),
        (["copy", "--source", "postgres://u:secret@[h/d"], "--source"),
    ],
)
def test_a_password_is_noted(arguments: list[str], options: str) -> None:
    said = warning(arguments)
    assert said is not None
    assert f"the password of {options} in the list of processes" in said
    assert "secret" not in said


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["copy", "-c", "masker.yml"],
        ["copy", "--source", "postgres://u@h/d", "--target"],
        ["copy", "--source", "postgres://?service=production", "--rules", "a:b@c"],
    ],
)
def test_what_holds_none_is_not(arguments: list[str]) -> None:
    assert warning(arguments) is None


def test_an_option_is_what_it_is_given_last() -> None:
    assert option(["copy", "--log-format", "json", "--log-format=logfmt"], "--log-format") == "logfmt"
    assert option(["copy"], "--log-format") is None


def test_a_refresh_takes_what_a_sync_takes() -> None:
    commands: Any = get_command(app)
    sync = _options(commands.commands["sync"])
    planned = _options(commands.commands["plan"].commands["sync"])
    # What a refresh does not know: a pair of its own, its file's scopes, a single stored plan, jobs that nobody waits
    # for.
    of_one_pair = {"--scope", "--database", "--service", "--attachment", "--plan", "--no-wait", "--out"}
    assert sync - _options(commands.commands["refresh"]) <= of_one_pair
    assert planned - _options(commands.commands["plan"].commands["refresh"]) <= of_one_pair


def _options(command: Any) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
