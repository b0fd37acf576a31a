"""Who should handle a task, and how well dispatching works, for the command line and the server."""

from __future__ import annotations

from datetime import date
from typing import cast

from api.operations.context import OperationContext
from api.operations.findings import rule_book
from api.operations.parsing import as_of
from api.operations.registry import Answer
from graph.civil import civil_today
from graph.errors import QueryError
from graph.store.questions import AsOf
from queries.dispatch.arriving import arrivals, seats
from queries.dispatch.rules import DispatchRules
from queries.dispatch.simulation import Pace, compare
from queries.dispatch.suggesting import NAME, Override, Suggestion, suggest
from queries.dispatch.telling import sentence
from queries.results import plain


def suggested(
    context: OperationContext, *, task: str, on: str | None = None, officer: str | None = None, reason: str = ""
) -> Answer:
    """`{"task", "officer", "grid", "why", "level", …}`; nothing is written."""
    moment = as_of(on or civil_today().isoformat(), None)
    found = suggest(
        context.store,
        task,
        on=cast("date", moment.valid),
        book=rule_book(),
        override=Override(officer, reason) if officer else None,
    )
    context.saw("Task", [task])
    return told(found)


def told(found: Suggestion) -> Answer:
    """A suggestion as plain values, with its sentence in both languages."""
    said = sentence(found.choice)
    return {
        **cast("Answer", plain(found.choice)),
        "why": {"en": said.en, "zh": said.zh},
        "taxpayer": found.taxpayer,
        "level": found.level,
        "sales_cents": found.sales_cents,
        "rule_version": found.rule_version,
        "places": plain(found.places),
        "candidates": [
            {**cast("Answer", plain(each)), "expertise": sorted(each.expertise)} for each in found.candidates
        ],
    }


def compared(context: OperationContext, *, since: str, until: str, minutes: int = 360) -> Answer:
    """`{"since", "until", "policies": [...]}`: the tasks of these days under every policy."""
    first, last = _day(since), _day(until)
    if first >= last:
        raise QueryError("The days are in no order.", code="query.days", next_step="Give --from before --to.")
    rules = rule_book().in_force(NAME, DispatchRules, first).rules
    moment = AsOf(valid=first)
    found = arrivals(context.store, since=first, until=last, rules=rules, as_of=AsOf())
    scores = compare(found, seats(context.store, as_of=moment), pace=Pace(minutes_a_day=minutes))
    return {"since": since, "until": until, "minutes_a_day": minutes, "policies": plain(scores)}


def _day(text: str) -> date:
    return cast("date", as_of(text, None).valid)
