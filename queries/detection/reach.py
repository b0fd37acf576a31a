"""What a pattern's verdict depends on. It decides what of a pattern is searched again after a batch.

A reach that is declared too small is a wrong finding, so each states it beside its definition, and a test compares
runs after every batch with searches of everything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from graph.store.questions import Among, Filter, Op
from queries.detection.columns import NEVER, day_of, months_of
from queries.detection.facts import Facts

INVOICES = "Invoice"
NAMED_INVOICES = "Invoice named by FundTransfer"


class How(StrEnum):
    """How far around its subjects a verdict reads."""

    OWN = "own"  # facts of the one subject alone
    PAIRS = "pairs"  # facts of its subjects, who trade with each other
    PARTNERS = "partners"  # facts of the subject and of its direct partners
    CIRCLES = "circles"  # edges of the circle and facts of its members: `Pattern.refresh`
    WHOLE = "whole"  # anything


def nothing(_facts: Facts, _rules: Any) -> str:
    """Nothing of the whole graph."""
    return ""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a verdict about an anchor is a function of: facts of its subjects, and the `world`.

    Attributes:
        how: how far around the subjects.
        reads: types whose changes touch taxpayers: nodes with the relationships that hang them on taxpayers
            (`Invoice` with seller, buyer and reversals), and relationships.
        wholly: types of which any change is a reason to search everything.
        subjects: roles of the members whom the anchor is about.
        beyond: of `reads`, types whose changes touch the direct partners too.
        world: what else of the graph decides, as a text (from facts and rules): another text is a reason to search
            everything.
    """

    how: How
    reads: tuple[str, ...]
    wholly: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    world: Callable[[Facts, Any], str] = nothing


def last_due_month(facts: Facts, filing_days: int) -> str:
    """The last month that ended so many days before the newest invoice (`queries.detection.filings.is_due`)."""
    if facts.last_day == NEVER:
        return "none"
    return str(int(months_of(facts.last_day + 1 - filing_days)) - 1)


def ended_links(facts: Facts, relationships: Sequence[str]) -> str:
    """How many links of each type have ended by the newest invoice (`queries.detection.people.holding_links`).

    While no link changes, the same numbers are the same links: those that ended until one day are among those that
    ended until a later one.
    """
    if facts.last_day == NEVER:
        return "none"
    ended = Among(where=(Filter("valid_to", Op.LE, day_of(facts.last_day)),))
    return " ".join(str(facts.store.link_columns(name, (), among=ended).num_rows) for name in relationships)
