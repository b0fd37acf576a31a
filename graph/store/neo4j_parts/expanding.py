"""Relationships of asked nodes in the Neo4j store: `expand` and `count_related`.

One `CALL` for each asked key: stored ends (a taxpayer's parties) → visible relationships → far nodes, one branch for
each type that may stand there → filters, order and limit. Where hidden leaves can appear, that last step happens in
`masking`, after the masking.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from graph.model.fields import Personal
from graph.model.types import NodeType
from graph.model.vocabulary import node_type
from graph.store.conditions import (
    FAR,
    STAMP_KINDS,
)
from graph.store.expansions import BEARERS, Question
from graph.store.masking import finished, masked, shows_leaves
from graph.store.neo4j_parts.connection import Row, Server
from graph.store.neo4j_parts.cypher import current, property_of, visible
from graph.store.neo4j_parts.nodes import Near, near, wired_columns
from graph.store.neo4j_parts.values import PROVENANCE_KINDS, from_wire, wired
from graph.store.neo4j_parts.view import View, asked_arrow, sort_key
from graph.store.port import Expansion
from graph.store.questions import Direction

_KEYS_AT_ONCE = 1_000


def _place(asked: Question, name: str) -> str:
    """Cypher for a property of the relationship `r`, or of the far node's row `far`."""
    if name.startswith(FAR):
        return f"far[{asked.far.index(name.removeprefix(FAR))}]"
    return property_of("r", name)


def expand(server: Server, view: View, type_name: str, ids: Sequence[str], asked: Question) -> Expansion:
    """Relationship rows grouped by asked key."""
    keys = near(server, view, type_name, ids)
    if shows_leaves(asked.ends, view.scope):
        # An invoice has few parties: masking filters, orders and limits all rows of them.
        free = replace(asked, where=(), order=(), limit=None)
        table = from_wire(_read(server, view, keys, free), _table_schema(asked))
        done = finished(masked(table, asked.ends, view.scope), asked.where, asked.order, asked.ties, asked.limit)
        return Expansion(done.table.select(answer_schema(asked).names), done.cut)
    rows = _read(server, view, keys, asked)
    table = from_wire(rows, _table_schema(asked)).select(answer_schema(asked).names)
    return Expansion(table, _cuts(server, view, keys, asked, table))


def count_related(server: Server, view: View, type_name: str, ids: Sequence[str], asked: Question) -> Mapping[str, int]:
    """Rows for each asked id, zero where there is none."""
    counted = _counts(server, view, near(server, view, type_name, ids), asked)
    return {key: counted.get(key, 0) for key in dict.fromkeys(ids)}


def _cuts(server: Server, view: View, keys: Sequence[Near], asked: Question, table: pa.Table) -> dict[str, int]:
    """Rows dropped for each key; only keys that reached the limit are counted."""
    if asked.limit is None:
        return {}
    given = Counter(table["key"].to_pylist())
    full = [each for each in keys if given[each.key] == asked.limit]
    counted = _counts(server, view, full, asked)
    return {each.key: counted[each.key] - asked.limit for each in full if counted[each.key] > asked.limit}


def _read(server: Server, view: View, keys: Sequence[Near], asked: Question) -> list[Row]:
    by = [key for each in asked.order for key in sort_key(_place(asked, each.property), descending=each.descending)]
    identity = [property_of("r", p.name) for p in asked.ends.type.identity]
    ordered = ", ".join([*by, "far_id", "far_type", *identity, "near_bearer", "far_bearer"])
    limit = "" if asked.limit is None else f" LIMIT {view.parameters.add(asked.limit)}"
    rest = f"WITH * ORDER BY {ordered}{limit} RETURN collect([{_columns(asked)}]) AS rows"
    found = _asked_of(server, view, keys, f"{_rows(view, asked)} {rest}", "rows")
    return [[each.place, *row] for each, rows in found for row in rows]


def _counts(server: Server, view: View, keys: Sequence[Near], asked: Question) -> dict[str, int]:
    found = _asked_of(server, view, keys, f"{_rows(view, asked)} RETURN count(*) AS rows", "rows")
    return {each.key: count for each, count in found}


def _asked_of(server: Server, view: View, keys: Sequence[Near], body: str, name: str) -> list[tuple[Near, Any]]:
    """What `body` gives for each key; it reads `key` and `id`."""
    found: list[tuple[Near, Any]] = []
    start = "UNWIND $near AS a WITH a[0] AS place, a[1] AS key, a[2] AS id"
    statement = f"{start} CALL (key, id) {{ {body} }} RETURN place, {name}"
    by_place = {each.place: each for each in keys}
    for at in range(0, len(keys), _KEYS_AT_ONCE):
        part = [[each.place, each.key, each.id] for each in keys[at : at + _KEYS_AT_ONCE]]
        rows = server.rows(statement, **view.parameters.values, near=part)
        found += [(by_place[row[0]], row[1]) for row in sorted(rows, key=lambda row: int(row[0]))]
    return found


