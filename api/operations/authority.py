"""The officer view (一员式) and the bureau view (一局式) for the command line, with the numbers of a period."""

from __future__ import annotations

from typing import cast

from api.operations.context import OperationContext
from api.operations.indicators import measured
from api.operations.parsing import as_of
from api.operations.registry import Answer
from queries.results import plain
from queries.views.bureau import bureau_view, officer_view


def officer(
    context: OperationContext,
    *,
    officer: str,
    limit: int,
    period: str | None = None,
    on: str | None = None,
    recorded: str | None = None,
) -> Answer:
    """The officer's grids, tasks and counts, and `numbers`: the indicators of a period, None without one."""
    found = officer_view(context.store, officer, as_of=as_of(on, recorded), rows_limit=limit)
    context.saw("Officer", [officer])
    context.saw("Task", [task.id for task in found.tasks])
    return cast("Answer", plain(found)) | {"numbers": _numbers(context, "officer", officer, period, recorded)}


def bureau(
    context: OperationContext,
    *,
    bureau: str,
    period: str | None = None,
    on: str | None = None,
    recorded: str | None = None,
) -> Answer:
    """The bureau with all below it, counted, and `numbers`: the indicators of a period, None without one."""
    found = bureau_view(context.store, bureau, as_of=as_of(on, recorded))
    context.saw("Bureau", [bureau])
    return cast("Answer", plain(found)) | {"numbers": _numbers(context, "bureau", bureau, period, recorded)}


def _numbers(
    context: OperationContext, level: str, subject: str, period: str | None, recorded: str | None
) -> Answer | None:
    if period is None:
        return None
    return measured(context, period=period, level=level, subject=subject, recorded=recorded)
