"""What became of issues of data quality: read from their tasks, so that an issue itself stays a function of the data.

    open ──a task has it──▶ pushed ──submitted──▶ handled ──closed──▶ reviewed
      ◀───────────────────── found anew after it was closed ──────────────┘

An issue that the data no longer show is settled: it has no row any more, but one as known before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT, AsOf
from queries.reading import IN, OUT, related, rows
from queries.results import strings
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


def handlings(store: GraphStore, issues: Sequence[str], *, as_of: AsOf = NOW) -> list[Handling]:
    """Of those of these issues that stand, in order of id; as the graph knew it then."""
    then = AsOf(recorded=as_of.recorded)
    standing = sorted(_rows(store, "QualityIssue", issues, then).values(), key=lambda row: str(row["id"]))
    ids = [row["id"] for row in standing]
    found = related(store, "QualityIssue", ids, "TRIGGERED", OUT, columns=(), as_of=then, scope=ROOT)
    tasks: dict[str, list[str]] = {}
    for row in rows(found.table):
        tasks.setdefault(str(row["key"]), []).append(str(row["to_id"]))
    ends = merged_ends(store, {task for each in tasks.values() for task in each}, as_of=then)
    heads = _rows(store, "Task", ends.values(), then)
    return [_handling(row, {ends[task] for task in tasks.get(row["id"], ())}, heads) for row in standing]


def in_states(store: GraphStore, states: Collection[str], *, as_of: AsOf = NOW) -> list[str]:
    """Ids of the issues that are in one of these states, in order."""
    every = strings(store.export("QualityIssue", as_of=AsOf(recorded=as_of.recorded))["id"])
    return [str(each.issue["id"]) for each in handlings(store, every, as_of=as_of) if each.state in states]


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


def merged_ends(store: GraphStore, tasks: Iterable[str], *, as_of: AsOf = NOW) -> dict[str, str]:
    """By task the one into which it was merged in the end; itself where it was not."""
    ends = {task: task for task in tasks}
    for _ in range(MOST_MERGES):
        asked = sorted(set(ends.values()))
        table = related(store, "Task", asked, "MERGED_INTO", OUT, columns=(), as_of=as_of, scope=ROOT).table
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


def _rows(store: GraphStore, type_name: str, ids: Iterable[str], as_of: AsOf) -> dict[str, Row]:
    asked = sorted(set(ids))
    return {str(row["id"]): row for row in rows(store.fetch(type_name, asked, as_of=as_of))} if asked else {}
