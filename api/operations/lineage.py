"""Who was responsible for a taxpayer, how that moved, what an officer looks after, where nobody or two are responsible.

Each is as the graph knew it then (`recorded`) or knows it now.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from api.operations.context import OperationContext
from api.operations.naming import taxpayer_id
from api.operations.parsing import as_of, day, instant
from api.operations.registry import Answer
from queries.limits import Limits
from queries.organisation import gaps, overlaps
from queries.organisation.moves import responsibility_moves
from queries.organisation.portfolio import portfolio as portfolio_of
from queries.organisation.responsible import responsible
from queries.results import plain
from queries.trail.handovers import handovers as handed_over


def who(context: OperationContext, *, taxpayer: str, on: str, recorded: str | None = None) -> Answer:
    """Officers who answered for the taxpayer: `{"taxpayer", "on", "recorded", "responsible": […]}`."""
    moment = as_of(on, recorded)
    key = taxpayer_id(context.store, taxpayer, as_of=moment)
    found = responsible(context.store, key, on=cast("date", moment.valid), recorded=moment.recorded)
    context.saw("Taxpayer", [key])
    return {
        "taxpayer": key,
        "on": on,
        "recorded": moment.recorded.isoformat() if moment.recorded else None,
        "responsible": plain(found),
    }


def handovers(context: OperationContext, *, task: str, recorded: str | None = None) -> Answer:
    """Who handed the task over to whom: `{"task", "handovers": […], "cut": […]}`."""
    found = handed_over(context.store, task, as_of=as_of(None, recorded))
    context.saw("Task", [found.task])
    return {"task": found.task, "handovers": plain(found.handovers), "cut": plain(found.cut)}


def moves(context: OperationContext, *, taxpayer: str, limit: int, recorded: str | None = None) -> Answer:
    """How responsibility for the taxpayer moved: `{"taxpayer", "lines", "changes", "nobody", "cut"}`."""
    moment = as_of(None, recorded)
    key = taxpayer_id(context.store, taxpayer, as_of=moment)
    context.saw("Taxpayer", [key])
    found = responsibility_moves(context.store, key, recorded=moment.recorded, limits=Limits(rows=limit))
    return cast("Answer", plain(found))


def portfolio(
    context: OperationContext,
    *,
    officer: str,
    limit: int,
    on: str | None = None,
    after: str | None = None,
    recorded: str | None = None,
) -> Answer:
    """What the officer looks after."""
    moment = as_of(on, recorded)
    found = portfolio_of(
        context.store,
        officer,
        on=moment.valid,
        recorded=moment.recorded,
        after=after,
        limits=Limits(rows=limit),
    )
    context.saw("Taxpayer", [taxpayer.id for taxpayer in found.taxpayers])
    return cast("Answer", plain(found))


def responsibility_gaps(context: OperationContext, *, kinds: Sequence[str], limit: int, **asked: Any) -> Answer:
    """Where nobody was responsible: `{"gaps": […], "totals", "cut"}`."""
    found = gaps.responsibility_gaps(
        context.store, kinds=kinds or tuple(gaps.KINDS), limits=Limits(rows=limit), **_asked(**asked)
    )
    context.saw("Taxpayer", [gap.subject for gap in found.gaps if gap.type == "Taxpayer"])
    return cast("Answer", plain(found))


def responsibility_overlaps(context: OperationContext, *, kinds: Sequence[str], limit: int, **asked: Any) -> Answer:
    """Where several were what one should be: `{"overlaps": […], "totals", "cut"}`."""
    found = overlaps.responsibility_overlaps(
        context.store, kinds=kinds or tuple(overlaps.KINDS), limits=Limits(rows=limit), **_asked(**asked)
    )
    context.saw("Taxpayer", [each.subject for each in found.overlaps if each.type == "Taxpayer"])
    return cast("Answer", plain(found))


def _asked(
    *,
    bureau: str | None = None,
    subject: Sequence[str] | None = None,
    since: str | None = None,
    until: str | None = None,
    recorded: str | None = None,
) -> dict[str, Any]:
    return {
        "bureau": bureau,
        "subject": tuple(subject) if subject else None,
        "since": day(since, "--since"),
        "until": day(until, "--until"),
        "recorded": instant(recorded, "--recorded"),
    }
