"""What an officer's open tasks open to the officer: the parties and invoices on their evidence path. Called by api.

Whoever handles a task must see what it is about, also where that lies under another bureau: the task and its events
(`scoping.OPENED_WITH`), the taxpayers and invoices it concerns, those of the findings it concerns or that triggered it,
and seller and buyer of those invoices; issues of data quality that triggered it, and all this of tasks that were merged
into it. Each is opened by itself: other documents of an opened taxpayer are not. Nobody opens to themselves what they
do not see: of a task that its handler asked for, seeing one side, the finding stays closed to that handler. What is
asked here is answered under the root's scope and handed to nobody but the scope of the officer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from graph.store.port import GraphStore
from graph.store.questions import ROOT, AsOf
from queries.raising.office import ASKED_BY, ISSUING, SIDE
from queries.reading import IN, OUT, related, rows
from queries.tasks import TASK_FIELDS, TaskHead, each_with_merged, in_order, task_head

Opened = tuple[tuple[str, frozenset[str]], ...]
MOST_TASKS = 500  # an officer with more open tasks sees the newest opened


def open_tasks(store: GraphStore, officers: Sequence[str], *, as_of: AsOf) -> dict[str, tuple[str, ...]]:
    """By officer the newest `MOST_TASKS` open tasks that are assigned, and those merged into them; by id."""
    table = related(
        store, "Officer", officers, "ASSIGNED_TO", IN, attributes=TASK_FIELDS, columns=(), as_of=as_of, scope=ROOT
    ).table
    assigned: dict[str, dict[str, TaskHead]] = {officer: {} for officer in officers}
    for row in rows(table):
        assigned[row["key"]][row["from_id"]] = task_head(row, key="from_id", prefix="far.")
    own = {
        officer: [task.id for task in in_order(tasks.values()) if task.open_on(as_of.valid)][-MOST_TASKS:]
        for officer, tasks in assigned.items()
    }
    return {officer: tuple(tasks) for officer, tasks in each_with_merged(store, own, as_of=as_of).items()}


def evidence_paths(store: GraphStore, tasks: Sequence[str], *, officer: str, as_of: AsOf) -> frozenset[tuple[str, str]]:
    """These tasks and what they are about: actions in them change nothing of it, loads and detection do."""
    asked_for = _asked_of_one_side(store, tasks, officer)
    whole = [task for task in tasks if task not in asked_for]
    concerned, triggers = _ends(store, "Task", whole, "CONCERNS", as_of), _triggers(store, whole, as_of)
    concerned |= {end for end in _ends(store, "Task", sorted(asked_for), "CONCERNS", as_of) if end[0] != "Finding"}
    findings = {key for kind, key in concerned | triggers if kind == "Finding"}
    members = _ends(store, "Finding", sorted(findings), "INVOLVES", as_of)
    evidence = _ends(store, "Finding", sorted(findings), "EVIDENCE", as_of)
    found = {("Task", task) for task in tasks} | {("Finding", finding) for finding in findings}
    found |= {end for end in triggers if end[0] == "QualityIssue"}
    found |= concerned | evidence | {end for end in members if end[0] == "Taxpayer"}
    invoices = sorted(key for kind, key in found if kind == "Invoice")
    found |= _partners(store, invoices, as_of)
    found |= _parties(store, sorted(key for kind, key in found if kind == "Taxpayer"), as_of)
    return frozenset(found)


def _ends(store: GraphStore, kind: str, keys: Sequence[str], relationship: str, as_of: AsOf) -> set[tuple[str, str]]:
    table = related(store, kind, keys, relationship, OUT, as_of=as_of, scope=ROOT).table
    return {(str(row["to_type"]), str(row["to_id"])) for row in rows(table)}


def _asked_of_one_side(store: GraphStore, tasks: Sequence[str], officer: str) -> set[str]:
    """Tasks for which this officer asked, and saw the issuing side alone then."""
    told = rows(store.fetch("Task", tasks, columns=("attributes",))) if tasks else []
    said = {str(row["id"]): json.loads(row["attributes"] or "{}") for row in told}
    return {task for task, each in said.items() if each.get(SIDE) == ISSUING and each.get(ASKED_BY) == officer}


def _triggers(store: GraphStore, tasks: Sequence[str], as_of: AsOf) -> set[tuple[str, str]]:
    table = related(store, "Task", tasks, "TRIGGERED", IN, as_of=as_of, scope=ROOT).table
    return {(str(row["from_type"]), str(row["from_id"])) for row in rows(table)}


def _partners(store: GraphStore, invoices: Sequence[str], as_of: AsOf) -> set[tuple[str, str]]:
    sellers = related(store, "Invoice", invoices, "SOLD", IN, as_of=as_of, scope=ROOT).table
    buyers = _ends(store, "Invoice", invoices, "BOUGHT_BY", as_of)
    return {(str(row["from_type"]), str(row["from_id"])) for row in rows(sellers)} | buyers


def _parties(store: GraphStore, taxpayers: Sequence[str], as_of: AsOf) -> set[tuple[str, str]]:
    table = related(store, "Taxpayer", taxpayers, "PARTY_OF", IN, as_of=as_of, scope=ROOT).table
    return {("Party", str(row["from_id"])) for row in rows(table)}


def by_type(found: Iterable[tuple[str, str]]) -> Opened:
    """Node ids by type, sorted by type."""
    kinds = sorted({kind for kind, _ in found})
    return tuple((kind, frozenset(key for name, key in found if name == kind)) for kind in kinds)
