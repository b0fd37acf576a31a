"""`--store` and `--json` are taken from wherever they stand."""

from __future__ import annotations

import pytest

from api.cli import globals_first


@pytest.mark.parametrize(
    ("given", "ordered"),
    [
        (["rings", "--store", "duckdb:///x", "--json"], ["--store", "duckdb:///x", "--json", "rings"]),
        (["--json", "who", "A", "--store=x", "--on", "d"], ["--json", "--store=x", "who", "A", "--on", "d"]),
        (["search", "--", "--json"], ["search", "--", "--json"]),
        (["rings", "--store"], ["--store", "rings"]),
    ],
)
def test_global_options_go_before_the_command(given: list[str], ordered: list[str]) -> None:
    assert globals_first(given) == ordered
