"""Nodes of the embedded store: fetch, select, search, export. SQL is put together here and run by a `Reader`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from graph.arrays.text_index import MISSING
from graph.model.fields import Personal
from graph.model.types import NodeType
from graph.model.vocabulary import node_type
from graph.store.conditions import checked_limit, checked_order, checked_where, node_kinds
from graph.store.duckdb_parts.engine import Reader
from graph.store.duckdb_parts.keys import Keys, among
from graph.store.duckdb_parts.schema import PROVENANCE_NAMES, listed, nodes_of
from graph.store.duckdb_parts.view import View, sort_keys, with_clause
from graph.store.port import Rows
from graph.store.questions import Filter, Order, Page
from graph.store.searching import best, needles, scored

FOUND = "found"


def answer_columns(kind: NodeType, *, restricted: bool = False, only: Sequence[str] | None = None) -> list[str]:
    """Columns of a node row in an answer; the id is always there."""
    own = [p.name for p in kind.properties if restricted or p.personal is not Personal.RESTRICTED]
    every = [*own, *PROVENANCE_NAMES, "batch_from"]
    return every if only is None else [name for name in every if name == "id" or name in only]


def answer_schema(kind: NodeType, *, restricted: bool = False, only: Sequence[str] | None = None) -> pa.Schema:
    """Arrow schema of `answer_columns`; DuckDB's own types differ in unit or zone."""
    schema = kind.schema().append(pa.field("batch_from", pa.int64()))
    return pa.schema([schema.field(name) for name in answer_columns(kind, restricted=restricted, only=only)])


def lend_found(reader: Reader, view: View, kind: NodeType, ids: Iterable[str]) -> None:
    """Let SQL read `found (_place, key, _number, id)`: asked nodes that are there, each once, with its place.

    A Taxpayer id that no present taxpayer has is looked up as the candidate id of a party (docs/adr/0004). That is
    rare and costs more than everything else, so it is asked only where it is needed.
    """
    asked = list(dict.fromkeys(ids))
    found = _present(reader, view, kind, asked)
    missing = sorted(set(asked) - set(found["key"].to_pylist())) if kind.name == "Taxpayer" else []
    if missing:
        found = pa.concat_tables([found, _former(reader, view, kind, asked, missing)])
    reader.lend(FOUND, found)


def _present(reader: Reader, view: View, kind: NodeType, asked: Sequence[str]) -> pa.Table:
    _lend_asked(reader, asked)
    return reader.table(
        f"SELECT a._place, a.id AS key, n._number, n.id FROM asked a JOIN {nodes_of(kind.name)} n ON n.id = a.id "
        f"WHERE {view.present('n', kind)}"
    )


def _former(reader: Reader, view: View, kind: NodeType, asked: Sequence[str], missing: Sequence[str]) -> pa.Table:
    place = {key: number for number, key in enumerate(asked)}
    _lend_asked(reader, missing, places=[place[key] for key in missing])
    return reader.table(
        "SELECT f._place, f.key, n._number, n.id FROM ("
        "SELECT a._place, a.id AS key, arg_min(o.to_number, p.id) AS _number FROM asked a "
        f"JOIN {nodes_of('Party')} p ON p.taxpayer_id = a.id AND {view.visible('p')} "
        f"JOIN r_party_of o ON o.from_number = p._number AND {view.visible('o')} GROUP BY ALL) f "
        f"JOIN {nodes_of(kind.name)} n ON n._number = f._number WHERE {view.present('n', kind)}"
    )


def _lend_asked(reader: Reader, ids: Sequence[str], places: Sequence[int] | None = None) -> None:
    numbers: Any = pa.array(range(len(ids)) if places is None else places, pa.int64())
    reader.lend("asked", pa.table({"_place": numbers, "id": pa.array(ids, pa.string())}))


def near_expression(view: View, kind: NodeType) -> str:
    """CTE `near (_place, key, _number, id)`: found nodes that are in scope."""
    return f"near AS MATERIALIZED (FROM {FOUND} WHERE {view.in_scope('_number', kind.name, FOUND)})"


