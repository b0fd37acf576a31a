"""Whole columns of the embedded store: for loaders, the projection, digests and backups. Unscoped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from graph.arrays.places import Places
from graph.arrays.text_index import MISSING
from graph.errors import StoreError
from graph.model.types import RelationshipType
from graph.model.vocabulary import node_type
from graph.store.duckdb_parts.engine import Reader
from graph.store.duckdb_parts.keys import among
from graph.store.duckdb_parts.numbering import Numbering
from graph.store.duckdb_parts.schema import keys_of, listed, nodes_of, rows_of, written
from graph.store.duckdb_parts.view import View
from graph.store.gross import with_gone
from graph.store.questions import Longs

_ENDS = ("from_type", "from_id", "to_type", "to_id")
_PARTIES: dict[str, pa.DataType] = {
    "party": pa.int64(),
    "party_id": pa.string(),
    "taxpayer_id": pa.string(),
    "bureau": pa.string(),
    "region": pa.string(),
}
_TRADE: dict[str, pa.DataType] = {
    "invoice": pa.int64(),
    "seller": pa.int64(),
    "buyer": pa.int64(),
    "tick": pa.int64(),
    "net_cents": pa.int64(),
    "tax_cents": pa.int64(),
    "currency": pa.string(),
    "red": pa.bool_(),
    "void": pa.bool_(),
    "precision": pa.string(),
    "several": pa.bool_(),
}
PARTIES, TRADE = pa.schema(_PARTIES), pa.schema(_TRADE)
# Whole seconds, downwards before 1970 too: // goes towards zero.
_TICK = "epoch_us(n.issued_at) // 1000000 - (epoch_us(n.issued_at) % 1000000 < 0)::BIGINT"
_FIGURES = (
    f"{_TICK} AS tick, n.net_cents, n.tax_cents, n.currency, coalesce(n.red, false) AS red, "
    "coalesce(n.status = 'void', false) AS void, coalesce(n.issued_precision, 'day') AS precision, false AS several"
)
ODD_PARTIES = pa.schema([("party", pa.int64())])
REVERSALS = pa.schema([("red", pa.int64()), ("blue", pa.int64())])
_INVOICE_IDS: dict[str, pa.DataType] = {"invoice": pa.int64(), "id": pa.string()}
INVOICE_IDS = pa.schema(_INVOICE_IDS)
_SCANNED = 4  # keys that are read for each that is asked for: a join by number costs more


def _ends(types: Sequence[str]) -> str:
    parts = [f"SELECT _number, id, '{name}' AS type FROM {keys_of(name)}" for name in dict.fromkeys(types)]
    return f"({' UNION ALL '.join(parts)})"


def named_rows(kind: RelationshipType) -> str:
    """SQL: stored rows `r` with ends by type and id as `f` and `t`."""
    return (
        f"FROM {rows_of(kind)} r JOIN {_ends(kind.stored_sources())} f ON f._number = r.from_number "
        f"JOIN {_ends(kind.stored_targets())} t ON t._number = r.to_number"
    )


def named_columns(kind: RelationshipType) -> str:
    """SQL: ends by type and id, then what a written row brings along."""
    ends = "f.type AS from_type, f.id AS from_id, t.type AS to_type, t.id AS to_id"
    return f"{ends}, {listed(written(kind), 'r')}"


def export_relationships(reader: Reader, view: View, kind: RelationshipType) -> pa.Table:
    """Every visible row with its stored ends."""
    conditions = f"{view.visible('r')} AND {view.holds('r', kind)}"
    rows = reader.table(f"SELECT {named_columns(kind)} {named_rows(kind)} WHERE {conditions}")
    return rows.cast(kind.schema())


def existing_relationships(
    reader: Reader, view: View, kind: RelationshipType, keys: pa.Table, numbering: Numbering
) -> pa.Table:
    """Current rows with these ends: sources, targets or both."""
    given = [end for end in ("from", "to") if f"{end}_id" in keys.column_names]
    if not given:
        raise StoreError(
            "Keys name no end.", code="store.keys", next_step="Give from_type and from_id, or to_type and to_id."
        )
    names = [f"{end}_{part}" for end in given for part in ("type", "id")]
    asked = keys.select(names).cast(pa.schema([pa.field(name, pa.string()) for name in names]))
    numbers = {end: numbering.one_end(kind, end, asked, reserve=False)[0] for end in given}
    there = np.logical_and.reduce([numbers[end] != MISSING for end in given])
    kept = [f"r.{end}_number {among(reader, f'{end}s', numbers[end][there])}" for end in given]
    if len(given) > 1:
        pairs: dict[str, Any] = {end: pa.array(numbers[end][there]) for end in given}
        reader.lend("pairs", pa.table(pairs))
        kept.append('(r.from_number, r.to_number) IN (SELECT ("from", "to") FROM pairs)')
    schema = kind.schema().append(pa.field("batch_from", pa.int64()))
    wanted = f"{view.visible('r')} AND {' AND '.join(kept)}"
    if not reader.number(f"SELECT 1 FROM {rows_of(kind)} r WHERE {wanted} LIMIT 1"):  # often: naming ends costs more
        return schema.empty_table()
    rows = f"SELECT {named_columns(kind)}, r.batch_from {named_rows(kind)}"
    return reader.table(f"{rows} WHERE {wanted}").cast(schema)


def parties(reader: Reader, view: View) -> pa.Table:
    """Every party key with the taxpayer it is, by dense number."""
    rows = reader.table(
        "SELECT k._number AS party, k.id AS party_id, t.id AS taxpayer_id, n.bureau, n.region "
        f"FROM {keys_of('Party')} k "
        f"LEFT JOIN r_party_of o ON o.from_number = k._number AND {view.visible('o')} "
        f"LEFT JOIN {keys_of('Taxpayer')} t ON t._number = o.to_number "
        f"LEFT JOIN {nodes_of('Taxpayer')} n ON n._number = o.to_number AND {view.visible('n')} ORDER BY k._number"
    )
    return rows.cast(PARTIES)


def trade(reader: Reader, view: View, since: int | None) -> pa.Table:
    """Invoices with seller and buyer, by dense number. Of several sellers or buyers the one with the smallest id."""
    if since is None and (whole := _joined(reader, view)) is not None:
        return whole
    touched = f" AND n._number IN ({_touched(since)})" if since is not None else ""
    seen = view.present("n", node_type("Invoice"))
    invoices = f"SELECT * FROM {nodes_of('Invoice')} n WHERE {seen}{touched}"
    rows = reader.table(
        f"SELECT n._number AS invoice, s.from_number AS seller, b.to_number AS buyer, {_FIGURES} "
        f"FROM ({invoices}) n JOIN r_sold s ON s.to_number = n._number AND {view.visible('s')} "
        f"JOIN r_bought_by b ON b.from_number = n._number AND {view.visible('b')} ORDER BY n._number"
    ).cast(TRADE)
    found = _one_each(reader, rows)
    return found if since is None else with_gone(found, reader.table(_touched(since)).column(0))


def _joined(reader: Reader, view: View) -> pa.Table | None:
    """All rows of `trade`, if no invoice has several sellers or buyers; else None.

    Three scans, put together by the places of dense numbers: a quarter of the time that joins and a sort in SQL take.
    """
    seen = view.present("n", node_type("Invoice"))
    rows = reader.table(f"SELECT n._number AS invoice, {_FIGURES} FROM {nodes_of('Invoice')} n WHERE {seen}")
    numbers = rows["invoice"].to_numpy()
    if not bool((numbers[:-1] < numbers[1:]).all()):  # an invoice that was written again stands behind later ones
        rows = rows.take(np.argsort(numbers, kind="stable"))
        numbers = rows["invoice"].to_numpy()
    places = Places(numbers)
    if places.repeated:
        return None
    ends: dict[str, Any] = {}
    for name, table, invoice, party in (
        ("seller", "r_sold", "to_number", "from_number"),
        ("buyer", "r_bought_by", "from_number", "to_number"),
    ):
        links = reader.table(f"SELECT {invoice} AS invoice, {party} AS party FROM {table} r WHERE {view.visible('r')}")
        found = _only(places, len(numbers), links)
        if found is None:
            return None
        ends[name] = found
    both = (ends["seller"] != MISSING) & (ends["buyer"] != MISSING)
    columns: dict[str, Any] = {name: pa.array(ends[name]) if name in ends else rows[name] for name in TRADE.names}
    made = pa.table(columns, TRADE)
    return made if both.all() else made.filter(pa.array(both))


def _only(places: Places, count: int, links: pa.Table) -> Any:
    """The one party (int64) of each of so many invoices, `MISSING` where none; None if an invoice has several."""
    at, there = places.of(links["invoice"].to_numpy())
    at = at[there]
    found = np.full(count, MISSING, np.int64)
    found[at] = links["party"].to_numpy()[there]
    return found if np.count_nonzero(found != MISSING) == len(at) else None


def _one_each(reader: Reader, rows: pa.Table) -> pa.Table:
    reader.lend("traded", rows)
    if reader.number("SELECT count(DISTINCT invoice) FROM traded") == rows.num_rows:
        return rows
    return reader.table(
        "SELECT w.* REPLACE (count(*) OVER (PARTITION BY w.invoice) > 1 AS several) "
        f"FROM traded w JOIN {keys_of('Party')} s ON s._number = w.seller "
        f"JOIN {keys_of('Party')} b ON b._number = w.buyer "
        "QUALIFY row_number() OVER (PARTITION BY w.invoice ORDER BY s.id, b.id) = 1 ORDER BY w.invoice"
    ).cast(TRADE)


def odd_parties(reader: Reader, view: View) -> pa.Table:
    """Parties of invoices that lack an end, an amount or a time, or have more than one seller or buyer, ascending."""
    seen = view.present("n", node_type("Invoice"))
    ends = (
        f"SELECT s.to_number AS invoice, s.from_number AS party, 1 AS sold FROM r_sold s WHERE {view.visible('s')} "
        f"UNION ALL SELECT b.from_number, b.to_number, 0 FROM r_bought_by b WHERE {view.visible('b')}"
    )
    lacking = f"SELECT n._number FROM n_invoice n WHERE {seen} AND (n.net_cents IS NULL OR n.issued_at IS NULL)"
    rows = reader.table(
        f"WITH ends AS ({ends}), odd AS ({lacking} UNION "
        "SELECT invoice FROM ends GROUP BY invoice HAVING count(*) <> 2 OR sum(sold) <> 1) "
        "SELECT DISTINCT e.party FROM odd o JOIN ends e ON e.invoice = o._number "
        f"JOIN n_invoice n ON n._number = o._number WHERE {seen} ORDER BY 1"
    )
    return rows.cast(ODD_PARTIES)


def _touched(since: int) -> str:
    """Numbers of invoices that batches above `since` wrote, ended, sold, bought or reversed."""
    later = f"(batch_from > {int(since)} OR batch_to > {int(since)})"
    columns = (
        ("_number", "n_invoice"),
        ("to_number", "r_sold"),
        ("from_number", "r_bought_by"),
        ("from_number", "r_reverses"),
        ("to_number", "r_reverses"),
    )
    return " UNION ALL ".join(f"SELECT {column} FROM {table} WHERE {later}" for column, table in columns)


def reversals(reader: Reader, view: View) -> pa.Table:
    """Dense numbers of every current REVERSES, sorted."""
    rows = f"SELECT from_number AS red, to_number AS blue FROM r_reverses r WHERE {view.visible('r')} ORDER BY 1, 2"
    return reader.table(rows).cast(REVERSALS)


def invoice_ids(reader: Reader, numbers: Iterable[int]) -> pa.Table:
    """Public ids of dense numbers, in the order given; unknown numbers are left out."""
    asked = pa.array(numbers, pa.int64())
    if (found := _ids_of_most(reader, asked.to_numpy())) is not None:
        return found
    columns: dict[str, Any] = {"place": pa.array(np.arange(len(asked), dtype=np.int64)), "number": asked}
    reader.lend("numbers", pa.table(columns))
    rows = reader.table(
        f"SELECT a.number AS invoice, k.id FROM numbers a JOIN {keys_of('Invoice')} k ON k._number = a.number "
        "ORDER BY a.place"
    )
    return rows.cast(INVOICE_IDS)


def _ids_of_most(reader: Reader, asked: Longs) -> pa.Table | None:
    """`invoice_ids` by one scan, if the numbers asked for are a good part of those between their ends; else None."""
    if not len(asked) or int(asked.max()) - int(asked.min()) > _SCANNED * len(asked):
        return None
    between = f"_number BETWEEN {asked.min()} AND {asked.max()}"
    keys = reader.table(f"SELECT _number AS number, id FROM {keys_of('Invoice')} WHERE {between}")
    at, there = Places(keys["number"].to_numpy()).of(asked)
    columns: dict[str, Any] = {"invoice": pa.array(asked[there]), "id": keys["id"].take(at[there])}
    return pa.table(columns, INVOICE_IDS)
