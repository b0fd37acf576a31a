"""Why a finding is one, the catalogue of patterns, cases: answers that are no nodes of the graph."""

from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from api.gql.context import RequestContext
from api.gql.scalars import Count
from api.gql.types.answers import Answer, GraphColumns, graph_columns
from queries.detection.hits import Pattern
from queries.detection.rules import InForce, meanings
from queries.findings.telling import Explained


@strawberry.type(description="One number of a finding, with the invoices behind it. 度量")
class FindingMeasure:
    """In words of both languages."""

    name: str
    english: str
    chinese: str
    value: str = strawberry.field(description="As English writes it.")
    value_chinese: str
    invoices: list[str] = strawberry.field(description="Keys of the invoices behind it.")


@strawberry.type(description="Who takes part in a finding, in which role. 涉及成员")
class FindingRole:
    """A taxpayer or a person."""

    type: str
    key: str
    name: str | None
    role: str
    english: str
    chinese: str


@strawberry.type(description="Why a finding is one. 疑点说明")
class FindingReason:
    """A function of what was found then; thresholds are no part of it."""

    title_english: str
    title_chinese: str
    english: str
    chinese: str
    members: list[FindingRole]
    measures: list[FindingMeasure]
    graph: GraphColumns = strawberry.field(description="Members and evidence in columns.")


def finding_reason(context: RequestContext, found: Explained) -> FindingReason:
    """An explanation as an answer."""
    for member in found.members:
        context.saw(member.type, member.id)
    return FindingReason(
        title_english=found.title_en,
        title_chinese=found.title_zh,
        english=found.sentence_en,
        chinese=found.sentence_zh,
        members=[
            FindingRole(
                type=each.type,
                key=each.id,
                name=each.name,
                role=each.role,
                english=each.role_en,
                chinese=each.role_zh,
            )
            for each in found.members
        ],
        measures=[
            FindingMeasure(
                name=each.name,
                english=each.en,
                chinese=each.zh,
                value=each.value_en,
                value_chinese=each.value_zh,
                invoices=list(each.invoices),
            )
            for each in found.measures
        ],
        graph=graph_columns(context, found.payload()),
    )


@strawberry.type(description="One threshold of a pattern, as it applies today. 规则参数")
class RuleInfo:
    """Shown to the rules role only."""

    name: str
    value: str
    unit: str
    english: str
    chinese: str


@strawberry.type(name="Pattern", description="One pattern of the catalogue. 风险模式")
class PatternInfo:
    """In the order of the catalogue."""

    name: str
    number: int
    english: str
    chinese: str
    exact: bool = strawberry.field(description="Its definition has no threshold that could be set otherwise.")
    off: bool = strawberry.field(description="Searched only when it is named.")
    version: str | None = strawberry.field(description="Of its rules in force; for the rules role.")
    rules: list[RuleInfo] = strawberry.field(description="Its thresholds in force; empty for other roles.")


def pattern_info(pattern: Pattern[Any], in_force: InForce[Any] | None) -> PatternInfo:
    """A pattern as an answer; thresholds only where they are given."""
    values = in_force.rules.values() if in_force else {}
    rules = [
        RuleInfo(name=each.name, value=str(values[each.name]), unit=each.unit, english=each.en, chinese=each.zh)
        for each in (meanings(pattern.rules) if in_force else ())
    ]
    return PatternInfo(
        name=pattern.name,
        number=pattern.number,
        english=pattern.en,
        chinese=pattern.zh,
        exact=pattern.exact,
        off=pattern.off,
        version=in_force.version if in_force else None,
        rules=rules,
    )


@strawberry.type(description="A member of a case and how many of its findings it is in.")
class CaseMember:
    """A taxpayer or a person."""

    type: str
    key: str
    findings: int


@strawberry.type(name="FindingCase", description="Findings that share members. 案件")
class CaseInfo:
    """Source, pipeline and beneficiary together."""

    key: str
    rank: int
    severity: str
    first_on: date
    last_on: date
    patterns: list[str]
    findings: list[str] = strawberry.field(description="Keys, by first day.")
    members: list[CaseMember] = strawberry.field(description="Those in most findings first.")


@strawberry.type(name="Cases", description="Cases by rank. 并案")
class CasesAnswer(Answer):
    """Members in very many findings join nothing; they are named."""

    total: Count
    cases: list[CaseInfo]
    joined_nothing: list[CaseMember]
