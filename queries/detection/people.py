"""Persons and contacts as numbers, and which dated links hold. Read by the patterns that ask who stands behind a firm.

A node's place is that of its public id among all of its type, so that places order as the ids do. Persons are numbered
behind the taxpayers: entity e is taxpayer e, or person e - v.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from queries.detection.columns import NEVER, day_numbers
from queries.detection.facts import ABSENT, Facts, Links, Texts
from queries.detection.hits import Member

Longs = npt.NDArray[np.int64]
DATES = ("valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class Numbered:
    """The nodes of one type: dense numbers ascending with the place of each (int64[n]), and public ids by place."""

    number: Longs
    place: Longs
    ids: Texts

    def __len__(self) -> int:
        """Nodes."""
        return len(self.number)

    def of(self, numbers: Longs) -> Longs:
        """Place of each dense number, int64; `ABSENT` where it is none of this type."""
        if len(self.number) == 0:
            return np.full(len(numbers), ABSENT, np.int64)
        near = np.minimum(np.searchsorted(self.number, numbers), len(self.number) - 1)
        return np.where(self.number[near] == numbers, self.place[near], ABSENT)


def numbered(facts: Facts, type_name: str) -> Numbered:
    """Every node of a type by public id."""
    table = facts.store.node_columns(type_name, ("id",), as_of=facts.as_of)
    ids: Any = table["id"].combine_chunks()
    order = np.asarray(pc.sort_indices(ids).to_numpy(), np.int64)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return Numbered(np.asarray(table["number"].to_numpy(), np.int64), place, ids.take(order))


@dataclass(frozen=True, slots=True)
class Entities:
    """Taxpayers and, numbered behind them, persons."""

    facts: Facts
    persons: Numbered

    @property
    def count(self) -> int:
        """Taxpayers and persons."""
        return self.facts.count + len(self.persons)

    def of(self, numbers: Longs) -> Longs:
        """Entity of each dense party or person, int64; `ABSENT` where it is neither."""
        persons = self.persons.of(numbers)
        behind = np.where(persons >= 0, persons + self.facts.count, ABSENT)
        vertices = self.facts.vertices(numbers)
        return np.where(vertices >= 0, vertices, behind)

    def member(self, entity: int, role: str) -> Member:
        """One entity as a member of a finding."""
        if entity < self.facts.count:
            return Member("Taxpayer", str(self.facts.ids[entity].as_py()), role)
        return Member("Person", str(self.persons.ids[entity - self.facts.count].as_py()), role)


def entities(facts: Facts) -> Entities:
    """Everybody who can stand behind a firm."""
    return Entities(facts, numbered(facts, "Person"))


def holding_links(facts: Facts, relationship: str, *names: str) -> Links:
    """Links of a dated relationship that hold, with `DATES` and these columns.

    As of a day the store leaves out what does not hold then; otherwise a link counts unless it ended on or before the
    day of the newest invoice.
    """
    links = facts.links(relationship, *DATES, *names)
    if facts.as_of.valid is not None or facts.last_day == NEVER:
        return links
    until = day_numbers(links.table["valid_to"])
    return links.take((until == NEVER) | (until > facts.last_day))
