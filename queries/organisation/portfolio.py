"""What an officer looks after on a day: grids, posts and duties, delegations, taxpayers, open tasks. Called by api."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from graph.store.port import GraphStore
from graph.store.questions import ROOT, AsOf, Scope
from queries.limits import DEFAULT_LIMITS, Limits
from queries.organisation.answering import duties_of
from queries.organisation.days import common
from queries.organisation.facts import UNNAMED, Asking, Ground
from queries.organisation.lines import HeldDuty
from queries.reading import IN, OUT, names, node, none_first, related, rows
from queries.results import Cut, PartyRef
from queries.tasks import Holder, TaskHead, tasks_at


@dataclass(frozen=True, slots=True)
class HeldPost:
    """A post on the days on which the officer holds it: where it stands and what it carries."""

    id: str
    name: str | None
    grids: tuple[str, ...]
    bureaus: tuple[str, ...]
    from_: date | None
    to: date | None
    duties: tuple[HeldDuty, ...]


@dataclass(frozen=True, slots=True)
class Delegation:
    """To or from another officer: of a post, or of everything (None)."""

    officer: str
    officer_name: str | None
    post: str | None
    from_: date | None
    to: date | None


@dataclass(frozen=True, slots=True)
class Load:
    """How much work lies with an officer: open tasks, those past their due day, those of officers acted for."""

    open: int
    late: int
    acting: int


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What an officer looks after on a day: grids, taxpayers in scope, open tasks. `taxpayer_count` is never cut.

    `taxpayers` are one page by id. `load.acting`: tasks assigned to officers that delegate everything to this one.
    """

    officer: str
    officer_name: str | None
    on: date | None
    grids: tuple[Holder, ...]
    taxpayer_count: int
    taxpayers: tuple[PartyRef, ...]
    open_tasks: tuple[TaskHead, ...]
    cut: tuple[Cut, ...]
    posts: tuple[HeldPost, ...] = ()
    delegates_to: tuple[Delegation, ...] = ()
    acts_for: tuple[Delegation, ...] = ()
    load: Load = Load(0, 0, 0)


def portfolio(
    store: GraphStore,
    officer: str,
    *,
    on: date | None = None,
    recorded: datetime | None = None,
    after: str | None = None,
    scope: Scope = ROOT,
    limits: Limits = DEFAULT_LIMITS,
) -> Portfolio:
    """All that an officer looks after on a day (None: all that the graph knows, undated).

    `after`: list the taxpayers that follow this id. Raises NotFoundError for an officer that is not there.
    """
    asking = Asking(store, AsOf(valid=on, recorded=recorded), scope)
    head = node(store, "Officer", officer, as_of=asking.as_of, scope=scope)
    grids = grids_of(store, officer, as_of=asking.as_of, scope=scope)
    count, listed, more = _taxpayers(asking, grids, after, limits)
    out = asking.out("Officer", [officer], "DELEGATES_TO", "Officer").get(officer, [])
    into = asking.into("Officer", [officer], "DELEGATES_TO", "Officer").get(officer, [])
    others = {ground.target for ground in out} | {ground.source for ground in into}
    named = {key: each.name for key, each in asking.named("Officer", others).items()}
    tasks = _open_tasks(asking, [officer])
    acting = _open_tasks(asking, sorted({ground.source for ground in into if ground.role is None}))
    return Portfolio(
        officer=officer,
        officer_name=head["name"],
        on=on,
        grids=grids,
        taxpayer_count=count,
        taxpayers=listed,
        open_tasks=tasks,
        cut=(Cut("taxpayers", "rows", more),) if more else (),
        posts=_posts(asking, officer),
        delegates_to=tuple(_delegation(ground, ground.target, named) for ground in out),
        acts_for=tuple(_delegation(ground, ground.source, named) for ground in into),
        load=Load(len(tasks), sum(task.late_on(on) for task in tasks), len(acting)),
    )


def grids_of(store: GraphStore, officer: str, *, as_of: AsOf, scope: Scope) -> tuple[Holder, ...]:
    """Grids that an officer works in, dated, by grid, role and start."""
    found = related(store, "Officer", [officer], "WORKS_IN", OUT, attributes=("name",), as_of=as_of, scope=scope)
    grids = [
        Holder(str(row["to_id"]), row["far.name"], row["role"], row["valid_from"], row["valid_to"])
        for row in rows(found.table)
    ]
    return tuple(sorted(grids, key=lambda grid: (grid.id, grid.role or "", none_first(grid.from_))))


def _taxpayers(
    asking: Asking, grids: Sequence[Holder], after: str | None, limits: Limits
) -> tuple[int, tuple[PartyRef, ...], int]:
    """How many taxpayers the grids hold, a page of them, and how many follow it. Names are read for the page alone."""
    store, as_of, scope = asking.store, asking.as_of, asking.scope
    keys = sorted({grid.id for grid in grids})
    placed = related(store, "Grid", keys, "IN_GRID", IN, columns=(), as_of=as_of, scope=scope)
    members = sorted({str(row["from_id"]) for row in rows(placed.table)})
    rest = [key for key in members if after is None or key > after]
    page = rest[: limits.rows]
    named = names(store, "Taxpayer", page, as_of=as_of, scope=scope)
    return len(members), tuple(PartyRef(key, named.get(key)) for key in page), len(rest) - len(page)


def _open_tasks(asking: Asking, officers: Sequence[str]) -> tuple[TaskHead, ...]:
    found = tasks_at(asking.store, "Officer", officers, "ASSIGNED_TO", as_of=asking.as_of, scope=asking.scope)
    return tuple(task for task in found if task.open_on(asking.as_of.valid))


def _posts(asking: Asking, officer: str) -> tuple[HeldPost, ...]:
    held = asking.out("Officer", [officer], "HOLDS_POST", "Post").get(officer, [])
    keys = {ground.target for ground in held}
    named, duties = asking.named("Post", keys), duties_of(asking, keys)
    places = [asking.out("Post", keys, "POST_AT", kind) for kind in ("Grid", "Bureau")]
    found = []
    for ground in held:
        post = named.get(ground.target, UNNAMED)
        days = common(ground.days, post.days)
        grids, bureaus = (tuple(sorted({each.target for each in at.get(ground.target, ())})) for at in places)
        if not days.empty and days.holds(asking.as_of.valid):
            carried = duties.get(ground.target, ())
            found.append(HeldPost(ground.target, post.name, grids, bureaus, days.from_, days.to, carried))
    return tuple(found)


def _delegation(ground: Ground, other: str, named: Mapping[str, str | None]) -> Delegation:
    return Delegation(other, named.get(other), ground.role, ground.from_, ground.to)
