"""The whole vocabulary in one place: explicit lists of types, found by name. Read by every layer."""

from __future__ import annotations

from graph.errors import QueryError
from graph.model.documents import DOCUMENTS
from graph.model.governance import GOVERNANCE
from graph.model.organisation import ORGANISATION
from graph.model.parties import PARTIES
from graph.model.relationships import RELATIONSHIPS
from graph.model.types import NodeType, RelationshipType

SCHEMA_VERSION = 1

NODE_TYPES: tuple[NodeType, ...] = tuple(cls.__node__ for cls in (*PARTIES, *DOCUMENTS, *ORGANISATION, *GOVERNANCE))
RELATIONSHIP_TYPES: tuple[RelationshipType, ...] = tuple(cls.__relationship__ for cls in RELATIONSHIPS)
STORED_RELATIONSHIP_TYPES: tuple[RelationshipType, ...] = tuple(r for r in RELATIONSHIP_TYPES if not r.derived)

_NODES = {n.name: n for n in NODE_TYPES}
_RELATIONSHIPS = {r.name: r for r in RELATIONSHIP_TYPES}

# Dense integer ids carry the type in their upper bits: id = ordinal << 40 | number. A stored ordinal is for ever:
# new types go to the end of this list, whatever their place in the vocabulary.
_ORDINAL_ORDER = (
    "Taxpayer",
    "Party",
    "Registration",
    "RegistrationChange",
    "Person",
    "Address",
    "Phone",
    "Device",
    "NetworkAddress",
    "BankAccount",
    "Invoice",
    "InvoiceAlias",
    "Commodity",
    "Filing",
    "TaxPayment",
    "InputTransferOut",
    "QuotaGrant",
    "RiskLevel",
    "CreditGrade",
    "CustomsDeclaration",
    "RebateClaim",
    "FundTransfer",
    "Waybill",
    "Bureau",
    "Grid",
    "Officer",
    "Post",
    "Duty",
    "Task",
    "TaskEvent",
    "Case",
    "IdentityDecision",
    "BillOfMaterials",
    "Finding",
    "ControlAlert",
    "QualityIssue",
    "Claim",
    "AccessEvent",
    "Batch",
    "Reject",
    "IdentityReview",
    "IndicatorAppeal",
    "PersonDocument",
)
ORDINALS: dict[str, int] = {name: i + 1 for i, name in enumerate(_ORDINAL_ORDER)}
TYPE_SHIFT = 40


def node_type(name: str) -> NodeType:
    """The node type called `name`; QueryError with the known names if there is none."""
    if name not in _NODES:
        raise QueryError(
            "There is no such node type.",
            code="query.type",
            next_step=f"Use one of {', '.join(_NODES)}.",
            type=name,
        )
    return _NODES[name]


def relationship_type(name: str) -> RelationshipType:
    """The relationship type called `name`; QueryError with the known names if there is none."""
    if name not in _RELATIONSHIPS:
        raise QueryError(
            "There is no such relationship type.",
            code="query.type",
            next_step=f"Use one of {', '.join(_RELATIONSHIPS)}.",
            type=name,
        )
    return _RELATIONSHIPS[name]
