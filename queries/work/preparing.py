"""What an officer asks for, with everything around it that the desk need not read while it writes: who, what was seen.

Runs in the caller's thread, many at once; the desk judges afterwards, on the tasks as they stand then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from graph.errors import AccessError, WorkError
from graph.store.questions import NOW, Scope
from queries.reading import OUT, find_invoice, find_taxpayer, node, related, rows, smallest_party
from queries.work.actions import Action, Done, NewTask, task_id
from queries.work.kinds import RISKS, Kinds
from queries.work.people import Officer
from queries.work.seeing import Now, Seen

Row = dict[str, Any]
Asked: TypeAlias = Action | NewTask
Check: TypeAlias = Callable[[Asked, Officer, Seen, Now], None]


def unchecked(_asked: Asked, _officer: Officer, _seen: Seen, _now: Now) -> None:
    """Internal control that has no rules."""


@dataclass(frozen=True, slots=True)
class Request:
    """An action or a new task on its way to the desk. `links`: relationships of a new task; `grid`: who will hold it.

    `above`: all grids by each that stands below them, as far as they were read.
    """

    asked: Asked
    task: str
    officer: Officer
    seen: Seen
    now: Now
    grid: str | None = None
    links: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    answer: Future[Done] = field(default_factory=Future, compare=False)


def prepared(asked: Asked, officer: str, scope: Scope, *, now: Now, kinds: Kinds, check: Check) -> Request:
    """An action or a new task with its surroundings.

    Raises:
        NotFoundError: what is not there or out of scope.
        AccessError: `access.officer`.
        WorkError: `work.assignee`, `work.grid`, `work.kind`, `work.risk`, and what `check` raises.
    """
    who = now.officer(officer)
    if isinstance(asked, Action):
        seen = now.task(asked.task, scope)
        _check_receivers(asked.assign_to, asked.grid, now)
        made = Request(asked, asked.task, who, seen, now, asked.grid)
    else:
        made = _opening(asked, who, scope, now, kinds)
    check(asked, who, made.seen, now)
    return made


def _check_receivers(officer: str | None, grid: str | None, now: Now) -> None:
    if grid is not None:
        node(now.store, "Grid", grid, as_of=NOW, scope=_OPEN)
    if officer is not None:
        try:
            now.officer(officer)
        except AccessError:
            raise WorkError(
                "The officer who is to have it is not in service today.",
                code="work.assignee",
                next_step="Name another officer.",
                officer=officer,
            ) from None


_OPEN = Scope(label="directory")


def _opening(asked: NewTask, who: Officer, scope: Scope, now: Now, kinds: Kinds) -> Request:
    kinds.declared(asked.kind)
    if asked.risk is not None and asked.risk not in RISKS:
        raise WorkError("There is no such risk label.", code="work.risk", next_step=f"Use {', '.join(RISKS)}.")
    store = now.store
    named = [find_taxpayer(store, each, as_of=NOW, scope=scope) for each in asked.taxpayers]
    for finding in asked.findings:
        node(store, "Finding", finding, as_of=NOW, scope=scope)
    involved = related(store, "Finding", asked.findings, "INVOLVES", OUT, columns=(), as_of=NOW, scope=scope).table
    taxpayers = sorted(set(named) or {str(row["to_id"]) for row in rows(involved) if row["to_type"] == "Taxpayer"})
    invoices = [find_invoice(store, each, as_of=NOW, scope=scope) for each in asked.invoices]
    for task in (asked.parent, asked.answers, asked.merged_into):
        if task is not None:
            node(store, "Task", task, as_of=NOW, scope=scope)
    seen = now.about(taxpayers, scope, also=asked.findings)
    grid = asked.grid or _grid(who, seen)
    _check_receivers(asked.officer, grid, now)
    key = task_id(who.id, asked.once)
    ends = [("Party", party) for party in sorted(smallest_party(store, taxpayers).values())]
    ends += [("Invoice", key) for key in invoices] + [("Finding", key) for key in asked.findings]
    return Request(asked, key, who, seen, now, grid, _links(asked, key, ends))


def _grid(who: Officer, seen: Seen) -> str:
    """Where a task stands that names no grid: the opener's own that manages the taxpayer, else the first own one."""
    own = set(who.own.roles) if who.own else set(seen.grids)
    found = sorted(own & set(seen.grids)) or sorted(own)
    if not found:
        raise WorkError("No grid would hold this task.", code="work.grid", next_step="Name the grid that handles it.")
    return found[0]


def _links(asked: NewTask, task: str, ends: Sequence[tuple[str, str]]) -> dict[str, list[Row]]:
    triggers = [*(("Finding", key) for key in asked.findings), *asked.triggers]
    found = {
        "CONCERNS": [_link(("Task", task), end) for end in ends],
        "TRIGGERED": [_link(end, ("Task", task)) for end in triggers],
        "SPAWNED": [_link(("Task", asked.parent), ("Task", task))] if asked.parent else [],
        "ANSWERS": [_link(("Task", task), ("Task", asked.answers))] if asked.answers else [],
        "MERGED_INTO": [_link(("Task", task), ("Task", asked.merged_into))] if asked.merged_into else [],
    }
    return {name: links for name, links in found.items() if links}


def _link(source: tuple[str, str], target: tuple[str, str]) -> Row:
    return {"from_type": source[0], "from_id": source[1], "to_type": target[0], "to_id": target[1]}
