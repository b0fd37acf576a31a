"""The shortest path between two taxpayers or persons, over trade and over roles, shares, control and kin.

Called by api. Breadth first from both ends, in whole levels, in a fixed order: the same question gives the same path.
Only nodes in scope are walked on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from graph.errors import NotFoundError
from graph.store.port import GraphStore
from graph.store.projecting import TradeProjection
from graph.store.questions import NOW, ROOT, AsOf, Direction, Scope
from queries.limits import DEFAULT_LIMITS, Limits
from queries.reading import IN, OUT, find_taxpayer, missing, names, related, rows
from queries.results import Cut, GraphPayload
from queries.trade_graph import TradeView, invoice_keys, moment_of, trade_view

Key = tuple[str, str]  # type, id
MOST_VISITED = 200_000
_ROLES = (
    "LEGAL_REPRESENTATIVE_OF",
    "FINANCE_OFFICER_OF",
    "TAX_HANDLER_OF",
    "INVOICE_COLLECTOR_OF",
    "AGENT_OF",
    "HOLDS_SHARE",
    "CONTROLS",
)
WALKS: Mapping[str, tuple[tuple[str, Direction], ...]] = {
    "Taxpayer": (
        *((role, IN) for role in _ROLES),
        *((role, OUT) for role in ("AGENT_OF", "HOLDS_SHARE", "CONTROLS", "BRANCH_OF")),
        ("BRANCH_OF", IN),
    ),
    "Person": (*((role, OUT) for role in _ROLES), ("RELATED_TO", OUT), ("RELATED_TO", IN)),
}


@dataclass(frozen=True, slots=True)
class PathNode:
    """A taxpayer or person on the path."""

    type: str
    id: str
    name: str | None


@dataclass(frozen=True, slots=True)
class PathStep:
    """From one node of the path to the next. `kind`: a relationship, or TRADE with the earliest invoice."""

    kind: str
    source: str
    target: str
    invoice: str | None = None
    at: datetime | None = None
    amount_cents: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class PathAnswer:
    """`nodes` from start to end, none without a path in the hops; `leaves_scope`: the walk met the border."""

    found: bool
    nodes: tuple[PathNode, ...]
    steps: tuple[PathStep, ...]
    leaves_scope: bool
    cut: tuple[Cut, ...]

    def payload(self) -> GraphPayload:
        """The path as a graph."""
        nodes: dict[str, pa.Array[Any]] = {
            "id": pa.array([n.id for n in self.nodes], pa.string()),
            "type": pa.array([n.type for n in self.nodes], pa.string()),
            "label": pa.array([n.name for n in self.nodes], pa.string()),
            "hidden": pa.array([False] * len(self.nodes), pa.bool_()),
        }
        ids = [step.invoice or f"{step.source}|{step.kind}|{step.target}" for step in self.steps]
        edges: dict[str, pa.Array[Any]] = {
            "id": pa.array(ids, pa.string()),
            "type": pa.array([step.kind for step in self.steps], pa.string()),
            "source": pa.array([step.source for step in self.steps], pa.string()),
            "target": pa.array([step.target for step in self.steps], pa.string()),
            "at": pa.array([step.at for step in self.steps], pa.timestamp("us")),
            "amount_cents": pa.array([step.amount_cents for step in self.steps], pa.int64()),
            "currency": pa.array([step.currency for step in self.steps], pa.string()),
        }
        return GraphPayload(pa.table(nodes), pa.table(edges))


@dataclass(frozen=True, slots=True)
class _Link:
    """How a node was reached; `forward` if the fact points from `near` to the reached node."""

    near: Key
    kind: str
    forward: bool


@dataclass(slots=True)
class _Side:
    """One half of the search."""

    start: Key
    links: dict[Key, _Link | None] = field(default_factory=dict)
    frontier: list[Key] = field(default_factory=list)
    depth: int = 0


@dataclass(slots=True)
class _Walker:
    """What a level needs to find neighbours; remembers whether the border of the scope was met."""

    projection: TradeProjection
    store: GraphStore
    views: tuple[TradeView, ...]
    as_of: AsOf
    scope: Scope
    leaves_scope: bool = False

    def neighbours(self, frontier: list[Key]) -> Iterable[tuple[Key, _Link]]:
        """Every neighbour of the level, by the level's order, then kind, then id."""
        found = [*self._by_trade(frontier), *self._by_relationship(frontier)]
        place = {key: number for number, key in enumerate(frontier)}
        return sorted(found, key=lambda pair: (place[pair[1].near], pair[1].kind, pair[0], pair[1].forward))

    def _by_relationship(self, frontier: list[Key]) -> Iterable[tuple[Key, _Link]]:
        for type_name, walks in WALKS.items():
            keys = [key for kind, key in frontier if kind == type_name]
            for relationship, direction in walks:
                end = "to" if direction is OUT else "from"
                found = related(
                    self.store, type_name, keys, relationship, direction, as_of=self.as_of, scope=self.scope
                )
                for row in rows(found.table):
                    far = (str(row[f"{end}_type"]), str(row[f"{end}_id"]))
                    yield far, _Link((type_name, str(row["key"])), relationship, forward=direction is OUT)

    def _by_trade(self, frontier: list[Key]) -> Iterable[tuple[Key, _Link]]:
        for type_name, key in frontier:
            vertex = self.projection.vertex(key) if type_name == "Taxpayer" else None
            if vertex is None:
                continue
            for view in self.views:
                for others, forward in (
                    (view.csr.edges.buyer[view.csr.sales(vertex)], True),
                    (view.csr.edges.seller[view.csr.purchases(vertex)], False),
                ):
                    for other in np.unique(others).tolist():
                        if view.hidden(other):
                            self.leaves_scope = True
                        else:
                            far = ("Taxpayer", self.projection.id(view.taxpayer(other)))
                            yield far, _Link((type_name, key), "TRADE", forward)


