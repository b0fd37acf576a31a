"""The person view: roles in firms, shares, contacts, kin. Called by api.

Contacts are shown by kind and key alone; their values never leave the store. Firms out of scope are absent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from graph.model.relationships import CONTACT_TYPES
from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT, AsOf, Scope
from queries.reading import IN, OUT, Row, node, none_first, related, rows
from queries.views.registers import ROLES, Role, roles

SHOWN_DIGITS = 8  # of a contact's keyed digest: enough to tell two apart on one page


@dataclass(frozen=True, slots=True)
class PersonHead:
    """A person without roles; `masked_number` are the last four of the document."""

    id: str
    name: str | None
    masked_number: str | None
    birth_year: int | None
    region: str | None


@dataclass(frozen=True, slots=True)
class ContactUse:
    """A contact in use: kind and a short form of its key, never its value."""

    kind: str
    id: str
    masked: str
    from_: date | None
    to: date | None


@dataclass(frozen=True, slots=True)
class Relative:
    """A related person in scope."""

    person: str
    name: str | None
    kind: str | None
    from_: date | None
    to: date | None


@dataclass(frozen=True, slots=True)
class PersonView:
    """Everything about one person as of a day (none: all that is known)."""

    head: PersonHead
    roles: tuple[Role, ...]
    shares: tuple[Role, ...]
    contacts: tuple[ContactUse, ...]
    related: tuple[Relative, ...]


def person_view(store: GraphStore, person: str, *, as_of: AsOf = NOW, scope: Scope = ROOT) -> PersonView:
    """The whole view. Raises NotFoundError for a person that is not there or not in scope."""
    row = node(store, "Person", person, as_of=as_of, scope=scope)
    return PersonView(
        head=PersonHead(*(row[name] for name in PersonHead.__slots__)),
        roles=roles(store, "Person", person, ROLES, OUT, as_of=as_of, scope=scope),
        shares=roles(store, "Person", person, ("HOLDS_SHARE", "CONTROLS"), OUT, as_of=as_of, scope=scope),
        contacts=contacts(store, "Person", person, as_of=as_of, scope=scope),
        related=_relatives(store, person, as_of=as_of, scope=scope),
    )


def contacts(store: GraphStore, type_name: str, key: str, *, as_of: AsOf, scope: Scope) -> tuple[ContactUse, ...]:
    """Contacts of a person or taxpayer, by kind in the vocabulary's order, then key and start; each once."""
    found = related(store, type_name, [key], "USES", OUT, as_of=as_of, scope=scope)
    read = {
        ContactUse(
            str(row["to_type"]),
            str(row["to_id"]),
            str(row["to_id"])[:SHOWN_DIGITS] + "…",
            row["valid_from"],
            row["valid_to"],
        )
        for row in rows(found.table)
    }
    return tuple(sorted(read, key=lambda use: (CONTACT_TYPES.index(use.kind), use.id, none_first(use.from_))))


def _relatives(store: GraphStore, person: str, *, as_of: AsOf, scope: Scope) -> tuple[Relative, ...]:
    """Kin as sources tell it, and records that identity resolution found to be the same person, with the reason."""
    read = {
        Relative(str(row[f"{end}_id"]), row["far.name"], _kind(row), row.get("valid_from"), row.get("valid_to"))
        for name in ("RELATED_TO", "PERSON_OF")
        for direction, end in ((OUT, "to"), (IN, "from"))
        for row in rows(
            related(store, "Person", [person], name, direction, attributes=("name",), as_of=as_of, scope=scope).table
        )
    }
    return tuple(sorted(read, key=lambda one: (one.person, one.kind or "", none_first(one.from_))))


def _kind(row: Row) -> str | None:
    return f"same person: {row['rule']}" if "rule" in row else row["kind"]