def fetch(
    reader: Reader, view: View, type_name: str, ids: Sequence[str], *, restricted: bool, only: Sequence[str] | None
) -> pa.Table:
    """Rows of these ids in the order asked; the last column `asked` is the id as asked."""
    kind = node_type(type_name)
    lend_found(reader, view, kind, ids)
    columns = listed(answer_columns(kind, restricted=restricted, only=only), "n")
    table = reader.table(
        f"{with_clause([*view.prelude(), near_expression(view, kind)])}SELECT {columns}, a.key AS asked FROM near a "
        f"JOIN {nodes_of(kind.name)} n ON n._number = a._number WHERE {view.present('n', kind)} ORDER BY a._place",
        view.parameters,
    )
    return table.cast(answer_schema(kind, restricted=restricted, only=only).append(pa.field("asked", pa.string())))


def select(
    reader: Reader,
    view: View,
    type_name: str,
    *,
    where: Sequence[Filter],
    order: Sequence[Order],
    page: Page | None,
) -> Rows:
    """Rows of a type in a total order, with the exact total."""
    kind = node_type(type_name)
    known = node_kinds(kind)
    filters, by = checked_where(where, known), checked_order(order, known)
    prelude = view.prelude()
    conditions = [view.present("n", kind), *(view.compare(f'n."{each.property}"', each) for each in filters)]
    conditions.append(view.in_scope("n._number", type_name))
    rows = f"FROM {nodes_of(type_name)} n WHERE {' AND '.join(conditions)}"
    columns = listed(answer_columns(kind), "n")
    ordered = ", ".join([*sort_keys(by, "n."), "n.id"])
    table = reader.table(
        f"{with_clause(prelude)}SELECT {columns} {rows} ORDER BY {ordered}{_cut(page)}", view.parameters
    ).cast(answer_schema(kind))
    if page is None:
        return Rows(table, total=table.num_rows, more=False)
    total = reader.number(f"{with_clause(prelude)}SELECT count(*) {rows}", view.parameters)
    return Rows(table, total=total, more=page.offset + table.num_rows < total)


def _cut(page: Page | None) -> str:
    if page is None:
        return ""
    checked_limit("limit", page.limit, least=0)
    checked_limit("offset", page.offset, least=0)
    return f" LIMIT {int(page.limit)} OFFSET {int(page.offset)}"


def search(reader: Reader, view: View, text: str, types: Sequence[str], *, limit: int) -> Rows:
    """Candidates from the physical search text; the shared definition ranks them."""
    checked_limit("limit", limit)
    prelude = with_clause(view.prelude())
    contained = " AND ".join(f"contains(n.search_text, {view.parameters.add(needle)})" for needle in needles(text))
    found = []
    for kind in (node_type(name) for name in dict.fromkeys(types)):
        if kind.search:
            columns = listed(list(dict.fromkeys(("id", *kind.search))), "n")
            conditions = [view.present("n", kind), contained, view.in_scope("n._number", kind.name)]
            rows = f"SELECT {columns} FROM {nodes_of(kind.name)} n WHERE {' AND '.join(conditions)}"
            found.append(scored(kind, reader.table(prelude + rows, view.parameters), text))
    return best(found, limit)


def export_nodes(reader: Reader, view: View, kind: NodeType, names: Sequence[str] = ()) -> pa.Table:
    """Every visible row: these columns, or the full schema."""
    full = kind.schema()
    schema = pa.schema([full.field(name) for name in names]) if names else full
    rows = f"SELECT {listed(schema.names, 'n')} FROM {nodes_of(kind.name)} n WHERE {view.present('n', kind)}"
    return reader.table(rows).cast(schema)


def existing_nodes(reader: Reader, view: View, kind: NodeType, keys: pa.Table, known: Keys) -> pa.Table:
    """Current versions of these ids, full schema and `batch_from`."""
    schema = kind.schema().append(pa.field("batch_from", pa.int64()))
    numbers = known.numbers(kind.name, keys["id"])
    wanted = among(reader, "wanted", numbers[numbers != MISSING])
    rows = f"SELECT {listed(schema.names, 'n')} FROM {nodes_of(kind.name)} n"
    return reader.table(f"{rows} WHERE {view.visible('n')} AND n._number {wanted}").cast(schema)
