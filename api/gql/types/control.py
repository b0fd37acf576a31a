"""Alerts of internal control, why each is one, and the rules. Their roots show them, by rights of their own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from api.gql.building import Node, shown
from api.gql.context import Info
from api.gql.fields import field
from queries.control.hits import ControlRule
from queries.control.telling import EventBehind, Told, explained_alert
from queries.detection.rules import InForce, Rules, meanings


@strawberry.type(description="One number of an alert. 度量")
class AlertMeasure:
    """In words of both languages."""

    name: str
    english: str
    chinese: str
    value: str
    value_chinese: str


@strawberry.type(description="An event behind an alert's numbers. 相关环节")
class AlertEvent:
    """What was done, when, by whom."""

    key: str
    task: str | None
    action: str | None
    at: datetime | None
    officer: str | None


@strawberry.type(description="Why an alert is one. 预警说明")
class AlertReason:
    """A function of what the scan found; thresholds are no part of it, taxpayers out of scope are not named."""

    title_english: str
    title_chinese: str
    english: str
    chinese: str
    measures: list[AlertMeasure]
    events: list[AlertEvent]
    taxpayers: list[str] = strawberry.field(description="Keys of the taxpayers in scope.")


def _measure(told: Told) -> AlertMeasure:
    return AlertMeasure(
        name=told.name, english=told.en, chinese=told.zh, value=told.value_en, value_chinese=told.value_zh
    )


def _event(each: EventBehind) -> AlertEvent:
    return AlertEvent(key=each.id, task=each.task, action=each.action, at=each.at, officer=each.officer)


@shown
class ControlAlert(Node):
    """Rule, subject and time identify it."""

    rule: str | None
    subject: str | None
    officer: str | None
    task: str | None
    mode: str | None
    severity: str | None
    action: str | None
    raised_at: datetime | None
    rule_version: str | None
    supervisor: str | None
    state: str | None
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None
    verdict: str | None
    reason: str | None
    closed_by: str | None
    closed_at: datetime | None
    reviewed_by: str | None
    reviewed_at: datetime | None
    appeal: str | None
    appealed_by: str | None
    appealed_at: datetime | None

    @field
    def why(self, info: Info) -> AlertReason:
        """In words, with every number and the events behind it (预警说明)."""
        context = info.context
        context.deadline.remaining()
        found = explained_alert(context.store, self.key, as_of=self.origin.as_of, scope=context.scope)
        for taxpayer in found.taxpayers:
            context.saw("Taxpayer", taxpayer)
        return AlertReason(
            title_english=found.title_en,
            title_chinese=found.title_zh,
            english=found.sentence_en,
            chinese=found.sentence_zh,
            measures=[_measure(each) for each in found.measures],
            events=[_event(each) for each in found.events],
            taxpayers=list(found.taxpayers),
        )


@strawberry.type(description="A threshold of a rule, for the rules role. 参数")
class ControlValue:
    """Its value today."""

    name: str
    value: str
    unit: str
    english: str
    chinese: str


@strawberry.type(description="A rule of internal control. 内控规则")
class ControlRuleInfo:
    """What it is about; thresholds for the rules role only."""

    name: str
    english: str
    chinese: str
    in_step: bool = strawberry.field(description="Whether it is checked inside a step too.")
    version: str | None
    values: list[ControlValue] | None


def rule_info(rule: ControlRule[Any], in_force: InForce[Any] | None) -> ControlRuleInfo:
    """A rule as an answer."""
    told = in_force.rules.values() if in_force else {}
    values = [
        ControlValue(name=each.name, value=str(told[each.name]), unit=each.unit, english=each.en, chinese=each.zh)
        for each in meanings(rule.rules if in_force else Rules)
    ]
    return ControlRuleInfo(
        name=rule.name,
        english=rule.en,
        chinese=rule.zh,
        in_step=rule.check is not None,
        version=in_force.version if in_force else None,
        values=values if in_force else None,
    )
