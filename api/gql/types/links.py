"""Names by which type modules refer to one another in circles. Strawberry follows them when the schema is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from api.gql.types.documents import Invoice
    from api.gql.types.governance import Finding, QualityIssue
    from api.gql.types.organisation import Bureau, Grid, Officer, Post
    from api.gql.types.parties import Person, Registration, Taxpayer
    from api.gql.types.relations import (
        Assignment,
        Deduction,
        Delegation,
        GridPlace,
        GridPosting,
        PostHolding,
        RoleHolding,
        Shareholding,
    )
    from api.gql.types.work import Task

_DOCUMENTS = strawberry.lazy("api.gql.types.documents")
_GOVERNANCE = strawberry.lazy("api.gql.types.governance")
_ORGANISATION = strawberry.lazy("api.gql.types.organisation")
_PARTIES = strawberry.lazy("api.gql.types.parties")
_RELATIONS = strawberry.lazy("api.gql.types.relations")
_WORK = strawberry.lazy("api.gql.types.work")

LazyInvoice = Annotated["Invoice", _DOCUMENTS]
LazyFinding = Annotated["Finding", _GOVERNANCE]
LazyQualityIssue = Annotated["QualityIssue", _GOVERNANCE]
LazyBureau = Annotated["Bureau", _ORGANISATION]
LazyGrid = Annotated["Grid", _ORGANISATION]
LazyOfficer = Annotated["Officer", _ORGANISATION]
LazyPost = Annotated["Post", _ORGANISATION]
LazyTaxpayer = Annotated["Taxpayer", _PARTIES]
LazyRegistration = Annotated["Registration", _PARTIES]
LazyPerson = Annotated["Person", _PARTIES]
LazyRoleHolding = Annotated["RoleHolding", _RELATIONS]
LazyShareholding = Annotated["Shareholding", _RELATIONS]
LazyDeduction = Annotated["Deduction", _RELATIONS]
LazyGridPlace = Annotated["GridPlace", _RELATIONS]
LazyGridPosting = Annotated["GridPosting", _RELATIONS]
LazyPostHolding = Annotated["PostHolding", _RELATIONS]
LazyDelegation = Annotated["Delegation", _RELATIONS]
LazyAssignment = Annotated["Assignment", _RELATIONS]
LazyTask = Annotated["Task", _WORK]
