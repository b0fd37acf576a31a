"""The bureau view and the officer view: structure and work of the authority. Called by api.

Counts are of what the scope may see, never of everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from graph.model.parties import STATUS
from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT, AsOf, Filter, Op, Page, Scope
from queries.organisation.portfolio import grids_of
from queries.reading import IN, OUT, node, related, rows
from queries.results import Cut
from queries.tasks import Holder, TaskHead, tasks_at

UNKNOWN = "unknown"
DEEPEST = 10  # five levels of authority; more is a circle in the data


@dataclass(frozen=True, slots=True)
class BureauHead:
    """A bureau or a grid without its contents."""

    id: str
    name: str | None
    level: int | None
    region: str | None


@dataclass(frozen=True, slots=True)
class GridHead:
    """A grid under a bureau."""

    id: str
    name: str | None
    kind: str | None
    bureau: str


@dataclass(frozen=True, slots=True)
class BureauView:
    """A bureau with its subtree: counts are over the whole subtree, inside the scope."""

    head: BureauHead
    parents: tuple[BureauHead, ...]
    children: tuple[BureauHead, ...]
    grids: tuple[GridHead, ...]
    officer_count: int
    taxpayer_count: int
    taxpayers_by_status: dict[str, int]
    task_count: int
    tasks_by_status: dict[str, int]


@dataclass(frozen=True, slots=True)
class OfficerView:
    """An officer as of a day. `late` tasks were closed after, or are open past, their due day."""

    id: str
    name: str | None
    expertise: tuple[str, ...]
    active_from: date | None
    active_to: date | None
    grids: tuple[Holder, ...]
    portfolio_size: int
    tasks_open: int
    tasks_closed: int
    tasks_late: int
    tasks: tuple[TaskHead, ...]
    cut: tuple[Cut, ...]


def bureau_view(store: GraphStore, bureau: str, *, as_of: AsOf = NOW, scope: Scope = ROOT) -> BureauView:
    """The whole view. Raises NotFoundError for a bureau that is not there."""
    row = node(store, "Bureau", bureau, as_of=as_of, scope=scope)
    subtree = bureau_subtree(store, [bureau], as_of=as_of)
    grids = _grids_under(store, subtree, as_of=as_of)
    keys = [grid.id for grid in grids]
    tasks = tasks_at(store, "Grid", keys, "HELD_BY", as_of=as_of, scope=scope)
    officers = related(store, "Grid", keys, "WORKS_IN", IN, as_of=as_of, scope=scope)
    by_status = _taxpayers_by_status(store, subtree, as_of=as_of, scope=scope)
    return BureauView(
        head=BureauHead(*(row[name] for name in BureauHead.__slots__)),
        parents=_neighbours(store, bureau, upwards=True, as_of=as_of),
        children=_neighbours(store, bureau, upwards=False, as_of=as_of),
        grids=grids,
        officer_count=len({str(one["from_id"]) for one in rows(officers.table)}),
        taxpayer_count=sum(by_status.values()),
        taxpayers_by_status=by_status,
        task_count=len(tasks),
        tasks_by_status=_counted(task.status for task in tasks),
    )


def bureau_subtree(store: GraphStore, bureaus: Sequence[str], *, as_of: AsOf = NOW) -> tuple[str, ...]:
    """These bureaus and all below them, sorted. Also what a scope is made of."""
    seen, frontier = set(bureaus), sorted(set(bureaus))
    for _ in range(DEEPEST):
        below = related(store, "Bureau", frontier, "PART_OF", IN, as_of=as_of, scope=ROOT)
        frontier = sorted({str(r["from_id"]) for r in rows(below.table) if r["from_type"] == "Bureau"} - seen)
        if not frontier:
            break
        seen |= set(frontier)
    return tuple(sorted(seen))


def _neighbours(store: GraphStore, bureau: str, *, upwards: bool, as_of: AsOf) -> tuple[BureauHead, ...]:
    end, direction = ("to", OUT) if upwards else ("from", IN)
    found = rows(related(store, "Bureau", [bureau], "PART_OF", direction, as_of=as_of, scope=ROOT).table)
    keys = sorted({str(row[f"{end}_id"]) for row in found if row[f"{end}_type"] == "Bureau"})
    heads = rows(store.fetch("Bureau", keys, as_of=as_of))
    return tuple(BureauHead(*(row[name] for name in BureauHead.__slots__)) for row in heads)


def _grids_under(store: GraphStore, bureaus: Sequence[str], *, as_of: AsOf) -> tuple[GridHead, ...]:
    wanted = ("name", "kind")
    found = related(store, "Bureau", bureaus, "UNDER", IN, attributes=wanted, as_of=as_of, scope=ROOT)
    grids = {
        str(row["from_id"]): GridHead(str(row["from_id"]), row["far.name"], row["far.kind"], str(row["key"]))
        for row in rows(found.table)
    }
    return tuple(grids[key] for key in sorted(grids))


def _taxpayers_by_status(store: GraphStore, bureaus: Sequence[str], *, as_of: AsOf, scope: Scope) -> dict[str, int]:
    inside = Filter("bureau", Op.IN, tuple(bureaus))

    def count(*more: Filter) -> int:
        return store.select("Taxpayer", where=(inside, *more), page=Page(limit=1), as_of=as_of, scope=scope).total

    counted = {status: count(Filter("status", Op.EQ, status)) for status in STATUS}
    counted[UNKNOWN] = count() - sum(counted.values())
    return {status: number for status, number in counted.items() if number}


def officer_view(
    store: GraphStore, officer: str, *, as_of: AsOf = NOW, scope: Scope = ROOT, rows_limit: int = 100
) -> OfficerView:
    """The whole view; tasks newest first, at most `rows_limit` (the counts are not cut).

    Assignments that ended still count: the officer did that work. Raises NotFoundError for one that is not there.
    """
    row = node(store, "Officer", officer, as_of=as_of, scope=scope)
    day, past = as_of.valid, AsOf(recorded=as_of.recorded)
    every = tasks_at(store, "Officer", [officer], "ASSIGNED_TO", as_of=past, scope=scope)
    tasks = [task for task in every if task.opened_by(day)]
    open_count = sum(task.open_on(day) for task in tasks)
    grids = grids_of(store, officer, as_of=as_of, scope=scope)
    keys = sorted({grid.id for grid in grids})
    placed = related(store, "Grid", keys, "IN_GRID", IN, as_of=as_of, scope=scope)
    dropped = max(0, len(tasks) - rows_limit)
    return OfficerView(
        id=officer,
        name=row["name"],
        expertise=tuple(tag.strip() for tag in (row["expertise"] or "").split(",") if tag.strip()),
        active_from=row["active_from"],
        active_to=row["active_to"],
        grids=grids,
        portfolio_size=len({str(one["from_id"]) for one in rows(placed.table)}),
        tasks_open=open_count,
        tasks_closed=len(tasks) - open_count,
        tasks_late=sum(task.late_on(day) for task in tasks),
        tasks=tuple(reversed(tasks))[:rows_limit],
        cut=(Cut("tasks", "rows", dropped),) if dropped else (),
    )


def _counted(statuses: Iterable[str | None]) -> dict[str, int]:
    return dict(sorted(Counter(status or UNKNOWN for status in statuses).items()))
