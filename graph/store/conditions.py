"""Checks what a caller asks of properties, before any store compiles it. Engine-free; used by both stores.

Every name, operator and value is checked against the vocabulary here, so that a store may trust them, and both
stores refuse the same questions with the same words. Restricted properties cannot be asked about: an answer to a
filter would give them away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pyarrow as pa

from graph.errors import QueryError
from graph.model.fields import Kind, Personal, Property
from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import STORED_RELATIONSHIP_TYPES, node_type, relationship_type
from graph.store.questions import Direction, Filter, Op, Order, Value

FAR = "far."
# Stamps that callers may filter and sort by, beside the declared properties.
STAMP_KINDS: dict[str, Kind] = {
    "prov_source": Kind.TEXT,
    "prov_file": Kind.TEXT,
    "prov_row": Kind.INTEGER,
    "prov_first_at": Kind.CIVIL_TIME,
    "prov_as_at": Kind.CIVIL_TIME,
    "claims": Kind.INTEGER,
    "batch_from": Kind.INTEGER,
}
_RELATIONSHIPS = frozenset(kind.name for kind in STORED_RELATIONSHIP_TYPES)
_RANGES = frozenset({Op.LT, Op.LE, Op.GT, Op.GE})
_TEXTS = frozenset({Op.CONTAINS, Op.PREFIX})
_INTEGERS = frozenset({Kind.INTEGER, Kind.CENTS, Kind.MILLIONTHS})
Kinds = Mapping[str, Kind]


@dataclass(frozen=True, slots=True)
class Ends:
    """The two ends of a question along a relationship: declared and stored types of the near and the far end."""

    type: RelationshipType
    direction: Direction
    near: str
    near_stored: str
    far: tuple[str, ...]
    far_stored: tuple[str, ...]


@cache
def ends_of(type_name: str, relationship: str, direction: Direction) -> Ends:
    """Ends of `relationship` seen from nodes of `type_name`; QueryError if it does not start (or end) there."""
    node_type(type_name)
    kind = stored_relationship(relationship)
    sources, targets = (kind.sources, kind.stored_sources()), (kind.targets, kind.stored_targets())
    near, far = (sources, targets) if direction is Direction.OUT else (targets, sources)
    if type_name not in near[0]:
        raise QueryError(
            "The relationship has no such end.",
            code="query.ends",
            next_step=f"Ask from {' or '.join(near[0])}, or turn the direction.",
            relationship=relationship,
            type=type_name,
            direction=str(direction),
        )
    stored = dict(zip(*near, strict=True))[type_name]
    return Ends(kind, direction, type_name, stored, *far)


def stored_relationship(name: str) -> RelationshipType:
    """The relationship type, refused if it is derived and therefore in no store."""
    kind = relationship_type(name)
    if kind.derived:
        raise QueryError(
            "This relationship is derived when asked for and is in no store.",
            code="query.derived",
            next_step="Use the query that derives it.",
            relationship=name,
        )
    return kind


def node_kinds(kind: NodeType) -> dict[str, Kind]:
    """Names that may be filtered and sorted by on a node type."""
    return {**_open_kinds(kind.properties), **STAMP_KINDS}


def relationship_kinds(kind: RelationshipType) -> dict[str, Kind]:
    """Names that may be filtered and sorted by on a relationship, without those of its far end."""
    return {**_open_kinds(kind.properties), **STAMP_KINDS}


def expansion_kinds(ends: Ends) -> dict[str, Kind]:
    """Names for `expand`: the relationship's own, and `far.<property>` of any type at the far end."""
    found = relationship_kinds(ends.type)
    for name in ends.far:
        found |= {FAR + prop: kind for prop, kind in _open_kinds(node_type(name).properties).items()}
    return found


def _open_kinds(properties: Sequence[Property]) -> dict[str, Kind]:
    return {p.name: p.kind for p in properties if p.personal is not Personal.RESTRICTED}


def checked_attributes(attributes: Sequence[str], ends: Ends) -> tuple[str, ...]:
    """Attributes of the far node, without duplicates, in the order asked."""
    known = {name.removeprefix(FAR): kind for name, kind in expansion_kinds(ends).items() if name.startswith(FAR)}
    for name in attributes:
        _known(name, known)
    return tuple(dict.fromkeys(attributes))


def checked_columns(asked: Sequence[str], every: Sequence[str]) -> tuple[str, ...]:
    """Those of `every` column that are asked for, in their order; QueryError for another name."""
    for name in asked:
        _known(name, dict.fromkeys(every, Kind.TEXT))
    return tuple(name for name in every if name in asked)


def checked_order(order: Sequence[Order], known: Kinds) -> tuple[Order, ...]:
    """Orders by known properties; decimal text has no order that every engine agrees on."""
    for by in order:
        if _known(by.property, known) is Kind.DECIMAL:
            raise QueryError(
                "Decimal text cannot be sorted by.",
                code="query.order",
                next_step="Sort the answer where it is read.",
                property=by.property,
            )
    return tuple(order)


