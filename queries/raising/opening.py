"""Tasks that a finding opens: one about the issuing side, and once it is confirmed one for each receiving taxpayer.

Everything is a plan of new tasks with keys of their own, so that the same finding raised twice opens nothing twice.
A task about a household that is at work already in the same kind is merged into that one. The loop is small inside a
grid, middle between grids of one province, large beyond: then the request goes down from the province over the city to
the county, and every level answers the one above.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from graph.errors import QueryError
from graph.store.port import GraphStore
from graph.store.questions import ROOT, AsOf, Scope
from queries.detection.rules import PUBLIC, RuleBook
from queries.dispatch.places import institution_of, line_of
from queries.dispatch.rules import DispatchRules
from queries.dispatch.suggesting import NAME, Suggestion
from queries.dispatch.telling import sentence
from queries.raising.office import LARGE, MIDDLE, SMALL, Act, Office, Raised
from queries.raising.sides import Sides, sides
from queries.reading import OUT, node, related, rows
from queries.work.actions import SYSTEM_OFFICER, NewTask

INQUIRY, INSPECTION, RELAY = "inquiry", "inspection", "relay"
PROVINCE, CITY, COUNTY = 2, 3, 4
RELAYS = (PROVINCE, CITY, COUNTY)
"""Levels over which a request leaves a province; each answers the one above."""


def raise_finding(
    store: GraphStore,
    finding: str,
    *,
    on: date,
    act: Act,
    who: str = SYSTEM_OFFICER,
    book: RuleBook = PUBLIC,
    scope: Scope = ROOT,
) -> Raised:
    """Open the task about a finding's issuing side: an inspection if it is confirmed and high, else an inquiry.

    `who` asked for it; the platform itself opens it.

    Raises:
        NotFoundError, QueryError: as `sides`.
        WorkError: `work.grid` where no grid would hold it, and what the desk raises.
    """
    found = sides(store, finding, scope=scope)
    office = Office(store, on, act, book.in_force(NAME, DispatchRules, on), who)
    kind = INSPECTION if found.high and found.confirmed else INQUIRY
    suggestion = office.suggested(found.issuing, kind)
    asked = NewTask(
        kind,
        f"{found.pattern}: {finding}",
        reason=f"Finding {finding}",
        stage="after",
        risk="high" if found.high else "low",
        level=suggestion.level,
        loop=SMALL,
        taxpayers=(found.issuing,),
        findings=(finding,),
        grid=suggestion.choice.grid,
        officer=suggestion.choice.officer,
        once=f"finding:{finding}:{kind}",
    )
    return office.open(asked, found.issuing, sentence(suggestion.choice).en)


def ask_receivers(
    store: GraphStore,
    task: str,
    *,
    on: date,
    act: Act,
    who: str = SYSTEM_OFFICER,
    book: RuleBook = PUBLIC,
    scope: Scope = ROOT,
) -> tuple[Raised, ...]:
    """Open one task for each receiving taxpayer of the confirmed findings that a task is about, in order of taxpayer.

    Raises:
        NotFoundError: `not_found.task`.
        QueryError: `query.loop.unconfirmed` where no finding of the task is confirmed.
        WorkError: what the desk raises.
    """
    head = node(store, "Task", task, as_of=AsOf(), scope=scope)
    concerned = rows(related(store, "Task", [task], "CONCERNS", OUT, columns=(), as_of=AsOf(), scope=scope).table)
    findings = sorted(str(row["to_id"]) for row in concerned if row["to_type"] == "Finding")
    standing = [found for each in findings if (found := sides(store, each, scope=scope)).confirmed]
    if not standing:
        raise QueryError(
            "No finding of this task is confirmed yet.",
            code="query.loop.unconfirmed",
            next_step="Decide about the finding first; then ask those who received its invoices.",
        )
    office = Office(store, on, act, book.in_force(NAME, DispatchRules, on), who)
    made: list[Raised] = []
    for taxpayer, about in _receivers(standing):
        made += _ask(office, task, str(head["risk"] or "low"), taxpayer, about)
    return tuple(made)


def _receivers(standing: Sequence[Sides]) -> list[tuple[str, tuple[Sides, ...]]]:
    by_taxpayer: dict[str, list[Sides]] = {}
    for found in standing:
        for taxpayer, _ in found.receiving:
            by_taxpayer.setdefault(taxpayer, []).append(found)
    return [(taxpayer, tuple(by_taxpayer[taxpayer])) for taxpayer in sorted(by_taxpayer)]


def _ask(office: Office, task: str, risk: str, taxpayer: str, found: Sequence[Sides]) -> list[Raised]:
    """The request to one receiving side, over the levels where it leaves the province."""
    ours = line_of(office.store, found[0].issuing, as_of=office.as_of)
    theirs = line_of(office.store, taxpayer, as_of=office.as_of)
    suggestion = office.suggested(taxpayer, INQUIRY)
    own_grids = _grids_of(office.store, task)
    loop = _loop(ours.get(PROVINCE), theirs.get(PROVINCE), own_grids, suggestion)
    base = NewTask(
        INQUIRY,
        f"Request of {task}",
        reason=f"Asked in {task}",
        stage="after",
        risk=risk,
        loop=loop,
        findings=tuple(each.finding for each in found),
        taxpayers=(taxpayer,),
    )
    made: list[Raised] = []
    above = task
    for level in RELAYS if loop == LARGE else ():
        grid = institution_of(office.store, theirs.get(level), as_of=office.as_of)
        if grid is not None and grid != suggestion.choice.grid:
            asked = replace(base, kind=RELAY, level=level, grid=grid)
            made.append(_relay(office, _below(asked, above, f"{task}:{theirs[level]}")))
            above = made[-1].task
    choice = suggestion.choice
    asked = replace(base, level=suggestion.level, grid=choice.grid, officer=choice.officer)
    return [*made, office.open(_below(asked, above, f"{task}:{taxpayer}"), taxpayer, sentence(choice).en)]


def _below(asked: NewTask, above: str, key: str) -> NewTask:
    """A part of the task above, which it answers."""
    return replace(asked, parent=above, answers=above, once=f"ask:{key}")


def _relay(office: Office, asked: NewTask) -> Raised:
    """A level that hands the request down: one task for all that lies below it, without an officer yet."""
    done = office.act(replace(asked, taxpayers=()))
    return Raised(
        task=done.task,
        taxpayer=asked.taxpayers[0],
        kind=asked.kind,
        loop=LARGE,
        grid=asked.grid,
        officer=None,
        why="The level above the receiving side's grid hands the request down and the answer up.",
        parent=asked.parent,
        merged_into=None,
        repeated=done.repeated,
    )


def _loop(ours: str | None, theirs: str | None, own_grids: frozenset[str], suggestion: Suggestion) -> str:
    """Small inside a grid, middle inside a province, large beyond; unknown provinces count as one."""
    if suggestion.choice.grid in own_grids:
        return SMALL
    return LARGE if ours is not None and theirs is not None and ours != theirs else MIDDLE


def _grids_of(store: GraphStore, task: str) -> frozenset[str]:
    table = related(store, "Task", [task], "HELD_BY", OUT, columns=(), as_of=AsOf(), scope=ROOT).table
    return frozenset(str(row["to_id"]) for row in rows(table))
