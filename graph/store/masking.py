"""Hides what lies outside a scope in rows that a store has read. Engine-free; used by both stores.

Where a document in scope names a taxpayer out of scope, `expand` gives a leaf: an opaque id and a province, nothing
else. Masking comes before filters, order and limits, so none of them can tell what was hidden: a store reads all
rows of such an expansion (an invoice has few parties) and hands them to `masked` and then to `finished`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute

from graph.model.fields import Personal
from graph.store.conditions import FAR, Ends
from graph.store.port import Expansion
from graph.store.questions import Direction, Filter, Op, Order, Scope
from graph.store.scoping import LEAF_FROM

pc: Any = pyarrow.compute  # its type stubs lag behind the library
_PROVINCE_DIGITS = 2


def shows_leaves(ends: Ends, scope: Scope) -> bool:
    """True if this expansion can meet taxpayers out of scope that appear as leaves."""
    return not scope.everything and ends.near in LEAF_FROM and "Taxpayer" in ends.far


def province_of(region: str | None) -> str | None:
    """First two digits of a region code."""
    return region[:_PROVINCE_DIGITS] if region else None


def masked(table: pa.Table, ends: Ends, scope: Scope) -> pa.Table:
    """Expansion rows with every hidden one (`hidden` true) reduced to opaque id and province.

    `province` must hold the region or province of hidden rows; it is emptied on all others.
    """
    hidden = table["hidden"].combine_chunks()
    far_id = "to_id" if ends.direction is Direction.OUT else "from_id"
    table = _replaced(table, far_id, _opaque_ids(table[far_id], hidden, scope))
    for name in (*_personal(ends), "party", *(c for c in table.column_names if c.startswith(FAR))):
        nothing = pa.scalar(None, table.schema.field(name).type)
        table = _replaced(table, name, pc.if_else(hidden, nothing, table[name]))
    province = pc.if_else(hidden, pc.utf8_slice_codeunits(table["province"], 0, _PROVINCE_DIGITS), None)
    return _replaced(table, "province", province)


def _personal(ends: Ends) -> list[str]:
    return [p.name for p in ends.type.properties if p.personal is not Personal.NONE]


def _opaque_ids(ids: Any, hidden: Any, scope: Scope) -> pa.Array[Any]:
    pairs = zip(ids.to_pylist(), hidden.to_pylist(), strict=True)
    return pa.array([scope.opaque(value) if out else value for value, out in pairs], pa.string())


def _replaced(table: pa.Table, name: str, values: Any) -> pa.Table:
    place = table.schema.get_field_index(name)
    return table.set_column(place, table.schema.field(name), values)


def finished(
    table: pa.Table, where: Sequence[Filter], order: Sequence[Order], ties: Sequence[str], limit: int | None
) -> Expansion:
    """Filters, orders and limits masked rows in memory, just as a store does for rows that hide nothing.

    `table` has `_place`, the place of the asked key, and the tie-breaking columns `ties`.
    """
    kept, cut = chosen(table.to_pylist(), where, order, ties, limit)
    return Expansion(pa.Table.from_pylist(kept, schema=table.schema), cut)


def chosen(
    rows: Iterable[dict[str, Any]],
    where: Sequence[Filter],
    order: Sequence[Order],
    ties: Sequence[str],
    limit: int | None,
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """`finished` for rows that are dictionaries already: those to show, and how many more each key has."""
    kept = [row for row in rows if all(holds(each, row[each.property]) for each in where)]
    kept = sorted_rows(kept, [*order, *(Order(name) for name in ties)])
    kept.sort(key=lambda row: row["_place"])
    return _limited(kept, limit)


def _limited(rows: Iterable[dict[str, Any]], limit: int | None) -> tuple[list[dict[str, Any]], dict[str, int]]:
    seen: dict[str, int] = {}
    kept = []
    for row in rows:
        seen[row["key"]] = seen.get(row["key"], 0) + 1
        if limit is None or seen[row["key"]] <= limit:
            kept.append(row)
    cut = {} if limit is None else {key: count - limit for key, count in seen.items() if count > limit}
    return kept, cut


def sorted_rows(rows: list[dict[str, Any]], order: Sequence[Order]) -> list[dict[str, Any]]:
    """Rows in this order; nulls last whichever way."""
    for by in reversed(order):
        rows = sorted(rows, key=_sort_key(by), reverse=by.descending)
    return rows


def _sort_key(by: Order) -> Callable[[dict[str, Any]], tuple[bool, Any]]:
    def key(row: dict[str, Any]) -> tuple[bool, Any]:
        value = row[by.property]
        missing = value is None
        return (missing != by.descending, 0 if missing else value)

    return key


def holds(each: Filter, value: Any) -> bool:
    """True if a checked filter holds for a value. Null compares false except with IS_NULL."""
    if each.op is Op.IS_NULL:
        return (value is None) == each.value
    return value is not None and _COMPARE[each.op](value, each.value)


_COMPARE: dict[Op, Callable[[Any, Any], bool]] = {
    Op.EQ: lambda a, b: a == b,
    Op.NE: lambda a, b: a != b,
    Op.LT: lambda a, b: a < b,
    Op.LE: lambda a, b: a <= b,
    Op.GT: lambda a, b: a > b,
    Op.GE: lambda a, b: a >= b,
    Op.IN: lambda a, b: a in b,
    Op.CONTAINS: lambda a, b: b in a,
    Op.PREFIX: lambda a, b: a.startswith(b),
}
