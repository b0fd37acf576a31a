"""Traces: where the value of an invoice or of a taxpayer's trade went, or came from, in time order and in shares.

Called by api and the patterns. Definitions: detection.md §1. A taxpayer out of scope is a leaf: the trace says that it
leaves the scope there and goes no further; nothing that such taxpayers do among themselves changes an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from graph.arrays.csr import build_csr
from graph.errors import NotFoundError, QueryError
from graph.kernels.trace import Trace as Trail
from graph.kernels.trace import trace as follow
from graph.store.port import GraphStore
from graph.store.projecting import TradeProjection
from graph.store.questions import NOW, ROOT, AsOf, Scope
from queries.durations import whole_seconds
from queries.limits import DEFAULT_LIMITS, Limits
from queries.reading import IN, OUT, find_invoice, find_taxpayer, names, related, rows
from queries.results import Cut, GraphPayload, PartyRef
from queries.trace_list import TraceEdge, TraceNode, edge_table, node_table
from queries.trade_graph import (
    EMPTY,
    TradeView,
    bad_options,
    chosen_currency,
    chosen_resolution,
    invoice_keys,
    moment_of,
    party_refs,
    tick_of,
    trade_view,
)

Direction = Literal["down", "up"]
Method = Literal["haircut", "fifo"]
MILLION = 1_000_000
DEFAULT_SPAN = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class TraceOptions:
    """How to follow. `min_share` is in millionths; smaller edges count in balances but are not followed.

    `from_` moves the start of a taxpayer's trace: by default it begins with its first sale (down) or ends with its
    last purchase (up). The trace of an invoice begins (down) or ends (up) with that invoice.
    """

    direction: Direction = "down"
    hops: int = 10
    span: timedelta = DEFAULT_SPAN
    method: Method = "haircut"
    min_amount_cents: int = 0
    min_share: int = 0
    from_: datetime | None = None
    currency: str | None = None
    resolution: str = "auto"


@dataclass(frozen=True, slots=True)
class Trace:
    """What was reached inside the span; both lists in a total order. `leaves_scope`: part of it went out of sight."""

    start: str
    start_type: str
    options: TraceOptions
    currency: str
    resolution: str
    span_from: datetime | None
    span_to: datetime | None
    start_cents: int
    nodes: tuple[TraceNode, ...]
    edges: tuple[TraceEdge, ...]
    below_threshold: int
    leaves_scope: bool
    cut: tuple[Cut, ...]

    def payload(self) -> GraphPayload:
        """Nodes and edges as tables."""
        return GraphPayload(node_table(self.nodes), edge_table(self.edges, self.currency))


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a trace begins: start edges of the view, the vertex at hop 0 and the span in ticks."""

    id: str
    type: str
    edges: npt.NDArray[np.int64]
    vertex: int | None
    span: tuple[int, int]


def trace(
    projection: TradeProjection,
    store: GraphStore,
    start: str,
    options: TraceOptions = TraceOptions(),
    *,
    as_of: AsOf = NOW,
    scope: Scope = ROOT,
    limits: Limits = DEFAULT_LIMITS,
) -> Trace:
    """Follow the value of an invoice, or of a taxpayer's sales (down) or purchases (up) in the span.

    `start` is an invoice's or a taxpayer's id, or whatever `reading.find_*` understands. `limits.rows` bounds the
    edges, in ledger order; a cut is reported.

    Raises:
        NotFoundError: `not_found.start` when nothing in scope is called so.
        QueryError: `query.not_traded` for an invoice that is void, red, wholly reversed or a self-sale;
            `query.options`.
    """
    kind, key = _subject(store, start, as_of=as_of, scope=scope)
    currency = _currency(store, kind, key, options, as_of=as_of) or chosen_currency(projection, None, scope)
    resolution = chosen_resolution(projection, options.resolution, scope)
    view = trade_view(projection, currency, resolution, scope)
    if kind == "Invoice":
        begun = _from_invoice(projection, store, view, key, options=options, as_of=as_of)
    else:
        begun = _from_taxpayer(projection, view, key, options)
    _compiled(options.direction, options.method)
    trail = _follow(view, begun, options, limits)
    return _answer(projection, store, view, begun, options=options, trail=trail, as_of=as_of, scope=scope)


