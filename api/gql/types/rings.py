"""Answers about rings: counts, a list, why each is one."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import Enum

import strawberry

from api.gql.connections import Asked, Connection, list_page, mapped, node_of
from api.gql.context import Info, RequestContext
from api.gql.fields import field
from api.gql.scalars import CivilTime, Count, Money, exact_money, share_of
from api.gql.types.answers import Answer, GraphColumns, PartyCard, cuts, graph_columns, party_card
from api.gql.types.links import LazyInvoice
from graph.store.questions import AsOf
from queries.results import PartyRef
from queries.ring_list import Ring, RingStep
from queries.rings import RingAnswer
from queries.why import Reason, why


@strawberry.enum(description="What makes a circle a ring. 环开模式")
class RingMode(Enum):
    """In order of time, within a window in any order, or at any time."""

    TIME_ORDERED = "time-ordered"
    WINDOW = "window"
    STATIC = "static"


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


@strawberry.type(description="What a member bought and sold inside a ring. 环内增值")
class RingPart:
    """Added = sold less bought."""

    key: str
    name: str | None
    bought: Money
    sold: Money
    added: Money
    added_share: Decimal = strawberry.field(description="Added by bought.")


@strawberry.type(description="Why a ring is one, for somebody who was not there. 成环理由")
class RingReason:
    """A function of the ring alone."""

    english: str
    chinese: str
    steps_english: list[str]
    steps_chinese: list[str]
    members: list[RingPart]


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
    found: strawberry.Private[Ring]

    @field
    def why(self) -> RingReason:
        """In words, with what each member added (理由)."""
        return _reason(why(self.found))

    @field
    def graph(self, info: Info) -> GraphColumns:
        """Members and witness invoices in columns."""
        return graph_columns(info.context, why(self.found).payload(), currency=self.currency)


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
        score=share_of(ring.score),
        members=[party_card(context, member, as_of) for member in members],
        steps=_steps(ring.invoices, ring.currency, as_of),
        found=ring,
    )


def _steps(steps: Sequence[RingStep], currency: str, as_of: AsOf) -> list[RingInvoice]:
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


def _reason(found: Reason) -> RingReason:
    currency = found.ring.currency
    return RingReason(
        english=found.sentence_en,
        chinese=found.sentence_zh,
        steps_english=list(found.steps_en),
        steps_chinese=list(found.steps_zh),
        members=[
            RingPart(
                key=part.id,
                name=part.name,
                bought=exact_money(part.bought_cents, currency),
                sold=exact_money(part.sold_cents, currency),
                added=exact_money(part.added_cents, currency),
                added_share=share_of(part.added_share),
            )
            for part in found.members
        ],
    )
