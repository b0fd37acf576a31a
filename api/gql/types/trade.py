"""Answers about the way of value: traces, shortest paths, and investigators' own patterns."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from strawberry.scalars import JSON

from api.gql.connections import Asked, Connection, list_page, mapped, node_of
from api.gql.context import Info, RequestContext
from api.gql.fields import field
from api.gql.scalars import CivilTime, Money, exact_money, money, share_of
from api.gql.types.answers import Answer, GraphColumns, PartyCard, cuts, graph_columns, party_card
from api.gql.types.links import LazyInvoice
from api.gql.types.relations import Holder
from graph.store.questions import AsOf
from queries.match import MatchAnswer
from queries.paths import PathAnswer
from queries.results import PartyRef
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


@strawberry.type(name="PathStep", description="From one node of a path to the next. 路径步骤")
class PathLink:
    """A relationship, or TRADE with the earliest invoice."""

    kind: str
    source: str
    target: str
    invoice_key: str | None
    at: CivilTime | None
    amount: Money | None
    as_of: strawberry.Private[AsOf]

    @field
    async def invoice(self, info: Info) -> LazyInvoice | None:
        """The earliest invoice, where the step is trade."""
        return await node_of(info.context, "Invoice", self.invoice_key, self.as_of)


@strawberry.type(name="Path", description="The shortest path between two taxpayers or persons. 最短路径")
class PathFound(Answer):
    """Keys of nodes in order; every node is in scope."""

    found: bool
    leaves_scope: bool = strawberry.field(description="The walk met the border of the scope.")
    steps: list[PathLink]
    answer: strawberry.Private[PathAnswer]
    as_of: strawberry.Private[AsOf]

    @field
    async def nodes(self, info: Info) -> list[Holder | None]:
        """Taxpayers and persons from start to end."""
        found: list[Any] = [await node_of(info.context, node.type, node.id, self.as_of) for node in self.answer.nodes]
        return found

    @field
    def graph(self, info: Info) -> GraphColumns:
        """The path in columns."""
        return graph_columns(info.context, self.answer.payload())


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
        share=share_of(stop.share),
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
        share=share_of(edge.share),
        hop=edge.hop,
        as_of=as_of,
    )


def path_found(context: RequestContext, found: PathAnswer, as_of: AsOf) -> PathFound:
    """A path as an answer."""
    for node in found.nodes:
        context.saw(node.type, node.id)
    steps = [
        PathLink(
            kind=step.kind,
            source=step.source,
            target=step.target,
            invoice_key=step.invoice,
            at=_civil(step.at),
            amount=money(step.amount_cents, step.currency),
            as_of=as_of,
        )
        for step in found.steps
    ]
    return PathFound(
        cut=cuts(found.cut), found=found.found, leaves_scope=found.leaves_scope, steps=steps, answer=found, as_of=as_of
    )


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


def _civil(moment: datetime | None) -> CivilTime | None:
    return CivilTime(moment) if moment else None