def _subject(store: GraphStore, start: str, *, as_of: AsOf, scope: Scope) -> tuple[str, str]:
    """Taxpayer or Invoice, and its id."""
    if rows(store.fetch("Invoice", [start], as_of=as_of, scope=scope)):
        return "Invoice", start
    try:
        return "Taxpayer", find_taxpayer(store, start, as_of=as_of, scope=scope)
    except NotFoundError:
        pass
    try:
        return "Invoice", find_invoice(store, start, as_of=as_of, scope=scope)
    except NotFoundError:
        raise NotFoundError(
            "There is no such taxpayer or invoice here.",
            code="not_found.start",
            next_step="Check the id with a search, and the bureau that your access covers.",
        ) from None


def _currency(store: GraphStore, kind: str, key: str, options: TraceOptions, *, as_of: AsOf) -> str | None:
    if kind == "Taxpayer" or options.currency is not None:
        return None if options.currency is None else options.currency.upper()
    return str(rows(store.fetch("Invoice", [key], as_of=as_of))[0]["currency"])


def _from_taxpayer(projection: TradeProjection, view: TradeView, key: str, options: TraceOptions) -> _Start:
    vertex = projection.vertex(key)
    nothing = _Start(key, "Taxpayer", np.zeros(0, np.int64), vertex, (0, 0))
    if vertex is None:
        return nothing
    down, seconds = options.direction == "down", whole_seconds(options.span)
    own = view.csr.sales(vertex) if down else view.csr.purchases(vertex)
    ticks = view.csr.edges.tick[own]
    if options.from_ is not None:
        first = tick_of(options.from_)
    elif len(own):
        first = int(ticks.min()) if down else int(ticks.max()) - seconds
    else:
        return nothing
    inside = own[(ticks >= first) & (ticks <= first + seconds)]
    return _Start(key, "Taxpayer", inside.astype(np.int64), vertex, (first, first + seconds))


def _from_invoice(
    projection: TradeProjection, store: GraphStore, view: TradeView, key: str, *, options: TraceOptions, as_of: AsOf
) -> _Start:
    """The start edge is found by its ends, then by its id: arrays hold no public ids of invoices."""
    ends = {
        end: [projection.vertex(str(row[f"{end}_id"])) for row in rows(found.table)]
        for end, found in (
            ("from", related(store, "Invoice", [key], "SOLD", IN, as_of=as_of, scope=ROOT)),
            ("to", related(store, "Invoice", [key], "BOUGHT_BY", OUT, as_of=as_of, scope=ROOT)),
        )
    }
    for seller in (s for s in ends["from"] if s is not None):
        sold_by = seller + view.vertices if view.hidden(seller) else seller
        sales = view.csr.sales(sold_by) if sold_by < view.csr.vertex_count else np.zeros(0, np.int32)
        sales = sales[np.isin(view.csr.edges.buyer[sales], [b for b in ends["to"] if b is not None])]
        for edge, name in zip(sales.tolist(), invoice_keys(store, view.csr.edges.invoice[sales]), strict=True):
            if name == key:
                return _invoice_start(view, key, edge, options)
    raise QueryError(
        "This invoice carries no net amount between two taxpayers.",
        code="query.not_traded",
        next_step="It is void, red, wholly reversed or a self-sale; start from its blue invoice or its taxpayer.",
    )


def _invoice_start(view: TradeView, key: str, edge: int, options: TraceOptions) -> _Start:
    tick, seconds = int(view.csr.edges.tick[edge]), whole_seconds(options.span)
    down = options.direction == "down"
    vertex = view.csr.edges.seller[edge] if down else view.csr.edges.buyer[edge]
    span = (tick, tick + seconds) if down else (tick - seconds, tick)
    return _Start(key, "Invoice", np.array([edge], np.int64), int(vertex), span)


def _follow(view: TradeView, start: _Start, options: TraceOptions, limits: Limits) -> Trail:
    try:
        return follow(
            view.csr.adjacency,
            start_edges=start.edges,
            direction=options.direction,
            method=options.method,
            max_hops=min(options.hops, limits.hops),
            span_start=start.span[0],
            span_end=start.span[1],
            min_amount=options.min_amount_cents,
            min_share=options.min_share,
            max_edges=limits.rows,
            budget_seconds=limits.seconds,
        )
    except ValueError as wrong:
        raise bad_options(wrong) from None


