"""The indicators as their definitions say it, with loops over plain rows: slow, obvious, independent of the columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

CLEARED = ("未发现异常",)
CIVIL = 480


@dataclass(frozen=True)
class Log:
    """Tasks by id (kind, risk, outcome, status, opened, due, grid, parent, officer) and events by task, in order."""

    tasks: Mapping[str, Mapping[str, Any]]
    events: Mapping[str, Sequence[Mapping[str, Any]]]


def day(event: Mapping[str, Any]) -> date:
    """The day of an event where it happened."""
    at: datetime = event["at"]
    return (at + timedelta(minutes=CIVIL if event["offset"] is None else event["offset"])).date()


def reference(log: Log, since: date, until: date) -> dict[str, list[tuple[str, str | None, str | None, bool]]]:
    """By indicator: (task, event, officer, counted), sorted."""
    found: dict[str, list[tuple[str, str | None, str | None, bool]]] = defaultdict(list)
    log = Log(log.tasks, {task: [e for e in own if day(e) < until] for task, own in log.events.items()})
    for task in log.tasks:
        _one(found, log, task, since, until)
    return {name: sorted(rows, key=str) for name, rows in found.items()}


def _one(found: Any, log: Log, task: str, since: date, until: date) -> None:
    head, own = log.tasks[task], log.events.get(task, [])

    def inside(event: Any) -> bool:
        return since <= day(event) < until

    handed = [e for e in own if e["status"] == "submitted"]
    seen = set()
    for event in handed:
        if inside(event) and event["officer"] not in seen:
            seen.add(event["officer"])
            found["volume"].append((task, event["id"], event["officer"], True))
        if inside(event):
            found["rework"].append((task, event["id"], event["officer"], _sent_back(own, event)))
    if handed and inside(handed[0]) and head["due"] is not None:
        first = handed[0]
        found["lateness"].append((task, first["id"], first["officer"], day(first) > head["due"]))
    if handed and inside(handed[0]) and _asked(log, head):
        first = handed[0]
        shown = any(e["evidence"] for e in own[: own.index(first) + 1])
        found["feedback"].append((task, first["id"], first["officer"], shown and not _sent_back(own, first)))
    if not _ended(log, task) and head["due"] is not None and head["due"] < until - timedelta(days=1):
        states = [e for e in own if e["status"]]
        found["overdue"].append((task, states[-1]["id"] if states else None, head["officer"], True))
    below = _below(log, task)
    if own and inside(own[0]) and not head["parent"] and len(below) > 1:
        found["loops"].append((task, own[0]["id"], own[0]["officer"], all(_ended(log, each) for each in below)))
    closed = [e for e in own if e["status"] == "closed"]
    if closed and inside(closed[-1]) and head["outcome"]:
        who = head["officer"] or closed[-1]["officer"]
        found["outcomes"].append((task, closed[-1]["id"], who, head["outcome"] not in CLEARED))


def _sent_back(own: Any, event: Any) -> bool:
    later = [e["status"] for e in own[own.index(event) + 1 :] if e["status"] in {"submitted", "reopened"}]
    return bool(later) and later[0] == "reopened"


def _asked(log: Log, head: Any) -> bool:
    return bool(head["parent"]) and head["grid"] is not None and head["grid"] != log.tasks[head["parent"]]["grid"]


def _ended(log: Log, task: str) -> bool:
    states = [e["status"] for e in log.events.get(task, []) if e["status"]]
    return (states[-1] if states else log.tasks[task]["status"]) in {"closed", "cancelled"}


def _below(log: Log, task: str) -> set[str]:
    found = {task}
    while more := {t for t, head in log.tasks.items() if head["parent"] in found} - found:
        found |= more
    return found
