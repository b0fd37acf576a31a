"""Every read leaves a trace: who, when, whom, for what; nothing is lost when the server stops."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import cast

from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from tests.support.command_line import CommandLine, small_country, write_tables
from tests.support.serving import AUDITOR, Caller, Server, serving
from tests.support.two_cities import ASH, BIRCH, two_cities


def last_of(country: Server, name: str) -> dict[str, object]:
    """The last read of a principal."""
    return [event for event in country.logged() if event["principal"] == name][-1]


def test_a_read_is_logged_with_principal_officer_task_and_scope(country: Server) -> None:
    caller = country.caller(bureau=ASH, name="wang", officer="officer-1")
    caller.headers["X-Task"] = "t-a"
    caller.ask('query Look { taxpayer(id: "tp-A1") { officers { nodes { person { name } } } } }')
    event = last_of(country, "wang")
    assert event["subjects"] == "A1,person-a"
    assert (event["officer"], event["task"], event["scope"]) == ("officer-1", "t-a", ASH)
    assert (event["operation"], event["rows"]) == ("Look(taxpayer)", 2)
    assert event["at"] is not None


def test_every_kind_of_question_is_logged_with_those_it_showed(country: Server) -> None:
    for name, query, subject in (
        ("search", '{ search(text: "Ash Trading A2") { nodes { label } } }', "A2"),
        ("household", '{ household(taxpayer: "A3") { header { name } } }', "A3"),
        ("trace", '{ trace(start: "A1") { graph { nodes { key } } } }', "A2"),
        ("rings", "{ rings(options: { maxLength: 4 }) { rings { nodes { members { name } } } } }", "A3"),
        ("match", '{ match(pattern: "(a:Taxpayer) return a.name limit 10") { columns { values } } }', "A1"),
        ("who", '{ responsible(taxpayer: "A2", on: "2026-03-01") { officerKey } }', "A2"),
        ("path", '{ shortestPath(from: "A1", to: "A2") { found } }', "A2"),
        ("person", '{ personView(id: "person-a") { roles { name } } }', "person-a"),
        ("portfolio", '{ portfolio(officer: "officer-1") { taxpayers { nodes { name } } } }', "A3"),
    ):
        caller = country.caller(bureau=ASH, name=f"asks {name}")
        caller.ask(query)
        assert subject in str(last_of(country, f"asks {name}")["subjects"]).split(","), name


def test_a_read_of_a_document_is_logged_too(country: Server) -> None:
    caller = country.caller(bureau=ASH, name="reader")
    caller.ask('{ invoice(id: "I1") { number } }')
    assert last_of(country, "reader")["subjects"] == "Invoice:I1"


def test_hidden_parties_are_not_logged_as_read(country: Server) -> None:
    caller = country.caller(bureau=ASH, name="border")
    caller.ask(
        '{ invoice(id: "I4") { buyer { ... on HiddenParty { opaqueId } } seller { ... on Taxpayer { name } } } }'
    )
    assert last_of(country, "border")["subjects"] == "A1,Invoice:I4"


def test_looking_at_the_directory_is_no_read_of_a_taxpayer(country: Server) -> None:
    caller = country.caller(bureau=ASH, name="directory")
    caller.ask("{ bureaus { nodes { name } } officers { nodes { name } } schemaInfo { version } }")
    assert [event for event in country.logged() if event["principal"] == "directory"] == []


def test_internal_control_of_a_city_reads_the_log_of_its_own_readers_alone(country: Server) -> None:
    country.caller(bureau=BIRCH, name="reader of birch").ask('{ taxpayer(id: "B1") { name } }')
    country.caller(bureau=ASH, name="reader of ash").ask('{ taxpayer(id: "A1") { name } }')
    assert country.logged()
    control = country.caller(bureau=ASH, roles=AUDITOR, name="control of ash")
    found = control.ask("{ accessEvents(first: 100) { nodes { principal subjects scope } } }")["accessEvents"]["nodes"]
    assert {event["scope"] for event in found} == {ASH}
    assert "reader of ash" in {event["principal"] for event in found}


def test_reading_the_log_is_logged(country: Server) -> None:
    country.caller(roles=AUDITOR, name="watcher").ask("{ accessEvents(first: 1) { nodes { key } } }")
    assert str(last_of(country, "watcher")["subjects"]).startswith("AccessEvent:")


def test_nothing_is_lost_when_the_server_stops_under_load(tmp_path: Path) -> None:
    store = cast("GraphStore", DuckdbStore.open(tmp_path / "graph.duckdb"))
    store.ensure_schema()
    store.write(two_cities())
    with serving(store) as server:
        callers = [server.caller(bureau=ASH, name=f"reader {place}") for place in range(4)]
        threads = [threading.Thread(target=_ask_often, args=(caller, 5)) for caller in callers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    logged = store.select("AccessEvent").table.to_pylist()
    store.close()
    assert len(logged) == 20
    assert {event["subjects"] for event in logged} == {"A1"}
    assert [event["id"] for event in logged] == sorted(event["id"] for event in logged)


def _ask_often(caller: Caller, times: int) -> None:
    for _ in range(times):
        caller.ask('{ taxpayer(id: "A1") { name } }')


def test_a_search_that_finds_nobody_and_a_bare_count_are_logged_too(country: Server) -> None:
    caller = country.caller(bureau=ASH, name="fishing")
    caller.ask('{ search(text: "nobody of this name") { totalCount } }')
    caller.ask("query Count { taxpayers(first: 0) { totalCount } }")
    own = [event for event in country.logged() if event["principal"] == "fishing"]
    assert [(event["operation"], event["subjects"], event["rows"]) for event in own] == [
        ("query(search)", "", 0),
        ("Count(taxpayers)", "", 0),
    ]


def test_what_hides_in_a_fragment_at_the_root_is_logged(country: Server) -> None:
    caller = country.caller(bureau=ASH, name="hiding")
    caller.ask("{ ...all } fragment all on Query { taxpayers { totalCount } }")
    assert last_of(country, "hiding")["operation"] == "query(…)"


def test_an_attempt_without_the_right_is_logged_and_showed_nobody(country: Server) -> None:
    caller = country.caller(bureau=ASH, roles=AUDITOR, name="curious")
    assert caller.error('mutation { cancelLoad(id: "x") { id } }')["code"] == "access.role"
    event = last_of(country, "curious")
    assert (event["operation"], event["subjects"]) == ("mutation(cancelLoad)", "")


def test_commands_that_take_out_or_bring_in_are_logged_with_how_much(tmp_path: Path) -> None:
    write_tables(tmp_path / "tables", small_country())
    line = CommandLine(tmp_path)
    read = line.answer("load", "canonical", "tables")["read"]
    exported = line.answer("export", "csv", "--type", "Taxpayer", "--out", "out")["rows"]
    line.answer("batches")
    store = cast("GraphStore", DuckdbStore.open(tmp_path / "graph.duckdb"))
    logged = store.select("AccessEvent").table.to_pylist()
    store.close()
    assert [(event["operation"], event["rows"]) for event in logged] == [
        ("taxgraph load", read),
        ("taxgraph export", exported),
    ]
    assert exported == 4