def _rows(view: View, asked: Question) -> str:
    """Cypher up to `r, far, far_id, far_type, party, near_bearer, far_bearer, hidden, region`, filtered."""
    ends = asked.ends
    bearer = f"MATCH (n:{ends.near} {{id: id}})"
    if ends.near == ends.near_stored:
        bearer += " WITH n, n AS bearer"
    else:
        bearer += f"<-[o:PARTY_OF]-(bearer:Party) WHERE {visible('o')} WITH n, bearer"
    branches = " UNION ALL ".join(
        _branch(view, asked, node_type(far), stored) for far, stored in zip(ends.far, ends.far_stored, strict=True)
    )
    kept = " AND ".join(view.compare(_place(asked, each.property), each) for each in asked.where) or "true"
    return f"{bearer} CALL (bearer) {{ {branches} }} WITH * WHERE {kept}"


def _branch(view: View, asked: Question, far_type: NodeType, stored: str) -> str:
    """Relationships whose far end is of one type, with the asked attributes of that node."""
    ends = asked.ends
    leaves = shows_leaves(ends, view.scope) and far_type.name == "Taxpayer"
    scoped = view.in_scope("f", far_type.name)
    match = f"MATCH (bearer){asked_arrow(ends, 'r')}(e:{stored}) WHERE {view.holds('r', ends.type)} "
    if far_type.name == stored:
        match += "WITH bearer, r, e, e AS f"
    else:
        match += f"MATCH (e)-[fo:PARTY_OF]->(f:Taxpayer) WHERE {visible('fo')}"
    open_names = {p.name for p in far_type.properties if p.personal is not Personal.RESTRICTED}
    far = ", ".join(property_of("v", name) if name in open_names else "null" for name in asked.far)
    hidden = f"NOT coalesce({scoped}, false)" if leaves else "false"
    party = "e.id" if far_type.name != stored else ("bearer.id" if ends.near != ends.near_stored else "null")
    return (
        f"{match} WITH bearer, r, e, f, {current('f')} AS v "
        f"WHERE (v IS NULL OR {view.happened('v', far_type)}) AND {'true' if leaves else scoped} "
        f"RETURN r, [{far}] AS far, f.id AS far_id, '{far_type.name}' AS far_type, {party} AS party, "
        f"bearer.id AS near_bearer, e.id AS far_bearer, {hidden} AS hidden, "
        f"{'v.region' if leaves else 'null'} AS region"
    )


def _columns(asked: Question) -> str:
    ends = asked.ends
    near_end, far_end = f"'{ends.near}', id", "far_type, far_id"
    pair = (near_end, far_end) if ends.direction is Direction.OUT else (far_end, near_end)
    own = wired_columns({p.name: p.kind for p in ends.type.properties} | dict(PROVENANCE_KINDS), "r")
    far = [wired(asked.kinds[FAR + name], f"far[{place}]") for place, name in enumerate(asked.far)]
    marks = ["r.batch_from", "party", "hidden", "region", *far, "near_bearer", "far_bearer"]
    return ", ".join(["key", *pair, own, *marks])


def _marks() -> list[pa.Field[Any]]:
    kinds = [("batch_from", STAMP_KINDS["batch_from"].arrow), ("party", pa.string()), ("hidden", pa.bool_())]
    return [pa.field(name, kind) for name, kind in [*kinds, ("province", pa.string())]]


def answer_schema(asked: Question, *, used: bool = False) -> pa.Schema:
    """Columns of an answer; `used`: with those that only its filters and order need."""
    ends = [pa.field(name, pa.string()) for name in ("key", "from_type", "from_id", "to_type", "to_id")]
    own = [*list(asked.ends.type.schema())[4:], _marks()[0]]
    shown = own if used else [field for field in own if field.name in asked.columns]
    names = asked.far if used else asked.attributes
    far = [pa.field(FAR + name, asked.kinds[FAR + name].arrow) for name in names]
    return pa.schema([*ends, *shown, *_marks()[1:], *far])


def _table_schema(asked: Question) -> pa.Schema:
    bearers = [pa.field(name, pa.string()) for name in BEARERS]
    return pa.schema([pa.field("_place", pa.int64()), *answer_schema(asked, used=True), *bearers])