def shortest_path(
    projection: TradeProjection,
    store: GraphStore,
    start: str,
    end: str,
    *,
    hops: int = 6,
    as_of: AsOf = NOW,
    scope: Scope = ROOT,
    limits: Limits = DEFAULT_LIMITS,
) -> PathAnswer:
    """A shortest path of at most `hops` steps between two taxpayers or persons.

    Raises:
        NotFoundError: `not_found.end` when an end is not there or out of scope.
    """
    ends = [_end(store, key, as_of=as_of, scope=scope) for key in (start, end)]
    resolution = "second"  # order in time plays no part in a path
    views = tuple(trade_view(projection, name, resolution, scope) for name in projection.currencies(scope))
    walker = _Walker(projection, store, views, as_of, scope)
    left, right = (_Side(key, {key: None}, [key]) for key in ends)
    meeting = left.start if left.start == right.start else None
    cut: tuple[Cut, ...] = ()
    while meeting is None and left.depth + right.depth < min(hops, limits.hops) and left.frontier and right.frontier:
        near, far = (left, right) if len(left.frontier) <= len(right.frontier) else (right, left)
        _grow(near, walker)
        meeting = min((key for key in near.frontier if key in far.links), default=None)
        if len(left.links) + len(right.links) > MOST_VISITED:
            cut = (Cut("path", "visited"),) if meeting is None else ()
            break
    if meeting is None:
        return PathAnswer(found=False, nodes=(), steps=(), leaves_scope=walker.leaves_scope, cut=cut)
    return _answer(walker, left, right, meeting)


def _end(store: GraphStore, key: str, *, as_of: AsOf, scope: Scope) -> Key:
    if rows(store.fetch("Person", [key], as_of=as_of, scope=scope)):
        return "Person", key
    try:
        return "Taxpayer", find_taxpayer(store, key, as_of=as_of, scope=scope)
    except NotFoundError:
        raise missing("End") from None


def _grow(side: _Side, walker: _Walker) -> None:
    reached: list[Key] = []
    for key, link in walker.neighbours(side.frontier):
        if key not in side.links:
            side.links[key] = link
            reached.append(key)
    side.frontier = sorted(reached)
    side.depth += 1


def _chain(side: _Side, meeting: Key) -> list[tuple[Key, _Link]]:
    """Links from the meeting node back to the side's start."""
    chain = []
    link = side.links[meeting]
    while link is not None:
        chain.append((meeting, link))
        meeting = link.near
        link = side.links[meeting]
    return chain


def _answer(walker: _Walker, left: _Side, right: _Side, meeting: Key) -> PathAnswer:
    there, back = _chain(left, meeting)[::-1], _chain(right, meeting)
    keys = [left.start, *(key for key, _ in there), *(link.near for _, link in back)]
    named = {
        kind: names(walker.store, kind, (k for t, k in keys if t == kind), as_of=walker.as_of, scope=walker.scope)
        for kind in WALKS
    }
    return PathAnswer(
        found=True,
        nodes=tuple(PathNode(kind, key, named[kind].get(key)) for kind, key in keys),
        steps=tuple(_step(walker, key, link) for key, link in (*there, *back)),
        leaves_scope=walker.leaves_scope,
        cut=(),
    )


def _step(walker: _Walker, key: Key, link: _Link) -> PathStep:
    source, target = (link.near[1], key[1]) if link.forward else (key[1], link.near[1])
    if link.kind != "TRADE":
        return PathStep(link.kind, source, target)
    return _trade_step(walker, source, target)


def _trade_step(walker: _Walker, seller: str, buyer: str) -> PathStep:
    """The earliest invoice from seller to buyer, in the currency with most invoices that has one."""
    ends = (walker.projection.vertex(seller), walker.projection.vertex(buyer))
    for view in walker.views:
        sales = view.csr.sales(ends[0] or 0)
        between = sales[view.csr.edges.buyer[sales] == ends[1]]
        if len(between):
            edge = int(between[0])
            return PathStep(
                "TRADE",
                seller,
                buyer,
                invoice_keys(walker.store, view.csr.edges.invoice[[edge]])[0],
                moment_of(view.csr.edges.tick[edge]),
                int(view.csr.edges.amount_cents[edge]),
                view.currency,
            )
    return PathStep("TRADE", seller, buyer)
