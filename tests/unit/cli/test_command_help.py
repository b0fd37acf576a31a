"""Every command explains itself, with an example that its own parser accepts."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from api.cli import app, globals_first

ROOT: Any = typer.main.get_command(app)
COMMANDS: dict[str, Any] = dict(ROOT.commands)
EXPECTED = (
    "generate load rejects batches feeds backup restore export trace rings why who search match serve doctor warm "
    "schema docs token batch compact finish-import "
    "detect findings evidence decide cases sample labels patterns "
    "formed decide-identity why-same identity-reviews train-identity dispatch indicators identity-report "
    "trail task control responsible portfolio moves gaps overlaps process-map quality officer bureau"
)


def examples(name: str) -> list[list[str]]:
    lines = str(COMMANDS[name].epilog).replace("\\[", "[").split("\n\n")
    commands = [line.partition("[/dim] ")[2] for line in lines if line.startswith("[dim]$")]
    return [shlex.split(line.partition(" | ")[0].partition(" < ")[0]) for line in commands]


def test_the_commands_are_those_that_were_promised() -> None:
    assert sorted(COMMANDS) == sorted(EXPECTED.split())


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_shows_an_example_of_the_command(name: str) -> None:
    shown = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "160"})
    assert shown.exit_code == 0
    assert "Examples" in shown.stdout
    assert f"taxgraph {name}" in shown.stdout


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_example_can_be_parsed(name: str) -> None:
    for words in examples(name):
        front = globals_first(words[1:])
        assert name in front
        own = front[front.index(name) + 1 :]
        COMMANDS[name].make_context(name, own, resilient_parsing=False)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_says_what_it_does(name: str) -> None:
    assert [each.name for each in COMMANDS[name].params if not each.help] == []
