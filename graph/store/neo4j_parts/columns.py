"""Whole columns of the Neo4j store: for loaders, the projection, digests and backups. Unscoped. Called by the store.

Rows come page by page of dense numbers, each page as one record of lists: measured 126,000 rows/s against 44,000
with a record a row, because the driver works per record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import LimitError, StoreError
from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import node_type
from graph.store.gross import with_gone
from graph.store.neo4j_parts.connection import Asking, Server
from graph.store.neo4j_parts.cypher import current, visible
from graph.store.neo4j_parts.nodes import in_parts, wired_columns
from graph.store.neo4j_parts.schema import LEDGER_TYPE
from graph.store.neo4j_parts.stages import first_number
from graph.store.neo4j_parts.values import column_kinds, from_wire, joined, seconds
from graph.store.neo4j_parts.view import View

_PAGE = 5_000  # dense numbers of one record
RELATIONSHIP_PAGE = 2_000
_INT, _TEXT, _BOOL = pa.int64(), pa.string(), pa.bool_()


def _schema(**kinds: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in kinds.items()])


PARTIES = _schema(party=_INT, party_id=_TEXT, taxpayer_id=_TEXT, bureau=_TEXT, region=_TEXT)
TRADE = _schema(
    invoice=_INT,
    seller=_INT,
    buyer=_INT,
    tick=_INT,
    net_cents=_INT,
    tax_cents=_INT,
    currency=_TEXT,
    red=_BOOL,
    void=_BOOL,
    precision=_TEXT,
    several=_BOOL,
)
REVERSALS = _schema(red=_INT, blue=_INT)
INVOICE_IDS = _schema(invoice=_INT, id=_TEXT)


def paged(
    server: Server, view: View, type_name: str, *, rest: str, row: str, schema: pa.Schema, page: int = _PAGE
) -> pa.Table:
    """Rows `[row]` of `MATCH (n:Type) <rest>`."""
    return joined(pages_of(server, view, type_name, rest, row, schema, page), schema)


def pages_of(  # noqa: PLR0917 - a statement in its parts
    server: Server, view: View, type_name: str, rest: str, row: str, schema: pa.Schema, page: int = _PAGE
) -> Iterator[pa.Table]:
    """Rows `[row]` of `MATCH (n:Type) <rest>`, page by page of the dense numbers of `n`.

    Where a page of long rows exceeds the server's memory for one transaction, smaller pages go on from there.
    """
    first = first_number(type_name)
    last = first + _given(server, type_name) - 1
    while first <= last:
        try:
            for table in _pages(
                server, view, f"UNWIND range({first}, {last}, {page})", type_name, rest, row, schema, page
            ):
                yield table
                first += page
        except LimitError as error:
            if error.code != "limit.memory" or page == 1:
                raise
            page = max(1, page // 8)


def _pages(  # noqa: PLR0917 - a statement in its parts
    server: Server, view: View, lows: str, type_name: str, rest: str, row: str, schema: pa.Schema, page: int
) -> Iterator[pa.Table]:
    statement = (
        f"{lows} AS low CALL (low) {{ "
        f"MATCH (n:{type_name}) WHERE n.dense >= low AND n.dense < low + {page} {rest} "
        f"RETURN collect([{row}]) AS page }} RETURN page"
    )
    return (from_wire(each[0], schema) for each in server.stream(statement, **view.parameters.values))


def _given(server: Server, type_name: str) -> int:
    """How many dense numbers of a type are given."""
    counter = server.rows("MATCH (c:Counter {type: $type}) RETURN c.next", type=type_name)
    return counter[0][0] - first_number(type_name) if counter else 0


def export_nodes(server: Server, view: View, kind: NodeType) -> pa.Table:
    """Every visible row, full schema."""
    kinds = column_kinds(kind)
    if kind.name == LEDGER_TYPE:
        rows = server.rows(f"MATCH (n:{LEDGER_TYPE}) RETURN [{wired_columns(kinds, 'n')}]")
        return from_wire([row[0] for row in rows], kind.schema())
    rest = f"WITH {view.row('n', kind)} AS row WHERE {view.present('row', kind)}"
    return paged(server, view, kind.name, rest=rest, row=wired_columns(kinds, "row"), schema=kind.schema())


def export_relationships(server: Server, view: View, kind: RelationshipType) -> pa.Table:
    """Every visible row with its stored ends.

    Pages run over the end with more keys: a hub of a million invoices must not become one record.
    """
    near, ends = paged_end(server, kind)
    row = ", ".join(f"labels({end})[0], {end}.id" for end in ends) + _own(kind)
    rest = f"MATCH ({ends[0]})-[r:{kind.name}]->({ends[1]}) WHERE {view.holds('r', kind)}"
    return joined(
        (paged(server, view, name, rest=rest, row=row, schema=kind.schema(), page=RELATIONSHIP_PAGE) for name in near),
        kind.schema(),
    )


def paged_end(server: Server, kind: RelationshipType) -> tuple[list[str], tuple[str, str]]:
    """The types to page over, those with more keys, and the names of source and target: the paged end is `n`."""
    sources, targets = (list(dict.fromkeys(types)) for types in (kind.stored_sources(), kind.stored_targets()))
    turned = sum(_given(server, name) for name in targets) > sum(_given(server, name) for name in sources)
    return (targets, ("b", "n")) if turned else (sources, ("n", "b"))


def _own(kind: RelationshipType) -> str:
    return ", " + wired_columns(column_kinds(kind), "r")


def existing_relationships(server: Asking, view: View, kind: RelationshipType, keys: pa.Table) -> pa.Table:
    """Current rows with these ends: sources, targets or both."""
    given = [end for end in ("from", "to") if f"{end}_id" in keys.column_names]
    if not given:
        raise StoreError(
            "Keys name no end.", code="store.keys", next_step="Give from_type and from_id, or to_type and to_id."
        )
    names = [f"{end}_{part}" for end in given for part in ("type", "id")]
    wanted = keys.select(names).group_by(names).aggregate([]).to_pylist()
    schema = kind.schema().append(pa.field("batch_from", pa.int64()))
    tables = [
        from_wire(_current_rows(server, view, kind, list(pair), ids), schema)
        for pair, ids in _by_types(kind, given, wanted).items()
    ]
    return joined(tables, schema)


def _by_types(
    kind: RelationshipType, given: Sequence[str], wanted: Iterable[dict[str, str]]
) -> dict[tuple[tuple[str, str], ...], list[list[str]]]:
    """Asked ids by the types of the asked ends; types that the relationship does not have ask for nothing."""
    allowed = {"from": kind.stored_sources(), "to": kind.stored_targets()}
    found: dict[tuple[tuple[str, str], ...], list[list[str]]] = {}
    for row in wanted:
        types = tuple((end, row[f"{end}_type"]) for end in given)
        if all(name in allowed[end] for end, name in types):
            found.setdefault(types, []).append([row[f"{end}_id"] for end in given])
    return found


def _current_rows(
    server: Asking, view: View, kind: RelationshipType, types: Sequence[tuple[str, str]], ids: list[list[str]]
) -> list[list[Any]]:
    matches = "".join(
        f"MATCH ({'a' if end == 'from' else 'b'}:{name} {{id: id[{place}]}}) "
        for place, (end, name) in enumerate(types)
    )
    statement = f"UNWIND $ids AS id {matches}MATCH (a)-[r:{kind.name}]->(b) WHERE {visible('r')}"
    row = f"labels(a)[0], a.id, labels(b)[0], b.id{_own(kind)}, r.batch_from"
    return in_parts(server, view, statement, row, sorted(ids))


def parties(server: Server, view: View) -> pa.Table:
    """Every party key with the taxpayer it is, by dense number."""
    rest = (
        f"CALL (n) {{ OPTIONAL MATCH (n)-[o:PARTY_OF]->(t:Taxpayer) WHERE {visible('o')} "
        f"RETURN t, CASE WHEN t IS NULL THEN null ELSE {current('t')} END AS row }}"
    )
    row = "n.dense, n.id, t.id, row.bureau, row.region"
    return paged(server, view, "Party", rest=rest, row=row, schema=PARTIES).sort_by("party")


# --- the projection


def trade(server: Server, view: View, since: int | None) -> pa.Table:
    """Invoices with seller and buyer, by dense number. Of several sellers or buyers the one with the smallest id."""
    kind = node_type("Invoice")
    touched = "" if since is None else f"AND {_touched(view, since)}"
    rest = (
        f"{touched} WITH n, {view.row('n', kind)} AS row WHERE {view.present('row', kind)} "
        f"MATCH (n)<-[s:SOLD]-(seller:Party) WHERE {visible('s')} "
        f"MATCH (n)-[b:BOUGHT_BY]->(buyer:Party) WHERE {visible('b')}"
    )
    row = (
        f"n.dense, seller.dense, buyer.dense, {seconds('row.issued_at')}, row.net_cents, row.tax_cents, "
        "row.currency, coalesce(row.red, false), coalesce(row.status = 'void', false), "
        "coalesce(row.issued_precision, 'day'), false"
    )
    found = _one_each(server, view, paged(server, view, "Invoice", rest=rest, row=row, schema=TRADE))
    if since is None:
        return found
    every = paged(server, view, "Invoice", rest=touched, row="n.dense", schema=pa.schema([TRADE.field("invoice")]))
    return with_gone(found, every["invoice"])


def odd_parties(server: Server, view: View) -> pa.Table:
    """Parties of invoices that lack an end, an amount or a time, or have more than one seller or buyer, ascending."""
    kind = node_type("Invoice")
    rest = (
        f"WITH n, {view.row('n', kind)} AS row WHERE {view.present('row', kind)} "
        f"WITH n, row, COUNT {{ (n)<-[s:SOLD]-(:Party) WHERE {visible('s')} }} AS sold, "
        f"COUNT {{ (n)-[b:BOUGHT_BY]->(:Party) WHERE {visible('b')} }} AS bought "
        "WHERE sold <> 1 OR bought <> 1 OR row.net_cents IS NULL OR row.issued_at IS NULL "
        f"MATCH (n)-[e:SOLD|BOUGHT_BY]-(p:Party) WHERE {visible('e')}"
    )
    schema = pa.schema([("party", pa.int64())])
    found = paged(server, view, "Invoice", rest=rest, row="p.dense", schema=schema)
    return pa.table([pc.unique(found["party"])], schema=schema).sort_by("party")


def _touched(view: View, since: int) -> str:
    """Condition: a version, SOLD, BOUGHT_BY or REVERSES of invoice `n` was written or ended after batch `since`."""
    at = view.parameters.add(since)
    later = f"({{0}}.batch_from > {at} OR {{0}}.batch_to > {at})"
    hung = f"EXISTS {{ (n)-[c:SOLD|BOUGHT_BY|REVERSES]-() WHERE {later.format('c')} }}"
    versions = f"EXISTS {{ (n)-[:VERSION]->(c) WHERE {later.format('c')} }}"
    return f"({later.format('n')} OR {hung} OR {versions})"


def _one_each(server: Server, view: View, rows: pa.Table) -> pa.Table:
    rows = rows.sort_by("invoice")
    if len(pc.unique(rows["invoice"])) == rows.num_rows:
        return rows
    parties: list[Any] = [*rows["seller"].to_pylist(), *rows["buyer"].to_pylist()]
    names = _party_ids(server, view, set(parties))
    kept: dict[int, dict[str, Any]] = {}
    for row in sorted(rows.to_pylist(), key=lambda each: (names[each["seller"]], names[each["buyer"]])):
        row["several"] = row["invoice"] in kept
        kept.setdefault(row["invoice"], row)["several"] |= row["several"]
    return pa.Table.from_pylist([kept[number] for number in sorted(kept)], schema=TRADE)


def _party_ids(server: Server, view: View, numbers: set[int]) -> dict[int, str]:
    statement = "UNWIND $ids AS number MATCH (n:Party {dense: number})"
    return dict(in_parts(server, view, statement, "n.dense, n.id", sorted(numbers)))


def reversals(server: Server, view: View) -> pa.Table:
    """Dense numbers of every current REVERSES, sorted."""
    rest = f"MATCH (n)-[r:REVERSES]->(b:Invoice) WHERE {visible('r')}"
    rows = paged(server, view, "Invoice", rest=rest, row="n.dense, b.dense", schema=REVERSALS)
    return rows.sort_by([("red", "ascending"), ("blue", "ascending")])


def invoice_ids(server: Server, view: View, numbers: Iterable[int]) -> pa.Table:
    """Public ids of dense numbers, in the order given; unknown numbers are left out."""
    asked = [int(number) for number in numbers]
    statement = "UNWIND $ids AS number MATCH (n:Invoice {dense: number})"
    found = dict(in_parts(server, view, statement, "n.dense, n.id", sorted(set(asked))))
    return from_wire([[number, found[number]] for number in asked if number in found], INVOICE_IDS)
