"""Fills an empty embedded file with every version of a graph. Called by the store for a restore.

The versions come as a stream and are written chunk by chunk, each numbered and sorted for itself: memory follows the
chunk, whatever the graph holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from graph.model.types import NodeType, RelationshipType
from graph.store.duckdb_parts.engine import Reader
from graph.store.duckdb_parts.incoming import numbered, with_ends
from graph.store.duckdb_parts.keys import Keys
from graph.store.duckdb_parts.numbering import Numbering
from graph.store.duckdb_parts.schema import BOTH_WAYS, PROVENANCE_NAMES, listed, names, nodes_of, pairs_of, rows_of
from graph.store.duckdb_parts.writing import write_ledger
from graph.store.dumping import Versions, dumped_kinds, stamped
from graph.store.ledger import to_columns
from graph.store.port import BatchRecord
from graph.store.searching import search_text

_CHUNK = 500_000  # rows: some 200 MB of invoices
_STAMPS = (*PROVENANCE_NAMES, "batch_from", "batch_to")


def fill(writer: Reader, ledger: Sequence[BatchRecord], versions: Versions, *, chunk: int = _CHUNK) -> None:
    """Write every version under its own stamps, then the ledger. New keys of a chunk are numbered in order of id.

    `chunk`: rows that are written at once, or as many more as the last batch of the stream brings.
    """
    numbering = Numbering(Keys(writer))
    for kind in dumped_kinds():
        if kind.name not in versions:
            continue
        for rows in _chunks(versions[kind.name](), stamped(kind), chunk):
            if isinstance(kind, NodeType):
                _fill_nodes(writer, numbering, kind, rows)
            else:
                _fill_relationships(writer, numbering, kind, rows)
    for line in ledger:
        write_ledger(writer, to_columns(line))


def _chunks(batches: Iterable[pa.RecordBatch], schema: pa.Schema, chunk: int) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(each.num_rows for each in held) >= chunk:
            yield pa.Table.from_batches(held, schema)
            held = []
    if any(each.num_rows for each in held):
        yield pa.Table.from_batches(held, schema)


def _fill_nodes(reader: Reader, numbering: Numbering, kind: NodeType, rows: pa.Table) -> None:
    if kind.search:
        rows = rows.append_column("search_text", search_text(kind, rows))
    search: tuple[str, ...] = ("search_text",) if kind.search else ()
    columns = listed(("_number", *names(kind.properties), *search, *_STAMPS), "i")
    reader.lend("dumped", numbered(rows, numbering.of_type(kind.name, rows["id"])))
    reader.run(
        f"INSERT INTO {nodes_of(kind.name)} BY NAME SELECT {columns} FROM dumped i ORDER BY i._number, i.batch_from"
    )
    reader.release("dumped")


def _fill_relationships(reader: Reader, numbering: Numbering, kind: RelationshipType, rows: pa.Table) -> None:
    ends = numbering.ends(kind, rows)
    own: list[str] = [*names(kind.properties), *_STAMPS]
    reader.lend("dumped", with_ends(rows.select(own), ends))
    columns = listed(("from_number", "to_number", *own), "i")
    reader.run(
        f"INSERT INTO {rows_of(kind)} BY NAME SELECT {columns} FROM dumped i "
        "ORDER BY i.from_number, i.to_number, i.batch_from"
    )
    if kind.name in BOTH_WAYS:
        reader.run(f"INSERT INTO {pairs_of(kind)} SELECT to_number, from_number FROM dumped ORDER BY 1, 2")
    reader.release("dumped")
