"""Open issues become tasks of whoever is responsible: one for each taxpayer and source, merged where it is at work.

Raised again, nothing is opened twice: an issue that a task has is left alone, one that was found anew after its task
was closed opens that task again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Final

from graph.store.port import GraphStore
from queries.detection.rules import PUBLIC, RuleBook
from queries.dispatch.rules import DispatchRules
from queries.dispatch.suggesting import NAME
from queries.quality.handling import CLOSED, OPEN, Handling, handlings
from queries.quality.placing import DATA_QUALITY, Placed, placed
from queries.quality.subjects import Subject, subjects_of
from queries.raising.office import SMALL, Act, Office, Raised
from queries.reading import rows
from queries.work.actions import SYSTEM_OFFICER, Action, NewTask

ISSUES_A_TASK: Final = 1000
MOST_TASKS: Final = 1000
REOPEN: Final = "reopen"
Group = tuple[str | None, str]  # taxpayer, source


@dataclass(frozen=True, slots=True)
class RaisedIssues:
    """What one run opened. `reopened`: tasks whose issues are back.

    `unplaced`: issues for which there is no grid; `left`: issues that the limit on tasks left for the next run.
    """

    tasks: tuple[Raised, ...]
    reopened: tuple[str, ...]
    unplaced: int
    left: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """Issues that one task gets."""

    taxpayer: str | None
    source: str
    issues: tuple[str, ...]
    invoices: tuple[str, ...]

    @property
    def once(self) -> str:
        """The key of the request: the same issues, the same task."""
        return f"quality:{hashlib.sha256(' '.join(self.issues).encode()).hexdigest()[:32]}"


def raise_quality(
    store: GraphStore,
    *,
    on: date,
    act: Act,
    who: str = SYSTEM_OFFICER,
    rule: str | None = None,
    book: RuleBook = PUBLIC,
    most: int = MOST_TASKS,
) -> RaisedIssues:
    """Open tasks for open issues, of one rule or all, at most so many; in order of taxpayer and source.

    Raises:
        WorkError: what the desk raises.
    """
    office = Office(store, on, act, book.in_force(NAME, DispatchRules, on), who)
    every = [row["id"] for row in store.export("QualityIssue").to_pylist() if rule in {None, row["rule"]}]
    waiting = [each for each in handlings(store, every) if each.state == OPEN]
    reopened = _reopened(office, [each for each in waiting if each.again])
    fresh = [each for each in waiting if not (each.again and each.task in reopened)]
    pieces = _pieces(fresh, subjects_of(store, [each.issue for each in fresh]))
    made: list[Raised] = []
    taken = unplaced = 0
    for piece in islice(pieces, most):
        taken += len(piece.issues)
        place = placed(office, piece.source, piece.taxpayer)
        if place.grid is None:
            unplaced += len(piece.issues)
        else:
            made.append(office.open(_task(piece, place), piece.taxpayer, place.why))
    return RaisedIssues(tuple(made), reopened, unplaced, len(fresh) - taken)


def _reopened(office: Office, back: Sequence[Handling]) -> tuple[str, ...]:
    """Their tasks, open again; a task that was cancelled is none."""
    by_task: dict[str, list[str]] = {}
    for each in back:
        by_task.setdefault(str(each.task), []).append(f"{each.issue['id']}:{each.issue['batch_from']}")
    heads = rows(office.store.fetch("Task", sorted(by_task), columns=("status",))) if by_task else []
    closed = [str(row["id"]) for row in heads if row["status"] == CLOSED]
    for task in closed:
        issues = sorted(by_task[task])
        key = hashlib.sha256(" ".join(issues).encode()).hexdigest()[:32]
        reason = f"{len(issues)} issue(s) were found anew after it was closed, {issues[0].partition(':')[0]} first."
        office.act(Action(task, REOPEN, reason=reason, once=f"quality:{key}"))
    return tuple(closed)


def _pieces(fresh: Sequence[Handling], subjects: dict[str, Subject]) -> Iterator[_Piece]:
    groups: dict[Group, list[str]] = {}
    for each in fresh:
        key, source = str(each.issue["id"]), str(each.issue["prov_source"] or "unknown")
        groups.setdefault((subjects[key].taxpayer, source), []).append(key)
    for taxpayer, source in sorted(groups, key=lambda group: (group[0] is not None, group[0] or "", group[1])):
        issues = sorted(groups[taxpayer, source])
        for begin in range(0, len(issues), ISSUES_A_TASK):
            part = tuple(issues[begin : begin + ISSUES_A_TASK])
            invoices = sorted({invoice for issue in part for invoice in subjects[issue].invoices})
            yield _Piece(taxpayer, source, part, tuple(invoices))


def _task(piece: _Piece, place: Placed) -> NewTask:
    count = len(piece.issues)
    return NewTask(
        DATA_QUALITY,
        f"Data of {piece.source}: {count} {'issue' if count == 1 else 'issues'}",
        reason=place.why,
        stage="after",
        level=place.level,
        loop=SMALL,
        taxpayers=() if piece.taxpayer is None else (piece.taxpayer,),
        invoices=piece.invoices,
        triggers=tuple(("QualityIssue", issue) for issue in piece.issues),
        grid=place.grid,
        officer=place.officer,
        once=piece.once,
    )
