"""The first load of an empty server, by files. Called by `neo4j_initial`.

    must_be_empty → write_import → (import tool) → finish

The imported ledger holds the batch as pending, under a lease that no clock ends: until `finish` has seen every index
and counted every label and type, readers see nothing of it and no other load begins.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from graph.errors import StoreBusyError, StoreError
from graph.model.vocabulary import STORED_RELATIONSHIP_TYPES, node_type
from graph.settings import StoreSettings
from graph.store.ledger import SYSTEM_BATCH, BatchState, to_columns
from graph.store.neo4j_parts import schema
from graph.store.neo4j_parts.connection import Server
from graph.store.neo4j_parts.contents import refused
from graph.store.neo4j_parts.import_files import ImportFiles, expected_text, ordered_types
from graph.store.neo4j_parts.import_tool import write_arguments
from graph.store.neo4j_parts.writing import end
from graph.store.port import BatchHeader, BatchRecord, WriteBatch

OWNER = "import"  # of the lease that an import leaves in the ledger
NUMBER = SYSTEM_BATCH + 1
_FOR_EVER = 1 << 62  # milliseconds: the lease of an import does not run out
_PATIENCE_SECONDS = 24 * 3600  # for indexes over a country
_ACCESS = "AccessEvent"


def must_be_empty(server: Server) -> None:
    """StoreError `store.not_empty` unless the server holds settings and access events alone, or an unfinished import.

    Counted, not scanned: the numbers of nodes are kept by the server.
    """
    if _unfinished(server):
        return
    kept = ("Ledger", "Counter", "Meta", _ACCESS)
    counted = " ".join(f"CALL () {{ MATCH (n:{label}) RETURN count(n) AS of_{label} }}" for label in kept)
    known = " + ".join(f"of_{label}" for label in kept)
    others = server.rows(f"CALL () {{ MATCH (n) RETURN count(n) AS whole }} {counted} RETURN whole - ({known})")[0][0]
    if others:
        raise StoreError(
            "The store is not empty, and the import tool fills empty ones only.",
            code="store.not_empty",
            next_step="Load without --initial.",
            nodes=others,
        )


def _unfinished(server: Server) -> bool:
    return bool(server.rows("MATCH (l:Ledger {id: 'ledger', owner: $owner}) RETURN 1", owner=OWNER))


def write_import(server: Server, batch: WriteBatch, folder: Path, carried: pa.Table, settings: StoreSettings) -> str:
    """Write the files of a batch into an empty folder; gives the command that imports them there.

    `carried`: access events of the store as it is. Its settings are carried over too.
    """
    for name, table in batch.ended.items():
        if table.num_rows:
            raise refused("A first batch can end nothing.", name)
    with ImportFiles.into(folder, memory_limit=settings.memory_limit, threads=settings.threads) as files:
        files.add_nodes(node_type(_ACCESS), carried, SYSTEM_BATCH)
        for kind in ordered_types(batch.nodes):
            files.add_nodes(kind, batch.nodes[kind.name], NUMBER)
        for relationship in STORED_RELATIONSHIP_TYPES:
            if relationship.name in batch.relationships:
                files.add_relationships(relationship, batch.relationships[relationship.name], NUMBER)
        files.add_reserved()
        _add_ledger(server, files, batch.header)
        return write_arguments(files, server.rows("CALL db.info() YIELD name RETURN name")[0][0])


def _add_ledger(server: Server, files: ImportFiles, header: BatchHeader) -> None:
    entry = to_columns(BatchRecord(header, NUMBER, BatchState.PENDING, None))
    del entry["committed_at"]
    expected = {"expected": expected_text(files.counts), "batch_from": NUMBER}
    files.add_plain("LedgerEntry:Batch", [{**entry, **expected, **_touched(files)}])
    files.add_plain("Ledger", [{"id": "ledger", "next": NUMBER + 1, "owner": OWNER, "expires": _FOR_EVER}])
    files.add_plain("Counter", [{"type": name, "next": number} for name, number in files.next_numbers.items()])
    metas = server.rows("MATCH (m:Meta) RETURN m.name, m.value ORDER BY m.name")
    files.add_plain("Meta", [{"name": name, "value": value} for name, value in metas])


def _touched(files: ImportFiles) -> dict[str, list[str]]:
    """What an undoing writer would need to know."""
    return {
        "nodes": sorted({group.labels for group in files.nodes}),
        "relationships": sorted({group.labels for group in files.relationships}),
    }


def wait_for(server: Server, *, seconds: float) -> None:
    """Until a server that was just started answers; StoreBusyError `store.unavailable` if it does not."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            server.rows("RETURN 1")
        except StoreBusyError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return


def finish(server: Server) -> BatchRecord:
    """Make constraints and indexes, compare what is there with what was written, and commit the batch.

    Raises:
        StoreError: `store.no_import` if none waits; `store.damaged` if the server holds other counts.
    """
    if not _unfinished(server):
        raise StoreError(
            "No import waits to be finished.",
            code="store.no_import",
            next_step="Write its files with taxgraph load --initial --files-out, and import them, first.",
        )
    schema.ensure(server, patience_seconds=_PATIENCE_SECONDS)
    expected = server.rows("MATCH (e:LedgerEntry {number: $number}) RETURN e.expected", number=NUMBER)[0][0]
    _compare(server, json.loads(expected))
    return server.write(lambda work: end(work, OWNER, NUMBER))


def _compare(server: Server, expected: Mapping[str, int]) -> None:
    joins = {kind.name for kind in STORED_RELATIONSHIP_TYPES}
    for name, count in expected.items():
        found = server.rows(_count(name, of_relationships=name in joins))[0][0]
        if found != count:
            raise StoreError(
                "The server holds another number of facts than were written for it.",
                code="store.damaged",
                next_step="Import the files again, all of them.",
                type=name,
                expected=count,
                found=found,
            )


def _count(name: str, *, of_relationships: bool) -> str:
    return f"MATCH ()-[r:{name}]->() RETURN count(r)" if of_relationships else f"MATCH (n:{name}) RETURN count(n)"


def unfinished_record(header: BatchHeader) -> BatchRecord:
    """The line of a batch whose files are written and not imported."""
    return BatchRecord(header, NUMBER, BatchState.PENDING, None)
