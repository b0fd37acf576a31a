"""The digest of a graph: equal exactly when two stores hold the same facts. Called by `doctor` and by tests.

Over every vocabulary type with `in_digest`: its visible rows as multisets, without provenance, batches, dense ids and
`recorded` properties; a property that was `added` to the vocabulary counts where something is known of it. Per type the
md5 values of the rows are added as two 64-bit halves, which no order changes and which many rows need no memory for;
the whole is the sha256 of the types' lines in order of name.
"""

from __future__ import annotations

import atexit
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypedDict

import duckdb
import pyarrow as pa

from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import NODE_TYPES, STORED_RELATIONSHIP_TYPES
from graph.store.port import GraphStore
from graph.store.questions import NOW, AsOf

Kind = NodeType | RelationshipType
_ENDS = ("from_type", "from_id", "to_type", "to_id")
_LOWER_HALF = 2**64 - 1


class Digest(TypedDict):
    """`counts` by type name, without empty types, and the hexadecimal `digest`."""

    counts: dict[str, int]
    digest: str


def digest(store: GraphStore, *, as_of: AsOf = NOW) -> Digest:
    """Counts and digest of what is visible in the store."""
    with store.dumping(as_of=as_of) as dump:
        sums = {kind.name: _type_sums(kind, dump.visible(kind.name)) for kind in digested()}
    return digest_of(sums)


def digested() -> list[Kind]:
    """The types that the digest is over, in order of name."""
    kinds: list[Kind] = [*NODE_TYPES, *STORED_RELATIONSHIP_TYPES]
    return sorted((kind for kind in kinds if kind.in_digest), key=lambda each: each.name)


def digest_of(sums: Mapping[str, Sums]) -> Digest:
    """The digest of rows that were added up type by type."""
    found = {name: sums[name] for name in sorted(sums) if sums[name].rows}
    lines = [f"{name} {each.rows} {each.low} {each.high}" for name, each in found.items()]
    return {
        "counts": {name: each.rows for name, each in found.items()},
        "digest": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
    }


@dataclass(frozen=True, slots=True)
class Sums:
    """Rows of a type, and the sums of the lower and upper halves of their md5 values."""

    rows: int = 0
    low: int = 0
    high: int = 0


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """Adds up what it is lent, keeps nothing. One for the process: opening one takes longer than adding a type up."""
    memory = duckdb.connect(":memory:")
    memory.execute("SET GLOBAL TimeZone = 'UTC'")
    atexit.register(_engine.cache_clear)
    return memory


class Adding:
    """Adds up the rows of one type, one record batch after another."""

    def __init__(self, kind: Kind) -> None:
        ends = () if isinstance(kind, NodeType) else _ENDS
        asked = [p for p in kind.properties if not p.recorded]
        schema = kind.schema()
        old = [*ends, *(p.name for p in asked if not p.added)]
        new = sorted(p.name for p in asked if p.added)
        self._columns = [*old, *new]
        parts = [_canonical(f'"{name}"', schema.field(name).type) for name in old]
        row = " || ".join([*parts, *(_added(name, schema.field(name).type) for name in new)])
        self._statement = (
            f"SELECT count(*), sum((md5 & {_LOWER_HALF})::HUGEINT), sum((md5 >> 64)::HUGEINT) "
            f"FROM (SELECT md5_number({row}) AS md5 FROM facts)"
        )
        self._memory: duckdb.DuckDBPyConnection | None = None
        self.sums = Sums()

    def add(self, batch: pa.RecordBatch) -> None:
        """Add the rows of a batch, which has at least the columns of the type."""
        if not batch.num_rows:
            return
        if self._memory is None:
            self._memory = _engine().cursor()
        self._memory.register("facts", pa.Table.from_batches([batch.select(self._columns)]))
        rows, low, high = self._memory.execute(self._statement).fetchall()[0]
        self.sums = Sums(self.sums.rows + int(rows), self.sums.low + int(low), self.sums.high + int(high))

    def done(self) -> Sums:
        """The sums; nothing can be added any more."""
        if self._memory is not None:
            self._memory.close()
            self._memory = None
        return self.sums


def _type_sums(kind: Kind, batches: Iterable[pa.RecordBatch]) -> Sums:
    adding = Adding(kind)
    for batch in batches:
        adding.add(batch)
    return adding.done()


def _canonical(column: str, kind: pa.DataType) -> str:
    """SQL: one value as text that no neighbour can be confused with: its length, then itself; null is a dash."""
    return f"coalesce({_told(column, kind)}, '-')"


def _added(name: str, kind: pa.DataType) -> str:
    """SQL: the same with the property's name before it; null is nothing, as before the property was there."""
    return f"""coalesce('+{name}=' || {_told(f'"{name}"', kind)}, '')"""


def _told(column: str, kind: pa.DataType) -> str:
    text = f"epoch_us({column})::VARCHAR" if pa.types.is_temporal(kind) else f"{column}::VARCHAR"
    return f"strlen({text}) || ':' || {text}"
