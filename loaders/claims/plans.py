"""How claims about each type are told apart and merged: what identifies a fact, what its content is, which rule merges.

Derived from the vocabulary; read by `loaders.staging.facts` and by the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import pyarrow as pa

from graph.model.fields import Property
from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import NODE_TYPES, node_type, relationship_type

_ENDS = ("from_type", "from_id", "to_type", "to_id")
# A relationship that can hold only once: an invoice has one seller, a line of it one commodity. Here the other end is
# content, so that sources that disagree give one merged fact and a conflict instead of two facts.
_FUNCTIONAL: Mapping[str, tuple[str, ...]] = {
    "SOLD": ("to_id",),
    "BOUGHT_BY": ("from_id",),
    "ISSUED": ("to_id",),
    "LISTS": ("from_id", "line"),
}
_SMALLEST = frozenset(
    {
        "Party",
        "PersonDocument",
        "Commodity",
        "InvoiceAlias",
        "Address",
        "Phone",
        "Device",
        "NetworkAddress",
        "BankAccount",
    }
)
# A time and its precision belong together: of equally good claims the more precise one gives both.
_PRECISION = {"issued_at": ("issued_precision", ("day", "second"))}
_POINTS = frozenset({"Registration"})
_SHARED = frozenset({"Person"})
_SQL_TYPES = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    pa.timestamp("us"): "TIMESTAMP",
    pa.timestamp("us", tz="UTC"): "TIMESTAMPTZ",
}
SEPARATOR = "chr(31)"


class Rule(StrEnum):
    """How statements about one key become one version."""

    CLAIMS = "claims"  # kept by source and content; merged by date, rank, life cycle, smallest value
    POINTS = "points"  # as CLAIMS, each dated statement by itself: their sequence is the history of changes
    SHARED = "shared"  # as CLAIMS, but sources that agree share one claim: what a document says of a person
    SMALLEST = "smallest"  # the smallest value of each column; nothing is kept of the others


@dataclass(frozen=True, slots=True)
class Plan:
    """A type as the claims see it.

    `keys` identify a fact among claims, `content` may differ between them, `identity` tells rows of a relationship
    with the same ends apart in the store. `recorded` is no claim: it stays as it was recorded.
    """

    name: str
    table: str
    node: bool
    rule: Rule
    keys: tuple[str, ...]
    identity: tuple[str, ...]
    content: tuple[str, ...]
    recorded: tuple[str, ...]
    sql_types: Mapping[str, str]
    orders: Mapping[str, tuple[str, ...]]
    schema: pa.Schema

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of the type, without provenance, in schema order."""
        return tuple(self.sql_types)

    def life_cycle(self, name: str) -> tuple[str, tuple[str, ...]]:
        """The column whose place in a list decides between equally good claims about `name`, and that list."""
        return _PRECISION.get(name, (name, self.orders.get(name, ())))

    @property
    def key_sql(self) -> str:
        """SQL of `_key`: one text that identifies the fact."""
        if self.node:
            return "id AS _key"
        parts = ", ".join(f"coalesce(CAST(\"{name}\" AS VARCHAR), '')" for name in self.keys)
        return f"concat_ws({SEPARATOR}, {parts}) AS _key"

    @property
    def content_json(self) -> str:
        """SQL of the content as canonical JSON: declared order, without nulls."""
        if not self.content:
            return "'{}'"
        fields = ", ".join(f"'{name}': \"{name}\"" for name in self.content)
        return f"CAST(json_merge_patch('{{}}'::JSON, to_json({{{fields}}})) AS VARCHAR)"


@cache
def plan_of(name: str) -> Plan:
    """The plan of a node or relationship type; QueryError `query.type` for an unknown name."""
    if any(node.name == name for node in NODE_TYPES):
        return _node_plan(node_type(name))
    return _link_plan(relationship_type(name))


def _node_plan(node: NodeType) -> Plan:
    names = tuple(p.name for p in node.properties)
    rule = Rule.SMALLEST if node.name in _SMALLEST or len(names) == 1 else Rule.CLAIMS
    if node.name in _POINTS | _SHARED:
        rule = Rule.POINTS if node.name in _POINTS else Rule.SHARED
    return Plan(
        name=node.name,
        table=f"n_{node.table}",
        node=True,
        rule=rule,
        keys=("id",),
        identity=("id",),
        content=tuple(p.name for p in node.properties if p.name != "id" and not p.recorded),
        recorded=tuple(p.name for p in node.properties if p.recorded),
        sql_types=_types(node.schema(), names),
        orders=_orders(node.properties),
        schema=node.schema(),
    )


def _link_plan(link: RelationshipType) -> Plan:
    names = (*_ENDS, *(p.name for p in link.properties))
    keys = _FUNCTIONAL.get(link.name, (*_ENDS, *(p.name for p in link.identity)))
    content = tuple(name for name in names if name not in keys)
    return Plan(
        name=link.name,
        table=f"r_{link.table}",
        node=False,
        rule=Rule.CLAIMS if content else Rule.SMALLEST,
        keys=keys,
        identity=tuple(p.name for p in link.identity),
        content=content,
        recorded=(),
        sql_types=_types(link.schema(), names),
        orders=_orders(link.properties),
        schema=link.schema(),
    )


def _types(schema: pa.Schema, names: tuple[str, ...]) -> Mapping[str, str]:
    return {name: _SQL_TYPES[schema.field(name).type] for name in names}


def _orders(properties: tuple[Property, ...]) -> Mapping[str, tuple[str, ...]]:
    return {p.name: p.order for p in properties if p.order}
