"""The organisation as whole columns by dense number, of everything or of some subjects. Read by `gaps` and `overlaps`.

Unscoped: what is found is shown through `shown`. Nothing here knows a valid day: all that was and will be is read, on
the recorded clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph.store.port import GraphStore
from graph.store.questions import Among, AsOf, Scope
from queries.organisation.days import ALWAYS, NEVER
from queries.organisation.spans import Booleans, Longs, Spans

T = TypeVar("T")
# The directory of the authority is open; these are not.
SCOPED = frozenset({"Taxpayer", "Task", "TaskEvent"})
_EMPTY = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Links:
    """n dated links: spans owned by the source, the `target` of each, and its word (role) where asked."""

    spans: Spans
    target: Longs
    word: npt.NDArray[np.object_]

    def at(self, places: Longs | Booleans) -> Links:
        """Those at these places."""
        return Links(self.spans.at(places), self.target[places], self.word[places])


@dataclass(frozen=True, slots=True)
class Columns:
    """A store's columns. `only`: subjects that are asked about, by type; a type that is not there is asked whole."""

    store: GraphStore
    as_of: AsOf
    only: Mapping[str, Longs] = field(default_factory=dict)
    _made: dict[str, object] = field(default_factory=dict)

    def nodes(self, type_name: str, *names: str) -> pa.Table:
        """Nodes of a type that are asked about: `number` and these properties."""
        return self.store.node_columns(type_name, names, numbers=self.only.get(type_name), as_of=self.as_of)

    def links(
        self, relationship: str, *, word: str | None = None, source: Longs | None = None, target: Longs | None = None
    ) -> Links:
        """Dated links, of some sources or targets if they are given."""
        names = ("valid_from", "valid_to") if word is None else (word, "valid_from", "valid_to")
        found = self.store.link_columns(relationship, names, among=_among(source, target), as_of=self.as_of)
        spans = Spans(numbers(found, "source"), *dated(found, "valid_from", "valid_to"))
        words = found[word].to_numpy(zero_copy_only=False) if word else np.full(len(spans), None)
        return Links(spans, numbers(found, "target"), words)

    def ends(
        self, relationship: str, *, source: Longs | None = None, target: Longs | None = None
    ) -> tuple[Longs, Longs]:
        """Sources and targets of undated links."""
        found = self.store.link_columns(relationship, (), among=_among(source, target), as_of=self.as_of)
        return numbers(found, "source"), numbers(found, "target")

    def in_service(self, spans: Spans, officers: Longs) -> Spans:
        """Spans on the days on which these officers, one for each, are in service."""
        return self._there("Officer", spans, officers)

    def existing(self, type_name: str, spans: Spans, nodes: Longs) -> Spans:
        """Spans on the days on which these posts or duties, one for each, are there."""
        return self._there(type_name, spans, nodes)

    def _there(self, type_name: str, spans: Spans, nodes: Longs) -> Spans:
        known, begin, end = self.once(type_name, lambda columns: _active_days(columns, type_name))
        place, there = places_of(nodes, known)
        place = np.where(there, place, len(known))  # of one without a row nothing is known
        return spans.within(np.append(begin, ALWAYS)[place], np.append(end, NEVER)[place])

    def once(self, name: str, make: Callable[[Columns], T]) -> T:
        """What `make` gives of these columns, made when it is asked for first."""
        if name not in self._made:
            self._made[name] = make(self)
        return cast("T", self._made[name])


def _active_days(columns: Columns, type_name: str) -> tuple[Longs, Longs, Longs]:
    found = columns.store.node_columns(type_name, ("active_from", "active_to"), as_of=columns.as_of)
    return (numbers(found, "number"), *dated(found, "active_from", "active_to"))


def places_of(wanted: Longs, known: Longs) -> tuple[Longs, Booleans]:
    """Where each of `wanted` stands in `known` (ascending), and whether it does; elsewhere the place means nothing."""
    place = np.searchsorted(known, wanted)
    there = np.append(known, -1)[place] == wanted
    return np.where(there, place, 0), there


def _among(source: Longs | None, target: Longs | None) -> Among:
    return Among("target", target) if target is not None else Among("source", source)


def numbers(table: pa.Table, name: str) -> Longs:
    """A column of dense numbers."""
    return np.asarray(table[name].to_numpy(), np.int64)


def dated(table: pa.Table, begin: str, end: str) -> tuple[Longs, Longs]:
    """Two columns of dates as days; what is not known is without end."""
    return _days(table, begin, ALWAYS), _days(table, end, NEVER)


def _days(table: pa.Table, name: str, absent: int) -> Longs:
    days = table[name].to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(days), absent, days.astype(np.int64))


def subjects_of_bureau(columns: Columns, bureaus: Sequence[str]) -> dict[str, Longs]:
    """Taxpayers, grids, posts, tasks and their events of these bureaus, as numbers by type, ascending.

    A grid is of the bureau that it is under, a post of its grid or bureau, a task of the grids that hold it.
    """
    store, as_of = columns.store, columns.as_of
    managed = store.node_columns("Taxpayer", ("bureau",), as_of=as_of)
    inside = np.isin(managed["bureau"].to_numpy(zero_copy_only=False).astype(str), list(bureaus))
    offices = numbers(store.node_numbers("Bureau", bureaus, as_of=as_of), "number")
    grids = np.unique(columns.links("UNDER", target=offices).spans.owner)
    tasks = np.unique(columns.links("HELD_BY", target=grids).spans.owner)
    places = np.union1d(grids, offices)
    return {
        "Taxpayer": numbers(managed, "number")[inside],
        "Grid": grids,
        "Post": np.unique(columns.links("POST_AT", target=places).spans.owner),
        "Task": tasks,
        "TaskEvent": np.unique(columns.ends("HAS_EVENT", source=tasks)[1]),
        "Duty": _EMPTY,
    }


def subject_of(columns: Columns, type_name: str, key: str) -> dict[str, Longs]:
    """One subject, a task with its events; nothing of other types."""
    none = dict.fromkeys(("Taxpayer", "Grid", "Post", "Duty", "Task", "TaskEvent"), _EMPTY)
    found = numbers(columns.store.node_numbers(type_name, [key], as_of=columns.as_of), "number")
    events = np.unique(columns.ends("HAS_EVENT", source=found)[1]) if type_name == "Task" else _EMPTY
    return {**none, "TaskEvent": events, type_name: found}


def placed_taxpayers(columns: Columns) -> Links:
    """Which taxpayer is in which grid: spans owned by taxpayers, the grid of each. Parties stand for their taxpayer."""
    asked = columns.only.get("Taxpayer")
    party, taxpayer = columns.ends("PARTY_OF", target=asked)
    order = np.argsort(party, kind="stable")
    placed = columns.links("IN_GRID", source=None if asked is None else party)
    place, known = places_of(placed.spans.owner, party[order])
    placed, place = placed.at(known), place[known]
    return Links(placed.spans.of(taxpayer[order][place]), placed.target, placed.word)


def shown(store: GraphStore, type_name: str, ids: Sequence[str], *, as_of: AsOf, scope: Scope) -> frozenset[str]:
    """Those of the ids that the scope may see."""
    if scope.everything or type_name not in SCOPED or not ids:
        return frozenset(ids)
    column = {"Taxpayer": "name", "Task": "title", "TaskEvent": "action"}[type_name]
    found = store.fetch(type_name, ids, columns=(column,), as_of=as_of, scope=scope)
    return frozenset(str(key) for key in found["id"].to_pylist())
