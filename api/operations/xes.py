"""Tasks and what was done in them as an event log: XES (IEEE 1849-2016), which pm4py, ProM and our own reader open.

A trace is a task (`concept:name` = its id), an event a TaskEvent, by instant, then position. The resource is the
officer's id; names of officers and notes stay in the store. What came from a log goes out with the content it came in
with: names, attributes with their types, and the heads of the logs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from itertools import groupby
from pathlib import Path
from typing import Any, Final, TextIO

from api.operations import markup
from api.operations.context import OperationContext
from api.operations.registry import Answer
from api.operations.xes_attributes import object_of, write_attribute, write_attributes
from api.operations.xes_head import OWN, Heads, write_head
from loaders.readers.event_logs import NAME, RESOURCE, TIME
from loaders.readers.typed_attributes import HEAD
from loaders.sources.event_log import NAME as LOGS

_TRACE: Final = {"kind": "task:kind", "status": "task:status", "stage": "task:stage", "loop": "task:loop"}
_EVENT: Final = {
    "action": NAME,
    "officer": RESOURCE,
    "post": "org:role",
    "acting_for": "task:acting_for",
    "status": "task:status",
    "reason": "task:reason",
    "evidence": "task:evidence",
}
_EVENT_ORDER: Final = ("task", "at", "position", "id")
Row = dict[str, Any]


def write_xes(context: OperationContext, out: Path) -> Answer:
    """Write the file; counts of traces and events. Tasks without events are left out: a trace is what was done."""
    tasks = {row["id"]: row for row in context.store.export("Task").to_pylist()}
    traces = events = 0
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8") as file:
        write_head(file, _heads(tasks.values()))
        for task, own in groupby(_events(context), key=lambda event: str(event["task"])):
            events += _trace(file, tasks.get(task, {}), task, list(own))
            traces += 1
        markup.line(file, "</log>")
    return {"traces": traces, "events": events}


def _heads(tasks: Any) -> Heads:
    """The heads of all logs; our own where there is none, or other tasks too."""
    found, all_from_logs = Heads(), True
    for task in sorted(tasks, key=lambda row: str(row["id"])):
        all_from_logs = all_from_logs and task["prov_source"] == LOGS
        head = object_of(task["attributes"]).get(HEAD)
        for each in head["repeated"] if isinstance(head, dict) and "repeated" in head else [head]:
            if isinstance(each, dict) and isinstance(each.get("head"), dict):
                found.add(each["head"])
    if found.empty or not all_from_logs:
        found.add(OWN)
    return found


def _events(context: OperationContext) -> Iterator[Row]:
    columns = ["id", "task", "position", "at", "offset_minutes", "attributes", *_EVENT]
    table = context.store.export("TaskEvent").select(columns)
    ordered = table.sort_by([(name, "ascending") for name in _EVENT_ORDER])
    for batch in ordered.to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()


def _trace(file: TextIO, task: Row, key: str, events: list[Row]) -> int:
    named = object_of(task.get("attributes"))
    name = task.get("title") if task.get("prov_source") == LOGS else key
    own = {NAME: name, **{shown: task.get(name) for name, shown in _TRACE.items()}}
    markup.line(file, "<trace>", depth=1)
    _written(file, own, {key: value for key, value in named.items() if key != HEAD}, depth=2)
    for event in events:
        markup.line(file, "<event>", depth=2)
        _written(file, {shown: event[name] for name, shown in _EVENT.items()} | _when(event), _own(event), depth=3)
        markup.line(file, "</event>", depth=2)
    markup.line(file, "</trace>", depth=1)
    return len(events)


def _own(event: Row) -> dict[str, Any]:
    return object_of(event["attributes"])


def _when(event: Row) -> dict[str, Any]:
    at, offset = event["at"], event["offset_minutes"]
    return {} if at is None else {TIME: {"date": _shown(_civil(at, offset))}}


def _written(file: TextIO, columns: Mapping[str, Any], attributes: Mapping[str, Any], *, depth: int) -> None:
    """What stands in columns, unless the attributes tell more of it; then the attributes."""
    for key, value in columns.items():
        if value is not None and key not in attributes:
            write_attribute(file, key, value, depth=depth)
    write_attributes(file, attributes, depth=depth)


def _shown(at: datetime) -> str:
    return at.isoformat(timespec="microseconds" if at.microsecond % 1000 else "milliseconds")


def _civil(at: datetime, offset_minutes: int | None) -> datetime:
    """The instant at the offset it was written with."""
    return at.astimezone(timezone(timedelta(minutes=offset_minutes)) if offset_minutes is not None else UTC)
