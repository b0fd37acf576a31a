"""The indicators: what each counts, of what, and whether more is a credit or a debit. Data only.

Every indicator is a sum over single facts, each of which is one event (or a task without one). A `ratio` has a
denominator; `standardised` compares what was found with what peers found in tasks of the same kind and risk.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from graph.errors import QueryError

VERSION = "1"
"""Moves when a definition changes; a delivery says which it was made by."""


class Form(StrEnum):
    """How the facts of an indicator become its value."""

    COUNT = "count"  # how many
    RATIO = "ratio"  # how many of how many, with Wilson's interval
    STANDARDISED = "standardised"  # found over expected, with an exact Poisson interval


@dataclass(frozen=True, slots=True)
class Indicator:
    """`credit`: +1 where more is better, -1 where less is. `en`, `zh`: what is counted."""

    name: str
    form: Form
    credit: int
    en: str
    zh: str


INDICATORS: tuple[Indicator, ...] = (
    Indicator("volume", Form.COUNT, 1, "tasks handed in by the officer, each once", "提交事项数（每事项一次）"),
    Indicator("lateness", Form.RATIO, -1, "of these, handed in for the first time after the due day", "逾期提交率"),
    Indicator(
        "overdue", Form.COUNT, -1, "open tasks past their due day at the end of the period", "期末逾期未办事项数"
    ),
    Indicator("rework", Form.RATIO, -1, "of what was handed in, sent back afterwards", "退回重办率"),
    Indicator("loops", Form.RATIO, 1, "of loops opened by the officer, closed with all their parts", "闭环完成率"),
    Indicator(
        "feedback", Form.RATIO, 1, "of answers to another grid, given with evidence and not sent back", "反馈质量合格率"
    ),
    Indicator(
        "outcomes",
        Form.STANDARDISED,
        1,
        "tasks in which something was found, over what peers find in tasks of the same kind and risk",
        "查实率（经同类同险校正）",
    ),
)
_BY_NAME = {each.name: each for each in INDICATORS}


def indicator_named(name: str) -> Indicator:
    """The indicator of that name; QueryError `query.indicator` with the known names."""
    if name not in _BY_NAME:
        raise QueryError(
            "There is no such indicator.", code="query.indicator", next_step=f"Use one of {', '.join(_BY_NAME)}."
        )
    return _BY_NAME[name]
