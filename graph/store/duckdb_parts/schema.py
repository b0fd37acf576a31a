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

from collections.abc import Collection, Mapping, Sequence

from graph.model.fields import Kind, Property
from graph.model.types import PROVENANCE, NodeType, RelationshipType
from graph.model.vocabulary import NODE_TYPES, ORDINALS, STORED_RELATIONSHIP_TYPES, TYPE_SHIFT, node_type

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
# The ledger's columns; those behind the empty line came after the first release that wrote files.
_LEDGER = {
    **dict.fromkeys(("number",), "BIGINT"),
    **dict.fromkeys(("id", "source", "digest", "state"), "VARCHAR"),
    **dict.fromkeys(("read", "accepted", "rejected", "known"), "BIGINT"),
    **dict.fromkeys(("started_at", "committed_at"), "TIMESTAMPTZ"),
    **dict.fromkeys(("who", "files", "by_type"), "VARCHAR"),
    "built_on": "VARCHAR",
    "withdrawn_at": "TIMESTAMPTZ",
    **dict.fromkeys(("withdrawn_by", "ends_again", "resolved_by"), "VARCHAR"),
}
LEDGER_COLUMNS = ", ".join(_LEDGER)
Columns = Mapping[str, str]


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


def tables() -> dict[str, Columns]:
    """Tables (not views) that a complete store has: SQL types by column."""
    made: dict[str, Columns] = {"meta": {"name": "VARCHAR", "value": "VARCHAR"}, "ledger": _LEDGER}
    for kind in NODE_TYPES:
        if kind.name != LEDGER_TYPE:
            search = {"search_text": "VARCHAR"} if kind.search else {}
            made[keys_of(kind.name)] = {"_number": "BIGINT", "id": "VARCHAR"}
            made[nodes_of(kind.name)] = {"_number": "BIGINT", **_typed(kind.properties), **search, **_STAMPS}
    for relationship in STORED_RELATIONSHIP_TYPES:
        ends = {"from_number": "BIGINT", "to_number": "BIGINT"}
        made[rows_of(relationship)] = {**ends, **_typed(relationship.properties), **_STAMPS}
        if relationship.name in BOTH_WAYS:
            made[pairs_of(relationship)] = {"to_number": "BIGINT", "from_number": "BIGINT"}
    return made


def additions(there: Mapping[str, Collection[str]]) -> list[str]:
    """Statements that add what a file lacks (`there`: its columns by table): tables, columns, and then the views."""
    made: list[str] = []
    for table, columns in tables().items():
        if table not in there:
            made.append(f"CREATE TABLE {table} ({', '.join(f'{quoted(name)} {columns[name]}' for name in columns)})")
            continue
        missing = [name for name in columns if name not in there[table]]
        made += [f"ALTER TABLE {table} ADD COLUMN {quoted(name)} {columns[name]}" for name in missing]
    return [*made, *_ledger_views(node_type(LEDGER_TYPE))] if made else []


def _ledger_views(kind: NodeType) -> list[str]:
    number = f"{first_number(kind.name)} + number AS _number"
    nothing = ", ".join(f"NULL::{_PROVENANCE_SQL[name]} AS {name}" for name in PROVENANCE_NAMES)
    stamps = "number AS batch_from, NULL::BIGINT AS batch_to"
    columns = f"{number}, {listed(names(kind.properties))}, {nothing}, {stamps}"
    return [
        f"CREATE OR REPLACE VIEW {keys_of(kind.name)} AS SELECT {number}, id FROM ledger",
        f"CREATE OR REPLACE VIEW {nodes_of(kind.name)} AS SELECT {columns} FROM ledger",
    ]


def _typed(properties: Sequence[Property]) -> Columns:
    return {p.name: _SQL[p.kind] for p in properties}


_STAMPS: Columns = {**_PROVENANCE_SQL, "batch_from": "BIGINT", "batch_to": "BIGINT"}
_NODE_TABLES = {kind.name: kind.table for kind in NODE_TYPES}
