"""How responsibility for a taxpayer moved: who answered from when until when, and what changed it. Called by api."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

from graph.store.port import GraphStore
from graph.store.questions import ROOT, AsOf, Scope
from queries.limits import DEFAULT_LIMITS, Limits
from queries.organisation.answering import answering
from queries.organisation.days import ALWAYS, Span, span, united, without
from queries.organisation.facts import Asking, Ground
from queries.organisation.lines import Responsible, line_order
from queries.reading import find_taxpayer, node
from queries.results import Cut

BEGAN, ENDED = "began", "ended"


@dataclass(frozen=True, slots=True)
class Nobody:
    """Days on which nobody answers, from `from_` until the day before `to`."""

    from_: date | None
    to: date | None


@dataclass(frozen=True, slots=True)
class Change:
    """A responsibility that `began` or `ended` on a day, and the facts that began or ended then.

    `because` may name facts of others: an officer who was assigned ends what the holding grid answered for.
    """

    on: date
    kind: str
    officer: str
    officer_name: str | None
    via: str
    grid: str | None
    role: str | None
    post: str | None
    task: str | None
    acting_for: str | None
    because: tuple[Ground, ...]


@dataclass(frozen=True, slots=True)
class Moves:
    """Every responsibility over its longest days, every change in order of days, and when there was none at all.

    `nobody` begins with the taxpayer's registration, or where its day is not known with the first responsibility.
    """

    taxpayer: str
    lines: tuple[Responsible, ...]
    changes: tuple[Change, ...]
    nobody: tuple[Nobody, ...]
    cut: tuple[Cut, ...]


def responsibility_moves(
    store: GraphStore,
    taxpayer: str,
    *,
    recorded: datetime | None = None,
    scope: Scope = ROOT,
    limits: Limits = DEFAULT_LIMITS,
) -> Moves:
    """All that was and will be, as the graph knew it at `recorded` (None: now).

    Raises NotFoundError for a taxpayer that is not there or out of scope.
    """
    as_of = AsOf(recorded=recorded)
    key = find_taxpayer(store, taxpayer, as_of=as_of, scope=scope)
    registered = node(store, "Taxpayer", key, as_of=as_of, scope=scope)["registered_on"]
    lines = answering(Asking(store, as_of, scope), key, None)
    whole = merged(lines)
    changes = _changes(whole, lines)
    kept, told = whole[: limits.rows], changes[: limits.rows]
    dropped = (("lines", len(whole) - len(kept)), ("changes", len(changes) - len(told)))
    return Moves(
        taxpayer=key,
        lines=tuple(kept),
        changes=tuple(told),
        nobody=tuple(Nobody(each.from_, each.to) for each in _nobody(registered, lines)),
        cut=tuple(Cut(part, "rows", count) for part, count in dropped if count),
    )


def _identity(one: Responsible) -> tuple[Any, ...]:
    """What stays the same while a responsibility goes on, whatever facts it rests on."""
    return (one.via, one.level or 0, *(_text(one, name) for name in _SAME))


_SAME = ("grid", "bureau", "task", "post", "officer", "role", "acting_for")


def _text(one: Responsible, name: str) -> str:
    return getattr(one, name) or ""


def merged(lines: Iterable[Responsible]) -> list[Responsible]:
    """One line for each longest run of days of one responsibility, with the grounds of all that it is made of."""
    groups = groupby(sorted(lines, key=lambda one: (_identity(one), line_order(one))), key=_identity)
    return sorted((one for _, group in groups for one in _runs(list(group))), key=line_order)


def _runs(parts: Sequence[Responsible]) -> Iterator[Responsible]:
    for days in united(one.days for one in parts):
        yield _joined([one for one in parts if _inside(one.days, days)], days)


def _inside(part: Span, whole: Span) -> bool:
    return whole.begin <= part.begin and part.end <= whole.end


def _joined(parts: Sequence[Responsible], days: Span) -> Responsible:
    duties = tuple(dict.fromkeys(duty for one in parts for duty in one.duties))
    grounds = tuple(dict.fromkeys(ground for one in parts for ground in one.grounds))
    circle = next((one.circle for one in parts if one.circle), ())
    return replace(parts[0], from_=days.from_, to=days.to, duties=duties, circle=circle, grounds=grounds)


def _changes(whole: Sequence[Responsible], lines: Sequence[Responsible]) -> list[Change]:
    every = tuple(dict.fromkeys(ground for one in lines for ground in one.grounds))
    found = [
        _change(one, kind, day, every)
        for one in whole
        for kind, day in ((BEGAN, one.from_), (ENDED, one.to))
        if day is not None
    ]
    return sorted(found, key=lambda each: (each.on, each.kind != ENDED))


def _change(one: Responsible, kind: str, on: date, every: Sequence[Ground]) -> Change:
    own = tuple(ground for ground in one.grounds if (ground.from_ if kind == BEGAN else ground.to) == on)
    named = {name: getattr(one, name) for name in ("officer", "officer_name", "via", "grid", "role", "post", "task")}
    others = tuple(ground for ground in every if on in {ground.from_, ground.to})
    return Change(on=on, kind=kind, acting_for=one.acting_for, because=own or others, **named)


def _nobody(registered: date | None, lines: Sequence[Responsible]) -> list[Span]:
    first = min((one.days.begin for one in lines), default=ALWAYS)
    life = span(registered, None) if registered else Span(begin=first)
    return without(life, [one.days for one in lines])
