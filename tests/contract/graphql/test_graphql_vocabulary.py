"""The schema against the vocabulary: what is declared is shown under its name, or left out for a reason."""

from __future__ import annotations

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, build_schema
from strawberry.utils.str_converters import to_camel_case

from api.gql.building import field_of
from api.gql.print_schema import SCHEMA_FILE, schema_text
from api.gql.types.responsibility import GapKind, OverlapKind
from graph.model.fields import Kind, Personal, Property
from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import NODE_TYPES, RELATIONSHIP_TYPES
from queries.organisation import gaps, overlaps

SCHEMA = build_schema(SCHEMA_FILE.read_text(encoding="utf-8"))
KEY = "id"  # shown as `key`, and inside the global `id`

# Relationship types that have fields of their own, and the type that shows them.
LINK_TYPES = {
    "LEGAL_REPRESENTATIVE_OF": "RoleHolding",
    "FINANCE_OFFICER_OF": "RoleHolding",
    "TAX_HANDLER_OF": "RoleHolding",
    "INVOICE_COLLECTOR_OF": "RoleHolding",
    "HOLDS_SHARE": "Shareholding",
    "LISTS": "InvoiceLine",
    "REVERSES": "Reversal",
    "DEDUCTED": "Deduction",
    "IN_GRID": "GridPlace",
    "WORKS_IN": "GridPosting",
    "HOLDS_POST": "PostHolding",
    "DELEGATES_TO": "Delegation",
    "ASSIGNED_TO": "Assignment",
}
HIDDEN_TYPES = {
    "Party": "internal: callers meet the taxpayer that a party is (docs/adr/0004)",
    "Address": "contacts are shown by kind and short key in personView; their values never",
    "Phone": "as Address",
    "Device": "as Address",
    "NetworkAddress": "as Address",
    "BankAccount": "as Address",
    "PersonDocument": "read by identity resolution alone",
    "InvoiceAlias": "internal: either number leads to the one invoice",
    "Claim": "content is restricted; conflicts are shown as QualityIssue",
    "CustomsDeclaration": "read by the export-rebate pattern, whose findings measure it",
    "RebateClaim": "as CustomsDeclaration",
    "Waybill": "no pattern reads it yet",
    "FundTransfer": "read by the fund-return pattern, whose findings measure it",
    "BillOfMaterials": "read by the commodity-switch pattern",
    "Case": "cases are joined when asked (`cases`), and kept nowhere yet",
    "IdentityDecision": "comes with identity resolution",
}
HIDDEN_PROPERTIES = {
    **{
        (name, "currency"): "inside each Money"
        for name in ("Filing", "TaxPayment", "InputTransferOut", "QuotaGrant", "Finding")
    },
    ("ControlAlert", "measures"): "in words, with the events behind them, in `why`",
    ("Finding", "measures"): "in words, each with the invoices behind it, in `why`",
}
# Properties that hold a key and are shown as the node behind it.
AS_NODE = {("TaskEvent", "task"), ("TaskEvent", "officer")}


def shown_type(name: str) -> GraphQLObjectType:
    """The object type of the schema."""
    found = SCHEMA.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    return found


def missing(declared: NodeType | RelationshipType, type_name: str) -> list[str]:
    """Properties that the type neither shows nor leaves out for a reason."""
    return [
        known.name
        for known in declared.properties
        if known.personal is not Personal.RESTRICTED
        and known.name != KEY
        and (declared.name, known.name) not in HIDDEN_PROPERTIES
        and to_camel_case(field_of(known)) not in shown_type(type_name).fields
    ]


@pytest.mark.parametrize("declared", NODE_TYPES, ids=lambda declared: declared.name)
def test_every_node_type_is_shown_whole_or_left_out_for_a_reason(declared: NodeType) -> None:
    if declared.name in HIDDEN_TYPES:
        assert declared.name not in SCHEMA.type_map
        return
    assert missing(declared, declared.name) == []


@pytest.mark.parametrize(
    "declared", [r for r in RELATIONSHIP_TYPES if r.name in LINK_TYPES], ids=lambda declared: declared.name
)
def test_every_relationship_with_fields_of_its_own_is_shown_whole(declared: RelationshipType) -> None:
    assert missing(declared, LINK_TYPES[declared.name]) == []


def test_no_restricted_property_is_shown() -> None:
    shown = [
        (declared.name, known.name)
        for declared in NODE_TYPES
        if declared.name in SCHEMA.type_map
        for known in declared.properties
        if known.personal is Personal.RESTRICTED and to_camel_case(field_of(known)) in shown_type(declared.name).fields
    ]
    assert shown == []


KIND_TYPES = {
    Kind.CENTS: "Money",
    Kind.MILLIONTHS: "Decimal",
    Kind.DECIMAL: "Decimal",
    Kind.DATE: "Date",
    Kind.CIVIL_TIME: "CivilTime",
    Kind.INSTANT: "DateTime",
    Kind.BOOLEAN: "Boolean",
    Kind.INTEGER: "Int",
    Kind.TEXT: "String",
}


def shown_properties() -> list[tuple[str, Property]]:
    """Every property that a node type of the schema shows."""
    return [
        (declared.name, known)
        for declared in NODE_TYPES
        if declared.name in SCHEMA.type_map
        for known in declared.properties
        if to_camel_case(field_of(known)) in shown_type(declared.name).fields
        and known.name != KEY
        and (declared.name, known.name) not in AS_NODE
    ]


def test_each_kind_of_property_has_its_scalar() -> None:
    wrong = [
        (name, known.name, str(shown))
        for name, known in shown_properties()
        if (shown := shown_type(name).fields[to_camel_case(field_of(known))].type)
        and str(shown).rstrip("!") != KIND_TYPES[known.kind]
    ]
    assert wrong == []


def test_what_the_vocabulary_demands_is_never_null_and_all_else_may_be() -> None:
    wrong = [
        (name, known.name)
        for name, known in shown_properties()
        if str(shown_type(name).fields[to_camel_case(field_of(known))].type).endswith("!") is not known.required
    ]
    assert wrong == []


def test_the_omissions_name_only_what_the_vocabulary_declares() -> None:
    declared = {(node.name, known.name) for node in NODE_TYPES for known in node.properties}
    assert set(HIDDEN_TYPES) <= {node.name for node in NODE_TYPES}
    assert set(HIDDEN_PROPERTIES) | AS_NODE <= declared


def test_every_shown_property_carries_its_words_in_english_and_chinese() -> None:
    silent = [
        (name, known.name)
        for name, known in shown_properties()
        if known.zh not in (shown_type(name).fields[to_camel_case(field_of(known))].description or "")
    ]
    assert silent == []


def test_every_node_has_a_global_id_and_a_provenance() -> None:
    node = SCHEMA.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    assert {"id", "key", "provenance"} <= set(node.fields)
    assert [
        declared.name
        for declared in NODE_TYPES
        if declared.name in SCHEMA.type_map and node not in shown_type(declared.name).interfaces
    ] == []


def test_every_field_of_the_root_says_what_it_gives() -> None:
    assert SCHEMA.query_type is not None
    assert [name for name, shown in SCHEMA.query_type.fields.items() if not shown.description] == []


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run `python -m api.gql.print_schema`"


def test_every_kind_of_gap_and_overlap_can_be_asked_for() -> None:
    assert [kind.value for kind in GapKind] == list(gaps.KINDS)
    assert [kind.value for kind in OverlapKind] == list(overlaps.KINDS)
