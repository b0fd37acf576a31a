"""The Neo4j store's writes and reads, against bare Cypher for the same nodes and relationships.

Each side has a fresh server of its own with the same indexes, writes the same country into it first, and then the same
day on top, which is what counts: a server grows faster with what it has run before. The peer reads its rows out of the
same columns, writes neither stamps nor dense numbers, and sends an invoice with its two ends in one statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from neo4j import Driver, Session

from graph.store.neo4j_store import Neo4jStore
from graph.store.port import BatchHeader, WriteBatch
from tests.benchmarks.clock import peak_megabytes, spent, timed
from tests.benchmarks.country import opened
from tests.benchmarks.sizes import Size
from tests.support.neo4j.server import Neo4jOptions, Neo4jServer

OPTIONS = Neo4jOptions(heap_initial="1g", heap_max="1g", page_cache="512m")
CHUNK = 10_000
ENDS = ("from_type", "from_id", "to_type", "to_id")
NODES = "UNWIND $rows AS row CREATE (n:{label}) SET n = row"
PARTY_OF = """
UNWIND $rows AS row MATCH (p:Party {id: row.from_id}) MATCH (t:Taxpayer {id: row.to_id})
CREATE (p)-[r:PARTY_OF]->(t) SET r = row.own
"""
LISTS = """
UNWIND $rows AS row MATCH (i:Invoice {id: row.from_id}) MATCH (c:Commodity {id: row.to_id})
CREATE (i)-[r:LISTS]->(c) SET r = row.own
"""
INVOICES = """
UNWIND $rows AS row MATCH (s:Party {id: row.seller}) MATCH (b:Party {id: row.buyer})
CREATE (s)-[x:SOLD]->(i:Invoice)-[y:BOUGHT_BY]->(b) SET i = row.invoice, x = row.sold, y = row.bought
"""
TRADE = """
MATCH (s:Party)-[:SOLD]->(i:Invoice)-[:BOUGHT_BY]->(b:Party)
RETURN i.id, s.id, b.id, i.issued_at, i.net_cents, i.currency, i.red, i.status, i.issued_precision
"""


class Part(NamedTuple):
    """Some invoices of the country with all that they hang on."""

    nodes: dict[str, pa.Table]
    relationships: dict[str, pa.Table]


class Days(NamedTuple):
    """What a store holds, and what comes on top of it: new invoices, mostly of parties that are there."""

    held: Part
    new: Part


def write_and_read(size: Size, folder: Path) -> dict[str, float]:
    """The same day on the same country, bare and by the store."""
    days = days_of_country(folder, size.server_invoices)
    bare, own = (_on_a_server(days, figures) for figures in (bare_figures, own_figures))
    if own["server.rows"] != bare["server.bare_rows"]:
        raise SystemExit(
            f"The store reads {own['server.rows']:.0f} trades, bare Cypher {bare['server.bare_rows']:.0f}."
        )
    return {
        **bare,
        **own,
        "server.invoices": days.new.nodes["Invoice"].num_rows,
        "server.lines": days.new.relationships["LISTS"].num_rows,
        "server.held_invoices": days.held.nodes["Invoice"].num_rows,
        "server.write_rate": days.new.nodes["Invoice"].num_rows / own["server.write_seconds"],
        "server.trade_rate": own["server.rows"] / own["server.trade_seconds"],
        "server.peak_megabytes": peak_megabytes(),
    }


def _on_a_server(days: Days, figures: Callable[[Neo4jStore, Driver, Days], dict[str, float]]) -> dict[str, float]:
    with Neo4jServer(OPTIONS) as server:
        where = server.connection
        store = Neo4jStore.open(where.uri, user=where.user, password=where.password, timeout=600)
        store.ensure_schema()
        with where.driver() as driver:
            found = figures(store, driver, days)
        store.close()
    return found


def own_figures(store: Neo4jStore, driver: Driver, days: Days) -> dict[str, float]:
    """What writing by the store and reading its columns take."""
    store.write(batch_of(days.held, "held"))
    _, written = spent(lambda: store.write(batch_of(days.new, "new")), elsewhere=cpu_of(driver))
    trade, read = timed(store.trade)
    return {**written.facts("server.write"), "server.trade_seconds": read, "server.rows": trade.num_rows}


def cpu_of(driver: Driver) -> Callable[[], float]:
    """CPU seconds that the server has used."""
    asked = (
        "CALL dbms.queryJmx('java.lang:type=OperatingSystem') YIELD attributes RETURN attributes.ProcessCpuTime.value"
    )
    return lambda: driver.execute_query(asked).records[0][0] / 1e9


def days_of_country(folder: Path, count: int) -> Days:
    """The first `count` invoices by id as held, as many again as new, as the embedded store holds them."""
    store = opened(folder)
    names = ("Invoice", "Party", "Taxpayer", "Commodity", "SOLD", "BOUGHT_BY", "LISTS", "PARTY_OF")
    facts = {name: store.export(name) for name in names}
    store.close()
    invoices = facts["Invoice"].sort_by("id")
    held = _part(facts, invoices.slice(0, count))
    new = _part(facts, invoices.slice(count, count))
    nodes = {name: _but(table, "id", held.nodes[name]["id"]) for name, table in new.nodes.items()}
    party_of = _but(new.relationships["PARTY_OF"], "from_id", held.relationships["PARTY_OF"]["from_id"])
    return Days(held, Part(nodes, {**new.relationships, "PARTY_OF": party_of}))


def _part(facts: Mapping[str, pa.Table], invoices: pa.Table) -> Part:
    sold = _where(facts["SOLD"], "to_id", invoices["id"])
    bought = _where(facts["BOUGHT_BY"], "from_id", invoices["id"])
    lists = _where(facts["LISTS"], "from_id", invoices["id"])
    traders = pa.chunked_array([*sold["from_id"].chunks, *bought["to_id"].chunks], pa.string())
    parties = _where(facts["Party"], "id", traders)
    party_of = _where(facts["PARTY_OF"], "from_id", parties["id"])
    taxpayers = _where(facts["Taxpayer"], "id", party_of["to_id"])
    commodities = _where(facts["Commodity"], "id", lists["to_id"])
    return Part(
        {"Taxpayer": taxpayers, "Party": parties, "Commodity": commodities, "Invoice": invoices},
        {"PARTY_OF": party_of, "SOLD": sold, "BOUGHT_BY": bought, "LISTS": lists},
    )


def _where(table: pa.Table, column: str, values: pa.ChunkedArray[Any]) -> pa.Table:
    return table.filter(pc.is_in(table[column], value_set=values.combine_chunks()))


def _but(table: pa.Table, column: str, values: pa.ChunkedArray[Any]) -> pa.Table:
    return table.filter(pc.invert(pc.is_in(table[column], value_set=values.combine_chunks())))


def batch_of(part: Part, name: str) -> WriteBatch:
    """All of it as one batch."""
    header = BatchHeader(name, "canonical", name, "benchmark", datetime(2026, 1, 1, tzinfo=UTC))
    return WriteBatch(header, nodes=part.nodes, relationships=part.relationships)


def bare_figures(_store: Neo4jStore, driver: Driver, days: Days) -> dict[str, float]:
    """What writing and reading take without batches, stamps, versions or checks."""
    with driver.session() as session:
        _write_bare(session, days.held)
        _, written = spent(lambda: _write_bare(session, days.new), elsewhere=cpu_of(driver))
        rows, read = timed(lambda: session.run(TRADE).values())
    return {**written.facts("server.bare_write"), "server.bare_trade_seconds": read, "server.bare_rows": len(rows)}


def _write_bare(session: Session, part: Part) -> None:
    """One transaction a chunk; an invoice and its two relationships in one statement."""
    for label in ("Taxpayer", "Party", "Commodity"):
        _run(session, NODES.replace("{label}", label), _plain(part.nodes[label]))
    _run(session, PARTY_OF, [_apart(row) for row in _plain(part.relationships["PARTY_OF"])])
    sold = {row["to_id"]: row for row in _plain(part.relationships["SOLD"])}
    bought = {row["from_id"]: row for row in _plain(part.relationships["BOUGHT_BY"])}
    whole = [row for row in _plain(part.nodes["Invoice"]) if row["id"] in sold and row["id"] in bought]
    _run(session, INVOICES, [_with_ends(row, _apart(sold[row["id"]]), _apart(bought[row["id"]])) for row in whole])
    _run(session, LISTS, [_apart(row) for row in _plain(part.relationships["LISTS"])])


def _with_ends(invoice: dict[str, Any], sold: dict[str, Any], bought: dict[str, Any]) -> dict[str, Any]:
    ends = {"seller": sold["from_id"], "buyer": bought["to_id"]}
    return {**ends, "invoice": invoice, "sold": sold["own"], "bought": bought["own"]}


def _apart(row: dict[str, Any]) -> dict[str, Any]:
    """Ends, and the relationship's own properties."""
    own = {name: value for name, value in row.items() if name not in ENDS}
    return {"from_id": row["from_id"], "to_id": row["to_id"], "own": own}


def _plain(table: pa.Table) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if value is not None} for row in table.to_pylist()]


def _run(session: Session, statement: str, rows: list[dict[str, Any]]) -> None:
    for chunk in _chunks(rows):
        session.run(statement, rows=chunk).consume()


def _chunks(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    return (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))
