"""Tables of the embedded store, derived from the vocabulary. Built by the store, named by every other part.

* `k_<type>` (_number, id): every key ever seen, also those that only a relationship names. Append-only.
* `n_<type>` (_number, properties, provenance, batch_from, batch_to): versions of nodes, sorted by number in a batch.
* `r_<relationship>` (from_number, to_number, properties, …): versions of relationships, sorted by source in a batch.
* `x_<relationship>` (to_number, from_number): the same pairs sorted by target, for large relationships that are asked
  from both ends. Which of them are visible stands in `r_` alone.
* `ledger`, `meta`; `k_batch` and `n_batch` are views of the ledger.

No table has a key index: with PRIMARY KEY and UNIQUE, ten million invoices take 21 s instead of 8 s, and numbers that
ascend with the id inside a batch let zone maps do the same work.
"""

from __future__ import annotations

from collections.abc import Sequence

from graph.model.fields import Kind, Property
from graph.model.types import PROVENANCE, NodeType, RelationshipType
from graph.model.vocabulary import NODE_TYPES, ORDINALS, STORED_RELATIONSHIP_TYPES, TYPE_SHIFT

PROVENANCE_NAMES = tuple(name for name, _ in PROVENANCE)
# Large relationships that are asked from their target too. The rest is scanned, which is faster below a million rows.
BOTH_WAYS = frozenset({"SOLD", "BOUGHT_BY", "ISSUED", "DEDUCTED"})
LEDGER_TYPE = "Batch"

_SQL = {
    Kind.TEXT: "VARCHAR",
    Kind.INTEGER: "BIGINT",
    Kind.CENTS: "BIGINT",
    Kind.MILLIONTHS: "BIGINT",
    Kind.DECIMAL: "VARCHAR",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.DATE: "DATE",
    Kind.CIVIL_TIME: "TIMESTAMP",
    Kind.INSTANT: "TIMESTAMPTZ",
}
_PROVENANCE_SQL = {
    "prov_source": "VARCHAR",
    "prov_file": "VARCHAR",
    "prov_row": "BIGINT",
    "prov_first_at": "TIMESTAMP",
    "prov_as_at": "TIMESTAMP",
    "claims": "BIGINT",
}
_LEDGER = """CREATE TABLE IF NOT EXISTS ledger (number BIGINT, id VARCHAR, source VARCHAR, digest VARCHAR,
state VARCHAR, read BIGINT, accepted BIGINT, rejected BIGINT, known BIGINT, started_at TIMESTAMPTZ,
committed_at TIMESTAMPTZ, who VARCHAR, files VARCHAR, by_type VARCHAR)"""
LEDGER_COLUMNS = (
    "number, id, source, digest, state, read, accepted, rejected, known, started_at, committed_at, who, files, by_type"
)


def quoted(name: str) -> str:
    """A column name of the vocabulary, safe where it is also an SQL word."""
    return f'"{name}"'


def listed(names: Sequence[str], alias: str = "") -> str:
    """Quoted names with commas, each behind `alias`."""
    front = f"{alias}." if alias else ""
    return ", ".join(front + quoted(name) for name in names)


def keys_of(type_name: str) -> str:
    """Key table of a node type."""
    return "k_" + _NODE_TABLES[type_name]


def nodes_of(type_name: str) -> str:
    """Version table of a node type."""
    return "n_" + _NODE_TABLES[type_name]


def rows_of(kind: RelationshipType) -> str:
    """Version table of a relationship type."""
    return "r_" + kind.table


def pairs_of(kind: RelationshipType) -> str:
    """Table of pairs by target; only for relationships in `BOTH_WAYS`."""
    return "x_" + kind.table


def first_number(type_name: str) -> int:
    """The smallest dense number a type can give."""
    return ORDINALS[type_name] << TYPE_SHIFT


def of_type(expression: str, type_name: str) -> str:
    """SQL: this dense number belongs to the type. A range, so that zone maps can use it."""
    first = first_number(type_name)
    return f"{expression} BETWEEN {first} AND {first + (1 << TYPE_SHIFT) - 1}"


def names(properties: Sequence[Property]) -> tuple[str, ...]:
    """Property names, in declared order."""
    return tuple(p.name for p in properties)


def written(kind: NodeType | RelationshipType) -> tuple[str, ...]:
    """Columns after the numbers that a written row brings along: properties and provenance."""
    return names(kind.properties) + PROVENANCE_NAMES


def statements() -> list[str]:
    """Every statement that makes an empty file a store; each may run again."""
    made = ["CREATE TABLE IF NOT EXISTS meta (name VARCHAR, value VARCHAR)", _LEDGER]
    for kind in NODE_TYPES:
        made += _ledger_views(kind) if kind.name == LEDGER_TYPE else _node_tables(kind)
    for relationship in STORED_RELATIONSHIP_TYPES:
        made += _relationship_tables(relationship)
    return made


def table_names() -> frozenset[str]:
    """Tables (not views) that a complete store has."""
    kinds = [kind for kind in NODE_TYPES if kind.name != LEDGER_TYPE]
    nodes = [name for kind in kinds for name in (keys_of(kind.name), nodes_of(kind.name))]
    both = [pairs_of(kind) for kind in STORED_RELATIONSHIP_TYPES if kind.name in BOTH_WAYS]
    return frozenset(["meta", "ledger", *nodes, *both, *map(rows_of, STORED_RELATIONSHIP_TYPES)])


def _node_tables(kind: NodeType) -> list[str]:
    search = "search_text VARCHAR, " if kind.search else ""
    columns = f"_number BIGINT, {_typed(kind.properties)}, {search}{_stamps()}"
    return [
        f"CREATE TABLE IF NOT EXISTS {keys_of(kind.name)} (_number BIGINT, id VARCHAR)",
        f"CREATE TABLE IF NOT EXISTS {nodes_of(kind.name)} ({columns})",
    ]


def _relationship_tables(kind: RelationshipType) -> list[str]:
    own = f"{_typed(kind.properties)}, " if kind.properties else ""
    columns = f"from_number BIGINT, to_number BIGINT, {own}{_stamps()}"
    made = [f"CREATE TABLE IF NOT EXISTS {rows_of(kind)} ({columns})"]
    if kind.name in BOTH_WAYS:
        made.append(f"CREATE TABLE IF NOT EXISTS {pairs_of(kind)} (to_number BIGINT, from_number BIGINT)")
    return made


def _ledger_views(kind: NodeType) -> list[str]:
    number = f"{first_number(kind.name)} + number AS _number"
    nothing = ", ".join(f"NULL::{_PROVENANCE_SQL[name]} AS {name}" for name in PROVENANCE_NAMES)
    stamps = "number AS batch_from, NULL::BIGINT AS batch_to"
    columns = f"{number}, {listed(names(kind.properties))}, {nothing}, {stamps}"
    return [
        f"CREATE OR REPLACE VIEW {keys_of(kind.name)} AS SELECT {number}, id FROM ledger",
        f"CREATE OR REPLACE VIEW {nodes_of(kind.name)} AS SELECT {columns} FROM ledger",
    ]


def _typed(properties: Sequence[Property]) -> str:
    return ", ".join(f"{quoted(p.name)} {_SQL[p.kind]}" for p in properties)


def _stamps() -> str:
    own = [f"{name} {kind}" for name, kind in _PROVENANCE_SQL.items()]
    return ", ".join([*own, "batch_from BIGINT", "batch_to BIGINT"])


_NODE_TABLES = {kind.name: kind.table for kind in NODE_TYPES}
