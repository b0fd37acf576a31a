"""Writes the rows of one stage inside one transaction. Called by `chunks`, and by `writing` for small batches.

Plain `CREATE` is safe: the ledger says which chunks are in, and a chunk looks up which of its keys exist already.
Keys above the counters at the batch's start are new in it, so nothing older can hang on them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from graph.errors import StoreError
from graph.model.fields import Kind
from graph.model.vocabulary import ORDINALS, TYPE_SHIFT
from graph.store.ledger import Snapshot
from graph.store.neo4j_parts.connection import Work
from graph.store.neo4j_parts.contents import Does, Stage
from graph.store.neo4j_parts.cypher import property_of, same, snapshot_values, visible
from graph.store.neo4j_parts.reending import end_again
from graph.store.neo4j_parts.schema import version_label
from graph.store.neo4j_parts.terms import terms
from graph.store.neo4j_parts.uniform import EACH_ROW
from graph.store.neo4j_parts.values import column_kinds, quoted, to_wire, wire_rows


@dataclass(frozen=True, slots=True)
class Writing:
    """What every stage needs: the batch's number, what counted before it, and the counters at its start."""

    number: int
    snapshot: Snapshot
    starts: Mapping[str, int]
    void: frozenset[int] = frozenset()  # end numbers of withdrawn batches: what they ended is visible again

    def start(self, type_name: str) -> int:
        """The first dense number of a type that is new in this batch."""
        return self.starts.get(type_name, first_number(type_name))

    def is_first(self, type_name: str) -> bool:
        """True if the store held no key of this type when the batch began."""
        return self.start(type_name) == first_number(type_name)

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters of `visible`, and the batch's number."""
        return {**snapshot_values(self.snapshot), "number": self.number}


def first_number(type_name: str) -> int:
    """The smallest dense number a type can give."""
    return ORDINALS[type_name] << TYPE_SHIFT


def apply(work: Work, stage: Stage, rows: pa.Table, writing: Writing) -> None:
    """Write these rows of a stage."""
    _APPLY[stage.does](work, stage, rows, writing)


# --- nodes


def _write_nodes(work: Work, stage: Stage, rows: pa.Table, writing: Writing) -> None:
    kind = stage.node
    ids = to_wire(rows["id"])
    known = {} if writing.is_first(kind.name) else described(work, kind.name, ids)
    records = _node_records(stage, rows)
    _create_keys(work, stage, [row for row, key in zip(records, ids, strict=True) if key not in known], writing)
    _run(
        work,
        f"UNWIND $rows AS r MATCH (n:{kind.name} {{id: r[0]}}) SET n += {_node_map(stage)}",
        [row for row, key in zip(records, ids, strict=True) if known.get(key) is False],
        writing,
        **stage.uniform.parameters,
    )
    later = [row for row, key in zip(records, ids, strict=True) if known.get(key)]
    _end_current(work, kind.name, [row[0] for row in later], writing)
    label = version_label(kind.name)
    _run(
        work,
        f"UNWIND $rows AS r MATCH (n:{kind.name} {{id: r[0]}}) "
        f"CREATE (n)-[:VERSION]->(:Version:{label} {_node_map(stage)})",
        later,
        writing,
        **stage.uniform.parameters,
    )


def described(work: Work, type_name: str, ids: Sequence[str]) -> dict[str, bool]:
    """Of the ids that have a key: whether any row ever described it."""
    found = work.rows(
        f"UNWIND $ids AS id MATCH (n:{type_name} {{id: id}}) RETURN n.id, n.batch_from IS NOT NULL", ids=ids
    )
    return {row[0]: row[1] for row in found}


def _node_records(stage: Stage, rows: pa.Table) -> list[list[Any]]:
    kind = stage.node
    records = wire_rows(rows, stage.uniform.sent(column_kinds(kind)))
    if kind.search:
        for record, text in zip(records, terms(kind, rows), strict=True):
            record.append(text)
    return records


def _node_map(stage: Stage, *, dense: bool = False) -> str:
    """The Cypher map of a node row `r`: properties, provenance, terms, stamp."""
    kinds = column_kinds(stage.node)
    made = _listed(stage.uniform.expressions(kinds))
    place = len(stage.uniform.sent(kinds))
    if stage.node.search:
        made.append(f"terms: r[{place}]")
        place += 1
    if dense:
        made.append(f"dense: r[{place}]")
    return "{" + ", ".join([*made, "batch_from: $number"]) + "}"


def _listed(expressions: Mapping[str, str]) -> list[str]:
    """Entries of a Cypher map."""
    return [f"{quoted(name)}: {value}" for name, value in expressions.items()]


def entries(kinds: Mapping[str, Kind], place: int = 0) -> list[str]:
    """Entries of a Cypher map: these columns of a row `r`, the first one at `place`."""
    return _listed(EACH_ROW.expressions(kinds, place))


def _create_keys(work: Work, stage: Stage, records: list[list[Any]], writing: Writing) -> None:
    numbered = zip(records, numbers(work, stage.type, len(records)), strict=True)
    rows = [[*record, number] for record, number in numbered]
    created = f"UNWIND $rows AS r CREATE (:{stage.type} {_node_map(stage, dense=True)})"
    _run(work, created, rows, writing, **stage.uniform.parameters)


