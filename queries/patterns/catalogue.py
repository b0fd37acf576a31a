"""Every pattern, in the order of domain.md, paragraph 5. Read by a run of detection, api and the documentation."""

from __future__ import annotations

from typing import Any

from graph.errors import QueryError
from queries.detection.hits import Pattern
from queries.detection.rules import Rules
from queries.patterns import (
    abnormal_voucher,
    affiliated_trade,
    burst_before_vanishing,
    changed_shell,
    commodity_switch,
    export_rebate,
    farm_purchase,
    fund_return,
    malicious_reversal,
    missing_trader,
    pipeline_firm,
    ring_invoicing,
    shared_control,
    time_inversion,
    violent_issuing,
)

PATTERNS: tuple[Pattern[Any], ...] = (
    ring_invoicing.PATTERN,
    missing_trader.PATTERN,
    violent_issuing.PATTERN,
    pipeline_firm.PATTERN,
    commodity_switch.PATTERN,
    changed_shell.PATTERN,
    shared_control.PATTERN,
    affiliated_trade.PATTERN,
    abnormal_voucher.PATTERN,
    time_inversion.PATTERN,
    burst_before_vanishing.PATTERN,
    farm_purchase.PATTERN,
    export_rebate.PATTERN,
    malicious_reversal.PATTERN,
    fund_return.PATTERN,
)
_BY_NAME = {pattern.name: pattern for pattern in PATTERNS}


def pattern_named(name: str) -> Pattern[Any]:
    """The pattern of that name.

    Raises:
        QueryError: `query.pattern` with the known names.
    """
    if name not in _BY_NAME:
        raise QueryError(
            "There is no such pattern.", code="query.pattern", next_step=f"Use one of {', '.join(_BY_NAME)}."
        )
    return _BY_NAME[name]


def rules_by_pattern() -> dict[str, type[Rules]]:
    """The rules of every pattern, for a deployment's rule file."""
    return {pattern.name: pattern.rules for pattern in PATTERNS}
