"""Every rule of internal control, the gravest first. Read by scans, checks, api and the documentation."""

from __future__ import annotations

from typing import Any

from graph.errors import QueryError
from queries.control import (
    access_without_task,
    after_leaving,
    backdated,
    clearance_outlier,
    cleared_then_abnormal,
    four_eyes,
    late,
    outside_post,
    reassigned,
    recusal,
    same_hands,
    without_evidence,
)
from queries.control.hits import ControlRule
from queries.detection.rules import Rules

CONTROL_RULES: tuple[ControlRule[Any], ...] = (
    recusal.RULE,
    without_evidence.RULE,
    late.RULE,
    reassigned.RULE,
    same_hands.RULE,
    four_eyes.RULE,
    cleared_then_abnormal.RULE,
    clearance_outlier.RULE,
    access_without_task.RULE,
    after_leaving.RULE,
    outside_post.RULE,
    backdated.RULE,
)
_BY_NAME = {each.name: each for each in CONTROL_RULES}


def control_rule(name: str) -> ControlRule[Any]:
    """The rule of that name.

    Raises:
        QueryError: `query.control.rule` with the known names.
    """
    if name not in _BY_NAME:
        raise QueryError(
            "There is no such rule of internal control.",
            code="query.control.rule",
            next_step=f"Use one of {', '.join(_BY_NAME)}.",
        )
    return _BY_NAME[name]


def control_rules() -> dict[str, type[Rules]]:
    """The thresholds of every rule, for a deployment's rule file."""
    return {each.name: each.rules for each in CONTROL_RULES}
