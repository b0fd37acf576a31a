"""The first load of an empty server by its import tool: the same graph as any load makes, and nothing half done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from graph.errors import StoreBusyError, StoreError, TaxgraphError
from graph.model.vocabulary import node_type
from graph.settings import StoreSettings
from graph.store.digest import digest
from graph.store.neo4j_parts.lease import Habits
from graph.store.neo4j_store import Neo4jStore
from graph.store.opening import finish_import, initial_store
from graph.store.port import WriteBatch
from tests.contract.neo4j.mortal import Opener
from tests.support.neo4j.operating import operated
from tests.support.neo4j.server import Neo4jServer
from tests.support.small_graph import Draft, header, table
from tests.support.stores import wipe

pytestmark = pytest.mark.neo4j
Facts = tuple[list[tuple[str, int]], object, object]
AT = datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
BEFORE_1970 = datetime.fromisoformat("1950-01-01T00:00:01")


def first_batch() -> WriteBatch:
    """Every kind of value, with what makes fields of files difficult; several types of ends; keys without a row."""
    draft = Draft().firm("A", bureau="11", name='恒泰 "quoted", 2\nlines\r\nABC').firm("B", name="")
    draft.firm("C\\", name="'").node("Bureau", "11", name="市局", level=3)
    draft.invoice("26110000000000000001", seller="A", buyer="B")
    draft.invoice("1‖2", seller="A", buyer="unknown", code="1")
    draft.person("p", represents="A", valid_from=date(2020, 1, 1)).person("q")
    draft.node("Task", "t", title=" two  spaces ", status="open", opened_at=BEFORE_1970)
    draft.node("TaskEvent", "e", task="t", position=1, action="opened", at=AT).link("HAS_EVENT", "t", "e")
    draft.link("CONCERNS", "t", "Invoice:1‖2").link("CONCERNS", "t", "Party:no:A")
    return draft.batch("first")


def second_batch() -> WriteBatch:
    return (
        Draft()
        .node("Taxpayer", "A", name="renamed")
        .invoice("27", seller="unknown", buyer="A")
        .end("BOUGHT_BY", "26110000000000000001", "no:B")
        .batch("second")
    )


@pytest.fixture
def own(own_neo4j_server: Neo4jServer) -> Iterator[Opener]:
    """Stores on that server, emptied."""
    wipe(own_neo4j_server.connection)
    opened = Opener(own_neo4j_server.connection)
    store = opened()
    store.ensure_schema()
    store.close()  # a server waits for its connections before it stops
    yield opened
    opened.close()


def settings_of(variables: dict[str, str]) -> StoreSettings:
    named = {name.removeprefix("TAXGRAPH_").lower(): value for name, value in variables.items()}
    return StoreSettings.model_validate(named)


@pytest.fixture(scope="module")
def usual(own_neo4j_server: Neo4jServer) -> tuple[Facts, Facts]:
    """What loads as usual make of the first batch, and of both."""
    wipe(own_neo4j_server.connection)
    opener = Opener(own_neo4j_server.connection)
    store = opener(Habits())
    store.ensure_schema()
    store.write(first_batch())
    once = facts_of(store)
    store.write(second_batch())
    twice = facts_of(store)
    opener.close()
    return once, twice


def facts_of(store: Neo4jStore) -> Facts:
    """Digest, dense numbers, and what the search finds: all that a reader could tell two loads apart by."""
    parties = store.parties().select(["party", "party_id", "taxpayer_id"]).to_pylist()
    found = [
        (text, store.search(text, ["Taxpayer", "Invoice", "Person", "Task"]).table["id"].to_pylist())
        for text in ("恒泰", "abc", "26110000000000000001", "two spaces", "lines", "p")
    ]
    counts = digest(store)
    return sorted(counts["counts"].items()), counts["digest"], (parties, found, store.trade().to_pylist())


def test_an_import_is_the_same_graph_as_a_load_and_loads_go_on(
    usual: tuple[Facts, Facts], own: Opener, own_neo4j_server: Neo4jServer
) -> None:
    once, twice = usual
    store = own()
    store.set_meta("kept", "value")
    store.append_access(table(node_type("AccessEvent"), [{"id": "seen", "at": AT}]))
    with operated(own_neo4j_server) as variables:
        record = initial_store(store, files_out=None, settings=settings_of(variables)).write(first_batch())
        assert (record.number, record.state) == (1, "committed")
        assert facts_of(store) == once
        assert store.meta("kept") == "value"
        assert store.export("AccessEvent")["id"].to_pylist() == ["seen"]
        assert store.write(first_batch()).number == 1
        assert store.write(second_batch()).number == 2
        assert facts_of(store) == twice
        assert {"taxpayer_id", "invoice_id", "taxgraph_ledger"} <= constraint_names(store)
        with pytest.raises(StoreError) as refused:
            initial_store(store, files_out=None, settings=settings_of(variables))
    assert refused.value.code == "store.not_empty"


def constraint_names(store: Neo4jStore) -> set[str]:
    return {row[0] for row in store.server.rows("SHOW CONSTRAINTS YIELD name")}


def test_files_are_imported_by_hand_and_seen_once_they_are_finished(
    usual: tuple[Facts, Facts], own: Opener, own_neo4j_server: Neo4jServer, tmp_path: Path
) -> None:
    store = own(Habits(wait=0.2))
    out = tmp_path / "out"
    writer = initial_store(store, files_out=out)
    assert writer.write(first_batch()).state == "pending"
    assert writer.command == "neo4j-admin database import full @import.args"
    assert out.stat().st_mode & 0o777 == 0o700
    assert store.batches() == []
    with pytest.raises(StoreError) as nothing:
        finish_import(store)
    assert nothing.value.code == "store.no_import"
    imported(own, own_neo4j_server, out)
    store.server.reconnect()
    store.ensure_schema()
    assert digest(store)["counts"] == {}
    with pytest.raises(StoreBusyError):
        store.write(second_batch())
    assert finish_import(store).state == "committed"
    assert facts_of(store) == usual[0]


def imported(opener: Opener, server: Neo4jServer, folder: Path) -> None:
    """As an operator does it."""
    from contextlib import chdir  # noqa: PLC0415 - used here alone

    opener.close()
    server.stop()
    with chdir(folder):
        server.admin("database", "import", "full", "@import.args")
    server.start()


def test_an_import_that_lost_facts_is_not_committed(own: Opener, own_neo4j_server: Neo4jServer, tmp_path: Path) -> None:
    store = own()
    initial_store(store, files_out=tmp_path / "out").write(first_batch())
    sold = next((tmp_path / "out").glob("facts_*_SOLD.csv"))
    sold.write_text("".join(sold.read_text(encoding="utf-8").splitlines(keepends=True)[1:]), encoding="utf-8")
    imported(own, own_neo4j_server, tmp_path / "out")
    store.server.reconnect()
    with pytest.raises(StoreError) as damaged:
        finish_import(store)
    assert (damaged.value.code, damaged.value.facts["type"]) == ("store.damaged", "SOLD")
    assert digest(store)["counts"] == {}


def test_a_failing_tool_leaves_the_server_running_and_nothing_visible(
    own: Opener, own_neo4j_server: Neo4jServer
) -> None:
    store = own()
    with operated(own_neo4j_server) as variables:
        broken = settings_of({**variables, "TAXGRAPH_NEO4J_ADMIN": "false"})
        with pytest.raises(StoreError) as failed:
            initial_store(store, files_out=None, settings=broken).write(first_batch())
        assert (failed.value.code, failed.value.facts["step"]) == ("store.import", "import")
        assert digest(store)["counts"] == {}


def test_a_batch_in_parts_makes_the_files_of_the_whole(own: Opener, tmp_path: Path) -> None:
    """The second part says anew what the first one said, and ends something of it."""
    first = Draft().firm("A", name="old").firm("B").invoice("1", seller="A", buyer="B").link("BOUGHT_BY", "1", "no:C")
    second = Draft().firm("A", name="new").invoice("2", seller="C", buyer="A").end("BOUGHT_BY", "1", "no:B")
    whole = Draft().firm("A", name="new").firm("B").invoice("1", seller="A").link("BOUGHT_BY", "1", "no:C")
    whole.invoice("2", seller="C", buyer="A")
    with initial_store(own(), files_out=tmp_path / "parts").open_batch(header("batch")) as batch:
        for part in (first, second):
            batch.add(part.batch())
        batch.commit(header("batch"))
    with initial_store(own(), files_out=tmp_path / "whole").open_batch(header("batch")) as batch:
        batch.add(whole.batch(), more=False)
        batch.commit(header("batch"))
    assert facts_in(tmp_path / "parts") == facts_in(tmp_path / "whole")


def facts_in(folder: Path) -> dict[str, list[str]]:
    """Rows of each type; places in a source's file say in which order a draft was written, and are left out."""
    read = {file.stem.split("_", 2)[2]: file.read_text(encoding="utf-8") for file in folder.glob("facts_*.csv")}
    return {name: sorted(re.sub(r"test,test.csv,\d+", "", text).splitlines()) for name, text in read.items()}


@pytest.mark.parametrize(
    ("batch", "code"),
    [
        (Draft().end("Taxpayer", "A").batch("ends"), "store.batch"),
        (Draft().firm("A").firm("A").batch("twice"), "store.duplicates"),
        (WriteBatch(first_batch().header, nodes={"Taxpayer": pa.table({"id": ["A"]})}), "store.batch"),
    ],
)
def test_a_batch_that_breaks_the_schema_is_refused_before_the_server_stops(
    own: Opener, tmp_path: Path, batch: WriteBatch, code: str
) -> None:
    with pytest.raises(TaxgraphError) as refused:
        initial_store(own(), files_out=tmp_path / "out").write(batch)
    assert refused.value.code == code
