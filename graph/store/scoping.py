"""How each type reaches the taxpayers that decide who may see it. Both stores compile their predicates from here.

A scope is a set of bureaus. A taxpayer is in scope if its bureau is; a node of another type is visible if one of its
routes leads to a taxpayer in scope (ANY), if every taxpayer it involves is in scope (ALL), always (OPEN), or for the
root alone (ROOT_ONLY); and besides where the scope opens it by itself (`Scope.opened`). The organisation's own
directory is open inside the authority (docs/adr/0005).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from graph.store.questions import Direction


class Rule(StrEnum):
    """Which taxpayers must be in scope for a node to be visible."""

    SELF = "self"
    ANY = "any"
    ALL = "all"
    OPEN = "open"
    ROOT_ONLY = "root_only"


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a route; a Taxpayer end is reached through its party."""

    relationship: str
    direction: Direction
    to: str


@dataclass(frozen=True, slots=True)
class Visibility:
    """Rule of a type and its routes to Taxpayer (each a chain of hops that ends at Taxpayer)."""

    rule: Rule
    routes: tuple[tuple[Hop, ...], ...] = ()


OUT, IN = Direction.OUT, Direction.IN
_ROLES = (
    "LEGAL_REPRESENTATIVE_OF",
    "FINANCE_OFFICER_OF",
    "TAX_HANDLER_OF",
    "INVOICE_COLLECTOR_OF",
    "AGENT_OF",
    "HOLDS_SHARE",
    "CONTROLS",
)
_SELLER = (Hop("SOLD", IN, "Taxpayer"),)
_BUYER = (Hop("BOUGHT_BY", OUT, "Taxpayer"),)
_ISSUER = (Hop("ISSUED", IN, "Taxpayer"),)
_OPEN = Visibility(Rule.OPEN)
_ROOT_ONLY = Visibility(Rule.ROOT_ONLY)
_ABOUT = Visibility(Rule.ANY, ((Hop("ABOUT", OUT, "Taxpayer"),),))
_INVOICE = Visibility(Rule.ANY, (_SELLER, _BUYER, _ISSUER))
_PERSON = Visibility(Rule.ANY, tuple((Hop(role, OUT, "Taxpayer"),) for role in _ROLES))
_TASK_ROUTES = (
    (Hop("CONCERNS", OUT, "Taxpayer"),),
    (Hop("CONCERNS", OUT, "Invoice"), *_SELLER),
    (Hop("CONCERNS", OUT, "Invoice"), *_BUYER),
)
_CONTACT = Visibility(
    Rule.ANY,
    ((Hop("USES", IN, "Taxpayer"),), *((Hop("USES", IN, "Person"), *route) for route in _PERSON.routes)),
)

VISIBILITY: dict[str, Visibility] = {
    "Taxpayer": Visibility(Rule.SELF),
    "Party": Visibility(Rule.ANY, ((Hop("PARTY_OF", OUT, "Taxpayer"),),)),
    "Registration": Visibility(Rule.ANY, ((Hop("REGISTERS", OUT, "Taxpayer"),),)),
    "RegistrationChange": Visibility(Rule.ANY, ((Hop("CHANGED", OUT, "Taxpayer"),),)),
    "Person": _PERSON,
    "PersonDocument": _ROOT_ONLY,
    "Address": _CONTACT,
    "Phone": _CONTACT,
    "Device": _CONTACT,
    "NetworkAddress": _CONTACT,
    "BankAccount": _CONTACT,
    "Invoice": _INVOICE,
    "InvoiceAlias": _ROOT_ONLY,
    "Commodity": _OPEN,
    "Filing": _ABOUT,
    "TaxPayment": _ABOUT,
    "InputTransferOut": _ABOUT,
    "QuotaGrant": _ABOUT,
    "RiskLevel": _ABOUT,
    "CreditGrade": _ABOUT,
    "CustomsDeclaration": _ABOUT,
    "RebateClaim": _ABOUT,
    "Waybill": _ABOUT,
    "FundTransfer": Visibility(
        Rule.ANY,
        ((Hop("PAID_BY", OUT, "Taxpayer"),), (Hop("PAID_TO", OUT, "Taxpayer"),)),
    ),
    "Bureau": _OPEN,
    "Grid": _OPEN,
    "Officer": _OPEN,
    "Post": _OPEN,
    "Duty": _OPEN,
    "Task": Visibility(Rule.ANY, _TASK_ROUTES),
    "TaskEvent": Visibility(Rule.ANY, tuple((Hop("HAS_EVENT", IN, "Task"), *route) for route in _TASK_ROUTES)),
    "Case": Visibility(Rule.ALL, ((Hop("JOINS", OUT, "Finding"), Hop("INVOLVES", OUT, "Taxpayer")),)),
    "IdentityDecision": _ROOT_ONLY,
    "IdentityReview": Visibility(Rule.ALL, ((Hop("REVIEWS", OUT, "Registration"), Hop("REGISTERS", OUT, "Taxpayer")),)),
    "BillOfMaterials": _OPEN,
    "Finding": Visibility(Rule.ALL, ((Hop("INVOLVES", OUT, "Taxpayer"),),)),
    "ControlAlert": _ROOT_ONLY,
    "IndicatorAppeal": _ROOT_ONLY,
    "QualityIssue": _ROOT_ONLY,
    "Claim": _ROOT_ONLY,
    "AccessEvent": _ROOT_ONLY,
    "Batch": _ROOT_ONLY,
    "Reject": _ROOT_ONLY,
}

# Nodes that are opened with the node at the end of a hop: what was done in a task that is open to its handler.
OPENED_WITH = {"TaskEvent": Hop("HAS_EVENT", IN, "Task")}

# A far taxpayer out of scope shows as an opaque leaf only where a document in scope names it.
LEAF_FROM = frozenset({"Invoice"})
