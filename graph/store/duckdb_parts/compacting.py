"""Sorts the runs of the tables into one, table by table. Called by the store when its owner has nothing else to do.

Each batch is appended as a sorted run of its own; with about thirty of them a hop takes twice as long. A table is
rewritten in one transaction: readers keep the one they began with, and a process that dies leaves the old one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from graph.model.types import NodeType
from graph.model.vocabulary import NODE_TYPES, STORED_RELATIONSHIP_TYPES
from graph.store.duckdb_parts.engine import Engine, Reader
from graph.store.duckdb_parts.schema import BOTH_WAYS, LEDGER_TYPE, keys_of, nodes_of, pairs_of, rows_of
from graph.store.duckdb_parts.upgrading import put_meta
from graph.store.dumping import ACCESS_TYPE
from graph.store.ledger import SYSTEM_BATCH
from graph.store.port import BatchRecord

COMPACTED = "compacted_up_to"  # the last batch whose rows stand in the one sorted run
_ROW_GROUP = 122_880  # rows; the engine skips whole groups by their smallest and largest value
Progress = Callable[[str, int, int], None]


def silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def runs(ledger: Sequence[BatchRecord], compacted: str | None) -> int:
    """Sorted runs: the batches since the last compaction, and the one that it left."""
    since = int(compacted or SYSTEM_BATCH)
    later = sum(line.number > max(since, SYSTEM_BATCH) for line in ledger)
    return later + (since > SYSTEM_BATCH)


def compact(engine: Engine, ledger: Sequence[BatchRecord], progress: Progress = silent) -> int:
    """Rewrite every table that has rows out of order; how many were."""
    last = max((line.number for line in ledger), default=SYSTEM_BATCH)
    orders = _orders()
    done = 0
    for place, (table, order) in enumerate(orders.items()):
        progress(f"sort {table}", place, len(orders))
        done += _sorted(engine, table, order)
    with engine.writing() as writer:
        put_meta(writer, COMPACTED, str(last))
    return done


def _orders() -> dict[str, tuple[str, ...]]:
    """Tables and what each is sorted by, the most asked ones first."""
    orders: dict[str, tuple[str, ...]] = {}
    for kind in STORED_RELATIONSHIP_TYPES:
        orders[rows_of(kind)] = ("from_number", "to_number", "batch_from")
        if kind.name in BOTH_WAYS:
            orders[pairs_of(kind)] = ("to_number", "from_number")
    for node in _nodes():
        orders[nodes_of(node.name)] = ("_number", "batch_from")
        orders[keys_of(node.name)] = ("_number",)
    return orders


def _nodes() -> list[NodeType]:
    # Access events are appended beside everything else, in the order of their numbers.
    return [kind for kind in NODE_TYPES if kind.name not in (LEDGER_TYPE, ACCESS_TYPE)]


def _sorted(engine: Engine, table: str, order: tuple[str, ...]) -> bool:
    """Rewrite one table if its rows are out of order. Loads wait; readers and the access log do not."""
    with engine.batching() as (writer, commit):
        if not _out_of_order(writer, table, order[0]):
            return False
        writer.run(f"CREATE TABLE compacted AS FROM {table} ORDER BY {', '.join(order)}")
        writer.run(f"DROP TABLE {table}")
        writer.run(f"ALTER TABLE compacted RENAME TO {table}")
        commit()
    return True


def _out_of_order(reader: Reader, table: str, column: str) -> bool:
    """True if a row group begins below the end of the one before. Disorder inside one group costs nothing."""
    groups = (
        f"SELECT rowid // {_ROW_GROUP} AS place, min({column}) AS low, max({column}) AS high FROM {table} GROUP BY 1"
    )
    back = f"SELECT low < lag(high) OVER (ORDER BY place) AS back FROM ({groups})"
    return bool(reader.number(f"SELECT count(*) FROM ({back}) WHERE back"))
