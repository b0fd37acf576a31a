"""A night's loads over the API: rejects that come back, limits, control totals, expected feeds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from api.access.principals import Role
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from loaders.corrections import save
from loaders.rejects import refused_rows_of
from tests.flow.api.uploading import START, ended, upload
from tests.support.corrections import correct
from tests.support.serving import Caller, Server, serving

OPERATOR = frozenset({Role.OPERATOR})
INVOICES = b"number,seller,buyer,issued_at,net,tax\n1,A,B,2026-03-01,1.00,0\n2,A,B,2026-03-01,many,0\n"
HOW = """
query How($id: ID!) { load(id: $id) {
  state endedAt rowsDone rowsTotal report { batch outcome read rejected } error { code message refused } } }
"""
FEEDS = "query Which($on: Date) { feeds(on: $on) { name source every state batch lateSince missing } }"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Server]:
    """A server over an empty store."""
    store = cast("GraphStore", DuckdbStore.open(tmp_path / "graph.duckdb"))
    store.ensure_schema()
    with serving(store) as server:
        yield server
    store.close()


@pytest.fixture
def loader(office: Server) -> Caller:
    """Somebody who loads."""
    return office.caller(roles=OPERATOR, name="loader")


def loaded(caller: Caller, files: dict[str, bytes], **options: Any) -> dict[str, Any]:
    """A load of these files once it has ended."""
    asked = {"upload": upload(caller, files), "source": "canonical", **options}
    load = caller.ask(START, input=asked)["startLoad"]["id"]
    ended(caller, load)
    found: dict[str, Any] = caller.ask(HOW, id=load)["load"]
    return found


def test_rejects_come_back_corrected_and_are_settled(office: Server, loader: Caller, tmp_path: Path) -> None:
    first = loaded(loader, {"invoices.csv": INVOICES})
    batch = first["report"]["batch"]
    assert (first["rowsDone"], first["rowsTotal"], first["report"]["rejected"]) == (2, 2, 1)
    save(refused_rows_of(office.store, batch), tmp_path / "rejects.csv")
    path = correct(tmp_path / "rejects.csv", lambda row: row.update(net="2.00"))
    again = loaded(loader, {"rejects.csv": path.read_bytes()}, resubmit=True)
    assert (again["state"], again["report"]["outcome"], again["report"]["read"]) == ("DONE", "committed", 1)
    asked = "query R($b: ID!) { rejects(batch: $b) { nodes { row status answeredBy } } }"
    (reject,) = loader.ask(asked, b=batch)["rejects"]["nodes"]
    assert reject == {"row": 3, "status": "settled", "answeredBy": again["report"]["batch"]}
    newest = loader.ask("{ batches(first: 1) { nodes { key resubmits } } }")["batches"]["nodes"][0]
    assert newest == {"key": again["report"]["batch"], "resubmits": batch}


def test_a_load_that_too_many_rejects_stopped_still_shows_them(loader: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAXGRAPH_MAX_REJECTS", "0")
    found = loaded(loader, {"invoices.csv": INVOICES})
    assert (found["state"], found["error"]["code"]) == ("FAILED", "data.too_many_rejects")
    (refused,) = found["error"]["refused"]
    assert refused.startswith("invoices.csv, invoices, row 3: net is not an amount")
    assert loaded(loader, {"invoices.csv": INVOICES}, maxRejects="1")["state"] == "DONE"


def test_a_manifest_among_the_files_states_their_totals(loader: Caller) -> None:
    manifest = json.dumps({"files": {"invoices.csv": {"rows": 3}}}).encode()
    found = loaded(loader, {"invoices.csv": INVOICES, "manifest.json": manifest})
    assert found["error"]["code"] == "data.manifest.totals"
    assert "invoices.csv: rows 2 instead of 3" in found["error"]["message"]


def test_expected_feeds_are_shown_to_those_who_see_everything(
    office: Server, loader: Caller, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert loader.ask(FEEDS)["feeds"] == []
    path = tmp_path / "feeds.toml"
    path.write_text('[[feed]]\nname = "night"\nsource = "tasks"\nevery = "day"\ndue = "06:00"\n', encoding="utf-8")
    monkeypatch.setenv("TAXGRAPH_FEEDS", str(path))
    (feed,) = loader.ask(FEEDS, on="2026-03-02")["feeds"]
    assert (feed["name"], feed["every"], feed["state"], feed["batch"]) == ("night", "DAY", "LATE", None)
    assert feed["missing"] == ["2026-03-01"]
    local = office.caller(roles=OPERATOR, name="local", bureau="4401")
    assert local.ask(FEEDS)["feeds"] == []
    assert office.anonymous().post(FEEDS).status_code == 401
