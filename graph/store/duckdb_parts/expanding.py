"""Relationships of asked nodes in the embedded store: `expand` and `count_related`.

One statement: asked keys → near nodes in scope → stored ends (a taxpayer's parties) → visible relationship rows →
far nodes, one branch for each type that may stand there → filters, order and limit for each key. Where hidden leaves
can appear, the last step happens in `masking`, after the masking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.fields import Personal
from graph.model.types import NodeType
from graph.model.vocabulary import node_type
from graph.store.conditions import (
    FAR,
    Ends,
    expansion_kinds,
)
from graph.store.duckdb_parts.engine import Reader
from graph.store.duckdb_parts.nodes import lend_found, near_expression
from graph.store.duckdb_parts.schema import (
    BOTH_WAYS,
    PROVENANCE_NAMES,
    keys_of,
    listed,
    nodes_of,
    of_type,
    pairs_of,
    quoted,
    rows_of,
)
from graph.store.duckdb_parts.view import View, near_and_far, sort_keys, with_clause
from graph.store.expansions import Question
from graph.store.masking import finished, masked, shows_leaves
from graph.store.port import Expansion
from graph.store.questions import Direction


def expand(reader: Reader, view: View, type_name: str, ids: Sequence[str], asked: Question) -> Expansion:
    """Relationship rows grouped by asked key."""
    lend_found(reader, view, node_type(type_name), ids)
    rows = _rows(view, type_name, asked)
    if shows_leaves(asked.ends, view.scope):
        table = reader.table(f"{rows} SELECT * FROM answer", view.parameters)
        done = finished(masked(table, asked.ends, view.scope), asked.where, asked.order, asked.ties, asked.limit)
        return Expansion(_answer(done.table, asked), done.cut)
    table = reader.table(f"{rows} {_finish(view, asked)}", view.parameters)
    return Expansion(_answer(table, asked), _cuts(table, asked.limit))


def count_related(reader: Reader, view: View, type_name: str, ids: Sequence[str], asked: Question) -> Mapping[str, int]:
    """Rows for each asked id, zero where there is none."""
    lend_found(reader, view, node_type(type_name), ids)
    rows = f"{_rows(view, type_name, asked)} SELECT key, count(*) AS count FROM answer GROUP BY key"
    counted = {row["key"]: row["count"] for row in reader.table(rows, view.parameters).to_pylist()}
    return {key: counted.get(key, 0) for key in dict.fromkeys(ids)}


def _rows(view: View, type_name: str, asked: Question) -> str:
    """`WITH … answer AS (…)`: every row before filters, order and limit."""
    near = near_expression(view, node_type(type_name))
    stored = f"stored AS MATERIALIZED ({_stored(view, asked.ends)})"
    hops = f"hops AS MATERIALIZED ({_hops(view, asked.ends)})"
    branches = " UNION ALL BY NAME ".join(
        _branch(view, asked, *types) for types in zip(asked.ends.far, asked.ends.far_stored, strict=True)
    )
    return with_clause([*view.prelude(), near, stored, hops, f"answer AS ({branches})"])


def _stored(view: View, ends: Ends) -> str:
    """Near nodes with the numbers that relationship rows bear: those of a taxpayer's parties, or their own."""
    if ends.near == ends.near_stored:
        return "SELECT _place, key, id, _number AS bearer, id AS bearer_id, NULL::VARCHAR AS party FROM near"
    return (
        "SELECT n._place, n.key, n.id, k._number AS bearer, k.id AS bearer_id, k.id AS party FROM near n "
        f"JOIN r_party_of o ON o.to_number = n._number AND {view.visible('o')} "
        f"JOIN {keys_of('Party')} k ON k._number = o.from_number"
    )


def _hops(view: View, ends: Ends) -> str:
    """Visible relationship rows of the stored ends."""
    near, far = near_and_far(ends, "r")
    seen = f"{view.visible('r')} AND {view.holds('r', ends.type)}"
    columns = listed([p.name for p in ends.type.properties], "r")
    own = f"{columns}, " if columns else ""
    rows = (
        f"SELECT s._place, s.key, s.id AS _near_id, s.bearer_id AS _near_bearer, s.party AS _near_party, "
        f"{far} AS _far_number, {own}{listed(PROVENANCE_NAMES, 'r')}, r.batch_from FROM stored s "
    )
    if ends.direction is Direction.OUT or ends.type.name not in BOTH_WAYS:
        return f"{rows}JOIN {rows_of(ends.type)} r ON {near} = s.bearer AND {seen}"
    return (
        f"{rows}JOIN (SELECT DISTINCT x.to_number, x.from_number FROM {pairs_of(ends.type)} x "
        "WHERE x.to_number IN (SELECT bearer FROM stored)) x ON x.to_number = s.bearer "
        f"JOIN {rows_of(ends.type)} r ON r.from_number = x.from_number AND r.to_number = x.to_number AND {seen}"
    )


