"""Whom an issue of data quality is about: the taxpayer who answers for the datum, and the invoices it names.

Of an invoice that is the seller, else the buyer, else the issuer; of a refused row the party that the row names first
in the same order. What names nobody has no taxpayer: it is work about its source.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from graph.model.vocabulary import NODE_TYPES
from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT
from graph.store.scoping import VISIBILITY, Hop
from queries.reading import IN, OUT, related, rows

_TYPES: Final = frozenset(kind.name for kind in NODE_TYPES)
_SAID_IN: Final = ("seller", "taxpayer", "to", "buyer", "issuer", "tax_number", "uscc", "from")
"""Columns of refused rows that may hold a tax number, those of the party that answers for the row first."""
_BY_INVOICE: Final = frozenset({"SOLD", "BOUGHT_BY", "ISSUED", "LISTS"})
"""Relationships whose claims are told apart by their invoice (`loaders.claims.plans`); a line adds its number."""
_PART: Final = "|"  # between the parts of a relationship's key (`loaders.claims.merge.subject_of`)
End = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Subject:
    """`taxpayer`: None where nobody is named. `invoices`: those that the issue is about."""

    taxpayer: str | None
    invoices: tuple[str, ...] = ()


def subjects_of(store: GraphStore, issues: Iterable[Mapping[str, Any]]) -> dict[str, Subject]:
    """Of each issue (rows with `id`, `subject_type`, `subject`), by id."""
    told = list(issues)
    ends = {str(row["id"]): _ends(row) for row in told}
    refused = _parties_of_rejects(store, {key for each in ends.values() for kind, key in each if kind == "Reject"})
    ends = {issue: [*each, *(end for _, key in each for end in refused.get(key, ()))] for issue, each in ends.items()}
    every = sorted({end for each in ends.values() for end in each})
    owner, there = _taxpayers(store, every), _present(store, "Invoice", every)
    return {
        issue: Subject(
            next((owner[end] for end in each if end in owner), None),
            tuple(key for kind, key in each if kind == "Invoice" and key in there),
        )
        for issue, each in ends.items()
    }


def _present(store: GraphStore, kind: str, ends: Iterable[End]) -> set[str]:
    keys = [key for name, key in ends if name == kind]
    return set(map(str, store.fetch(kind, keys, columns=())["id"].to_pylist())) if keys else set()


def _ends(row: Mapping[str, Any]) -> list[End]:
    """The nodes that a subject names: itself, or the ends of a relationship, an invoice first."""
    kind, subject = str(row["subject_type"]), str(row["subject"])
    if kind in _TYPES:
        return [(kind, subject)]
    if kind in _BY_INVOICE:
        return [("Invoice", subject.rpartition(_PART)[0] if kind == "LISTS" else subject)]
    parts = subject.split(_PART)
    found = [(one, key) for one, key in pairwise(parts) if one in _TYPES and key not in _TYPES]
    return sorted(found, key=lambda end: (end[0] != "Invoice", end))


def _parties_of_rejects(store: GraphStore, keys: Iterable[str]) -> dict[str, list[End]]:
    """By `<batch>:<refused row>` the parties that the row names."""
    wanted = set(keys)
    found: dict[str, list[End]] = {}
    for row in store.export("Reject").sort_by("id").to_pylist() if wanted else ():
        key = f"{str(row['id']).rpartition(':')[0]}:{row['refused_row']}"
        if key in wanted and key not in found:
            content: Mapping[str, Any] = json.loads(row["content"] or "{}")
            numbers = (str(content[name]).strip().upper() for name in _SAID_IN if content.get(name))
            found[key] = [("Party", f"no:{number}") for number in numbers]
    return found


def _taxpayers(store: GraphStore, ends: Sequence[End]) -> dict[End, str]:
    """The taxpayer of each node by the first of its type's routes that leads to one; the smallest of several."""
    owner: dict[End, str] = {}
    for kind in sorted({kind for kind, _ in ends}):
        keys = [key for name, key in ends if name == kind]
        if kind == "Taxpayer":
            owner |= {(kind, key): key for key in _present(store, kind, ends)}
        for route in VISIBILITY[kind].routes:
            left = [key for key in keys if (kind, key) not in owner]
            owner |= {(kind, key): min(found) for key, found in _along(store, kind, left, route).items()}
    return owner


def _along(store: GraphStore, kind: str, keys: Sequence[str], route: Sequence[Hop]) -> dict[str, set[str]]:
    reached = {key: {key} for key in keys}
    for hop in route:
        near = sorted({each for found in reached.values() for each in found})
        table = related(store, kind, near, hop.relationship, hop.direction, columns=(), as_of=NOW, scope=ROOT).table
        far: dict[str, set[str]] = {}
        end = {OUT: "to", IN: "from"}[hop.direction]
        for row in rows(table):
            if row[f"{end}_type"] == hop.to:
                far.setdefault(str(row["key"]), set()).add(str(row[f"{end}_id"]))
        reached = {key: {to for each in found for to in far.get(each, ())} for key, found in reached.items()}
        reached, kind = {key: found for key, found in reached.items() if found}, hop.to
    return reached
