"""Roots about trade: `trace`, `rings`, `match`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from api.access.principals import Right
from api.gql.context import AsOfInput, Info, RequestContext
from api.gql.fields import field
from api.gql.ids import key_of, parsed_id
from api.gql.inputs import DEFAULT_CURRENCY
from api.gql.scalars import CivilTime, Duration, cents
from api.gql.types.rings import RingFound, RingMode, RingsAnswer, ring_found, rings_answer
from api.gql.types.trade import (
    MatchesAnswer,
    PathFound,
    Resolution,
    TraceAnswer,
    TraceDirection,
    TraceMethod,
    matches_answer,
    path_found,
    trace_answer,
)
from graph.errors import QueryError
from graph.store.questions import AsOf
from queries.limits import Limits
from queries.match import match
from queries.paths import shortest_path
from queries.rings import RingOptions, find_ring, rings
from queries.trace import TraceOptions, trace

MILLION = 1_000_000
QUARTER = Duration(timedelta(days=90))


@strawberry.input(description="How to follow value. 追溯选项")
class TraceInput:
    """Everything has a default."""

    direction: TraceDirection = TraceDirection.DOWN
    hops: int = 10
    span: Duration = QUARTER
    method: TraceMethod = TraceMethod.HAIRCUT
    min_amount: Decimal = Decimal(0)
    min_share: Decimal = Decimal(0)
    from_: CivilTime | None = strawberry.field(name="from", default=None)
    currency: str | None = None
    resolution: Resolution = Resolution.AUTO


@strawberry.input(description="What counts as a ring. 环开选项")
class RingInput:
    """Everything has a default."""

    window: Duration = QUARTER
    min_length: int = 2
    max_length: int = 5
    mode: RingMode = RingMode.TIME_ORDERED
    strict: bool = strawberry.field(default=False, description="Each invoice strictly later than the one before.")
    band: Decimal | None = strawberry.field(default=None, description="Greatest amount gap, as 0.1.")
    through: list[strawberry.ID] | None = strawberry.field(default=None, description="Only rings with one of these.")
    currency: str | None = strawberry.field(default=None, description="By default the one with most invoices.")
    resolution: Resolution = Resolution.AUTO


@strawberry.type
class TradeRoots:
    """Questions that follow invoices over several hops."""

    @field
    def trace(
        self,
        info: Info,
        *,
        start: strawberry.ID,
        options: TraceInput | None = None,
        limit: int = 1000,
        as_of: AsOfInput | None = None,
    ) -> TraceAnswer:
        """Where the value of an invoice, or of a taxpayer's trade, went or came from (追溯)."""
        context, clocks = _asked(info, as_of)
        named = parsed_id(start)
        found = trace(
            context.projection(clocks),
            context.store,
            named[1] if named else start,
            _trace_options(options or TraceInput()),
            as_of=clocks,
            scope=context.scope,
            limits=_limits(context, limit),
        )
        context.saw(found.start_type, found.start)
        return trace_answer(found, clocks)

    @field
    def rings(
        self,
        info: Info,
        *,
        options: RingInput | None = None,
        limit: int = 1000,
        budget: Duration | None = None,
        as_of: AsOfInput | None = None,
    ) -> RingsAnswer:
        """Taxpayers that invoice each other in circles; `limit` cuts the list, never the counts (环开)."""
        context, clocks = _asked(info, as_of)
        found = rings(
            context.projection(clocks),
            context.store,
            _ring_options(options or RingInput()),
            as_of=clocks,
            scope=context.scope,
            limits=_limits(context, limit, budget),
        )
        return rings_answer(found, clocks)

    @field
    def ring(
        self,
        info: Info,
        *,
        key: Annotated[str, strawberry.argument(name="id")],
        options: RingInput | None = None,
        limit: int = 1000,
        as_of: AsOfInput | None = None,
    ) -> RingFound:
        """One ring by its key, found again with the options under which it was listed (环开详情)."""
        context, clocks = _asked(info, as_of)
        found = find_ring(
            context.projection(clocks),
            context.store,
            key,
            _ring_options(options or RingInput()),
            as_of=clocks,
            scope=context.scope,
            limits=_limits(context, limit),
        )
        return ring_found(context, found, clocks)

    @field
    def shortest_path(
        self,
        info: Info,
        *,
        from_: Annotated[strawberry.ID, strawberry.argument(name="from")],
        to: strawberry.ID,
        hops: int = 6,
        as_of: AsOfInput | None = None,
    ) -> PathFound:
        """How two taxpayers or persons are connected, over trade and over roles, shares and kin (最短路径)."""
        context, clocks = _asked(info, as_of)
        ends = [named[1] if (named := parsed_id(end)) else end for end in (from_, to)]
        limits = replace(_limits(context, 1000), hops=hops)
        projection = context.projection(clocks)
        found = shortest_path(
            projection, context.store, *ends, hops=hops, as_of=clocks, scope=context.scope, limits=limits
        )
        return path_found(context, found, clocks)

    @field
    def match(
        self,
        info: Info,
        *,
        pattern: str | None = None,
        structure: JSON | None = None,
        as_of: AsOfInput | None = None,
    ) -> MatchesAnswer:
        """Every place where a pattern fits, given as text or as a JSON structure (模式匹配)."""
        context, clocks = _asked(info, as_of)
        asked: Any = pattern if pattern is not None else structure
        if asked is None or (pattern is not None and structure is not None) or not isinstance(asked, str | dict):
            raise QueryError(
                "A match needs a pattern.", code="query.argument", next_step="Send either `pattern` or `structure`."
            )
        found = match(context.store, asked, as_of=clocks, scope=context.scope)
        return matches_answer(context, found)


def _asked(info: Info, given: AsOfInput | None) -> tuple[RequestContext, AsOf]:
    info.context.demand(Right.READ)
    return info.context, info.context.asked(given)


def _limits(context: RequestContext, rows: int, budget: Duration | None = None) -> Limits:
    # A search that is cut by its budget still answers; one that outlives its request does not.
    most = max(1, int(context.deadline.remaining()) - 1)
    wanted = int(budget.total_seconds()) if budget is not None else most
    return Limits(rows=rows, seconds=min(wanted, most))


def _trace_options(given: TraceInput) -> TraceOptions:
    return TraceOptions(
        direction="down" if given.direction is TraceDirection.DOWN else "up",
        hops=given.hops,
        span=given.span,
        method="haircut" if given.method is TraceMethod.HAIRCUT else "fifo",
        min_amount_cents=cents(given.min_amount, given.currency or DEFAULT_CURRENCY),
        min_share=_millionths(given.min_share),
        from_=given.from_,
        currency=given.currency,
        resolution=given.resolution.value,
    )


def _ring_options(given: RingInput) -> RingOptions:
    return RingOptions(
        mode=given.mode.value,
        window=given.window,
        min_length=given.min_length,
        max_length=given.max_length,
        strict=given.strict,
        band=None if given.band is None else _millionths(given.band),
        through=tuple(key_of(one, "Taxpayer") for one in given.through or ()),
        currency=given.currency,
        resolution=given.resolution.value,
    )


def _millionths(share: Decimal) -> int:
    scaled = share * MILLION
    if not 0 <= scaled <= MILLION:
        raise QueryError("A share lies between 0 and 1.", code="query.share", next_step="Write a tenth as 0.1.")
    return int(scaled)
