"""Dated facts of the organisation as the questions read them: links with their days, nodes with names and days.

Used by every question about one subject. A question is a score of small look-ups, so none is made twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from graph.store.port import GraphStore
from graph.store.questions import AsOf, Direction, Scope
from queries.organisation.days import EVER, Span, common, span
from queries.reading import IN, OUT, none_first, related, rows

# What tells two links between the same ends apart, and is told with them.
_WORDS = {"IN_GRID": "role", "WORKS_IN": "role", "ASSIGNED_TO": "role", "DELEGATES_TO": "post"}
_DAYS = ("valid_from", "valid_to")
# Links whose far nodes are read with them; those of the others are known by then, mostly.
_READ_FAR = frozenset({"IN_GRID", "PART_OF", "WORKS_IN", "POST_AT", "CARRIES"})
# No relationship: the days on which an officer is in service, a post or a duty is there.
ACTIVE = "ACTIVE"


@dataclass(frozen=True, slots=True)
class Ground:
    """A dated fact that an answer rests on: a relationship, its ends, its role or post, its own days (half open)."""

    relationship: str
    source: str
    target: str
    role: str | None
    from_: date | None
    to: date | None

    @property
    def days(self) -> Span:
        """The days on which it holds."""
        return span(self.from_, self.to)


@dataclass(frozen=True, slots=True)
class Named:
    """A node of the organisation: its name, its kind where it has one, and the days on which it is there."""

    name: str | None = None
    kind: str | None = None
    days: Span = EVER

    def cutting(self, key: str, days: Span) -> tuple[Ground, ...]:
        """What its own days say, if they leave any of these days out."""
        if common(days, self.days) == days:
            return ()
        return (Ground(ACTIVE, key, key, None, self.days.from_, self.days.to),)


UNNAMED = Named()
_COLUMNS = {
    "Grid": ("name", "kind"),
    "Officer": ("name", "active_from", "active_to"),
    "Post": ("name", "active_from", "active_to"),
    "Duty": ("name", "active_from", "active_to"),
    "Bureau": ("name",),
}


@dataclass(frozen=True, slots=True)
class Asking:
    """A store as it is asked: under which clocks and in which scope, for one question."""

    store: GraphStore
    as_of: AsOf
    scope: Scope
    _known: dict[str, dict[str, Named | None]] = field(default_factory=dict)

    def out(self, near: str, keys: Iterable[str], relationship: str, far: str) -> dict[str, list[Ground]]:
        """Links from these nodes of type `near` to nodes of type `far`, by source; each list in a total order."""
        return self._links(near, sorted(set(keys)), relationship, OUT, far)

    def into(self, near: str, keys: Iterable[str], relationship: str, far: str) -> dict[str, list[Ground]]:
        """Links to these nodes of type `near` from nodes of type `far`, by target; each list in a total order."""
        return self._links(near, sorted(set(keys)), relationship, IN, far)

    def _links(
        self, type_name: str, keys: Sequence[str], relationship: str, direction: Direction, far: str
    ) -> dict[str, list[Ground]]:
        word = _WORDS.get(relationship)
        wanted = _COLUMNS[far] if relationship in _READ_FAR else ()
        found = related(
            self.store,
            type_name,
            keys,
            relationship,
            direction,
            attributes=wanted,
            columns=_DAYS if word is None else (*_DAYS, word),
            as_of=self.as_of,
            scope=self.scope,
        )
        links: dict[str, list[Ground]] = {}
        end = "to" if direction is OUT else "from"
        for row in (row for row in rows(found.table) if row[f"{end}_type"] == far):
            said = row[word] if word else None
            ground = Ground(relationship, row["from_id"], row["to_id"], said, row["valid_from"], row["valid_to"])
            links.setdefault(str(row["key"]), []).append(ground)
            if wanted:
                self._known.setdefault(far, {})[row[f"{end}_id"]] = _named(row, "far.")
        return {key: sorted(each, key=ground_order) for key, each in sorted(links.items())}

    def named(self, type_name: str, keys: Iterable[str]) -> Mapping[str, Named]:
        """These nodes as far as rows describe them; each is read once."""
        wanted = sorted(set(keys))
        known = self._known.setdefault(type_name, {})
        if fresh := [key for key in wanted if key not in known]:
            known |= dict.fromkeys(fresh, None) | self._read(type_name, fresh)
        return {key: found for key in wanted if (found := known[key]) is not None}

    def _read(self, type_name: str, keys: Sequence[str]) -> dict[str, Named | None]:
        columns = _COLUMNS[type_name]
        found = self.store.fetch(type_name, keys, columns=columns, as_of=self.as_of, scope=self.scope)
        return {str(row["id"]): _named(row, "") for row in rows(found)}


def _named(row: Mapping[str, Any], prefix: str) -> Named:
    active = span(row.get(f"{prefix}active_from"), row.get(f"{prefix}active_to"))
    return Named(row[f"{prefix}name"], row.get(f"{prefix}kind"), active)


def ground_order(ground: Ground) -> tuple[object, ...]:
    """By ends, role and days."""
    days = (none_first(ground.from_), none_first(ground.to))
    return (ground.relationship, ground.source, ground.target, ground.role or "", days)
