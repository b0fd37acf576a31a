"""Reads the store's columns as rows, finds what a caller names, and refuses what is not there or not in scope.

Used by every query that asks the store itself. A node out of scope and a node that does not exist answer alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

import pyarrow as pa

from graph.errors import NotFoundError, QueryError
from graph.store.port import Expansion, GraphStore
from graph.store.questions import NOW, ROOT, AsOf, Direction, Filter, Op, Order, Page, Scope
from queries.results import PartyRef

Row = Mapping[str, Any]
Dated = TypeVar("Dated")
OUT, IN = Direction.OUT, Direction.IN


def rows(table: pa.Table) -> list[dict[str, Any]]:
    """A table as dictionaries."""
    return table.to_pylist()


def node(store: GraphStore, type_name: str, key: str, *, as_of: AsOf, scope: Scope) -> dict[str, Any]:
    """The row of one node.

    Raises:
        NotFoundError: `not_found.<type>`, alike for what does not exist and what the scope hides.
    """
    found = rows(store.fetch(type_name, [key], as_of=as_of, scope=scope))
    if not found:
        raise missing(type_name)
    return found[0]


def missing(type_name: str) -> NotFoundError:
    """The one answer for what is not there or not to be seen."""
    return NotFoundError(
        f"There is no such {type_name.lower()} here.",
        code=f"not_found.{type_name.lower()}",
        next_step="Check the id with a search, and the bureau that your access covers.",
    )


def related(
    store: GraphStore,
    type_name: str,
    keys: Sequence[str],
    relationship: str,
    direction: Direction,
    *,
    as_of: AsOf,
    scope: Scope,
    attributes: Sequence[str] = (),
    columns: Sequence[str] | None = None,
    order: Sequence[Order] = (),
    limit_per_node: int | None = None,
) -> Expansion:
    """`store.expand` without the round trip when nothing is asked."""
    if not keys:
        return Expansion(pa.table({}), {})
    return store.expand(
        type_name,
        keys,
        relationship,
        direction,
        attributes=attributes,
        columns=columns,
        order=order,
        limit_per_node=limit_per_node,
        as_of=as_of,
        scope=scope,
    )


def smallest_party(store: GraphStore, taxpayers: Sequence[str], *, as_of: AsOf = NOW) -> dict[str, str]:
    """By taxpayer the smallest of its parties: what hangs there follows it when taxpayers merge. Unscoped."""
    found: dict[str, str] = {}
    for row in rows(related(store, "Taxpayer", taxpayers, "PARTY_OF", IN, as_of=as_of, scope=ROOT).table):
        taxpayer, party = str(row["key"]), str(row["from_id"])
        found[taxpayer] = min(found.get(taxpayer, party), party)
    return found


def find_taxpayer(store: GraphStore, reference: str, *, as_of: AsOf, scope: Scope = ROOT) -> str:
    """The present public id behind a public id (present or former), a tax number, a party id or a source's own id.

    Raises:
        NotFoundError: `not_found.taxpayer`.
        QueryError: `query.ambiguous` when a source id means several taxpayers.
    """
    if found := rows(store.fetch("Taxpayer", [reference], as_of=as_of, scope=scope)):
        return str(found[0]["id"])
    for party in (reference, f"no:{reference.upper()}"):
        if found := rows(related(store, "Party", [party], "PARTY_OF", OUT, as_of=as_of, scope=scope).table):
            return str(found[0]["to_id"])
    return _by_registration(store, reference, as_of=as_of, scope=scope)


def _by_registration(store: GraphStore, reference: str, *, as_of: AsOf, scope: Scope) -> str:
    where = (Filter("source_id", Op.EQ, reference),)
    registrations = store.select("Registration", where=where, page=Page(limit=100), as_of=as_of, scope=scope)
    keys = [str(row["id"]) for row in rows(registrations.table)]
    ends = rows(related(store, "Registration", keys, "REGISTERS", OUT, as_of=as_of, scope=scope).table)
    taxpayers = sorted({str(row["to_id"]) for row in ends})
    if len(taxpayers) > 1:
        raise QueryError(
            "Several sources use this id for different taxpayers.",
            code="query.ambiguous",
            next_step="Ask with the public id or the tax number.",
            taxpayers=", ".join(taxpayers),
        )
    if not taxpayers:
        raise missing("Taxpayer")
    return taxpayers[0]


def find_invoice(store: GraphStore, reference: str, *, as_of: AsOf, scope: Scope = ROOT) -> str:
    """The key of an invoice from its key, its other number (alias) or a bare number that only one invoice bears.

    Raises:
        NotFoundError: `not_found.invoice`.
        QueryError: `query.ambiguous` when several invoices in scope bear the number.
    """
    if rows(store.fetch("Invoice", [reference], as_of=as_of, scope=scope)):
        return reference
    aliases = rows(store.fetch("InvoiceAlias", [reference], as_of=as_of))
    keys = [str(row["invoice"]) for row in aliases if row["invoice"]]
    if keys and rows(store.fetch("Invoice", keys, as_of=as_of, scope=scope)):
        return keys[0]
    where = (Filter("number", Op.EQ, reference),)
    found = store.select("Invoice", where=where, page=Page(limit=2), as_of=as_of, scope=scope)
    if found.total > 1:
        raise QueryError(
            "Several invoices bear this number.",
            code="query.ambiguous",
            next_step="Ask with code and number, one after the other.",
            invoices=found.total,
        )
    if found.total == 0:
        raise missing("Invoice")
    return str(rows(found.table)[0]["id"])


def names(store: GraphStore, type_name: str, keys: Iterable[str], *, as_of: AsOf, scope: Scope) -> dict[str, str]:
    """Names by id of those nodes that are there, in scope and named."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    found = rows(store.fetch(type_name, wanted, columns=("name",), as_of=as_of, scope=scope))
    return {str(row.get("asked") or row["id"]): str(row["name"]) for row in found if row["name"] is not None}


def far_party(row: Row, *, end: str) -> PartyRef:
    """The taxpayer at the far `end` (`from` or `to`) of an expanded row; needs the attribute `name`."""
    hidden = bool(row["hidden"])
    return PartyRef(
        id=str(row[f"{end}_id"]),
        name=None if hidden else row["far.name"],
        hidden=hidden,
        province=row["province"] if hidden else None,
    )


def holds_on(day: date | None, start: date | None, end: date | None) -> bool:
    """Does a half-open interval hold on this day? Always, when no day is asked."""
    return day is None or ((start is None or start <= day) and (end is None or day < end))


def day_of(moment: date | datetime | None) -> date | None:
    """The civil day of a date or a moment."""
    return moment.date() if isinstance(moment, datetime) else moment


def latest(*days: date | None) -> date | None:
    """The latest start; None stands for the beginning of time."""
    return max((day for day in days if day is not None), default=None)


def earliest(*days: date | None) -> date | None:
    """The earliest end; None stands for never."""
    return min((day for day in days if day is not None), default=None)


def none_first(value: Any) -> tuple[bool, Any]:
    """Sort key that puts None before every value."""
    return (value is not None, 0 if value is None else value)
