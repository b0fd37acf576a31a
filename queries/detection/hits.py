"""What a pattern answers: hits, each with its anchor, members, evidence and measures. Made by patterns alone.

A hit still holds dense invoice numbers; `queries.detection.episodes` joins the hits of one anchor and names them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from queries.detection.facts import Facts
from queries.detection.reach import Reach
from queries.detection.rules import Rules

Longs = npt.NDArray[np.int64]
R = TypeVar("R", bound=Rules)
MOST_EVIDENCE = 2_000  # invoices of one role in one finding; more are counted, not listed
Measures = Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Member:
    """Who takes part, in which role: `type` is Taxpayer or Person, `id` public."""

    type: str
    id: str
    role: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One piece of evidence for one anchor.

    `anchor`: public texts that identify whom or what the finding is about. Days count from 1970, both included.
    `evidence`: dense invoices by role, each role in (time, public id) order; `left_out`: invoices not listed.
    `measures`: what was measured, as the pattern declares. `score`: millionths, more is
    worse. `high`: the more severe of the two severities.
    """

    anchor: tuple[str, ...]
    first_day: int
    last_day: int
    members: tuple[Member, ...]
    evidence: Mapping[str, Longs]
    measures: Measures
    score: int
    high: bool
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """Hits of one run of one pattern, by anchor and first day; `cut` says why the search ended early, if it did."""

    hits: tuple[Hit, ...]
    cut: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """What changed around circles since they were searched.

    Attributes:
        invoices: dense invoices that were written, ended, or whose reversals were, ascending.
        seller, buyer: vertices at the ends of each of these, then or now, int64[n].
        members: vertices of which another fact changed that measures read, ascending.
        known: circles of the findings in force, as vertices from the smallest member.
    """

    invoices: Longs
    seller: Longs
    buyer: Longs
    members: Longs
    known: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Hits of the anchors that were looked at again; `facts`: where they were read; `blocks` of time searched."""

    found: Found
    anchors: frozenset[tuple[str, ...]]
    facts: Facts
    blocks: int


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: `unit` is cents, share (millionths), count, days, day or text; roles of the invoices behind it."""

    unit: str
    en: str
    zh: str
    behind: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """A finding as `explain` reads it: labels of members by role, measures in words, counts of evidence by role."""

    members: Mapping[str, Sequence[str]]
    en: Mapping[str, str]
    zh: Mapping[str, str]
    raw: Measures
    evidence: Mapping[str, int]
    first_on: str
    last_on: str

    def one(self, role: str) -> str:
        """The label of the first member in a role."""
        return next(iter(self.members.get(role, ())), "?")

    def counted(self, measure: str, one: str, many: str = "") -> str:
        """A measure with its noun in English: `1 invoice`, `3 invoices`."""
        return f"{self.en[measure]} {noun(int(self.raw[measure]), one, many)}"

    def form(self, measure: str, one: str, many: str) -> str:
        """The form of an English word that agrees with a measure."""
        return noun(int(self.raw[measure]), one, many)

    def all(self, role: str, between: str = ", ") -> str:
        """Labels of all members in a role."""
        return between.join(self.members.get(role, ()))


@dataclass(frozen=True, slots=True)
class Sentences:
    """The finding in one sentence each."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Pattern(Generic[R]):
    """One pattern of the catalogue.

    `exact`: its definition has no threshold that a rule could move (recall and precision are then both complete).
    `gap_days`: hits of one anchor not further apart are one episode, a function of the rules in force.
    `by_currency`: searched once for each currency, which then is a part of the anchor; else with the currency "".
    `roles`: what members and evidence are, by role, in English and Chinese. `off`: not searched unless asked by name.
    `reach`: what its verdicts depend on; `refresh` searches circles that changed, where the reach is circles.
    """

    name: str
    number: int
    en: str
    zh: str
    rules: type[R]
    measures: Mapping[str, Measure]
    roles: Mapping[str, tuple[str, str]]
    detect: Callable[[Facts, R, str], Found]
    explain: Callable[[Story], Sentences]
    gap_days: Callable[[R], int]
    reach: Reach
    refresh: Callable[[Facts, R, str, Around], Refreshed] | None = None
    exact: bool = False
    by_currency: bool = True
    off: bool = False


def noun(number: int, one: str, many: str = "") -> str:
    """The form of an English noun that goes with a number; `many` where it is not `one` with an s."""
    return one if number == 1 else many or f"{one}s"


def listed(rows: Longs) -> tuple[Longs, int]:
    """The first rows that a finding lists, and how many it leaves out."""
    return rows[:MOST_EVIDENCE], max(0, len(rows) - MOST_EVIDENCE)
