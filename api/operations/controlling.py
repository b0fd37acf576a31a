"""Internal control: `control scan`, `alerts`, `explain`, the steps of an alert, `rules`, and `visits`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from api.operations.context import OperationContext
from api.operations.findings import rule_book
from api.operations.parsing import as_of, day
from api.operations.registry import Answer
from graph.civil import civil_today
from graph.settings import load_settings
from queries.control.catalogue import CONTROL_RULES, control_rule
from queries.control.deciding import Step, take
from queries.control.hits import ControlRule
from queries.control.scanning import scan as run
from queries.control.telling import WAITING, AlertFilter, explained_alert
from queries.control.telling import alerts as listed
from queries.control.visits import take_visits
from queries.detection.rules import RuleBook, meanings
from queries.results import plain

_SHOWN = (
    *("id", "rule", "severity", "state", "mode", "action", "officer", "task", "supervisor", "raised_at", "verdict"),
    *("answer", "answered_by", "reason", "closed_by", "reviewed_by", "appeal", "appealed_by"),
)


def scan(
    context: OperationContext,
    *,
    names: Sequence[str] = (),
    on: str | None = None,
    rules: str | None = None,
    wait_seconds: float | None = None,
) -> Answer:
    """Search all work by the rules (all, or these), and keep what was found as one batch."""
    chosen = [control_rule(name) for name in names] or list(CONTROL_RULES)
    book, looked = rule_book(rules), day(on, "--on") or civil_today()
    seconds = load_settings().load_wait_seconds if wait_seconds is None else wait_seconds
    with context.store.turn(seconds=seconds, waiting=context.stop.check):
        done = run(
            context.store,
            on=looked,
            rules=chosen,
            book=book,
            who=context.who,
            tell=context.progress,
            stop=context.stop,
        )
    answer: Answer = plain(done)
    return answer


def alerts(
    context: OperationContext,
    *,
    names: Sequence[str] = (),
    severity: str | None = None,
    states: Sequence[str] = WAITING,
    officer: str | None = None,
    supervisor: str | None = None,
    task: str | None = None,
    limit: int = 100,
    offset: int = 0,
    recorded: str | None = None,
) -> Answer:
    """Alerts, the graver and later ones first."""
    wanted = AlertFilter(tuple(names), severity, tuple(states), officer, supervisor, task)
    found = listed(context.store, wanted, limit=limit, offset=offset, as_of=as_of(None, recorded))
    shown = [_shown(row) for row in found.table.to_pylist()]
    context.saw("ControlAlert", (row["id"] for row in shown))
    left = found.total - offset - len(shown)
    cut = [{"part": "alerts", "limit": "rows", "dropped": left}] if left > 0 else []
    return {"alerts": shown, "total": found.total, "truncated": bool(cut), "cut": cut}


def _shown(row: Any) -> dict[str, Any]:
    told: dict[str, Any] = plain({name: row[name] for name in _SHOWN})
    rule = control_rule(str(row["rule"]))
    return told | {"title_en": rule.en, "title_zh": rule.zh}


def explain(context: OperationContext, *, alert: str, recorded: str | None = None) -> Answer:
    """Why an alert is one, with the events behind its numbers."""
    told = explained_alert(context.store, alert, as_of=as_of(None, recorded))
    context.saw("ControlAlert", [alert])
    context.saw("Taxpayer", told.taxpayers)
    answer: Answer = plain(told)
    return answer | {"alert": _shown(answer.pop("row"))}


def step(context: OperationContext, *, name: str, alert: str, text: str = "", verdict: str | None = None) -> Answer:
    """Answer, close or review an alert."""
    row = take(context.store, Step(name, alert, text, verdict), who=context.who)
    context.saw("ControlAlert", [alert])
    return {"alert": _shown(row)}


def visits(context: OperationContext, *, path: str, tasks_of: str = "tasks") -> Answer:
    """Take the access log of another system."""
    answer: Answer = plain(take_visits(context.store, Path(path), tasks_of=tasks_of))
    return answer


def rules(context: OperationContext, *, values: bool = False, path: str | None = None) -> Answer:
    """The rules; with `values` the thresholds in force today."""
    del context
    book = rule_book(path) if values else None
    return {"rules": [_rule(each, book) for each in CONTROL_RULES]}


def _rule(rule: ControlRule[Any], book: RuleBook | None) -> dict[str, Any]:
    shown: dict[str, Any] = {name: getattr(rule, name) for name in ("name", "en", "zh")}
    shown["in_step"] = rule.check is not None
    if book is None:
        return shown
    in_force = book.in_force(rule.name, rule.rules, civil_today())
    told = in_force.rules.values()
    values = [plain(each) | {"value": told[each.name]} for each in meanings(rule.rules)]
    return shown | {"version": in_force.version, "rules": values}
