"""Who may see whose numbers, and the counted facts of a request. Asked by the roots and types of indicators.

Numbers of bureaus and grids are for everybody in whose scope they lie, those of a taxpayer for who may see it. Those
of an officer are for the officer, for who leads a grid of theirs or one above it, and for internal control of their
bureaus.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from api.access.principals import Right
from api.gql.context import AsOfInput, RequestContext
from api.operations.indicators import period_of
from graph.store.questions import AsOf
from queries.control.telling import officers_of
from queries.indicators.grouping import Level, Subject
from queries.indicators.measuring import Counted, count_period
from queries.organisation.chiefs import led_by
from queries.organisation.columns import shown
from queries.reading import missing

NODE = {Level.OFFICER: "Officer", Level.GRID: "Grid", Level.BUREAU: "Bureau", Level.TAXPAYER: "Taxpayer"}


def counted(context: RequestContext, period: str, recorded: datetime | None = None) -> Counted:
    """The facts of a period, counted once a request."""
    since, until = period_of(period)
    clocks = context.asked(AsOfInput(recorded=recorded))
    context.deadline.remaining()
    return context.once(
        ("indicators", since, until, clocks.recorded),
        lambda: count_period(context.store, since=since, until=until, recorded=clocks.recorded),
    )


def seen(context: RequestContext, found: Counted, level: Level, subjects: Collection[str]) -> frozenset[str]:
    """Those of the subjects whose numbers the asker may see."""
    bureaus = context.scope.bureaus
    if level is Level.OFFICER:
        officers = context.once(("officers",), lambda: _officers(context))
        return frozenset(subjects) if officers is None else officers.intersection(subjects)
    if level is Level.TAXPAYER:
        as_of = AsOf(recorded=found.recorded)
        return shown(context.store, "Taxpayer", sorted(subjects), as_of=as_of, scope=context.scope)
    if bureaus is None:
        return frozenset(subjects)
    if level is Level.BUREAU:
        return bureaus.intersection(subjects)
    return frozenset(grid for grid in subjects if not bureaus.isdisjoint(found.places.above.get(grid, ())))


def demand(context: RequestContext, found: Counted, within: Sequence[Subject]) -> None:
    """NotFoundError for a subject whose numbers the asker may not see, alike for one that is not there."""
    for level, subject in within:
        if subject not in seen(context, found, level, [subject]):
            raise missing(NODE[level])


def controlled(context: RequestContext, officer: str) -> bool:
    """Whether the asker is internal control of this officer's bureaus."""
    if not context.may(Right.CONTROL):
        return False
    bureaus = context.scope.bureaus
    return bureaus is None or officer in officers_of(context.store, bureaus)


def _officers(context: RequestContext) -> frozenset[str] | None:
    """None: everybody."""
    own, found = context.principal.identity.officer, frozenset[str]()
    if own is not None:
        today = replace(context.now, valid=context.today)
        found |= led_by(context.store, own, context.desk.kinds.chief_roles, as_of=today)
    if context.may(Right.CONTROL):
        if context.scope.bureaus is None:
            return None
        found |= frozenset(officers_of(context.store, context.scope.bureaus))
    return found
