"""The vocabulary as an answer: which types there are, what they carry, in English and Chinese."""

from __future__ import annotations

from functools import cache

import strawberry

from graph.model.fields import Personal, Property
from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import NODE_TYPES, RELATIONSHIP_TYPES, SCHEMA_VERSION


@strawberry.type(description="A property of a type. 属性")
class PropertyInfo:
    """Restricted properties are left out: no interface shows them."""

    name: str
    kind: str
    english: str
    chinese: str
    personal: str = strawberry.field(description="none, business or personal.")
    required: bool
    values: list[str] = strawberry.field(description="Allowed values, in the order of a life cycle.")


@strawberry.type(description="A type of node. 节点类型")
class NodeTypeInfo:
    """As declared."""

    name: str
    english: str
    chinese: str
    properties: list[PropertyInfo]


@strawberry.type(description="A type of relationship. 关系类型")
class RelationshipTypeInfo:
    """As declared; dated ones hold from a day, until a day."""

    name: str
    english: str
    chinese: str
    sources: list[str]
    targets: list[str]
    dated: bool
    properties: list[PropertyInfo]


@strawberry.type(description="The vocabulary of the graph. 数据字典")
class SchemaInfo:
    """The same for every caller."""

    version: int
    node_types: list[NodeTypeInfo]
    relationship_types: list[RelationshipTypeInfo]


@cache
def schema_info() -> SchemaInfo:
    """The whole vocabulary."""
    return SchemaInfo(
        version=SCHEMA_VERSION,
        node_types=[_node(declared) for declared in NODE_TYPES],
        relationship_types=[_relationship(declared) for declared in RELATIONSHIP_TYPES],
    )


def _node(declared: NodeType) -> NodeTypeInfo:
    return NodeTypeInfo(
        name=declared.name, english=declared.en, chinese=declared.zh, properties=_properties(declared.properties)
    )


def _relationship(declared: RelationshipType) -> RelationshipTypeInfo:
    return RelationshipTypeInfo(
        name=declared.name,
        english=declared.en,
        chinese=declared.zh,
        sources=list(declared.sources),
        targets=list(declared.targets),
        dated=declared.dated,
        properties=_properties(declared.properties),
    )


def _properties(declared: tuple[Property, ...]) -> list[PropertyInfo]:
    return [
        PropertyInfo(
            name=known.name,
            kind=known.kind.value,
            english=known.en,
            chinese=known.zh,
            personal=known.personal.value,
            required=known.required,
            values=list(known.order),
        )
        for known in declared
        if known.personal is not Personal.RESTRICTED
    ]
