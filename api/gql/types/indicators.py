"""What is counted of officers' work, opened down to the event, and the appeals against it."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Annotated

import strawberry

from api.gql.building import Node, shown
from api.gql.connections import Asked, Connection, list_page, mapped, node_of, page_of
from api.gql.context import Info, RequestContext
from api.gql.fields import field
from api.gql.ids import window
from api.gql.numbers import NODE, counted, demand, seen
from api.gql.scalars import Count
from api.gql.types.links import LazyTask
from api.gql.types.work import TaskEvent
from graph.store.questions import AsOf
from queries.indicators.appeals import Contested
from queries.indicators.definitions import indicator_named
from queries.indicators.grouping import Level, Subject
from queries.indicators.measuring import Behind, Counted, Measure, facts_behind, measures, opened
from queries.organisation.columns import shown as shown_in
from queries.reading import names


@strawberry.enum(description="Of whom an indicator is. 指标层级")
class IndicatorLevel(Enum):
    """As the queries name them."""

    BUREAU = "bureau"
    GRID = "grid"
    OFFICER = "officer"
    TAXPAYER = "taxpayer"


@shown
class IndicatorAppeal(Node):
    """Upheld, the fact counts in no period any more."""

    indicator: str | None
    task: str | None
    event: str | None
    officer: str | None
    state: str | None
    raised_by: str | None
    raised_at: datetime | None
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    ruling: str | None


@strawberry.type(description="A fact behind a number. 指标明细")
class IndicatorFact:
    """`hidden`: its task is out of scope, so that it is counted and not named."""

    hidden: bool
    task_key: str | None
    event_key: str | None = strawberry.field(description="Null of a task without one.")
    officer_key: str | None
    grid_key: str | None
    day: date | None
    counted: bool = strawberry.field(description="Whether it is in the numerator.")
    expected: float | None = strawberry.field(description="What peers find in such a task, of outcomes.")
    appeal_key: str | None = strawberry.field(description="Key of its appeal, if one is raised.")
    as_of: strawberry.Private[AsOf]

    @field
    async def task(self, info: Info) -> LazyTask | None:
        """The task."""
        return await node_of(info.context, "Task", self.task_key, self.as_of)

    @field
    async def event(self, info: Info) -> Annotated[TaskEvent, strawberry.lazy("api.gql.types.work")] | None:
        """The event."""
        return await node_of(info.context, "TaskEvent", self.event_key, self.as_of)


@strawberry.type(description="One number with its interval. 指标值")
class IndicatorNumber:
    """`counted` of `base`; `value` is the count, the share, or found over expected; `low` and `high`: 95 %."""

    indicator: str
    english: str
    chinese: str
    form: str = strawberry.field(description="count, ratio (Wilson's interval) or standardised (Poisson, exact).")
    credit: int = strawberry.field(description="1 where more is better, -1 where less is.")
    level: IndicatorLevel
    subject: str
    name: str | None
    counted: Count
    base: Count
    expected: float | None
    value: float | None
    low: float | None
    high: float | None
    found: strawberry.Private[Counted]
    within: strawberry.Private[tuple[Subject, ...]]

    @field
    def facts(self, info: Info, *, first: int = 20, after: str | None = None) -> Connection[IndicatorFact]:
        """The single facts that it is the sum of, by task and event (指标明细)."""
        context, page = info.context, window(first, after)
        subjects = ((Level(self.level.value), self.subject), *self.within)
        facts = facts_behind(self.found, self.indicator, *subjects)
        told = opened(context.store, self.found, facts, slice(page.offset, page.end))
        now = AsOf(recorded=self.found.recorded)
        tasks = shown_in(context.store, "Task", sorted({o.task for o in told}), as_of=now, scope=context.scope)
        for task in tasks:
            context.saw("Task", task)
        nodes = [_fact(self.indicator, one, hidden=one.task not in tasks, as_of=now) for one in told]
        return page_of(nodes, page, len(facts.task), now)


@strawberry.type(description="Numbers of a period. 考核指标")
class IndicatorAnswer:
    """As the graph knew it at `recorded`; asked again with it, the numbers are the same."""

    since: date
    until: date = strawberry.field(description="The first day no longer.")
    recorded: datetime | None
    snapshot: Count
    events: Count
    events_of_other_systems: Count = strawberry.field(description="They lead to no status of ours and count nowhere.")
    measured: strawberry.Private[tuple[Measure, ...]]
    found: strawberry.Private[Counted]
    within: strawberry.Private[tuple[Subject, ...]]

    @field
    def numbers(self, info: Info, *, first: int = 20, after: str | None = None) -> Connection[IndicatorNumber]:
        """By indicator, then subject; those that the asker may see."""
        now = AsOf(recorded=self.found.recorded)
        page = list_page(self.measured, Asked(first, after), now)
        named = _names(info.context, [each.node for each in page.edges], now)
        return mapped(page, lambda one: _number(one, named.get(one.subject), self.found, self.within))


def indicator_answer(
    context: RequestContext,
    period: str,
    level: Level,
    *,
    subject: str | None = None,
    within: tuple[Subject, ...] = (),
    only: tuple[str, ...] = (),
    recorded: datetime | None = None,
) -> IndicatorAnswer:
    """What the asker may see of a period; NotFoundError for a `within` that is not theirs to see."""
    for name in only:
        indicator_named(name)
    found = counted(context, period, recorded)
    demand(context, found, within)
    every = [one for one in measures(found, level, only=only, within=within) if subject in {None, one.subject}]
    mine = seen(context, found, level, {one.subject for one in every})
    events, other = found.events
    return IndicatorAnswer(
        since=found.since,
        until=found.until,
        recorded=found.recorded,
        snapshot=Count(found.snapshot),
        events=Count(events),
        events_of_other_systems=Count(other),
        measured=tuple(one for one in every if one.subject in mine),
        found=found,
        within=within,
    )


def _names(context: RequestContext, listed: list[Measure], as_of: AsOf) -> dict[str, str]:
    if not listed:
        return {}
    kind, subjects = NODE[listed[0].level], {one.subject for one in listed}
    for subject in subjects:
        context.saw(kind, subject)
    return names(context.store, kind, subjects, as_of=as_of, scope=context.scope)


def _number(one: Measure, name: str | None, found: Counted, within: tuple[Subject, ...]) -> IndicatorNumber:
    definition = indicator_named(one.indicator)
    return IndicatorNumber(
        indicator=one.indicator,
        english=definition.en,
        chinese=definition.zh,
        form=definition.form.value,
        credit=one.credit,
        level=IndicatorLevel(one.level.value),
        subject=one.subject,
        name=name,
        counted=Count(one.counted),
        base=Count(one.base),
        expected=one.expected,
        value=one.value,
        low=one.low,
        high=one.high,
        found=found,
        within=within,
    )


def _fact(indicator: str, one: Behind, *, hidden: bool, as_of: AsOf) -> IndicatorFact:
    contested = Contested(indicator, one.task, one.event, one.officer) if one.officer and not hidden else None
    return IndicatorFact(
        hidden=hidden,
        task_key=None if hidden else one.task,
        event_key=None if hidden else one.event,
        officer_key=one.officer,
        grid_key=one.grid,
        day=one.day,
        counted=one.counted,
        expected=one.expected,
        appeal_key=contested.key if contested else None,
        as_of=as_of,
    )
