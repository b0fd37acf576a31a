"""Indicators for the command line and the server: measured, opened into their facts, delivered, appealed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import cast

from api.operations.context import OperationContext
from api.operations.parsing import as_of
from api.operations.registry import Answer
from graph.errors import QueryError
from graph.store.questions import AsOf
from queries.indicators.appealed import appeals
from queries.indicators.appeals import Contested, decide_appeal, raise_appeal
from queries.indicators.definitions import indicator_named
from queries.indicators.delivery import canonical, delivery
from queries.indicators.grouping import Level, Subject
from queries.indicators.measuring import Counted, behind, count_period, measures
from queries.results import plain

_PERIOD = re.compile(r"^(\d{4})(?:Q([1-4])|-(0[1-9]|1[0-2]))?$")
_MOST = 1000
_MONTHS = 12
_NAMED = ("snapshot", "recorded", "digest")


def period_of(text: str) -> tuple[date, date]:
    """First day and the day after the last of `2026`, `2026Q1` or `2026-03`; QueryError `query.period`."""
    found = _PERIOD.match(text)
    if found is None:
        raise QueryError("This is no period.", code="query.period", next_step="Write 2026, 2026Q1 or 2026-03.")
    year, quarter, month = int(found[1]), found[2], found[3]
    first, months = (int(month), 1) if month else (3 * int(quarter) - 2, 3) if quarter else (1, 12)
    years, after = divmod(first + months - 1, _MONTHS)
    return date(year, first, 1), date(year + years, after + 1, 1)


def _counted(context: OperationContext, period: str, recorded: str | None) -> Counted:
    since, until = period_of(period)
    context.progress("count", 0, 1)
    return count_period(context.store, since=since, until=until, recorded=as_of(None, recorded).recorded)


def measured(
    context: OperationContext,
    *,
    period: str,
    level: str = "officer",
    only: Sequence[str] = (),
    subject: str | None = None,
    within: Sequence[str] = (),
    recorded: str | None = None,
    limit: int = 100,
) -> Answer:
    """`{"period", "level", "snapshot", "events", …, "measures", "total", "cut"}`, by indicator, then subject."""
    for name in only:
        indicator_named(name)
    found = _counted(context, period, recorded)
    told = measures(found, level_of(level), only=only, within=subjects_of(within))
    every = [one for one in told if subject in {None, one.subject}]
    context.saw("Indicators", [level])
    context.saw("Taxpayer", [one.subject for one in every[:limit] if one.level is Level.TAXPAYER])
    return {
        "period": period,
        "level": level,
        "snapshot": found.snapshot,
        "events": found.events[0],
        "events_of_other_systems": found.events[1],
        "measures": plain(tuple(every[:limit])),
        "total": len(every),
        "cut": [{"part": "measures", "limit": "limit", "dropped": len(every) - limit}] if len(every) > limit else [],
    }


def level_of(text: str) -> Level:
    """A level by its name; QueryError `query.level`."""
    if text not in list(Level):
        raise QueryError("There is no such level.", code="query.level", next_step=f"Use {', '.join(Level)}.")
    return Level(text)


def subjects_of(texts: Sequence[str]) -> tuple[Subject, ...]:
    """`bureau=14400` as a level and a subject; QueryError `query.level`."""
    pairs = (text.partition("=") for text in texts)
    return tuple((level_of(level), subject) for level, _, subject in pairs)


def opened(
    context: OperationContext,
    *,
    period: str,
    indicator: str,
    level: str,
    subject: str,
    within: Sequence[str] = (),
    recorded: str | None = None,
) -> Answer:
    """The facts behind one number: `{"facts": [{task, event, officer, …}], "total", "cut"}`."""
    indicator_named(indicator)
    found = _counted(context, period, recorded)
    every = behind(context.store, found, indicator, level_of(level), subject, within=subjects_of(within))
    context.saw("Task", sorted({one.task for one in every})[:_MOST])
    dropped = max(0, len(every) - _MOST)
    return {
        "period": period,
        "indicator": indicator,
        "level": level,
        "subject": subject,
        "facts": plain(every[:_MOST]),
        "total": len(every),
        "cut": [{"part": "facts", "limit": "rows", "dropped": dropped}] if dropped else [],
    }


def write_delivery(context: OperationContext, out: Path, period: str | None, recorded: str | None) -> Answer:
    """Write a period's delivery; its digest, snapshot and counts."""
    if not period:
        raise QueryError("A delivery needs a period.", code="query.period", next_step="Give --period 2026Q1.")
    body = delivery(context.store, _counted(context, period, recorded))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(canonical(body) + "\n", encoding="utf-8")
    return {"period": period, "measures": len(body["measures"]), **{name: body[name] for name in _NAMED}}


def appeal(
    context: OperationContext, *, indicator: str, task: str, officer: str, reason: str, event: str | None = None
) -> Answer:
    """Contest a counted fact."""
    fact = Contested(indicator, task, event, officer)
    row = raise_appeal(context.store, fact, reason=reason, who=context.who)
    context.saw("Task", [task])
    return {"appeal": _shown(row)}


def decide(context: OperationContext, *, appeal: str, verdict: str, ruling: str) -> Answer:
    """Uphold or dismiss an appeal."""
    if verdict not in {"upheld", "dismissed"}:
        raise QueryError("There is no such verdict.", code="query.verdict", next_step="Use upheld or dismissed.")
    row = decide_appeal(context.store, appeal, uphold=verdict == "upheld", ruling=ruling, who=context.who)
    context.saw("IndicatorAppeal", [appeal])
    return {"appeal": _shown(row)}


def listed(context: OperationContext, *, state: str | None = None) -> Answer:
    """Appeals, by id."""
    return {"appeals": [_shown(row) for row in appeals(context.store, state=state, as_of=AsOf())]}


_SHOWN = (
    "id",
    "indicator",
    "task",
    "event",
    "officer",
    "state",
    "raised_by",
    "raised_at",
    "reason",
    "decided_by",
    "decided_at",
    "ruling",
)


def _shown(row: object) -> Answer:
    values = cast("dict[str, object]", row)
    return {name: _text(values[name]) for name in _SHOWN}


def _text(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
