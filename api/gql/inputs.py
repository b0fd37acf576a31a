"""Filters and orders of lists, as inputs of the schema and as the store understands them. Used by list fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry

from api.gql.scalars import CivilTime, cents
from graph.store.questions import Filter, Op, Order, Value

FAR = "far."
DEFAULT_CURRENCY = "CNY"


@strawberry.input(description="Conditions on a text; all given ones must hold.")
class TextFilter:
    """Compared as written; search is for spelling-tolerant questions."""

    eq: str | None = None
    any_of: list[str] | None = None
    prefix: str | None = None
    contains: str | None = None


@strawberry.input(description="First and last day, both included.")
class DateRange:
    """Either end may be left open."""

    from_: date | None = strawberry.field(name="from", default=None)
    to: date | None = None


@strawberry.input(description="From this time, before that one.")
class TimeRange:
    """Half open, so that ranges join without overlap; either end may be left open."""

    from_: CivilTime | None = strawberry.field(name="from", default=None)
    before: CivilTime | None = None


@strawberry.input(description="Least and greatest amount, both included.")
class AmountRange:
    """In units of one currency; only amounts of that currency match."""

    at_least: Decimal | None = None
    at_most: Decimal | None = None
    currency: str = DEFAULT_CURRENCY


@strawberry.input(description="Which taxpayers; all given conditions must hold.")
class TaxpayerFilter:
    """Conditions on a taxpayer."""

    name: TextFilter | None = None
    tax_number: TextFilter | None = None
    kind: TextFilter | None = None
    status: TextFilter | None = None
    vat_status: TextFilter | None = None
    industry: TextFilter | None = None
    region: TextFilter | None = None
    bureau: TextFilter | None = None
    registered_on: DateRange | None = None
    stub: bool | None = None


@strawberry.input(description="Which invoices; all given conditions must hold.")
class InvoiceFilter:
    """Conditions on an invoice."""

    code: TextFilter | None = None
    number: TextFilter | None = None
    kind: TextFilter | None = None
    status: TextFilter | None = None
    currency: TextFilter | None = None
    risk_level: TextFilter | None = None
    red: bool | None = None
    issued_at: TimeRange | None = None
    net: AmountRange | None = None
    tax: AmountRange | None = None


@strawberry.input(description="Which tasks; all given conditions must hold.")
class TaskFilter:
    """Conditions on a task."""

    kind: TextFilter | None = None
    status: TextFilter | None = None
    stage: TextFilter | None = None
    priority: TextFilter | None = None
    loop: TextFilter | None = None
    opened_at: TimeRange | None = None
    due_on: DateRange | None = None


@strawberry.input(description="Which data quality issues; all given conditions must hold.")
class QualityIssueFilter:
    """Conditions on a data quality issue."""

    rule: TextFilter | None = None
    subject_type: TextFilter | None = None
    status: TextFilter | None = None


@strawberry.input(description="Which reads; all given conditions must hold.")
class AccessEventFilter:
    """Conditions on an access event."""

    principal: TextFilter | None = None
    officer: TextFilter | None = None
    operation: TextFilter | None = None
    subjects: TextFilter | None = None
    task: TextFilter | None = None


@strawberry.enum(description="What taxpayers can be ordered by.")
class TaxpayerOrderField(Enum):
    """Properties of a taxpayer."""

    KEY = "id"
    NAME = "name"
    TAX_NUMBER = "tax_number"
    REGISTERED_ON = "registered_on"


@strawberry.enum(description="What invoices can be ordered by.")
class InvoiceOrderField(Enum):
    """Properties of an invoice."""

    KEY = "id"
    ISSUED_AT = "issued_at"
    NET = "net_cents"
    NUMBER = "number"


@strawberry.enum(description="What tasks can be ordered by.")
class TaskOrderField(Enum):
    """Properties of a task."""

    KEY = "id"
    OPENED_AT = "opened_at"
    DUE_ON = "due_on"
    CLOSED_AT = "closed_at"


@strawberry.input(description="Order of taxpayers; ties by key.")
class TaxpayerOrder:
    """Field and direction."""

    field: TaxpayerOrderField = TaxpayerOrderField.KEY
    descending: bool = False


@strawberry.input(description="Order of invoices; ties by key.")
class InvoiceOrder:
    """Field and direction."""

    field: InvoiceOrderField = InvoiceOrderField.KEY
    descending: bool = False


@strawberry.input(description="Order of tasks; ties by key.")
class TaskOrder:
    """Field and direction."""

    field: TaskOrderField = TaskOrderField.KEY
    descending: bool = False


def orders(given: TaxpayerOrder | InvoiceOrder | TaskOrder | None, *, far: bool = False) -> tuple[Order, ...]:
    """An order input as the store understands it; by key where nothing is given. `far`: of the far node."""
    if given is None:
        return ()
    return (Order((FAR if far else "") + str(given.field.value), given.descending),)


def filters(given: Any, *, far: bool = False) -> tuple[Filter, ...]:
    """A filter input as the store understands it. `far`: of the far node of a relationship."""
    if given is None:
        return ()
    prefix = FAR if far else ""
    found = [item for field in fields(given) for item in _conditions(field.name, getattr(given, field.name))]
    return tuple(Filter(prefix + item.property, item.op, item.value) for item in found)


def _conditions(name: str, given: Any) -> Iterator[Filter]:
    if given is None:
        return
    if isinstance(given, bool):
        yield Filter(name, Op.EQ, given)
    elif isinstance(given, TextFilter):
        yield from _text(name, given)
    elif isinstance(given, DateRange):
        yield from _between(name, (Op.GE, given.from_), (Op.LE, given.to))
    elif isinstance(given, TimeRange):
        yield from _between(name, (Op.GE, given.from_), (Op.LT, given.before))
    elif isinstance(given, AmountRange):
        yield from _amounts(name, given)


def _text(name: str, given: TextFilter) -> Iterator[Filter]:
    if given.any_of is not None:
        yield Filter(name, Op.IN, tuple(given.any_of))
    yield from _between(name, (Op.EQ, given.eq), (Op.PREFIX, given.prefix), (Op.CONTAINS, given.contains))


def _amounts(name: str, given: AmountRange) -> Iterator[Filter]:
    least = None if given.at_least is None else cents(given.at_least, given.currency)
    most = None if given.at_most is None else cents(given.at_most, given.currency)
    if least is not None or most is not None:
        yield Filter("currency", Op.EQ, given.currency)
    yield from _between(f"{name}_cents", (Op.GE, least), (Op.LE, most))


def _between(name: str, *bounds: tuple[Op, Value | datetime]) -> Iterator[Filter]:
    return (Filter(name, op, value) for op, value in bounds if value is not None)
