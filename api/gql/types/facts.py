"""Facts of a taxpayer that come dated from source systems: filings, payments, grants, ratings."""

from __future__ import annotations

from datetime import date

import strawberry

from api.gql.building import Node, shown
from api.gql.connections import OUT, far_node
from api.gql.context import AsOfInput, Info
from api.gql.fields import field
from api.gql.scalars import Money
from api.gql.types.links import LazyTaxpayer
from graph.store.scoping import Hop


@strawberry.interface(description="A fact about one taxpayer. 纳税人事实")
class TaxpayerFact(Node):
    """Base of what reaches a taxpayer by ABOUT."""

    @field
    async def taxpayer(self, info: Info, *, as_of: AsOfInput | None = None) -> LazyTaxpayer | None:
        """Whom it is about."""
        return await far_node(self, info, Hop("ABOUT", OUT, "Taxpayer"), as_of)


@shown
class Filing(TaxpayerFact):
    """One return for one tax and period."""

    tax_kind: str | None
    period_from: date | None
    period_to: date | None
    filed_on: date | None
    sales: Money | None
    output_tax: Money | None
    input_tax: Money | None
    payable: Money | None


@shown
class TaxPayment(TaxpayerFact):
    """Money that reached the treasury."""

    tax_kind: str | None
    period_from: date | None
    period_to: date | None
    paid_on: date | None
    amount: Money | None


@shown
class InputTransferOut(TaxpayerFact):
    """A credit given back."""

    period_from: date | None
    period_to: date | None
    booked_on: date | None
    reason: str | None
    amount: Money | None


@shown
class QuotaGrant(TaxpayerFact):
    """What may be issued."""

    invoice_kind: str | None
    count: int | None
    face_cap: Money | None
    total: Money | None
    granted_on: date | None


@shown
class RiskLevel(TaxpayerFact):
    """A rating by a source system."""

    level: str | None
    reason: str | None
    rated_on: date | None


@shown
class CreditGrade(TaxpayerFact):
    """Credit grade of one year."""

    year: int | None
    grade: str | None
    graded_on: date | None


FACTS: tuple[type[Node], ...] = (Filing, TaxPayment, InputTransferOut, QuotaGrant, RiskLevel, CreditGrade)
