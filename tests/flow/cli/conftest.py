"""A small country, loaded once by the real command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import CommandLine, small_country, write_tables


@pytest.fixture(scope="session")
def country(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """The command line in a folder whose store holds the small country. Its tests only ask."""
    folder: Path = tmp_path_factory.mktemp("country")
    write_tables(folder / "tables", small_country())
    line = CommandLine(folder)
    assert line.answer("load", "canonical", "tables")["state"] == "committed"
    return line
