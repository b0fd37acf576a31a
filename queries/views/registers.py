"""What the registers say about a taxpayer: header as of a day, registrations, changes, roles, facts of neighbours.

Read by the household view and by api. A header as of a past day undoes the registration changes after that day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from graph.model.relationships import FOUR_OFFICERS, TAXPAYER_FACTS
from graph.model.vocabulary import node_type, relationship_type
from graph.store.port import GraphStore
from graph.store.questions import AsOf, Direction, Scope
from queries.reading import IN, day_of, node, none_first, related, rows

FOUR_OFFICER_ROLES = tuple(cls.__relationship__.name for cls in FOUR_OFFICERS)
ROLE_COLUMNS = ("valid_from", "valid_to", "ratio")
ROLES = (*FOUR_OFFICER_ROLES, "AGENT_OF")
# Items of a registration change that stand in the header, by the header's field.
UNDONE = ("name", "tax_number", "status", "vat_status", "industry", "region", "bureau", "kind")


@dataclass(frozen=True, slots=True)
class Header:
    """A taxpayer as of a day."""

    id: str
    tax_number: str | None
    name: str | None
    kind: str | None
    status: str | None
    vat_status: str | None
    industry: str | None
    region: str | None
    bureau: str | None
    registered_on: date | None
    stub: bool


@dataclass(frozen=True, slots=True)
class RegistrationItem:
    """One registration of the taxpayer, as it stands."""

    id: str
    source: str | None
    source_id: str | None
    tax_number: str | None
    name: str | None
    status: str | None
    bureau: str | None
    region: str | None
    address: str | None
    legal_representative: str | None
    registered_on: date | None
    cancelled_on: date | None


@dataclass(frozen=True, slots=True)
class Change:
    """One registration change."""

    id: str
    registration: str | None
    item: str | None
    old: str | None
    new: str | None
    on: date | None


@dataclass(frozen=True, slots=True)
class Role:
    """A dated role: `subject` is the person's (household view) or the firm's (person view) id."""

    role: str
    subject: str
    subject_type: str
    name: str | None
    from_: date | None
    to: date | None
    share: int | None = None  # millionths, where the role is a share


@dataclass(frozen=True, slots=True)
class Fact:
    """A filing, payment, grant, rating or document of a neighbour; `values` are its properties."""

    type: str
    id: str
    on: date | None
    values: Mapping[str, Any]


def header(store: GraphStore, taxpayer: str, *, as_of: AsOf, scope: Scope) -> Header:
    """The taxpayer as of the valid day.

    Later changes are undone newest first, each only where the value it brought is the one that stands: with several
    registrations the header follows one of them, and the others' changes are not its own.
    """
    row = node(store, "Taxpayer", taxpayer, as_of=as_of, scope=scope)
    fields = {name: row[name] for name in Header.__slots__ if name != "stub"}
    present = Header(**fields, stub=bool(row["stub"]))
    if as_of.valid is None:
        return present
    for change in reversed(changes(store, taxpayer, as_of=AsOf(recorded=as_of.recorded), scope=scope)):
        if change.on is None or change.on <= as_of.valid or change.item not in UNDONE:
            continue
        if getattr(present, change.item) == change.new:
            present = _undone(present, change)
    return present


def _undone(present: Header, change: Change) -> Header:
    fields: dict[str, Any] = {str(change.item): change.old}
    return replace(present, **fields)


def changes(store: GraphStore, taxpayer: str, *, as_of: AsOf, scope: Scope) -> tuple[Change, ...]:
    """Registration changes up to the valid day, oldest first."""
    wanted = ("registration", "item", "old_value", "new_value", "changed_on")
    found = related(
        store, "Taxpayer", [taxpayer], "CHANGED", IN, attributes=wanted, columns=(), as_of=as_of, scope=scope
    )
    read = {Change(str(row["from_id"]), *(row[f"far.{name}"] for name in wanted)) for row in rows(found.table)}
    return tuple(sorted(read, key=lambda change: (none_first(change.on), change.item or "", change.id)))


def registrations(store: GraphStore, taxpayer: str, *, as_of: AsOf, scope: Scope) -> tuple[RegistrationItem, ...]:
    """Registrations of the taxpayer, by first day, then id."""
    wanted = tuple(name for name in RegistrationItem.__slots__ if name != "id")
    found = related(
        store, "Taxpayer", [taxpayer], "REGISTERS", IN, attributes=wanted, columns=(), as_of=as_of, scope=scope
    )
    read = [
        RegistrationItem(str(row["from_id"]), *(row[f"far.{name}"] for name in wanted)) for row in rows(found.table)
    ]
    return tuple(sorted(read, key=lambda item: (none_first(item.registered_on), item.id)))


def roles(
    store: GraphStore,
    type_name: str,
    key: str,
    relationships: Sequence[str],
    direction: Direction,
    *,
    as_of: AsOf,
    scope: Scope,
) -> tuple[Role, ...]:
    """Dated roles at a node, by role in the order asked, then start and subject; each once."""
    found: dict[Role, None] = {}
    for relationship in relationships:
        expansion = related(
            store,
            type_name,
            [key],
            relationship,
            direction,
            attributes=("name",),
            columns=_dated_columns(relationship),
            as_of=as_of,
            scope=scope,
        )
        read = {_role(relationship, row, "from" if direction is IN else "to") for row in rows(expansion.table)}
        found |= dict.fromkeys(sorted(read, key=lambda r: (none_first(r.from_), none_first(r.to), r.subject)))
    return tuple(found)


def _dated_columns(relationship: str) -> tuple[str, ...]:
    """What a role shows of the relationship: its dates, and the share where it is one."""
    return tuple(p.name for p in relationship_type(relationship).properties if p.name in ROLE_COLUMNS)


def _role(relationship: str, row: Mapping[str, Any], end: str) -> Role:
    return Role(
        role=relationship.lower(),
        subject=str(row[f"{end}_id"]),
        subject_type=str(row[f"{end}_type"]),
        name=row["far.name"],
        from_=row["valid_from"],
        to=row["valid_to"],
        share=row.get("ratio"),
    )


def facts(
    store: GraphStore, taxpayer: str, *, as_of: AsOf, scope: Scope, types: Sequence[str] = TAXPAYER_FACTS
) -> tuple[Fact, ...]:
    """Documents about the taxpayer of these types, by type in the order asked, then newest first."""
    found = rows(related(store, "Taxpayer", [taxpayer], "ABOUT", IN, as_of=as_of, scope=scope).table)
    listed: list[Fact] = []
    for type_name in types:
        keys = sorted({str(row["from_id"]) for row in found if row["from_type"] == type_name})
        read = [_fact(type_name, row) for row in rows(store.fetch(type_name, keys, as_of=as_of, scope=scope))]
        read.sort(key=lambda fact: fact.id)
        listed += sorted(read, key=lambda fact: none_first(fact.on), reverse=True)
    return tuple(listed)


def _fact(type_name: str, row: Mapping[str, Any]) -> Fact:
    kind = node_type(type_name)
    values = {p.name: row[p.name] for p in kind.properties if p.name in row and p.name != "id"}
    moment: date | datetime | None = values[kind.event_time] if kind.event_time else None
    return Fact(type_name, str(row["id"]), day_of(moment), values)
