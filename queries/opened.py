"""What an officer's open tasks open to the officer: the parties and invoices on their evidence path. Called by api.

Whoever handles a task must see what it is about, also where that lies under another bureau: the task and its events,
the taxpayers and invoices it concerns, those of the findings it concerns or that triggered it, and seller and buyer of
those invoices; issues of data quality that triggered it, and all this of tasks that were merged into it. Each is opened
by itself: other documents of an opened taxpayer are not. Nobody opens to themselves what they do not see: of a task
that its handler asked for, seeing one side, the finding stays closed to that handler. What is asked here is answered
under the root's scope and handed to nobody but the scope of the officer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from graph.store.port import GraphStore
from graph.store.questions import ROOT, AsOf
from queries.raising.office import ASKED_BY, ISSUING, SIDE
from queries.reading import IN, OUT, related, rows
from queries.tasks import tasks_at, with_merged

Opened = tuple[tuple[str, frozenset[str]], ...]
MOST_TASKS = 500  # an officer with more open tasks sees the newest opened


def open_tasks(store: GraphStore, officer: str, *, as_of: AsOf) -> tuple[str, ...]:
    """The open tasks assigned to an officer, the newest `MOST_TASKS` of them, and those merged into them; by id."""
    assigned = tasks_at(store, "Officer", [officer], "ASSIGNED_TO", as_of=as_of, scope=ROOT)
    own = [task.id for task in assigned if task.open_on(as_of.valid)][-MOST_TASKS:]
    return tuple(with_merged(store, own, as_of=as_of))


def events_of(store: GraphStore, tasks: Sequence[str], *, as_of: AsOf) -> frozenset[tuple[str, str]]:
    """What was done in these tasks: it grows with every action."""
    return frozenset(_ends(store, "Task", tasks, "HAS_EVENT", as_of))


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
