"""Answers about trade: traces, rings, paths, and investigators' own patterns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from strawberry.scalars import JSON

from api.gql.connections import Asked, Connection, list_page, mapped, node_of
from api.gql.context import Info, RequestContext
from api.gql.fields import field
from api.gql.scalars import CivilTime, Count, Money, exact_money, millionths
from api.gql.types.answers import Answer, GraphColumns, PartyCard, cuts, graph_columns, party_card
from api.gql.types.links import LazyInvoice
from graph.store.questions import AsOf
from queries.match import MatchAnswer
from queries.results import PartyRef
from queries.ring_list import Ring, RingStep
from queries.rings import RingAnswer
from queries.trace import Trace
from queries.trace_list import TraceEdge, TraceNode

HIDDEN = "hidden-"  # how every opaque id begins


@strawberry.enum(description="Where to follow value to. 追溯方向")
class TraceDirection(Enum):
    """From the start."""

    DOWN = "down"
    UP = "up"


@strawberry.enum(description="How value that mixes is told apart. 归属方法")
class TraceMethod(Enum):
    """Proportional, or first in first out."""

    HAIRCUT = "haircut"
    FIFO = "fifo"


@strawberry.enum(description="How finely time is compared; AUTO: by second only if every invoice has a time. 时间精度")
class Resolution(Enum):
    """As the answer states."""

    AUTO = "auto"
    DAY = "day"
    SECOND = "second"


@strawberry.enum(description="What makes a circle a ring. 环开模式")
class RingMode(Enum):
    """In order of time, within a window in any order, or at any time."""

    TIME_ORDERED = "time-ordered"
    WINDOW = "window"
    STATIC = "static"


@strawberry.type(description="A taxpayer on the way of a trace. 追溯节点")
class TraceStop:
    """Hop 0 is the start."""

    party: PartyCard
    hop: int
    first_at: CivilTime | None
    carried: Money = strawberry.field(description="What arrived here (down) or left from here (up).")
    share: Decimal = strawberry.field(description="Of the start's whole amount.")
    leaves_scope: bool


@strawberry.type(description="A net invoice used by a trace. 追溯发票")
class TraceInvoice:
    """Between keys of parties."""

    key: str
    seller: str
    buyer: str
    at: CivilTime
    amount: Money
    carried: Money
    share: Decimal
    hop: int
    as_of: strawberry.Private[AsOf]

    @field
    async def invoice(self, info: Info) -> LazyInvoice | None:
        """The invoice itself, if it is in scope."""
        return await node_of(info.context, "Invoice", self.key, self.as_of)


@strawberry.type(name="Trace", description="Where value went, or came from, in time order and in shares. 资金票流追溯")
class TraceAnswer(Answer):
    """`graph` is the whole answer in columns; `stops` and `invoices` are pages of the same."""

    start: str = strawberry.field(description="Key of the start.")
    start_type: str
    currency: str
    resolution: str
    span_from: CivilTime | None
    span_to: CivilTime | None
    start_amount: Money
    leaves_scope: bool = strawberry.field(description="Part of the value went out of sight.")
    below_threshold: int = strawberry.field(description="Edges too small to be followed.")
    found: strawberry.Private[Trace]
    as_of: strawberry.Private[AsOf]

    @field
    def graph(self, info: Info) -> GraphColumns:
        """Taxpayers and invoices in columns."""
        return graph_columns(info.context, self.found.payload(), currency=self.currency)

    @field
    def stops(self, info: Info, *, first: int = 20, after: str | None = None) -> Connection[TraceStop]:
        """Taxpayers reached, by hop."""
        page = list_page(self.found.nodes, Asked(first, after), self.as_of)
        return mapped(page, lambda stop: _stop(info.context, stop, self.currency, self.as_of))

    @field
    def invoices(self, *, first: int = 20, after: str | None = None) -> Connection[TraceInvoice]:
        """Invoices used, in order of the trace."""
        page = list_page(self.found.edges, Asked(first, after), self.as_of)
        return mapped(page, lambda edge: _trace_invoice(edge, self.currency, self.as_of))


@strawberry.type(name="RingStep", description="One invoice of a ring. 环上发票")
class RingInvoice:
    """In a static ring: the earliest of several invoices between the two, with their sum."""

    key: str
    seller: str
    buyer: str
    at: CivilTime
    amount: Money
    invoices: int
    as_of: strawberry.Private[AsOf]

    @field
    async def invoice(self, info: Info) -> LazyInvoice | None:
        """The invoice itself."""
        return await node_of(info.context, "Invoice", self.key, self.as_of)


@strawberry.type(name="Ring", description="Taxpayers that invoice each other in a circle, with one witness. 环开")
class RingFound:
    """Members in canonical rotation; all of them are in scope."""

    key: str
    length: int
    currency: str
    first_at: CivilTime
    last_at: CivilTime
    edge_cycles: Count
    bundled_cycles: Count
    smallest: Money
    largest: Money
    score: Decimal = strawberry.field(description="Smallest by largest amount.")
    members: list[PartyCard]
    steps: list[RingInvoice]


@strawberry.type(description="How many cycles of invoices have one length. 按长度计数")
class LengthCount:
    """One length."""

    length: int
    count: Count


@strawberry.type(name="RingCounts", description="Exact, unless the search itself was cut. 计数")
class RingTotals:
    """Sets of invoices, sequences of taxpayers by start, circles of taxpayers."""

    edge_cycles: Count
    bundled_cycles: Count
    distinct_rings: Count
    edge_cycles_by_length: list[LengthCount]


@strawberry.type(name="Rings", description="Rings of one currency: counts of all, a list up to the limit. 环开检测")
class RingsAnswer(Answer):
    """If `cut` names the search, every count is a lower bound."""

    currency: str
    resolution: str
    counts: RingTotals
    found: strawberry.Private[RingAnswer]
    as_of: strawberry.Private[AsOf]

    @field
    def rings(self, info: Info, *, first: int = 20, after: str | None = None) -> Connection[RingFound]:
        """Rings of the list, in a total order."""
        page = list_page(self.found.rings, Asked(first, after), self.as_of)
        return mapped(page, lambda ring: ring_found(info.context, ring, self.as_of))

    @field
    def graph(self, info: Info) -> GraphColumns:
        """All members and all witness invoices of the list, in columns."""
        return graph_columns(info.context, self.found.payload(), currency=self.currency)


@strawberry.type(description="One column of a match: ids of a variable, or a property that was asked for. 匹配列")
class MatchColumn:
    """Value i belongs to match i."""

    name: str
    values: list[JSON]


@strawberry.type(name="Matches", description="Every place where a pattern fits, up to its limit. 模式匹配")
class MatchesAnswer(Answer):
    """In a total order."""

    count: int = strawberry.field(description="Matches in this answer.")
    columns: list[MatchColumn]
    found: strawberry.Private[MatchAnswer]

    @field
    def graph(self, info: Info) -> GraphColumns:
        """Matched nodes and relationships in columns, each once."""
        return graph_columns(info.context, self.found.payload())


def trace_answer(found: Trace, as_of: AsOf) -> TraceAnswer:
    """A trace as an answer."""
    return TraceAnswer(
        cut=cuts(found.cut),
        start=found.start,
        start_type=found.start_type,
        currency=found.currency,
        resolution=found.resolution,
        span_from=_civil(found.span_from),
        span_to=_civil(found.span_to),
        start_amount=exact_money(found.start_cents, found.currency),
        leaves_scope=found.leaves_scope,
        below_threshold=found.below_threshold,
        found=found,
        as_of=as_of,
    )


def _stop(context: RequestContext, stop: TraceNode, currency: str, as_of: AsOf) -> TraceStop:
    party = PartyRef(stop.id, stop.name, stop.hidden, stop.province)
    return TraceStop(
        party=party_card(context, party, as_of),
        hop=stop.hop,
        first_at=_civil(stop.first_at),
        carried=exact_money(stop.carried_cents, currency),
        share=_share(stop.share),
        leaves_scope=stop.leaves_scope,
    )


def _trace_invoice(edge: TraceEdge, currency: str, as_of: AsOf) -> TraceInvoice:
    return TraceInvoice(
        key=edge.invoice,
        seller=edge.seller,
        buyer=edge.buyer,
        at=CivilTime(edge.at),
        amount=exact_money(edge.amount_cents, currency),
        carried=exact_money(edge.carried_cents, currency),
        share=_share(edge.share),
        hop=edge.hop,
        as_of=as_of,
    )


def rings_answer(found: RingAnswer, as_of: AsOf) -> RingsAnswer:
    """Rings as an answer."""
    by_length = found.counts.edge_cycles_by_length
    totals = RingTotals(
        edge_cycles=Count(found.counts.edge_cycles),
        bundled_cycles=Count(found.counts.bundled_cycles),
        distinct_rings=Count(found.counts.distinct_rings),
        edge_cycles_by_length=[
            LengthCount(length=int(length), count=Count(by_length[length])) for length in sorted(by_length, key=int)
        ],
    )
    return RingsAnswer(
        cut=cuts(found.cut),
        currency=found.currency,
        resolution=found.resolution,
        counts=totals,
        found=found,
        as_of=as_of,
    )


def ring_found(context: RequestContext, ring: Ring, as_of: AsOf) -> RingFound:
    """A ring as an answer."""
    members = [PartyRef(key, name) for key, name in zip(ring.members, ring.names, strict=True)]
    return RingFound(
        key=ring.id,
        length=ring.length,
        currency=ring.currency,
        first_at=CivilTime(ring.first_at),
        last_at=CivilTime(ring.last_at),
        edge_cycles=Count(ring.edge_cycles),
        bundled_cycles=Count(ring.bundled_cycles),
        smallest=exact_money(ring.smallest_cents, ring.currency),
        largest=exact_money(ring.largest_cents, ring.currency),
        score=_share(ring.score),
        members=[party_card(context, member, as_of) for member in members],
        steps=ring_steps(ring.invoices, ring.currency, as_of),
    )


def ring_steps(steps: Sequence[RingStep], currency: str, as_of: AsOf) -> list[RingInvoice]:
    """Steps of a ring as an answer."""
    return [
        RingInvoice(
            key=step.invoice,
            seller=step.seller,
            buyer=step.buyer,
            at=CivilTime(step.at),
            amount=exact_money(step.amount_cents, currency),
            invoices=step.invoices,
            as_of=as_of,
        )
        for step in steps
    ]


def matches_answer(context: RequestContext, found: MatchAnswer) -> MatchesAnswer:
    """Matches as an answer; every node in them was read."""
    types = {node.name: node.type for node in found.pattern.nodes}
    columns = found.table.to_pydict()
    for name, type_name in types.items():
        for key in columns[name]:
            if not key.startswith(HIDDEN):
                context.saw(type_name, key)
    shown = [MatchColumn(name=name, values=[_json(value) for value in columns[name]]) for name in columns]
    return MatchesAnswer(cut=cuts(found.cut), count=found.table.num_rows, columns=shown, found=found)


def _json(value: Any) -> JSON:
    return JSON(value if isinstance(value, str | int | bool | None) else str(value))


def _share(value: int) -> Decimal:
    return millionths(value) or Decimal(0)


def _civil(moment: datetime | None) -> CivilTime | None:
    return CivilTime(moment) if moment else None