def numbers(work: Work, type_name: str, count: int) -> range:
    """The next dense numbers of a type. They ascend with the id, because a stage's rows do."""
    if not count:
        return range(0)
    found = work.rows(
        "MERGE (c:Counter {type: $type}) ON CREATE SET c.next = $first SET c.next = c.next + $count RETURN c.next",
        type=type_name,
        first=first_number(type_name),
        count=count,
    )
    return range(found[0][0] - count, found[0][0])


def _reserve(work: Work, stage: Stage, rows: pa.Table, writing: Writing) -> None:
    ids = to_wire(rows["id"])
    known = {} if writing.is_first(stage.type) else described(work, stage.type, ids)
    fresh = [key for key in ids if key not in known]
    numbered = [list(pair) for pair in zip(fresh, numbers(work, stage.type, len(fresh)), strict=True)]
    _run(work, f"UNWIND $rows AS r CREATE (:{stage.type} {{id: r[0], dense: r[1]}})", numbered, writing)


def _end_nodes(work: Work, stage: Stage, rows: pa.Table, writing: Writing) -> None:
    _end_current(work, stage.type, to_wire(rows["id"]), writing)


def _end_current(work: Work, type_name: str, ids: list[str], writing: Writing) -> None:
    """Stamp the current version of each key with the batch that ends it."""
    match = f"UNWIND $rows AS id MATCH (n:{type_name} {{id: id}})"
    for place, name in ((match, "n"), (f"{match}-[:VERSION]->(v)", "v")):
        found = f"{place} WITH {name} WHERE {visible(name)}"
        _run(work, f"{found} AND {name}.batch_to IS NULL SET {name}.batch_to = $number", ids, writing)
        end_again(work, found, name, writing, rows=ids)


# --- relationships


def _write_relationships(work: Work, stage: Stage, rows: pa.Table, writing: Writing) -> None:
    kind = stage.relationship
    columns = column_kinds(kind)
    records = wire_rows(rows, ["from_id", "to_id", *stage.uniform.sent(columns)])
    properties = ", ".join([*_listed(stage.uniform.expressions(columns, 2)), "batch_from: $number"])
    if writing.void and _supersede(stage, writing):
        _end_relationships(work, stage, rows, writing)
    created = _run(
        work,
        f"UNWIND $rows AS r {_match_ends(stage)} {_supersede(stage, writing)}"
        f"CREATE (a)-[:{kind.name} {{{properties}}}]->(b) RETURN count(*)",
        records,
        writing,
        source_start=writing.start(stage.source),
        target_start=writing.start(stage.target),
        **stage.uniform.parameters,
    )
    if created[0][0] != len(records):
        raise StoreError(
            "Relationships of a batch found no keys to hang on.",
            code="store.damaged",
            next_step="Check that no other program changes this store, then load again.",
            type=kind.name,
            missing=len(records) - created[0][0],
        )


def _match_ends(stage: Stage) -> str:
    return f"MATCH (a:{stage.source} {{id: r[0]}}) MATCH (b:{stage.target} {{id: r[1]}})"


def _supersede(stage: Stage, writing: Writing) -> str:
    """A subquery that ends what a row replaces; nothing where an end is as new as the batch."""
    if writing.is_first(stage.source) or writing.is_first(stage.target):
        return ""
    values = stage.uniform.expressions(column_kinds(stage.relationship), 2)
    older = "WITH a, b, r WHERE a.dense < $source_start AND b.dense < $target_start"
    return f"CALL (a, b, r) {{ {older} {_same(stage, values)} AND x.batch_to IS NULL SET x.batch_to = $number }} "


def _same(stage: Stage, values: Mapping[str, str]) -> str:
    """Find the current relationship `x` between `a` and `b` that has the identity of row `r`: stored forms by name."""
    kind = stage.relationship
    wanted = [same(property_of("x", p.name), f"({values.get(p.name, 'null')})") for p in kind.identity]
    conditions = " AND ".join([visible("x"), *wanted])
    return f"MATCH (a)-[x:{kind.name}]->(b) WHERE {conditions}"


def _end_relationships(work: Work, stage: Stage, rows: pa.Table, writing: Writing) -> None:
    kinds = {p.name: p.kind for p in stage.relationship.identity}
    records = wire_rows(rows, ["from_id", "to_id", *kinds])
    found = f"UNWIND $rows AS r {_match_ends(stage)} {_same(stage, EACH_ROW.expressions(kinds, 2))}"
    _run(work, f"{found} AND x.batch_to IS NULL SET x.batch_to = $number", records, writing)
    end_again(work, found, "x", writing, rows=records)


def _run(work: Work, statement: str, rows: Sequence[Any], writing: Writing, **more: Any) -> list[list[Any]]:
    """Run a statement over `$rows`; nothing happens without rows."""
    return work.rows(statement, rows=rows, **writing.parameters, **more) if rows else []


_APPLY: dict[Does, Callable[[Work, Stage, pa.Table, Writing], None]] = {
    Does.END_NODES: _end_nodes,
    Does.END_RELATIONSHIPS: _end_relationships,
    Does.WRITE_NODES: _write_nodes,
    Does.RESERVE: _reserve,
    Does.WRITE_RELATIONSHIPS: _write_relationships,
}
