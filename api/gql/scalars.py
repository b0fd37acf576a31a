"""Scalars and small values of the schema: money, civil time, provenance. Used by every type."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from graph.errors import QueryError
from graph.model.currencies import exponent_of
from queries.durations import duration_text, parse_duration

CivilTime = NewType("CivilTime", datetime)
Duration = NewType("Duration", timedelta)
Count = NewType("Count", int)
NO_CURRENCY = "XXX"  # ISO 4217: no currency is known


@strawberry.type(description="An amount of money. Amounts of two currencies are never added. 金额")
class Money:
    """Exact: a decimal, not a float."""

    amount: Decimal = strawberry.field(description="In units of the currency, with all its decimal places.")
    currency: str = strawberry.field(description="ISO 4217; XXX where the source names none.")


def money(cents: int | None, currency: str | None) -> Money | None:
    """Minor units as an amount; None stays None."""
    if cents is None:
        return None
    return Money(amount=Decimal(cents).scaleb(-exponent_of(currency or "")), currency=currency or NO_CURRENCY)


def exact_money(cents: int, currency: str | None) -> Money:
    """Minor units as an amount, where there always is one."""
    return Money(amount=Decimal(cents).scaleb(-exponent_of(currency or "")), currency=currency or NO_CURRENCY)


def cents(amount: Decimal, currency: str) -> int:
    """An amount as minor units.

    Raises:
        QueryError: `query.amount` for more decimal places than the currency has.
    """
    scaled = amount.scaleb(exponent_of(currency))
    if scaled != scaled.to_integral_value() or abs(scaled) > 2**63 - 1:
        raise QueryError(
            "This amount is not one of its currency.",
            code="query.amount",
            next_step="Send an amount with no more decimal places than the currency has.",
            currency=currency,
        )
    return int(scaled)


def millionths(value: int | None) -> Decimal | None:
    """A rate or share: 130000 → 0.13."""
    return None if value is None else _canonical(Decimal(value).scaleb(-6))


def share_of(value: int) -> Decimal:
    """Millionths of a share that is always known."""
    return _canonical(Decimal(value).scaleb(-6))


def decimal_text(value: str | None) -> Decimal | None:
    """Canonical decimal text as a decimal."""
    return None if value is None else Decimal(value)


def _canonical(value: Decimal) -> Decimal:
    shorter = value.normalize()
    return shorter.quantize(Decimal(1)) if int(shorter.as_tuple().exponent) > 0 else shorter


def _civil(given: Any) -> datetime:
    try:
        found = datetime.fromisoformat(str(given))
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        raise QueryError("A civil time has no offset.", code="query.time", next_step="Write it as 2026-03-01T12:30:05.")
    return found


SCALARS: dict[object, ScalarDefinition] = {
    CivilTime: strawberry.scalar(
        name="CivilTime",
        description="A time of the authority's wall clock, ISO 8601 without an offset. 当地时间",
        serialize=datetime.isoformat,
        parse_value=_civil,
    ),
    Duration: strawberry.scalar(
        name="Duration",
        description="A span of time: a whole number and s, m, h, d or w, as in 90s, 30d, 12w. 时长",
        serialize=duration_text,
        parse_value=parse_duration,
    ),
    Count: strawberry.scalar(
        name="Count",
        description="A whole number that may be larger than an Int holds. 计数",
        serialize=int,
        parse_value=int,
    ),
}


@strawberry.type(description="Where a fact comes from. 数据来源")
class Provenance:
    """Source system, file, row and batch of a fact."""

    source: str | None = strawberry.field(description="Source system.")
    file: str | None = strawberry.field(description="File inside the batch.")
    row: int | None = strawberry.field(description="Place in that file.")
    as_at: CivilTime | None = strawberry.field(description="Last date at which the source said so without a break.")
    claims: int | None = strawberry.field(description="How many distinct claims this version merges.")
    batch: str | None = strawberry.field(description="Batch that brought this version.")
