"""Roots of indicators: `indicators`, `indicatorAppeals`; contesting a counted fact, and deciding about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from api.access.principals import Right
from api.gql.building import built
from api.gql.connections import Asked, Connection, select_page
from api.gql.context import Info, RequestContext
from api.gql.fields import field, mutation
from api.gql.ids import key_of
from api.gql.numbers import NODE, controlled
from api.gql.types.indicators import IndicatorAnswer, IndicatorAppeal, IndicatorLevel, indicator_answer
from graph.errors import AccessError, QueryError
from graph.store.questions import NOW, ROOT, AsOf, Filter, Op, Order
from queries.control.telling import officers_of
from queries.indicators.appeals import Contested, decide_appeal, raise_appeal
from queries.indicators.grouping import Level, Subject
from queries.reading import missing, node


@strawberry.input(description="Inside whom numbers are asked. 范围")
class IndicatorWithin:
    """Of bureaus and grids inside a bureau those directly below it are shown."""

    level: IndicatorLevel
    subject: strawberry.ID

    def asked(self) -> Subject:
        """As the queries take it."""
        level = Level(self.level.value)
        return level, key_of(self.subject, NODE[level])


@strawberry.input(description="Which counted fact is contested, and why. 指标申诉")
class IndicatorAppealInput:
    """As `facts` names it."""

    indicator: str
    task: strawberry.ID
    event: strawberry.ID | None = None
    officer: strawberry.ID | None = strawberry.field(default=None, description="Whose fact it is; by default yours.")
    reason: str


@strawberry.type
class IndicatorRoots:
    """What is counted of officers' work."""

    @field
    def indicators(
        self,
        info: Info,
        *,
        period: str,
        level: IndicatorLevel,
        subject: strawberry.ID | None = None,
        within: list[IndicatorWithin] | None = None,
        only: list[str] | None = None,
        recorded: datetime | None = None,
    ) -> IndicatorAnswer:
        """Numbers of a period (2026, 2026Q1, 2026-03), each opened into the events behind it (考核指标)."""
        info.context.demand(Right.READ)
        kind = Level(level.value)
        return indicator_answer(
            info.context,
            period,
            kind,
            subject=key_of(subject, NODE[kind]) if subject else None,
            within=tuple(each.asked() for each in within or ()),
            only=tuple(only or ()),
            recorded=recorded,
        )

    @field
    def indicator_appeals(
        self, info: Info, *, first: int = 20, after: str | None = None, state: str | None = None
    ) -> Connection[IndicatorAppeal]:
        """Appeals about the asker's own facts; for internal control those about its officers (指标申诉)."""
        context = info.context
        where = (*_mine(context), *((Filter("state", Op.EQ, state),) if state else ()))
        order = (Order("raised_at", descending=True),)
        return select_page(info, IndicatorAppeal, Asked(first, after, None, where, order), scope=context.unscoped)


@strawberry.type
class IndicatorMutations:
    """A counted fact is contested, and somebody else decides."""

    @mutation
    def appeal_indicator(self, info: Info, *, input: IndicatorAppealInput) -> IndicatorAppeal:  # noqa: A002 - the name of the argument
        """Contest a counted fact: by the officer whose fact it is, or by internal control (指标申诉)."""
        context, own = info.context, info.context.principal.identity.officer
        officer = key_of(input.officer, "Officer") if input.officer else own
        if officer is None or (officer != own and not controlled(context, officer)):
            raise _not_yours("A fact is contested by the officer whose it is, or by internal control.")
        event = key_of(input.event, "TaskEvent") if input.event else None
        fact = Contested(input.indicator, key_of(input.task, "Task"), event, officer)
        return _took(context, raise_appeal(context.store, fact, reason=input.reason, who=context.who))

    @mutation
    def decide_indicator_appeal(
        self, info: Info, *, appeal: strawberry.ID, verdict: str, ruling: str
    ) -> IndicatorAppeal:
        """Uphold or dismiss an appeal (upheld, dismissed): internal control, never about an own fact (申诉裁决)."""
        context = info.context
        context.demand(Right.CONTROL)
        if verdict not in {"upheld", "dismissed"}:
            raise QueryError("There is no such verdict.", code="query.verdict", next_step="Use upheld or dismissed.")
        key = key_of(appeal, "IndicatorAppeal")
        row = node(context.store, "IndicatorAppeal", key, as_of=NOW, scope=ROOT)
        if not controlled(context, str(row["officer"])):
            raise missing("IndicatorAppeal")
        uphold = verdict == "upheld"
        return _took(context, decide_appeal(context.store, key, uphold=uphold, ruling=ruling, who=context.who))


def _took(context: RequestContext, row: dict[str, Any]) -> IndicatorAppeal:
    context.did("IndicatorAppeal", str(row["id"]))
    return built(IndicatorAppeal, row, AsOf(), context)  # the request's own clock ends before its change


def _mine(context: RequestContext) -> tuple[Filter, ...]:
    """What narrows the appeals to those that the asker may see; AccessError `access.officer`."""
    own = context.principal.identity.officer
    if context.may(Right.CONTROL):
        bureaus = context.scope.bureaus
        return () if bureaus is None else (Filter("officer", Op.IN, officers_of(context.store, bureaus)),)
    if own is None:
        raise _not_yours("Appeals are shown to the officers whose facts they are about, and to internal control.")
    return (Filter("officer", Op.EQ, own),)


def _not_yours(what: str) -> AccessError:
    return AccessError(
        what, code="access.officer", next_step="Ask for a token of your officer id, or for the auditor's role."
    )
