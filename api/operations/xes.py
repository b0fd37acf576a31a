"""Tasks and what was done in them as an event log: XES (IEEE 1849-2016), which pm4py, ProM and our own reader open.

A trace is a task (`concept:name` = its id), an event a TaskEvent, by instant, then position. The resource is the
officer's id; names of officers and notes stay in the store.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import groupby
from pathlib import Path
from typing import Any, Final, TextIO

from api.operations import markup
from api.operations.context import OperationContext
from api.operations.registry import Answer

_EXTENSIONS: Final = {"Concept": "concept", "Time": "time", "Organizational": "org"}
_TRACE: Final = {"kind": "task:kind", "status": "task:status", "stage": "task:stage", "loop": "task:loop"}
_EVENT_ORDER: Final = ("task", "at", "position", "id")
Row = dict[str, Any]


def write_xes(context: OperationContext, out: Path) -> Answer:
    """Write the file; counts of traces and events. Tasks without events are left out: a trace is what was done."""
    tasks = {row["id"]: row for row in context.store.export("Task").to_pylist()}
    traces = events = 0
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8") as file:
        _head(file)
        for task, own in groupby(_events(context), key=lambda event: str(event["task"])):
            events += _trace(file, tasks.get(task, {}), task, list(own))
            traces += 1
        markup.line(file, "</log>")
    return {"traces": traces, "events": events}


def _events(context: OperationContext) -> Iterator[Row]:
    columns = ["id", "task", "position", "action", "at", "offset_minutes", "officer", "post"]
    table = context.store.export("TaskEvent").select(columns)
    ordered = table.sort_by([(name, "ascending") for name in _EVENT_ORDER])
    for batch in ordered.to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()


def _head(file: TextIO) -> None:
    markup.line(file, '<?xml version="1.0" encoding="UTF-8"?>')
    root = {"xes.version": "1849-2016", "xes.features": "", "xmlns": "http://www.xes-standard.org/"}
    markup.line(file, markup.start("log", root))
    for name, prefix in _EXTENSIONS.items():
        extension = {"name": name, "prefix": prefix, "uri": f"http://www.xes-standard.org/{prefix}.xesext"}
        markup.line(file, markup.empty("extension", extension), depth=1)
    markup.line(file, markup.empty("classifier", {"name": "Activity", "keys": "concept:name"}), depth=1)


def _trace(file: TextIO, task: Row, key: str, events: list[Row]) -> int:
    markup.line(file, "<trace>", depth=1)
    _string(file, "concept:name", key, depth=2)
    for name, shown in _TRACE.items():
        _string(file, shown, task.get(name), depth=2)
    for event in events:
        markup.line(file, "<event>", depth=2)
        _string(file, "concept:name", event["action"], depth=3)
        _string(file, "org:resource", event["officer"], depth=3)
        _string(file, "org:role", event["post"], depth=3)
        if event["at"] is not None:
            stamp = _civil(event["at"], event["offset_minutes"]).isoformat(timespec="milliseconds")
            markup.line(file, markup.empty("date", {"key": "time:timestamp", "value": stamp}), depth=3)
        markup.line(file, "</event>", depth=2)
    markup.line(file, "</trace>", depth=1)
    return len(events)


def _string(file: TextIO, key: str, value: object, *, depth: int) -> None:
    if value is not None:
        markup.line(file, markup.empty("string", {"key": key, "value": value}), depth=depth)


def _civil(at: datetime, offset_minutes: int | None) -> datetime:
    """The instant at the offset it was written with."""
    return at.astimezone(timezone(timedelta(minutes=offset_minutes)) if offset_minutes is not None else UTC)
