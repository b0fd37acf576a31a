"""A task closes when its loop has closed: every part has ended, and each answer was received by who asked for it.

The receiving side confirms by accepting its task, the asking side by the action `receive` with `answer:<task>`. Called
as a check of the desk, before an action reaches it.
"""

from __future__ import annotations

from collections.abc import Sequence

from graph.errors import WorkError
from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT
from queries.reading import OUT, related, rows
from queries.work.actions import Action
from queries.work.kinds import ENDS
from queries.work.people import Officer
from queries.work.preparing import Asked
from queries.work.seeing import Now, Seen

ANSWER = "answer:"
CLOSING = "close"
MOST_NAMED = 20


def closed_loop(asked: Asked, _officer: Officer, _seen: Seen, now: Now) -> None:
    """Refuse to close a task whose loop is open.

    Raises:
        WorkError: `work.loop` names the parts that are open, and the answers that nobody received.
    """
    if not isinstance(asked, Action) or asked.action != CLOSING:
        return
    parts = rows(
        related(now.store, "Task", [asked.task], "SPAWNED", OUT, attributes=("status",), as_of=NOW, scope=ROOT).table
    )
    still_open = sorted(str(row["to_id"]) for row in parts if row["far.status"] not in ENDS)
    if still_open:
        raise _refused("Parts of this task are still open.", "Close them first, or ask their grids.", still_open)
    closed = {str(row["to_id"]) for row in parts if row["far.status"] == "closed"}
    unheard = sorted(closed - _received(now.store, asked.task) - _named(asked.evidence))
    if unheard:
        raise _refused(
            "Nobody confirmed these answers.", "Confirm each: receive, with evidence answer:<task>.", unheard
        )


def _received(store: GraphStore, task: str) -> set[str]:
    """Tasks whose answers were received in this one."""
    events = related(
        store, "Task", [task], "HAS_EVENT", OUT, attributes=("evidence",), columns=(), as_of=NOW, scope=ROOT
    )
    return {each for row in rows(events.table) for each in _named(str(row["far.evidence"] or "").split(","))}


def _named(evidence: Sequence[str]) -> set[str]:
    return {item.removeprefix(ANSWER) for item in evidence if item.startswith(ANSWER)}


def _refused(what: str, next_step: str, tasks: Sequence[str]) -> WorkError:
    left = f" and {len(tasks) - MOST_NAMED} more" if len(tasks) > MOST_NAMED else ""
    named = ", ".join(tasks[:MOST_NAMED]) + left
    return WorkError(what, code="work.loop", next_step=next_step, tasks=named)
