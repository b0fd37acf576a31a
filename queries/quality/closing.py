"""A task about data closes when the data have settled its issues, or with a reason that is not its handler's.

Called as a check of the desk, before an action reaches it; who the handler is the kind's own steps know (four eyes).
"""

from __future__ import annotations

from graph.errors import WorkError
from queries.quality.comparing import still_wrong
from queries.quality.handling import handlings, issues_of
from queries.quality.placing import DATA_QUALITY
from queries.reading import rows
from queries.work.actions import Action
from queries.work.people import Officer
from queries.work.preparing import Asked
from queries.work.seeing import Now, Seen

CLOSING = "close"
MOST_NAMED = 20


def settled_issues(asked: Asked, _officer: Officer, _seen: Seen, now: Now) -> None:
    """Refuse to close a task without a reason while the data show its issues still.

    Raises:
        WorkError: `work.quality` names the issues.
    """
    if not isinstance(asked, Action) or asked.action != CLOSING or (asked.reason or "").strip():
        return
    head = rows(now.store.fetch("Task", [asked.task], columns=("kind",)))
    if not head or head[0]["kind"] != DATA_QUALITY:
        return
    standing = [each.issue for each in handlings(now.store, issues_of(now.store, asked.task))]
    left = sorted(still_wrong(now.store, standing))
    if left:
        more = f" and {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else ""
        raise WorkError(
            "The data show what this task is about still.",
            code="work.quality",
            next_step="Have the corrected data loaded, or close it with a reason why it may stay.",
            issues=", ".join(left[:MOST_NAMED]) + more,
        )
