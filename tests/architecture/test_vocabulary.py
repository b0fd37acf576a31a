"""The vocabulary is closed: every end, rule and ordinal names a declared type."""

from __future__ import annotations

from graph.model.types import PROVENANCE, STAMPS, NodeType, RelationshipType
from graph.model.vocabulary import NODE_TYPES, ORDINALS, RELATIONSHIP_TYPES
from graph.store.scoping import VISIBILITY

NAMES = {n.name for n in NODE_TYPES}
TYPES: tuple[NodeType | RelationshipType, ...] = (*NODE_TYPES, *RELATIONSHIP_TYPES)


def test_every_end_of_a_relationship_is_a_declared_node_type() -> None:
    assert {end for r in RELATIONSHIP_TYPES for end in (*r.sources, *r.targets)} <= NAMES


def test_every_node_type_has_one_ordinal_and_one_scope_rule() -> None:
    assert set(ORDINALS) == NAMES == set(VISIBILITY)
    assert sorted(ORDINALS.values()) == list(range(1, len(NAMES) + 1))


def test_every_type_and_property_is_described_in_english_and_chinese() -> None:
    assert [t.name for t in TYPES if not (t.en and t.zh)] == []
    assert [(t.name, p.name) for t in TYPES for p in t.properties if not (p.en and p.zh)] == []


def test_no_property_takes_a_name_that_stores_use_themselves() -> None:
    taken = {name for name, _ in (*PROVENANCE, *STAMPS)} | {"from_id", "to_id", "from_type", "to_type", "number_dense"}
    assert [(t.name, p.name) for t in TYPES for p in t.properties if p.name in taken] == []


def test_every_hop_of_a_scope_route_is_a_declared_relationship() -> None:
    declared = {r.name for r in RELATIONSHIP_TYPES}
    hops = {hop.relationship for v in VISIBILITY.values() for route in v.routes for hop in route}
    assert hops <= declared
