"""`taxgraph load` on a server, ended in the middle of its writing: nothing is seen, the same command completes it."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from graph.store.neo4j_parts.connection import Server
from tests.contract.neo4j.mortal import Opener
from tests.support.command_line import CommandLine, invoice, write_tables
from tests.support.neo4j.server import Neo4jConnection
from tests.support.thorough import tried

pytestmark = pytest.mark.neo4j
INVOICES = 15_000  # more than a chunk, so that the batch is pending while it is written


@pytest.fixture
def line(opener: Opener, neo4j_server: Neo4jConnection, tmp_path: Path) -> CommandLine:
    """The command line on the emptied server, with a table of many invoices."""
    rows = [invoice(f"{place:05}", f"S{place % 9}", f"B{place % 7}", "2026-01-05") for place in range(INVOICES)]
    write_tables(tmp_path / "tables", {"invoices": rows})
    access = {
        "NEO4J_USERNAME": neo4j_server.user,
        "NEO4J_PASSWORD": neo4j_server.password,
        "TAXGRAPH_HMAC_KEY": "ab" * 32,
    }
    return CommandLine(tmp_path, store=neo4j_server.uri, environment=access)


def wait_for_chunks(server: Server, chunks: int) -> None:
    """Until so many chunks of a pending batch are written."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        found = server.rows(
            "MATCH (e:LedgerEntry {state: 'pending'}) RETURN e.stage * 2 + coalesce(e.done[1], 0) / 10000"
        )
        if found and found[0][0] >= chunks:
            return
        time.sleep(0.01)
    raise TimeoutError


@pytest.mark.parametrize(("number", "code"), tried([(signal.SIGKILL, -9), (signal.SIGTERM, 130)], 1))
def test_a_load_that_was_ended_goes_on_with_the_same_command(
    line: CommandLine, server: Server, number: signal.Signals, code: int
) -> None:
    before = line.answer("doctor", "--digest")["digest"]
    load = line.start("load", "canonical", "tables", "--json")
    wait_for_chunks(server, 1)
    load.send_signal(number)
    _, told = load.communicate(timeout=120)
    assert load.returncode == code, told
    assert line.answer("doctor", "--digest")["digest"] == before
    assert [each["state"] for each in line.answer("batches")["batches"]] == ["pending"]
    report = line.answer("load", "canonical", "tables")
    assert (report["state"], report["accepted"]) == ("committed", INVOICES)
    alone = CommandLine(line.folder, environment={"TAXGRAPH_HMAC_KEY": "ab" * 32})
    alone.answer("load", "canonical", "tables")
    assert line.answer("doctor", "--digest")["digest"] == alone.answer("doctor", "--digest")["digest"]
    assert [each["number"] for each in line.answer("batches")["batches"]] == [1]


def test_two_loads_at_once_take_turns(line: CommandLine) -> None:
    write_tables(line.folder / "more", {"invoices": [invoice("x", "S1", "B1", "2026-01-06")]})
    first = line.start("load", "canonical", "tables", "--json")
    time.sleep(3)
    second = line.run("load", "canonical", "more", "--json")
    out, told = first.communicate(timeout=240)
    assert (first.returncode, second.returncode) == (0, 0), (told, second.stderr, out)
    assert {each["state"] for each in line.answer("batches")["batches"]} == {"committed"}
