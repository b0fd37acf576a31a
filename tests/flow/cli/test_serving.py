"""While a server owns the embedded file, commands go through it; a question alone imports no web framework."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.command_line import SERVING, CommandLine, small_country, write_tables

HEAVY = (
    "fastapi",
    "starlette",
    "strawberry",
    "uvicorn",
    "pandas",
    "httpx",
    "graphql",
    "scipy.sparse",
    "scipy.linalg",
    "cffi",
)
SPY = """
import atexit, json, sys
from api.cli import main
atexit.register(lambda: print(json.dumps([m for m in sys.modules]), file=sys.stderr))
main()
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[CommandLine, str, str]]:
    """A command line whose store is owned by a server, the server's address, its greeting."""
    folder = tmp_path_factory.mktemp("served")
    write_tables(folder / "tables", small_country())
    line = CommandLine(folder)
    line.answer("load", "canonical", "tables")
    server = line.start_server()
    try:
        assert server.stdout is not None
        greeting = [server.stdout.readline() for _ in range(3)]
        found = SERVING.search("".join(greeting))
        assert found is not None, greeting
        yield line, found[1], "".join(greeting)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def test_a_first_start_shows_a_token_that_opens_graphql(served: tuple[CommandLine, str, str]) -> None:
    _, address, greeting = served
    token = greeting.rpartition("Bearer ")[2].strip()
    body = {"query": '{ search(text: "甲地") { edges { node { label } } } }'}
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.post(f"{address}/graphql", json=body, headers=headers, trust_env=False)
    assert answer.status_code != 401
    assert httpx.post(f"{address}/graphql", json=body, trust_env=False).status_code == 401


def test_commands_go_through_the_server_that_owns_the_file(served: tuple[CommandLine, str, str]) -> None:
    line, address, _ = served
    assert line.answer("who", "A", "--on", "2026-03-01")["responsible"][0]["officer"] == "O1"
    checks = {check["name"]: check["detail"] for check in line.answer("doctor")["checks"]}
    assert address in checks["owner"]


def test_a_load_goes_through_the_server(served: tuple[CommandLine, str, str]) -> None:
    line, _, _ = served
    write_tables(line.folder / "more", {"taxpayers": [{"id": "E", "name": "戊地公司"}]})
    assert line.answer("load", "canonical", "more")["state"] == "committed"
    assert line.answer("search", "戊地")["total"] > 0


def test_an_error_of_the_server_keeps_its_code_and_exit_code(served: tuple[CommandLine, str, str]) -> None:
    line, _, _ = served
    code, error = line.error("trace", "nobody")
    assert (code, error["code"]) == (8, "not_found.start")


def test_the_route_refuses_whoever_does_not_know_the_secret(served: tuple[CommandLine, str, str]) -> None:
    line, address, _ = served
    answer = httpx.post(f"{address}/operate/doctor", json={"parameters": {}}, trust_env=False)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "access.owner")
    note = line.folder / "graph.duckdb.owner"
    assert stat.S_IMODE(note.stat().st_mode) == 0o600


def test_a_port_that_is_taken_is_said(served: tuple[CommandLine, str, str], country: CommandLine) -> None:
    _, address, _ = served
    code, error = country.error("serve", "--port", address.rpartition(":")[2])
    assert (code, error["code"]) == (3, "settings.port")


def test_a_stopped_server_leaves_the_store_to_others(tmp_path: Path) -> None:
    write_tables(tmp_path / "tables", small_country())
    line = CommandLine(tmp_path)
    line.answer("load", "canonical", "tables")
    server = line.start_server()
    assert server.stdout is not None
    assert SERVING.search(server.stdout.readline())
    server.send_signal(signal.SIGINT)
    assert server.wait(30) == 0
    assert not (tmp_path / "graph.duckdb.owner").exists()
    assert line.answer("who", "A", "--on", "2026-03-01")["responsible"]


@pytest.mark.parametrize(
    "words", [("rings",), ("trace", "A"), ("who", "A", "--on", "2026-03-01")], ids=["rings", "trace", "who"]
)
def test_a_question_imports_no_web_framework_no_pandas_and_no_linear_algebra(
    country: CommandLine, words: tuple[str, ...]
) -> None:
    done = subprocess.run(  # noqa: S603 - our own interpreter and words
        [sys.executable, "-c", SPY, *words, "--json"],
        cwd=country.folder,
        env={**os.environ, "TAXGRAPH_STORE": country.store, "PYTHONPATH": str(Path(__file__).parents[3])},
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stderr.splitlines()[-1])).isdisjoint(HEAVY)
