"""What became of issues of data quality: read from their tasks, so that an issue itself stays a function of the data.

    open ──a task has it──▶ pushed ──submitted──▶ handled ──closed──▶ reviewed
      ◀───────────────────── found anew after it was closed ──────────────┘

An issue that the data no longer show is settled: it has no row any more, but one as known before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT
from queries.reading import IN, OUT, related, rows
from queries.tasks import with_merged
from queries.work.kinds import ENDS

OPEN, PUSHED, HANDLED, REVIEWED = "open", "pushed", "handled", "reviewed"
STATES: Final = (OPEN, PUSHED, HANDLED, REVIEWED)
CLOSED: Final = "closed"
_DONE: Final = frozenset({"submitted", "reviewed"})
MOST_MERGES: Final = 8  # a task merged into one that was merged itself, and so on
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Handling:
    """An issue with where it stands. `task`: the one that has or had it, that into which it was merged; None: none.

    `again`: that task was closed before the issue was found as it is now.
    """

    issue: Mapping[str, Any]
    state: str
    task: str | None = None
    again: bool = False


def handlings(store: GraphStore, issues: Sequence[str]) -> list[Handling]:
    """Of those of these issues that stand, in order of id."""
    keys = pa.table({"id": pa.array(sorted(set(issues)), pa.string())})
    standing = store.existing("QualityIssue", keys).to_pylist() if keys.num_rows else []
    standing.sort(key=lambda row: str(row["id"]))
    found = related(
        store, "QualityIssue", [row["id"] for row in standing], "TRIGGERED", OUT, columns=(), as_of=NOW, scope=ROOT
    )
    tasks: dict[str, list[str]] = {}
    for row in rows(found.table):
        tasks.setdefault(str(row["key"]), []).append(str(row["to_id"]))
    ends = merged_ends(store, {task for each in tasks.values() for task in each})
    heads = _heads(store, ends.values())
    return [_handling(row, {ends[task] for task in tasks.get(row["id"], ())}, heads) for row in standing]


def _handling(issue: Mapping[str, Any], tasks: Collection[str], heads: Mapping[str, Row]) -> Handling:
    """By an open task before a closed one, the latest."""
    known = [heads[task] for task in tasks if task in heads]
    if not known:
        return Handling(issue, OPEN)
    head = max(known, key=lambda row: (row["status"] not in ENDS, row["batch_from"], row["id"]))
    if head["status"] not in ENDS:
        return Handling(issue, HANDLED if head["status"] in _DONE else PUSHED, head["id"])
    if issue["batch_from"] > head["batch_from"]:
        return Handling(issue, OPEN, head["id"], again=True)
    return Handling(issue, REVIEWED, head["id"])


def merged_ends(store: GraphStore, tasks: Iterable[str]) -> dict[str, str]:
    """By task the one into which it was merged in the end; itself where it was not."""
    ends = {task: task for task in tasks}
    for _ in range(MOST_MERGES):
        table = related(
            store, "Task", sorted(set(ends.values())), "MERGED_INTO", OUT, columns=(), as_of=NOW, scope=ROOT
        ).table
        into = {str(row["key"]): str(row["to_id"]) for row in rows(table)}
        if not into:
            break
        ends = {task: into.get(end, end) for task, end in ends.items()}
    return ends


def issues_of(store: GraphStore, task: str) -> list[str]:
    """Ids of the issues that a task has, and those that were merged into it; also of issues that are settled."""
    every = with_merged(store, [task], as_of=NOW)
    table = related(store, "Task", every, "TRIGGERED", IN, columns=(), as_of=NOW, scope=ROOT).table
    return sorted({str(row["from_id"]) for row in rows(table) if row["from_type"] == "QualityIssue"})


def _heads(store: GraphStore, tasks: Iterable[str]) -> dict[str, Row]:
    keys = pa.table({"id": pa.array(sorted(set(tasks)), pa.string())})
    return {str(row["id"]): row for row in store.existing("Task", keys).to_pylist()} if keys.num_rows else {}
