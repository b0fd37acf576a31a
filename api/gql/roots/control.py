"""Roots of internal control: `controlAlerts`, `controlRules`, and the steps of an alert.

The right CONTROL sees alerts about the officers of its bureaus. Without it an officer sees the alerts that go to them,
and those about themselves once they were judged, or were raised inside their own step: to be appealed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import strawberry

from api.access.principals import Right
from api.gql.building import built
from api.gql.connections import Asked, Connection, select_page
from api.gql.context import Info, RequestContext
from api.gql.fields import field, mutation
from api.gql.types.control import ControlAlert, ControlRuleInfo, rule_info
from api.operations.findings import rule_book
from graph.errors import AccessError
from graph.store.questions import AsOf, Filter, Op
from queries.control.alerts import CLOSED, REVIEWED, STEP
from queries.control.catalogue import CONTROL_RULES
from queries.control.deciding import Step, take
from queries.control.telling import ORDER, WAITING, AlertFilter, officers_of


@strawberry.input(description="Which alerts; all given conditions must hold. 预警条件")
class AlertConditions:
    """By default those that somebody has still to do with."""

    rules: list[str] | None = None
    severity: str | None = strawberry.field(default=None, description="low or high.")
    states: list[str] | None = None
    officer: strawberry.ID | None = strawberry.field(default=None, description="Whom it is about.")
    task: strawberry.ID | None = None


@strawberry.input(description="What is said about an alert. 预警处理")
class AlertWords:
    """`snapshot`: `provenance.batch.number` as it was read; refused if the alert changed since."""

    alert: strawberry.ID
    text: str
    snapshot: int | None = None


@strawberry.type
class ControlRoots:
    """Alerts and rules."""

    @field
    def control_alerts(
        self,
        info: Info,
        *,
        first: int = 20,
        after: str | None = None,
        where: AlertConditions | None = None,
        about_me: bool = False,
    ) -> Connection[ControlAlert]:
        """Alerts, the graver and later ones first; `aboutMe`: those about the asker that may be appealed (内控预警)."""
        context = info.context
        asked = where or AlertConditions()
        states = tuple(asked.states) if asked.states is not None else (*WAITING, REVIEWED) if about_me else WAITING
        wanted = AlertFilter(tuple(asked.rules or ()), asked.severity, states, asked.officer, None, asked.task)
        narrowed = (*wanted.conditions(), *_mine(context, about_me=about_me))
        return select_page(info, ControlAlert, Asked(first, after, None, narrowed, ORDER), scope=context.unscoped)

    @field
    def control_rules(self, info: Info) -> list[ControlRuleInfo]:
        """The rules of internal control; thresholds are shown to the rules role only (内控规则)."""
        context = info.context
        book = rule_book() if context.may(Right.RULES) else None
        return [
            rule_info(each, book.in_force(each.name, each.rules, context.today) if book else None)
            for each in CONTROL_RULES
        ]


def _mine(context: RequestContext, *, about_me: bool) -> tuple[Filter, ...]:
    """What narrows a list to the alerts that the asker may see."""
    if about_me:
        return Filter("officer", Op.EQ, _officer(context)), Filter("state", Op.IN, (CLOSED, REVIEWED))
    if context.may(Right.CONTROL):
        bureaus = context.scope.bureaus
        return () if bureaus is None else (Filter("officer", Op.IN, officers_of(context.store, bureaus)),)
    return (Filter("supervisor", Op.EQ, _officer(context)),)


def _officer(context: RequestContext) -> str:
    """The asker, who has to be an officer; AccessError `access.officer`."""
    if context.principal.identity.officer is None:
        raise AccessError(
            "Alerts are shown to internal control, and to the officers to whom they go.",
            code="access.officer",
            next_step="Ask for a token of your officer id, or for the auditor's role.",
        )
    return context.principal.identity.officer


def _may(context: RequestContext, row: Mapping[str, Any], *, appeals: bool) -> bool:
    """Whether the asker may see this alert; who `appeals` is the officer whom it is about."""
    own = context.principal.identity.officer
    if appeals and own is not None and row["officer"] == own:
        return row["state"] in {CLOSED, REVIEWED} or row["mode"] == STEP
    if context.may(Right.CONTROL):
        bureaus = context.scope.bureaus
        return bureaus is None or row["officer"] in officers_of(context.store, bureaus)
    return own is not None and row["supervisor"] == own


def _took(info: Info, step: Step) -> ControlAlert:
    context = info.context
    appeals = step.name == "appeal"
    row = take(context.store, step, who=context.who, may=lambda alert: _may(context, alert, appeals=appeals))
    context.did("ControlAlert", step.alert)
    return built(ControlAlert, row, AsOf(), context)  # the request's own clock ends before its change


@strawberry.type
class ControlMutations:
    """What becomes of an alert."""

    @mutation
    def answer_alert(self, info: Info, *, input: AlertWords) -> ControlAlert:  # noqa: A002 - the name of the argument
        """Answer an alert (预警答复)."""
        return _took(info, Step("answer", str(input.alert), input.text, seen=input.snapshot))

    @mutation
    def close_alert(self, info: Info, *, input: AlertWords, verdict: str) -> ControlAlert:  # noqa: A002 - as above
        """Close an alert: justified or unfounded (预警关闭). Not by who answered it, nor by whom it is about."""
        return _took(info, Step("close", str(input.alert), input.text, verdict, input.snapshot))

    @mutation
    def review_alert(self, info: Info, *, input: AlertWords) -> ControlAlert:  # noqa: A002 - as above
        """Review a closed alert: a third person (预警复核)."""
        return _took(info, Step("review", str(input.alert), input.text, seen=input.snapshot))

    @mutation
    def appeal_alert(self, info: Info, *, input: AlertWords) -> ControlAlert:  # noqa: A002 - as above
        """Appeal a closed alert, by the officer whom it is about: it is open again (预警申诉)."""
        return _took(info, Step("appeal", str(input.alert), input.text, seen=input.snapshot))
