"""A counted fact is contested, and somebody else decides: each step is a batch of its own, kept on both clocks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from graph.errors import QueryError, StoreBusyError
from graph.model.vocabulary import node_type
from graph.store.port import GraphStore, WriteBatch
from graph.store.questions import NOW, ROOT
from queries.indicators.appealed import KIND
from queries.indicators.definitions import indicator_named
from queries.reading import OUT, missing, node, related, rows
from queries.small_batches import small_header

SOURCE = "indicators"
OPEN, UPHELD, DISMISSED = "open", "upheld", "dismissed"


@dataclass(frozen=True, slots=True)
class Contested:
    """Which counted fact: as `measuring.behind` names it."""

    indicator: str
    task: str
    event: str | None
    officer: str

    @property
    def key(self) -> str:
        """The appeal's id: one fact has one appeal."""
        said = (self.indicator, self.task, self.event or "", self.officer)
        return "appeal-" + hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:24]


def raise_appeal(store: GraphStore, fact: Contested, *, reason: str, who: str) -> dict[str, Any]:
    """Open an appeal; its row.

    Raises:
        NotFoundError: `not_found.task`, `not_found.taskevent`, `not_found.officer`; also where the officer had
            no part in the event, nor was the task assigned to them.
        QueryError: `query.indicator`, `query.reason`; `query.appeal` where the fact has been appealed already.
    """
    indicator_named(fact.indicator)
    _said(reason)
    node(store, "Task", fact.task, as_of=NOW, scope=ROOT)
    node(store, "Officer", fact.officer, as_of=NOW, scope=ROOT)
    event = node(store, "TaskEvent", fact.event, as_of=NOW, scope=ROOT) if fact.event is not None else None
    if event is not None and event["task"] != fact.task:
        raise missing("TaskEvent")
    if not (event is not None and event["officer"] == fact.officer) and not _assigned(store, fact):
        raise missing("Task" if event is None else "TaskEvent")
    told = {"indicator": fact.indicator, "task": fact.task, "event": fact.event, "officer": fact.officer}
    raised = {"state": OPEN, "raised_by": who, "raised_at": datetime.now(UTC), "reason": reason}
    return _write(store, fact.key, who, told | raised, before=None)


def _assigned(store: GraphStore, fact: Contested) -> bool:
    assigned = rows(related(store, "Task", [fact.task], "ASSIGNED_TO", OUT, columns=(), as_of=NOW, scope=ROOT).table)
    return any(row["to_id"] == fact.officer for row in assigned)


def decide_appeal(store: GraphStore, appeal: str, *, uphold: bool, ruling: str, who: str) -> dict[str, Any]:
    """Uphold or dismiss an open appeal; its row. Nobody decides about an own appeal or an own fact.

    Raises:
        NotFoundError: `not_found.indicatorappeal`.
        QueryError: `query.reason`, `query.four_eyes`, `query.appeal` where it is decided already.
    """
    _said(ruling)
    row = node(store, KIND, appeal, as_of=NOW, scope=ROOT)
    if who in {row["raised_by"], row["officer"]}:
        raise QueryError(
            "Nobody decides about an own appeal or an own fact.",
            code="query.four_eyes",
            next_step="Let somebody else decide.",
        )
    state = UPHELD if uphold else DISMISSED
    decided = {"state": state, "decided_by": who, "decided_at": datetime.now(UTC), "ruling": ruling}
    return _write(store, appeal, who, decided, before=OPEN)


def _said(reason: str) -> None:
    if not reason.strip():
        raise QueryError("An appeal and its ruling need a reason.", code="query.reason", next_step="Say why.")


def _write(store: GraphStore, key: str, who: str, values: dict[str, Any], *, before: str | None) -> dict[str, Any]:
    """A version of the appeal, if it stands as expected where nothing else is written."""
    schema, header = node_type(KIND).schema(), small_header(store, SOURCE, "appeal", who, type_name=KIND)
    with store.small_batch() as batch:
        found = batch.existing(KIND, pa.table({"id": pa.array([key], pa.string())})).to_pylist()
        if (found[0]["state"] if found else None) != before:
            raise StoreBusyError(
                "This appeal stands otherwise by now.",
                code="store.changed",
                next_step="List the appeals, and go on from what stands there.",
                state=found[0]["state"] if found else None,
            )
        known = {name: found[0][name] for name in schema.names} if found else dict.fromkeys(schema.names) | {"id": key}
        row = known | values
        table = pa.Table.from_pylist([row], schema=schema)
        batch.write(WriteBatch(replace(header, read=1, accepted=1), nodes={KIND: table}))
    return row