def checked_where(where: Sequence[Filter], known: Kinds) -> tuple[Filter, ...]:
    """Filters with known properties, operators that fit their kind, and values brought into the kind's own form."""
    return tuple(_checked(each, _known(each.property, known)) for each in where)


def _known(name: str, known: Kinds) -> Kind:
    if name not in known:
        raise QueryError(
            "There is no such property to ask about here.",
            code="query.property",
            next_step=f"Use one of {', '.join(sorted(known))}.",
            property=name,
        )
    return known[name]


def _checked(each: Filter, kind: Kind) -> Filter:
    operator, value = Op(each.op), each.value
    if operator is Op.IS_NULL:
        if not isinstance(value, bool):
            raise _misfit(each, "true or false")
        return Filter(each.property, operator, value)
    if (operator in _TEXTS and kind is not Kind.TEXT) or (operator in _RANGES and kind in (Kind.DECIMAL, Kind.BOOLEAN)):
        raise QueryError(
            "The operator does not fit the property.",
            code="query.operator",
            next_step="Compare with eq, ne or in.",
            property=each.property,
            operator=str(operator),
        )
    if operator is Op.IN:
        values = value if isinstance(value, tuple) else (value,)
        return Filter(each.property, operator, tuple(_fit(each, v, kind) for v in values if v is not None))
    if isinstance(value, tuple):
        raise _misfit(each, "one value")
    return Filter(each.property, operator, _fit(each, value, kind))


def _fit(each: Filter, value: Value, kind: Kind) -> Value:
    if kind in (Kind.TEXT, Kind.DECIMAL) and isinstance(value, str):
        return value
    if kind in _INTEGERS and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind is Kind.BOOLEAN and isinstance(value, bool):
        return value
    if kind is Kind.DATE and isinstance(value, date) and not isinstance(value, datetime):
        return value
    if kind is Kind.CIVIL_TIME and isinstance(value, date):
        return _civil(each, value)
    if kind is Kind.INSTANT and isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    raise _misfit(each, _WANTED[kind])


def _civil(each: Filter, value: date) -> datetime:
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - civil time has no zone by definition
    if value.tzinfo is not None:
        raise _misfit(each, _WANTED[Kind.CIVIL_TIME])
    return value


_WANTED = {
    Kind.TEXT: "text",
    Kind.DECIMAL: "canonical decimal text",
    Kind.INTEGER: "an integer",
    Kind.CENTS: "an integer of minor units",
    Kind.MILLIONTHS: "an integer of millionths",
    Kind.BOOLEAN: "true or false",
    Kind.DATE: "a date",
    Kind.CIVIL_TIME: "a date or a time without offset",
    Kind.INSTANT: "a time with offset",
}


def _misfit(each: Filter, wanted: str) -> QueryError:
    return QueryError(
        "The value does not fit the property.",
        code="query.value",
        next_step=f"Give {wanted}.",
        property=each.property,
        operator=str(each.op),
    )


def checked_limit(name: str, value: int | None, *, least: int = 1) -> int | None:
    """A limit of at least `least` rows, or None."""
    if value is not None and value < least:
        raise QueryError("A limit is too small.", code="query.limit", next_step=f"Give {least} or more.", limit=name)
    return value


_LINK_AT: list[pa.Field[Any]] = [
    pa.field("relationship", pa.string()),
    *(pa.field(end, pa.int64()) for end in ("source", "target")),
]
LINKS_AT = pa.schema(_LINK_AT)


def numbered_schema(kind: NodeType, names: Sequence[str]) -> pa.Schema:
    """Schema of `node_columns`: the dense number, then these properties.

    Raises:
        QueryError: `query.property` for a name that the type does not declare.
    """
    return _chosen(("number",), kind, names)


def linked_schema(kind: RelationshipType, names: Sequence[str]) -> pa.Schema:
    """Schema of `link_columns`: the dense ends, then these properties.

    Raises:
        QueryError: `query.property` for a name that the type does not declare.
    """
    return _chosen(("source", "target"), kind, names)


def changed_schema(name: str) -> pa.Schema:
    """Schema of `changed`: the dense number of a node type, the dense ends of a relationship."""
    ends = ("source", "target") if name in _RELATIONSHIPS else ("number",)
    return pa.schema([pa.field(end, pa.int64()) for end in ends])


PARTY = "party"
_MEMBERSHIP: list[pa.Field[Any]] = [
    *(pa.field(name, pa.string()) for name in (PARTY, "taxpayer", "rule")),
    *(pa.field(name, pa.int64()) for name in ("score", "batch_from", "batch_to")),
]
MEMBERSHIPS = pa.schema(_MEMBERSHIP)


def _chosen(numbers: Sequence[str], kind: NodeType | RelationshipType, names: Sequence[str]) -> pa.Schema:
    full = kind.schema()
    checked_columns(names, full.names)
    return pa.schema([*(pa.field(name, pa.int64()) for name in numbers), *(full.field(name) for name in names)])
