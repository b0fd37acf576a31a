"""Roots that list the nodes of a type, page by page."""

from __future__ import annotations

from typing import Any

import strawberry

from api.access.principals import Right
from api.gql.building import Node
from api.gql.connections import Asked, Connection, select_page
from api.gql.context import AsOfInput, Info
from api.gql.fields import field
from api.gql.inputs import (
    InvoiceFilter,
    InvoiceOrder,
    TaskFilter,
    TaskOrder,
    TaxpayerFilter,
    TaxpayerOrder,
    filters,
    orders,
)
from api.gql.types.documents import Commodity, Invoice
from api.gql.types.organisation import Bureau, Grid, Officer
from api.gql.types.parties import Taxpayer
from api.gql.types.work import Task


@strawberry.type
class ListRoots:
    """Lists in a total order; by key where no order is given."""

    @field
    def taxpayers(
        self,
        info: Info,
        *,
        first: int = 20,
        after: str | None = None,
        as_of: AsOfInput | None = None,
        where: TaxpayerFilter | None = None,
        order: TaxpayerOrder | None = None,
    ) -> Connection[Taxpayer]:
        """Taxpayers in scope."""
        return _listed(info, Taxpayer, Asked(first, after, as_of, filters(where), orders(order)))

    @field
    def invoices(
        self,
        info: Info,
        *,
        first: int = 20,
        after: str | None = None,
        as_of: AsOfInput | None = None,
        where: InvoiceFilter | None = None,
        order: InvoiceOrder | None = None,
    ) -> Connection[Invoice]:
        """Invoices with a seller, a buyer or an issuer in scope."""
        return _listed(info, Invoice, Asked(first, after, as_of, filters(where), orders(order)))

    @field
    def tasks(
        self,
        info: Info,
        *,
        first: int = 20,
        after: str | None = None,
        as_of: AsOfInput | None = None,
        where: TaskFilter | None = None,
        order: TaskOrder | None = None,
    ) -> Connection[Task]:
        """Tasks about taxpayers or invoices in scope."""
        return _listed(info, Task, Asked(first, after, as_of, filters(where), orders(order)))

    @field
    def bureaus(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[Bureau]:
        """Bureaus."""
        return _listed(info, Bureau, Asked(first, after, as_of))

    @field
    def grids(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[Grid]:
        """Grids."""
        return _listed(info, Grid, Asked(first, after, as_of))

    @field
    def officers(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[Officer]:
        """Tax officers."""
        return _listed(info, Officer, Asked(first, after, as_of))

    @field
    def commodities(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[Commodity]:
        """Goods and services."""
        return _listed(info, Commodity, Asked(first, after, as_of))


def _listed(info: Info, cls: type[Node], asked: Asked) -> Connection[Any]:
    info.context.demand(Right.READ)
    return select_page(info, cls, asked)
