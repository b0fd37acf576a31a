"""An alert is answered, closed with a verdict, and reviewed, by three persons; an appeal opens it again.

Each step is a batch of its own and a version of the alert: earlier ones stay on the recorded clock, which is the trail.

    open ──answer──▶ answered ──close──▶ closed ──review──▶ reviewed
      └────────────────close───────────────▲ │                  │
      ◀───────────────────────appeal─────────┴──────────────────┘

Nobody closes or reviews an alert about themselves; who reviews neither answered nor closed it; after an appeal somebody
else closes it than before. `who` is an officer's id, or the name of who is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from graph.errors import AccessError, QueryError, StoreBusyError
from graph.model.governance import ALERT_VERDICTS
from graph.model.vocabulary import node_type
from graph.store.port import GraphStore, WriteBatch
from queries.control.alerts import ANSWERED, CLOSED, OPEN, REVIEWED
from queries.control.scanning import control_header
from queries.reading import missing

Row = dict[str, Any]
_ALLOWED = {
    "answer": (OPEN, ANSWERED),
    "close": (OPEN, ANSWERED),
    "review": (CLOSED,),
    "appeal": (CLOSED, REVIEWED),
}


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody does with an alert: `name` is answer, close, review or appeal; `text` the answer or the reason.

    `seen`: the version (`batch_from`) that was looked at; None: whatever stands.
    """

    name: str
    alert: str
    text: str
    verdict: str | None = None
    seen: int | None = None

    def __post_init__(self) -> None:
        if self.name not in _ALLOWED:
            raise QueryError(
                "There is no such step.", code="query.control.step", next_step=f"Use {', '.join(_ALLOWED)}."
            )
        if (self.name == "close") != (self.verdict is not None):
            raise QueryError(
                "Closing an alert needs a verdict, and nothing else does.",
                code="query.control.verdict",
                next_step=f"Use {' or '.join(ALERT_VERDICTS)}.",
            )
        if self.verdict is not None and self.verdict not in ALERT_VERDICTS:
            raise QueryError(
                "There is no such verdict.",
                code="query.control.verdict",
                next_step=f"Use {' or '.join(ALERT_VERDICTS)}.",
            )
        if self.name != "review" and not self.text.strip():
            raise QueryError("It needs words.", code="query.reason", next_step="Say why, in a sentence.")


def take(store: GraphStore, step: Step, *, who: str, may: Callable[[Mapping[str, Any]], bool] | None = None) -> Row:
    """Do a step; the alert's row as it stands then. `may`: whether the alert is one that the asker may see.

    Raises:
        NotFoundError: `not_found.controlalert`, also for an alert that may not be seen.
        StoreBusyError: `store.changed` when the alert is not what was seen.
        QueryError: `query.control.state` with what may be done instead.
        AccessError: `access.four_eyes` for who may not do this one.
    """
    header = control_header(store, step.name, who)
    with store.small_batch() as batch:
        found = batch.existing("ControlAlert", pa.table({"id": pa.array([step.alert], pa.string())})).to_pylist()
        if not found or (may is not None and not may(found[0])):
            raise missing("ControlAlert")
        row = found[0]
        _check(step, row, who)
        schema = node_type("ControlAlert").schema()
        changed = {name: row[name] for name in schema.names} | _done(step, who)
        table = pa.Table.from_pylist([changed], schema=schema)
        batch.write(WriteBatch(replace(header, read=1, accepted=1), nodes={"ControlAlert": table}))
    return changed


def _check(step: Step, row: Mapping[str, Any], who: str) -> None:
    if step.seen is not None and row["batch_from"] != step.seen:
        raise StoreBusyError(
            "The alert changed since it was read.", code="store.changed", next_step="Read it again, and decide anew."
        )
    state = row["state"] or OPEN
    if state not in _ALLOWED[step.name]:
        able = [name for name, states in _ALLOWED.items() if state in states]
        raise QueryError(
            f"The alert is {state}.",
            code="query.control.state",
            next_step=f"What can be done now: {', '.join(able) or 'nothing'}.",
            state=state,
        )
    if why := _not_by(step, row, who):
        raise AccessError(why, code="access.four_eyes", next_step="Ask somebody else to do it.")


def _not_by(step: Step, row: Mapping[str, Any], who: str) -> str | None:
    """Why this person may not do it; None if they may."""
    if step.name in {"close", "review"} and row["officer"] == who:
        return "Nobody judges an alert about themselves."
    if step.name == "close" and row["answered_by"] == who:
        return "Who answered an alert does not close it."
    if step.name == "close" and row["appealed_at"] is not None and row["closed_by"] == who:
        return "After an appeal somebody else closes an alert."
    if step.name == "review" and who in {row["answered_by"], row["closed_by"]}:
        return "Who answered or closed an alert does not review it."
    if step.name == "appeal" and row["officer"] not in {None, who}:
        return "An alert is appealed by the officer whom it is about."
    return None


def _done(step: Step, who: str) -> Row:
    now = datetime.now(UTC)
    if step.name == "answer":
        return {"state": ANSWERED, "answer": step.text, "answered_by": who, "answered_at": now}
    if step.name == "close":
        told = {"verdict": step.verdict, "reason": step.text, "closed_by": who, "closed_at": now}
        return {"state": CLOSED, "reviewed_by": None, "reviewed_at": None} | told
    if step.name == "review":
        return {"state": REVIEWED, "reviewed_by": who, "reviewed_at": now}
    return {"state": OPEN, "appeal": step.text, "appealed_by": who, "appealed_at": now}
