"""Where the value of a taxpayer's trade or of an invoice went, or came from. Texts become options here."""

from __future__ import annotations

from datetime import datetime, time
from typing import Literal, cast

from api.operations.context import OperationContext
from api.operations.naming import named_taxpayer
from api.operations.parsing import as_of, cents, day, millionths
from api.operations.registry import Answer
from graph.errors import NotFoundError, QueryError
from graph.store.questions import AsOf
from queries.durations import parse_duration, whole_seconds
from queries.limits import Limits
from queries.results import plain
from queries.trace import Trace, TraceOptions
from queries.trace import trace as follow

DIRECTIONS = ("down", "up")
METHODS = ("haircut", "fifo")


def trace(
    context: OperationContext,
    *,
    start: str,
    direction: str = "down",
    hops: int = 10,
    span: str = "90d",
    min_amount: str | None = None,
    min_share: str | None = None,
    method: str = "haircut",
    start_on: str | None = None,
    currency: str | None = None,
    resolution: str = "auto",
    limit: int = 1000,
    budget: str = "60s",
    recorded: str | None = None,
) -> Answer:
    """Nodes and edges that the value reached, each with its share."""
    begun = day(start_on, "--from")
    options = TraceOptions(
        direction=cast("Literal['down', 'up']", _one_of(direction, DIRECTIONS, "--direction")),
        hops=hops,
        span=parse_duration(span),
        method=cast("Literal['haircut', 'fifo']", _one_of(method, METHODS, "--method")),
        min_amount_cents=cents(min_amount, "--min-amount"),
        min_share=millionths(min_share, "--min-share") or 0,
        from_=datetime.combine(begun, time.min) if begun else None,
        currency=currency,
        resolution=resolution,
    )
    moment = as_of(None, recorded)
    limits = Limits(hops=hops, rows=limit, seconds=whole_seconds(parse_duration(budget)))
    found = _followed(context, start, options, moment, limits)
    answer: Answer = plain(found)
    context.saw("Taxpayer", (node["id"] for node in answer["nodes"] if not node.get("hidden")))
    first = {name: answer.pop(name) for name in ("nodes", "edges", "truncated", "cut")}
    return first | answer


def _followed(context: OperationContext, start: str, options: TraceOptions, moment: AsOf, limits: Limits) -> Trace:
    """The trace from an id or number, else from the one taxpayer of that name."""
    projection = context.projection(moment)
    try:
        return follow(projection, context.store, start, options, as_of=moment, limits=limits)
    except NotFoundError as missing:
        named = named_taxpayer(context.store, start, as_of=moment)
        if named is None:
            raise missing from None
    return follow(projection, context.store, named, options, as_of=moment, limits=limits)


def _one_of(text: str, known: tuple[str, ...], option: str) -> str:
    if text not in known:
        raise QueryError(f"{option} is not {text}.", code="query.options", next_step=f"Use {' or '.join(known)}.")
    return text
