"""The choice itself: a pure function of a piece of work and of those who could do it. No store, no clock, no chance.

Nearest grids first; in the first of them that has somebody qualified, whoever has least open work; equal loads go to
the one who was given work longest ago, then to the smaller id. Without anybody qualified it is the nearest grid's
least loaded officer, and the reason says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from graph.errors import QueryError

_NEVER = datetime.min  # noqa: DTZ901 - civil time has no zone, and this is only compared


class Ground(StrEnum):
    """What decided a choice."""

    QUALIFIED = "least loaded of those qualified in the nearest grid"
    FARTHER = "nobody qualified nearer: least loaded of those qualified in a farther grid"
    UNQUALIFIED = "nobody qualified anywhere: least loaded of the nearest grid"
    NOBODY = "nobody works in any grid in question"
    OVERRIDDEN = "decided by a person"


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of work. `expertise`: tags of which one qualifies, empty where anybody does. `minutes`: its effort."""

    task: str
    kind: str | None
    expertise: frozenset[str]
    minutes: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """An officer of a grid in question.

    `distance`: 0 for the grid that should do it, more for those farther up or down. `load`: minutes of open work.
    `last_given`: civil time of the latest assignment, None without one.
    """

    officer: str
    grid: str
    distance: int
    expertise: frozenset[str]
    load: int
    last_given: datetime | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Who does it and why. `asked`: officers in question, `qualified`: those of them with the expertise.

    `load`: minutes of the chosen before this work; `next_best` and `next_load`: who would have been next.
    """

    task: str
    officer: str | None
    grid: str | None
    ground: Ground
    expertise: tuple[str, ...]
    asked: int
    qualified: int
    load: int | None = None
    next_best: str | None = None
    next_load: int | None = None
    reason: str | None = None


def choose(work: Work, candidates: Sequence[Candidate]) -> Choice:
    """The choice among candidates in any order; an officer in several grids counts in the nearest."""
    asked = _nearest(candidates)
    qualified = [one for one in asked if not work.expertise or work.expertise & one.expertise]
    pool, ground = _pool(asked, qualified)
    ranked = sorted(pool, key=_order)
    first, second = (ranked[0] if ranked else None), (ranked[1] if len(ranked) > 1 else None)
    return Choice(
        task=work.task,
        officer=first.officer if first else None,
        grid=first.grid if first else None,
        ground=ground,
        expertise=tuple(sorted(work.expertise)),
        asked=len(asked),
        qualified=len(qualified),
        load=first.load if first else None,
        next_best=second.officer if second else None,
        next_load=second.load if second else None,
    )


def overridden(work: Work, candidates: Sequence[Candidate], officer: str, reason: str) -> Choice:
    """A person's choice of one of the candidates, with that person's reason.

    Raises:
        QueryError: `query.reason` without a reason, `query.dispatch` for somebody who is no candidate.
    """
    if not reason.strip():
        raise QueryError("Another choice needs a reason.", code="query.reason", next_step="Say why, in a sentence.")
    asked = _nearest(candidates)
    found = next((one for one in asked if one.officer == officer), None)
    if found is None:
        raise QueryError(
            "This officer works in none of the grids in question.",
            code="query.dispatch",
            next_step="Choose one of the officers that the suggestion names, or move the task to another grid first.",
        )
    proposed = choose(work, candidates)
    return Choice(
        task=work.task,
        officer=officer,
        grid=found.grid,
        ground=Ground.OVERRIDDEN,
        expertise=tuple(sorted(work.expertise)),
        asked=proposed.asked,
        qualified=proposed.qualified,
        load=found.load,
        next_best=proposed.officer,
        next_load=proposed.load,
        reason=reason,
    )


def _nearest(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Each officer once, in the nearest grid, by id."""
    found: dict[str, Candidate] = {}
    for one in sorted(candidates, key=lambda each: (each.officer, each.distance, each.grid)):
        found.setdefault(one.officer, one)
    return list(found.values())


def _pool(asked: Sequence[Candidate], qualified: Sequence[Candidate]) -> tuple[list[Candidate], Ground]:
    """Among whom the least loaded is taken."""
    if not asked:
        return [], Ground.NOBODY
    near = min(one.distance for one in asked)
    if not qualified:
        return [one for one in asked if one.distance == near], Ground.UNQUALIFIED
    at = min(one.distance for one in qualified)
    return [one for one in qualified if one.distance == at], Ground.QUALIFIED if at == near else Ground.FARTHER


def _order(one: Candidate) -> tuple[int, datetime, str]:
    return (one.load, one.last_given or _NEVER, one.officer)
