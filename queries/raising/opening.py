"""Tasks that a finding opens: one about the issuing side, and once it is confirmed one for each receiving taxpayer.

Everything is a plan of new tasks with keys of their own, so that the same finding raised twice opens nothing twice.
A task about a household that is at work already in the same kind is merged into that one. The loop is small inside a
grid, middle between grids of one province, large beyond: then the request goes down from the province over the city to
the county, and every level answers the one above.

Who asks must see the finding, or its issuing side. In the latter case receivers out of the asker's scope are asked by
the lowest bureau that is above both sides: one task of that bureau, whatever their number, and all below it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date

from graph.errors import NotFoundError, QueryError, WorkError
from graph.store.port import GraphStore
from graph.store.questions import ROOT, AsOf, Order, Page, Scope
from queries.detection.rules import PUBLIC, RuleBook
from queries.dispatch.places import institution_of, line_of
from queries.dispatch.rules import DispatchRules
from queries.dispatch.suggesting import NAME, Suggestion
from queries.dispatch.telling import sentence
from queries.raising.office import LARGE, MIDDLE, SMALL, Act, Office, Raised
from queries.raising.sides import Sides, seen, sides
from queries.reading import OUT, node, related, rows
from queries.work.actions import SYSTEM_OFFICER, NewTask

INQUIRY, INSPECTION, RELAY = "inquiry", "inspection", "relay"
CENTRE, PROVINCE, CITY, COUNTY = 1, 2, 3, 4
RELAYS = (PROVINCE, CITY, COUNTY)
"""Levels over which a request leaves a province; each answers the one above."""
MOST_BUREAUS = 10_000


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
    office = Office(store, on, act, book.in_force(NAME, DispatchRules, on), who, found.whole)
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
        WorkError: `work.grid` where no grid above both sides could ask, and what the desk raises.
    """
    head = node(store, "Task", task, as_of=AsOf(), scope=scope)
    standing = [found for found in _findings(store, task, scope) if found.confirmed]
    if not standing:
        raise QueryError(
            "No finding of this task is confirmed yet.",
            code="query.loop.unconfirmed",
            next_step="Decide about the finding first; then ask those who received its invoices.",
        )
    whole = all(each.whole for each in standing)
    office = Office(store, on, act, book.in_force(NAME, DispatchRules, on), who, whole)
    risk, receivers = str(head["risk"] or "low"), _receivers(standing)
    own = seen(store, [taxpayer for taxpayer, _ in receivers], scope) if not whole else frozenset()
    near = {taxpayer for taxpayer, about in receivers if taxpayer in own or any(found.whole for found in about)}
    made = [one for each in receivers if each[0] in near for one in _ask(office, task, risk, *each)]
    beyond = [each for each in receivers if each[0] not in near]
    return (*made, *(_ask_beyond(office, task, risk, beyond) if beyond else ()))


def _findings(store: GraphStore, task: str, scope: Scope) -> Iterator[Sides]:
    """Sides of the findings of a task, of those whose issuing side the asker sees."""
    concerned = rows(related(store, "Task", [task], "CONCERNS", OUT, columns=(), as_of=AsOf(), scope=ROOT).table)
    for finding in sorted(str(row["to_id"]) for row in concerned if row["to_type"] == "Finding"):
        with suppress(NotFoundError):
            yield sides(store, finding, scope=scope)


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
    loop = _loop(ours.get(PROVINCE), theirs.get(PROVINCE), _grids_of(office.store, task), suggestion)
    asked = replace(_request(task, risk, found), loop=loop, taxpayers=(taxpayer,))
    return _down(office, asked, task, suggestion, {level: theirs.get(level) for level in RELAYS if loop == LARGE})


def _request(task: str, risk: str, found: Sequence[Sides]) -> NewTask:
    findings = tuple(dict.fromkeys(each.finding for each in found))
    return NewTask(
        INQUIRY,
        f"Request of {task}",
        reason=f"Asked in {task}",
        stage="after",
        risk=risk,
        findings=findings,
        parent=task,
    )


def _down(
    office: Office, asked: NewTask, task: str, suggestion: Suggestion, line: Mapping[int, str | None]
) -> list[Raised]:
    """The request from its parent down a line of bureaus to the receiving side; `task`: in which it was asked."""
    (taxpayer,), choice = asked.taxpayers, suggestion.choice
    made: list[Raised] = []
    above = str(asked.parent)
    for level, bureau in line.items():
        grid = institution_of(office.store, bureau, as_of=office.as_of)
        if grid is not None and grid != choice.grid:
            relay = replace(asked, kind=RELAY, level=level, grid=grid)
            made.append(_relay(office, _below(relay, above, f"{task}:{bureau}")))
            above = made[-1].task
    told = replace(asked, level=suggestion.level, grid=choice.grid, officer=choice.officer)
    return [*made, office.open(_below(told, above, f"{task}:{taxpayer}"), taxpayer, sentence(choice).en)]


def _ask_beyond(
    office: Office, task: str, risk: str, receivers: Sequence[tuple[str, tuple[Sides, ...]]]
) -> list[Raised]:
    """The request to receiving sides that the asker does not see: one task of the bureau above all, the rest below."""
    found = [each for _, about in receivers for each in about]
    lines = {taxpayer: line_of(office.store, taxpayer, as_of=office.as_of) for taxpayer, _ in receivers}
    level, grid = _above_all(office, [line_of(office.store, found[0].issuing, as_of=office.as_of), *lines.values()])
    asked = replace(_request(task, risk, found), loop=LARGE)
    relay = replace(asked, kind=RELAY, level=level, grid=grid, taxpayers=tuple(lines))
    made = [_relay(office, _below(relay, task, f"{task}:beyond"))]
    for taxpayer, about in receivers:
        line = {each: lines[taxpayer].get(each) for each in RELAYS if each > level}
        part = replace(_request(task, risk, about), loop=LARGE, taxpayers=(taxpayer,), parent=made[0].task)
        made += _down(office, part, task, office.suggested(taxpayer, INQUIRY), line)
    return made


def _above_all(office: Office, lines: Sequence[Mapping[int, str]]) -> tuple[int, str]:
    """Level and institution grid of the lowest bureau that is in every line and has one, else of the highest of all."""
    common = set(lines[0].items()).intersection(*(each.items() for each in lines[1:]))
    for level, bureau in sorted(common, reverse=True):
        if (grid := institution_of(office.store, bureau, as_of=office.as_of)) is not None:
            return level, grid
    every = office.store.select("Bureau", order=(Order("level"),), page=Page(MOST_BUREAUS), as_of=office.as_of).table
    for row in rows(every):
        if (grid := institution_of(office.store, str(row["id"]), as_of=office.as_of)) is not None:
            return int(row["level"] or CENTRE), grid
    raise WorkError(
        "No bureau above both sides has a grid that could ask.",
        code="work.grid",
        next_step="Let the institution grid of the bureau above be loaded.",
    )


def _below(asked: NewTask, above: str, key: str) -> NewTask:
    """A part of the task above, which it answers."""
    return replace(asked, parent=above, answers=above, once=f"ask:{key}")


def _relay(office: Office, asked: NewTask) -> Raised:
    """A level that hands the request down: one task for all that lies below it, without an officer yet.

    It concerns the receiving side alone, so that the bureau of another one sees nothing of it.
    """
    done = office.act(replace(asked, extra=office.asker))
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
