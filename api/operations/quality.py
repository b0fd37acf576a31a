"""Data quality: `quality list`, `raise`, `reconcile`."""

from __future__ import annotations

from collections.abc import Sequence

from api.operations.context import OperationContext
from api.operations.findings import rule_book
from api.operations.registry import Answer
from api.operations.tasks import platform_desk
from graph.civil import civil_today
from graph.settings import load_settings
from queries.quality.raising import MOST_TASKS, raise_quality
from queries.quality.reconciling import reconcile as run
from queries.quality.telling import issues
from queries.results import plain


def listed(
    context: OperationContext,
    *,
    rule: str | None = None,
    states: Sequence[str] = (),
    limit: int = 100,
    offset: int = 0,
) -> Answer:
    """Issues that stand, with whom they are about and what became of them."""
    found = issues(context.store, rule=rule, states=states, limit=limit, offset=offset)
    context.saw("QualityIssue", (each.id for each in found.issues))
    context.saw("Taxpayer", (each.taxpayer for each in found.issues))
    left = found.total - offset - len(found.issues)
    cut = [{"part": "issues", "limit": "rows", "dropped": left}] if left > 0 else []
    return {"issues": plain(found.issues), "total": found.total, "truncated": bool(cut), "cut": cut}


def raise_tasks(context: OperationContext, *, officer: str, rule: str | None = None, most: int = MOST_TASKS) -> Answer:
    """Open tasks for open issues; `officer` asks for it."""
    desk, book = platform_desk(context), rule_book()
    made = raise_quality(context.store, on=civil_today(), act=desk, who=officer, rule=rule, book=book, most=most)
    context.saw("Task", [*(each.task for each in made.tasks), *made.reopened])
    context.saw("Taxpayer", (each.taxpayer for each in made.tasks))
    told: Answer = plain(made)
    cut = [{"part": "issues", "limit": "tasks", "dropped": made.left}] if made.left else []
    return {"raised": told.pop("tasks"), **told, "truncated": bool(cut), "cut": cut}


def reconcile(context: OperationContext, *, wait_seconds: float | None = None) -> Answer:
    """Compare the graph with its sources of record, and keep the difference as one batch."""
    seconds = load_settings().load_wait_seconds if wait_seconds is None else wait_seconds
    with context.store.turn(seconds=seconds, waiting=context.stop.check):
        done = run(context.store, who=context.who, tell=context.progress, stop=context.stop)
    answer: Answer = plain(done)
    return answer
