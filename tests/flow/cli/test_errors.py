"""What goes wrong at the command line: the exit code says whose move it is, the message what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.cli import run
from tests.support.command_line import CommandLine, write_tables


@pytest.mark.parametrize(
    ("words", "exit_code", "code"),
    [
        (("who", "nobody", "--on", "2026-03-01"), 8, "not_found.taxpayer"),
        (("who", "A", "--on", "tomorrow"), 2, "query.date"),
        (("who", "A"), 2, "query.usage"),
        (("dance",), 2, "query.usage"),
        (("rings", "--window", "long"), 2, "query.duration"),
        (("rings", "--band", "2"), 2, "query.share"),
        (("rings", "--mode", "round"), 2, "query.mode"),
        (("trace", "nobody"), 8, "not_found.start"),
        (("trace", "A", "--direction", "sideways"), 2, "query.options"),
        (("why", "ring-00.x"), 2, "query.ring"),
        (("why", "ring-0123"), 8, "not_found.ring"),
        (("match", "(a:Nothing)"), 2, "query.pattern"),
        (("load", "canonical", "missing"), 4, "data.file.missing"),
        (("load", "fairy-tale", "tables"), 4, "data.source.unknown"),
        (("export", "png", "--out", "x"), 2, "query.export"),
        (("rejects", "b0", "--out", "x.csv"), 8, "not_found"),
        (("restore", "tables"), 5, "store.not_empty"),
        (("schema", "Nothing"), 2, "query.type"),
    ],
)
def test_an_error_has_its_code_its_exit_code_and_a_next_step(  # noqa: PLR0917 - parameters and fixtures
    country: CommandLine,
    words: tuple[str, ...],
    exit_code: int,
    code: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(country.folder)
    monkeypatch.setenv("TAXGRAPH_STORE", country.store)
    number = run([*words, "--json"])
    told = capsys.readouterr()
    error = json.loads(told.err)["error"]
    assert (number, error["code"], told.out) == (exit_code, code, "")
    assert list(error) == ["code", "message", "facts", "next_step"]
    assert error["next_step"]


def test_an_error_in_a_terminal_is_one_panel_on_standard_error(country: CommandLine) -> None:
    done = country.run("who", "nobody", "--on", "2026-03-01")
    assert done.returncode == 8
    assert done.stdout == ""
    assert "not_found.taxpayer" in done.stderr
    assert "Next step:" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_store_that_is_not_there_is_said_and_not_made(tmp_path: Path) -> None:
    line = CommandLine(tmp_path, store="duckdb:///nothing.duckdb")
    code, error = line.error("rings")
    assert (code, error["code"]) == (5, "store.missing")
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_reports_a_store_that_cannot_be_opened(tmp_path: Path) -> None:
    done = CommandLine(tmp_path, store="duckdb:///nothing.duckdb").run("doctor")
    assert done.returncode == 5
    assert "Not healthy" in done.stdout


def test_a_password_in_the_address_is_refused_and_not_repeated(tmp_path: Path) -> None:
    done = CommandLine(tmp_path, store="bolt://neo4j:geheim@localhost:1").run("rings")
    assert done.returncode == 3
    assert "geheim" not in done.stdout + done.stderr


def test_a_name_that_several_bear_is_refused_with_how_many(tmp_path: Path) -> None:
    taxpayers = [{"id": key, "tax_number": key, "name": "同名公司"} for key in ("E1", "E2")]
    write_tables(tmp_path / "tables", {"taxpayers": taxpayers})
    line = CommandLine(tmp_path)
    line.answer("load", "canonical", "tables")
    code, error = line.error("who", "同名公司", "--on", "2026-03-01")
    assert (code, error["code"], error["facts"]["taxpayers"]) == (2, "query.ambiguous", 2)
