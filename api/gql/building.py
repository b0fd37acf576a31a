"""From rows of the store to objects of the schema, by the vocabulary. Called by resolvers, never by types.

A property reaches the field of its own name: `net_cents` becomes `net` (Money in the row's currency), millionths and
decimal text become decimals, all else stays as it is. What a class does not declare is not read.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, TypeVar, cast

import strawberry

from api.gql.context import Info, RequestContext
from api.gql.fields import field
from api.gql.ids import global_id
from api.gql.loading import Row
from api.gql.scalars import Provenance, decimal_text, millionths, money
from graph.model.fields import Kind, Property
from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import node_type, relationship_type
from graph.store.questions import AsOf

_CLASSES: dict[str, type[Any]] = {}
C = TypeVar("C", bound="Fact")
N = TypeVar("N", bound="Node")
E = TypeVar("E", bound="Link")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an object comes from: its stored row and the clocks it was read at."""

    type_name: str
    row: Mapping[str, Any]
    as_of: AsOf


@strawberry.interface(description="Anything that a source, a row and a batch stand behind. 事实")
class Fact:
    """Base of nodes and of relationships that have fields of their own."""

    origin: strawberry.Private[Origin]

    @field
    def provenance(self, info: Info) -> Provenance:
        """Where this comes from."""
        return info.context.provenance(self.origin.row)


@strawberry.interface(description="A node of the graph, found again by its global id. 节点")
class Node(Fact):
    """Base of every class that stands for a node type of the vocabulary; both have one name."""

    id: strawberry.ID = strawberry.field(description="Global id, opaque.")
    key: str = strawberry.field(description="Public id, unique among nodes of this type.")


class Link(Fact):
    """Base of every class that stands for a relationship type of the vocabulary."""

    relationship: ClassVar[str]


def shown(cls: type[C]) -> type[C]:
    """Make a class of the schema for the vocabulary's type of its name (or `relationship`), described by its words.

    Types refer to one another in circles, so resolvers find classes by that name.
    """
    declared: NodeType | RelationshipType
    if issubclass(cls, Link):
        declared = relationship_type(cls.relationship)
    else:
        declared = node_type(cls.__name__)
        _CLASSES[cls.__name__] = cls
    for known in declared.properties:
        name = field_of(known)
        if name in cls.__annotations__ and name not in cls.__dict__:
            setattr(cls, name, strawberry.field(description=f"{known.en[:1].upper()}{known.en[1:]}. {known.zh}"))
    words = f"{declared.en[:1].upper()}{declared.en[1:]}. {declared.zh}"
    return strawberry.type(cls, description=words)


def class_of(type_name: str) -> type[Any]:
    """The class that stands for a node type; KeyError if the schema does not show that type."""
    return _CLASSES[type_name]


def shows(type_name: str) -> bool:
    """Whether the schema shows nodes of this type."""
    return type_name in _CLASSES


def built(cls: type[N], row: Row, as_of: AsOf, context: RequestContext, **others: Any) -> N:
    """A node object of a stored row; the read is remembered for the access log.

    `others`: fields that the row does not hold.
    """
    name = cls.__name__
    context.saw(name, row["id"])
    values = _values(cls, node_type(name).properties, row, row.get("currency"))
    return cls(id=global_id(name, row["id"]), key=row["id"], origin=Origin(name, row, as_of), **values | others)


def built_link(cls: type[E], row: Row, as_of: AsOf, **others: Any) -> E:
    """A relationship object of an expanded row. `others`: fields that the row does not hold, such as its ends.

    Money of a relationship is in the currency of the invoice at one of its ends: `currency` or `far.currency`.
    """
    declared = relationship_type(cls.relationship)
    values = _values(cls, declared.properties, row, row.get("currency") or row.get("far.currency"))
    return cls(origin=Origin(declared.name, row, as_of), **values | others)


def field_of(declared: Property) -> str:
    """The Python name under which a class shows a property."""
    return declared.name.removesuffix("_cents") if declared.kind is Kind.CENTS else declared.name


def _values(
    cls: type[Fact], properties: tuple[Property, ...], row: Mapping[str, Any], currency: str | None
) -> dict[str, Any]:
    shown = shown_fields(cast("Hashable", cls))
    return {
        name: _value(declared, row.get(declared.name), currency)
        for declared in properties
        if (name := field_of(declared)) in shown
    }


@cache
def shown_fields(cls: Hashable) -> frozenset[str]:
    """Python names of the fields that a class takes from its row."""
    # `id` and `key` come from the key itself.
    fields: Mapping[str, Any] = getattr(cls, "__dataclass_fields__", {})
    return frozenset(name for name, field in fields.items() if field.init) - {"id", "key", "origin"}


_PLAIN: Callable[[Any], Any] = lambda value: value  # noqa: E731 - one row of the table below
_CONVERSIONS: dict[Kind, Callable[[Any], Any]] = {Kind.MILLIONTHS: millionths, Kind.DECIMAL: decimal_text}


def _value(declared: Property, value: Any, currency: str | None) -> Any:
    if declared.kind is Kind.CENTS:
        return money(value, currency)
    return _CONVERSIONS.get(declared.kind, _PLAIN)(value)
