"""Fills an empty server from the versions of a dump, under their own stamps. Called by the store.

Nothing of it counts before the last transaction, which writes the ledger; what an earlier, broken attempt left is
removed first. Every chunk moves a mark in the ledger, so a chunk whose answer was lost is not written twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import StoreBusyError, TaxgraphError
from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import NODE_TYPES, node_type
from graph.store.dumping import ACCESS_TYPE, LEDGER_TYPE, Versions, check_empty, dumped_kinds
from graph.store.ledger import last_instant, next_number, to_columns
from graph.store.neo4j_parts.connection import Server, Work
from graph.store.neo4j_parts.lease import LOCK, NOW, Habits
from graph.store.neo4j_parts.schema import version_label
from graph.store.neo4j_parts.snapshots import lines
from graph.store.neo4j_parts.stages import described, entries, numbers
from graph.store.neo4j_parts.terms import terms
from graph.store.neo4j_parts.values import column_kinds, to_wire, wire_rows
from graph.store.port import BatchRecord

_STAMPS = ("batch_from", "batch_to")
_WIPED = 10_000  # nodes of one transaction
_PAUSE = 0.1  # seconds between two looks at another writer's lease


def fill(server: Server, ledger: Sequence[BatchRecord], versions: Versions, owner: str, habits: Habits) -> None:
    """Write every version, then the ledger. StoreBusyError `store.busy` while another process writes."""
    check_empty(lines(server.rows))
    filling = _Filling(server, owner, habits)
    filling.begin()
    try:
        _wipe(server)
        _write(filling, versions)
        server.write(lambda work: _end(work, owner, ledger))
    except BaseException:
        filling.give_up()
        raise


def _wipe(server: Server) -> None:
    """Remove what an earlier attempt left; access events are their own truth and stay."""
    for kind in NODE_TYPES:
        if kind.name not in (LEDGER_TYPE, ACCESS_TYPE):
            wipe = f"MATCH (n:{kind.name}) CALL (n) {{ OPTIONAL MATCH (n)-[:VERSION]->(v) DETACH DELETE v, n }}"
            server.alter(f"{wipe} IN TRANSACTIONS OF {_WIPED} ROWS")


def _write(filling: _Filling, versions: Versions) -> None:
    for each in dumped_kinds():
        for table in _chunks(versions[each.name](), filling.habits.chunk) if each.name in versions else ():
            if isinstance(each, NodeType):
                filling.chunk(_nodes(each, table))
            else:
                for source, target, rows in _by_ends(table):
                    filling.chunk(_relationships(each, source, target, rows))


def _chunks(batches: Iterator[pa.RecordBatch], size: int) -> Iterator[pa.Table]:
    for batch in batches:
        table = pa.Table.from_batches([batch])
        for offset in range(0, table.num_rows, size):
            yield table.slice(offset, size)


@dataclass(slots=True)
class _Filling:
    """The mark of a fill on its way: only its owner moves it."""

    server: Server
    owner: str
    habits: Habits
    done: int = 0

    def begin(self) -> None:
        """Take the lease, or wait until its holder ends or falls silent."""
        deadline = time.monotonic() + self.habits.wait
        while not self.server.write(self._take):
            if time.monotonic() > deadline:
                raise _busy()
            time.sleep(_PAUSE)

    def _take(self, work: Work) -> bool:
        found = work.rows(
            f"{LOCK} WITH l WHERE l.owner IS NULL OR l.owner = $owner OR l.expires < {NOW} "
            f"SET l.owner = $owner, l.expires = {NOW} + $span, l.filled = 0 RETURN true",
            owner=self.owner,
            span=int(self.habits.lease * 1000),
        )
        return bool(found)

    def give_up(self) -> None:
        """Give the lease back, so that another attempt need not wait; the error that ended this one counts more."""
        with suppress(TaxgraphError):
            self.server.alter(
                f"{LOCK} WITH l WHERE l.owner = $owner REMOVE l.owner, l.expires, l.filled", owner=self.owner
            )

    def chunk(self, write: Callable[[Work], None]) -> None:
        """Write a chunk once."""
        self.done += 1

        def work(transaction: Work) -> None:
            found = transaction.rows(
                f"{LOCK} WITH l WHERE l.owner = $owner WITH l, l.filled AS before "
                f"SET l.filled = $done, l.expires = {NOW} + $span RETURN before",
                owner=self.owner,
                done=self.done,
                span=int(self.habits.lease * 1000),
            )
            if not found:
                raise _busy()
            if found[0][0] < self.done:
                write(transaction)

        self.server.write(work)


def _busy() -> StoreBusyError:
    return StoreBusyError(
        "Another process writes to this store.", next_step="Wait until it ends, then restore into an empty database."
    )


# --- nodes


def _nodes(kind: NodeType, table: pa.Table) -> Callable[[Work], None]:
    """Of the versions of an id the first stands on its key, the later ones behind it."""
    columns = column_kinds(kind)
    records = wire_rows(table, [*columns, *_STAMPS])
    if kind.search:
        for record, text in zip(records, terms(kind, table), strict=True):
            record.append(text)
    place = len(columns)
    more = [
        f"batch_from: r[{place}]",
        f"batch_to: r[{place + 1}]",
        *([f"terms: r[{place + 2}]"] if kind.search else []),
    ]
    properties = ", ".join([*entries(columns), *more])

    def write(work: Work) -> None:
        known = set(described(work, kind.name, to_wire(table["id"])))
        if kind.name == ACCESS_TYPE:  # events are their own truth: those that are here stay
            _create(work, kind, [row for row in records if row[0] not in known], properties)
            return
        first: list[list[Any]] = []
        later: list[list[Any]] = []
        for row in records:
            (later if row[0] in known else first).append(row)
            known.add(row[0])
        _create(work, kind, first, properties)
        work.rows(
            f"UNWIND $rows AS r MATCH (n:{kind.name} {{id: r[0]}}) "
            f"CREATE (n)-[:VERSION]->(:Version:{version_label(kind.name)} {{{properties}}})",
            rows=later,
        )

    return write


def _create(work: Work, kind: NodeType, records: Sequence[list[Any]], properties: str) -> None:
    numbered = zip(records, numbers(work, kind.name, len(records)), strict=True)
    rows = [[*record, number] for record, number in numbered]
    if rows:
        created = f"CREATE (:{kind.name} {{{properties}, dense: r[{len(rows[0]) - 1}]}})"
        work.rows(f"UNWIND $rows AS r {created}", rows=rows)


# --- relationships


def _by_ends(table: pa.Table) -> Iterator[tuple[str, str, pa.Table]]:
    """Rows of a chunk by the types of their ends."""
    pairs = table.select(["from_type", "to_type"]).group_by(["from_type", "to_type"]).aggregate([]).to_pylist()
    for pair in sorted(pairs, key=lambda each: (each["from_type"], each["to_type"])):
        same: Any = pc.and_(
            pc.equal(table["from_type"], pa.scalar(pair["from_type"])),
            pc.equal(table["to_type"], pa.scalar(pair["to_type"])),
        )
        order: list[Any] = [("from_id", "ascending"), ("to_id", "ascending"), ("batch_from", "ascending")]
        yield pair["from_type"], pair["to_type"], table.filter(same).sort_by(order)


def _relationships(kind: RelationshipType, source: str, target: str, table: pa.Table) -> Callable[[Work], None]:
    columns = column_kinds(kind)
    records = wire_rows(table, ["from_id", "to_id", *columns, *_STAMPS])
    place = len(columns) + 2
    properties = ", ".join([*entries(columns, 2), f"batch_from: r[{place}]", f"batch_to: r[{place + 1}]"])

    def write(work: Work) -> None:
        for name, end in ((source, "from_id"), (target, "to_id")):
            ids: list[Any] = pc.unique(table[end]).to_pylist()
            _reserve(work, node_type(name), ids)
        work.rows(
            f"UNWIND $rows AS r MATCH (a:{source} {{id: r[0]}}) MATCH (b:{target} {{id: r[1]}}) "
            f"CREATE (a)-[:{kind.name} {{{properties}}}]->(b)",
            rows=records,
        )

    return write


def _reserve(work: Work, kind: NodeType, ids: Sequence[str]) -> None:
    known = set(described(work, kind.name, ids))
    fresh = sorted(set(ids) - known)
    if fresh:
        rows = [list(pair) for pair in zip(fresh, numbers(work, kind.name, len(fresh)), strict=True)]
        work.rows(f"UNWIND $rows AS r CREATE (:{kind.name} {{id: r[0], dense: r[1]}})", rows=rows)


# --- the ledger


def _end(work: Work, owner: str, ledger: Sequence[BatchRecord]) -> None:
    """Enter the lines and give the lease back. A second attempt finds no lease and has nothing to do."""
    if not work.rows(f"{LOCK} WITH l WHERE l.owner = $owner AND l.filled IS NOT NULL RETURN true", owner=owner):
        return
    shared = [each for line in ledger for number in sorted(line.ends_again) for each in _shared(line, number)]
    work.rows(
        "MATCH (l:Ledger {id: 'ledger'}) SET l.next = $next, l.shared = $shared, l.committed_at = $last "
        "REMOVE l.owner, l.expires, l.filled",
        next=next_number(ledger),
        shared=shared,
        last=last_instant(ledger),
    )
    work.rows(
        "UNWIND $lines AS line CREATE (e:LedgerEntry:Batch) SET e = line, e.batch_from = line.number",
        lines=[to_columns(line) for line in ledger],
    )


def _shared(line: BatchRecord, number: int) -> tuple[int, int, int]:
    return number, line.number, line.ends_again[number]