def _branch(view: View, asked: Question, far_type: str, far_stored: str) -> str:
    """Rows whose far end is of one type, with the asked attributes of that node."""
    ends, kind = asked.ends, node_type(far_type)
    leaves = shows_leaves(ends, view.scope) and far_type == "Taxpayer"
    resolved = _far_of(view, far_type, far_stored)
    numbers = f"({resolved})"
    scoped = view.in_scope("h._number", far_type, f"(SELECT _number FROM {numbers})")
    hidden = f"NOT coalesce({scoped}, false)" if leaves else "false"
    kept = "true" if leaves else scoped
    event = view.happened("n", kind)
    properties = [p.name for p in ends.type.properties]
    own = f"{listed(properties, 'h')}, " if properties else ""
    region = "n.region" if leaves else "NULL::VARCHAR"
    far = _far_columns(asked, kind)
    # The far node's row is read only where something of it is asked.
    joined = f"LEFT JOIN {nodes_of(far_type)} n ON n._number = h._number AND {view.visible('n')} "
    return (
        f"SELECT h._place, h.key, {_end_columns(ends, far_type)}, {own}{listed(PROVENANCE_NAMES, 'h')}, "
        f"h.batch_from, {_party(far_type, far_stored)} AS party, {hidden} AS hidden, {region} AS province, "
        f"{far}h._near_bearer, h._far_bearer "
        f"FROM {numbers} h {joined if leaves or far or event != 'true' else ''}"
        f"WHERE {event} AND {kept}"
    )


def _far_of(view: View, far_type: str, far_stored: str) -> str:
    """Hops of one far type, with the far node's own number and id and the id that bears the fact."""
    ours = of_type("h._far_number", far_stored)
    if far_type == far_stored:
        return (
            "SELECT h.*, k._number, k.id AS _far_id, k.id AS _far_bearer FROM hops h "
            f"JOIN {keys_of(far_type)} k ON k._number = h._far_number WHERE {ours}"
        )
    return (
        "SELECT h.*, t._number, t.id AS _far_id, k.id AS _far_bearer FROM hops h "
        f"JOIN r_party_of o ON o.from_number = h._far_number AND {view.visible('o')} "
        f"JOIN {keys_of('Taxpayer')} t ON t._number = o.to_number "
        f"JOIN {keys_of('Party')} k ON k._number = h._far_number WHERE {ours}"
    )


def _end_columns(ends: Ends, far_type: str) -> str:
    near, far = f"'{ends.near}'", f"'{far_type}'"
    if ends.direction is Direction.OUT:
        return f"{near} AS from_type, h._near_id AS from_id, {far} AS to_type, h._far_id AS to_id"
    return f"{far} AS from_type, h._far_id AS from_id, {near} AS to_type, h._near_id AS to_id"


def _party(far_type: str, far_stored: str) -> str:
    """The bearing party: the far taxpayer's, else the near one's."""
    return "h._far_bearer" if far_type != far_stored else "h._near_party"


def _far_columns(asked: Question, kind: NodeType) -> str:
    open_names = {p.name for p in kind.properties if p.personal is not Personal.RESTRICTED}
    parts = [f'n.{quoted(name)} AS "{FAR}{name}", ' for name in asked.far if name in open_names]
    return "".join(parts)


def _finish(view: View, asked: Question) -> str:
    """The last step where nothing is hidden: filter, then order and limit for each key."""
    kept = " AND ".join(view.compare(f"answer.{quoted(each.property)}", each) for each in asked.where) or "true"
    by = ", ".join([*sort_keys(asked.order), *(f"{quoted(name)} NULLS LAST" for name in asked.ties)])
    if asked.limit is None:
        return f"SELECT * FROM answer WHERE {kept} ORDER BY _place, {by}"
    window = "PARTITION BY _place"
    return (
        f"SELECT * FROM (SELECT *, row_number() OVER ({window} ORDER BY {by}) AS _rank, "
        f"count(*) OVER ({window}) AS _total FROM answer WHERE {kept}) WHERE _rank <= {asked.limit} "
        "ORDER BY _place, _rank"
    )


def _cuts(table: pa.Table, limit: int | None) -> dict[str, int]:
    if limit is None:
        return {}
    cut = table.filter((pc.field("_rank") == 1) & (pc.field("_total") > limit))
    return {row["key"]: row["_total"] - limit for row in cut.select(["key", "_total"]).to_pylist()}


def answer_schema(ends: Ends, own: Sequence[str], far: Sequence[str]) -> pa.Schema:
    """Columns of an expansion's answer with these own and far columns, in the order the port promises."""
    kinds = expansion_kinds(ends)
    ends_fields = [pa.field(name, pa.string()) for name in ("key", "from_type", "from_id", "to_type", "to_id")]
    stored = ends.type.schema().append(pa.field("batch_from", pa.int64()))
    marks = [("party", pa.string()), ("hidden", pa.bool_()), ("province", pa.string())]
    return pa.schema(
        [
            *ends_fields,
            *(stored.field(name) for name in own),
            *(pa.field(name, kind) for name, kind in marks),
            *(pa.field(FAR + name, kinds[FAR + name].arrow) for name in far),
        ]
    )


def _answer(table: pa.Table, asked: Question) -> pa.Table:
    schema = answer_schema(asked.ends, asked.columns, asked.attributes)
    return table.select(schema.names).cast(schema)