@cache
def _compiled(direction: Direction, method: Method) -> None:
    """Load or compile the kernel, so that the first question's time goes into its own search."""
    nothing = TradeView("", "day", build_csr(EMPTY, vertex_count=1), np.ones(1, np.bool_))
    start = _Start("", "Taxpayer", np.zeros(0, np.int64), None, (0, 0))
    _follow(nothing, start, TraceOptions(direction=direction, method=method), DEFAULT_LIMITS)


def _answer(
    projection: TradeProjection,
    store: GraphStore,
    view: TradeView,
    start: _Start,
    *,
    options: TraceOptions,
    trail: Trail,
    as_of: AsOf,
    scope: Scope,
) -> Trace:
    edges = view.csr.edges
    ends = {view.taxpayer(int(v)) for e in trail.edges for v in (edges.seller[e], edges.buyer[e])}
    own = () if start.vertex is None else (view.taxpayer(start.vertex),)
    shown = party_refs(projection, sorted({*ends, *own}), scope=scope, visible=view.visible)
    whole = int(edges.amount_cents[start.edges].sum())
    nodes = _nodes(view, trail, shown, own, whole)
    named = names(store, "Taxpayer", (n.id for n in nodes if not n.hidden), as_of=as_of, scope=scope)
    listed = _edges(store, view, trail, shown)
    cut = Cut("edges", "rows" if trail.cut_by == "memory" else trail.cut_by) if trail.truncated else None
    began = len(start.edges) > 0 or start.span != (0, 0)
    return Trace(
        start=start.id,
        start_type=start.type,
        options=options,
        currency=view.currency,
        resolution=view.resolution,
        span_from=moment_of(start.span[0]) if began else None,
        span_to=moment_of(start.span[1]) if began else None,
        start_cents=whole,
        nodes=tuple(_with_name(node, named) for node in nodes),
        edges=listed,
        below_threshold=trail.below_threshold,
        leaves_scope=any(node.leaves_scope for node in nodes),
        cut=(cut,) if cut else (),
    )


def _nodes(
    view: TradeView, trail: Trail, shown: Mapping[int, PartyRef], start: Sequence[int], whole: int
) -> list[TraceNode]:
    """Reached taxpayers by hop, then id, the start first. A taxpayer that is both start and reached keeps hop 0."""
    reached = {}
    for place, number in enumerate(trail.vertices.tolist()):
        vertex = view.taxpayer(number)
        reached[vertex] = (int(trail.vertex_hops[place]), int(trail.vertex_ticks[place]), trail.vertex_cents[place])
    nodes = [
        _node(shown[vertex], 0 if vertex in start else hop, moment_of(tick), float(cents), whole)
        for vertex, (hop, tick, cents) in reached.items()
    ]
    nodes += [_node(shown[vertex], 0, None, 0.0, whole) for vertex in start if vertex not in reached]
    return sorted(nodes, key=lambda node: (node.hop, node.id))


def _node(party: PartyRef, hop: int, first_at: datetime | None, cents: float, whole: int) -> TraceNode:
    return TraceNode(
        id=party.id,
        name=None,
        hidden=party.hidden,
        province=party.province,
        hop=hop,
        first_at=first_at,
        carried_cents=round(cents),
        share=round(cents * MILLION / whole) if whole else 0,
        leaves_scope=party.hidden and hop > 0,
    )


def _with_name(node: TraceNode, named: Mapping[str, str]) -> TraceNode:
    own = {name: getattr(node, name) for name in TraceNode.__slots__ if name != "name"}
    return TraceNode(**own, name=named.get(node.id))


def _edges(store: GraphStore, view: TradeView, trail: Trail, shown: Mapping[int, PartyRef]) -> tuple[TraceEdge, ...]:
    """Used invoices in ledger order (down), or against it (up)."""
    edges = view.csr.edges
    keys = invoice_keys(store, edges.invoice[trail.edges])
    return tuple(
        TraceEdge(
            invoice=key,
            seller=shown[view.taxpayer(int(edges.seller[edge]))].id,
            buyer=shown[view.taxpayer(int(edges.buyer[edge]))].id,
            at=moment_of(edges.tick[edge]),
            amount_cents=int(edges.amount_cents[edge]),
            carried_cents=round(float(trail.carried_cents[place])),
            share=round(float(trail.shares[place]) * MILLION),
            hop=int(trail.edge_hops[place]),
        )
        for place, (key, edge) in enumerate(zip(keys, trail.edges.tolist(), strict=True))
    )
