"""The digest of a graph: equal exactly when two stores hold the same facts. Called by `doctor` and by tests.

Over every vocabulary type with `in_digest`: its visible rows as multisets, without provenance, batches, dense ids and
`recorded` properties. Per type the md5 values of the rows are added as two 64-bit halves, which no order changes and
which many rows need no memory for; the whole is the sha256 of the types' lines in order of name.
"""

from __future__ import annotations

import hashlib
from typing import TypedDict

import duckdb
import pyarrow as pa

from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import NODE_TYPES, STORED_RELATIONSHIP_TYPES
from graph.store.port import GraphStore
from graph.store.questions import NOW, AsOf

_ENDS = ("from_type", "from_id", "to_type", "to_id")
_LOWER_HALF = 2**64 - 1


class Digest(TypedDict):
    """`counts` by type name, without empty types, and the hexadecimal `digest`."""

    counts: dict[str, int]
    digest: str


def digest(store: GraphStore, *, as_of: AsOf = NOW) -> Digest:
    """Counts and digest of what is visible in the store."""
    counts, lines = {}, []
    kinds: list[NodeType | RelationshipType] = [*NODE_TYPES, *STORED_RELATIONSHIP_TYPES]
    for kind in sorted(kinds, key=lambda each: each.name):
        if not kind.in_digest:
            continue
        count, low, high = _type_sums(kind, store.export(kind.name, as_of=as_of))
        if count:
            counts[kind.name] = count
            lines.append(f"{kind.name} {count} {low} {high}")
    return {"counts": counts, "digest": hashlib.sha256("\n".join(lines).encode()).hexdigest()}


def _type_sums(kind: NodeType | RelationshipType, table: pa.Table) -> tuple[int, int, int]:
    """Rows of a type, and the sums of the lower and upper halves of their md5 values."""
    if not table.num_rows:
        return 0, 0, 0
    ends = () if isinstance(kind, NodeType) else _ENDS
    columns = [*ends, *(p.name for p in kind.properties if not p.recorded)]
    row = " || ".join(_canonical(f'"{name}"', table.schema.field(name).type) for name in columns)
    with duckdb.connect() as memory:
        memory.execute("SET TimeZone = 'UTC'")
        memory.register("facts", table.select(columns))
        sums = memory.execute(
            f"SELECT count(*), sum((md5 & {_LOWER_HALF})::HUGEINT), sum((md5 >> 64)::HUGEINT) "
            f"FROM (SELECT md5_number({row}) AS md5 FROM facts)"
        ).fetchall()[0]
    return int(sums[0]), int(sums[1]), int(sums[2])


def _canonical(column: str, kind: pa.DataType) -> str:
    """SQL: one value as text that no neighbour can be confused with: its length, then itself; null is a dash."""
    text = f"epoch_us({column})::VARCHAR" if pa.types.is_temporal(kind) else f"{column}::VARCHAR"
    return f"coalesce(strlen({text}) || ':' || {text}, '-')"
