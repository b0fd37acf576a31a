"""Node and relationship types as data, and the decorators that make them from classes.

`node` and `relationship` are dataclass transforms: `Invoice(id=…, net_cents=…)` is a frozen, typed record, and
`Invoice.__node__` is what stores, contracts and documentation are derived from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeVar, cast, dataclass_transform

import pyarrow as pa

from graph.model.fields import PROPERTY, Kind, Personal, Property, key, prop

T = TypeVar("T", bound=type)

# Where a fact comes from and how current it is. Every stored row carries these after its own properties.
PROVENANCE: tuple[tuple[str, pa.DataType], ...] = (
    ("prov_source", pa.string()),  # source system
    ("prov_file", pa.string()),  # file name inside the batch
    ("prov_row", pa.int64()),  # place in that file
    ("prov_first_at", pa.timestamp("us")),  # first and
    ("prov_as_at", pa.timestamp("us")),  # last date at which the source said so without a break; null if undated
    ("claims", pa.int64()),  # how many distinct claims this version merges
)
STAMPS: tuple[tuple[str, pa.DataType], ...] = (("batch_from", pa.int64()), ("batch_to", pa.int64()))

VALID: tuple[Property, ...] = (
    Property(
        "valid_from",
        Kind.DATE,
        "first day on which this holds; empty: since always",
        "生效日期",
        Personal.NONE,
        required=False,
        order=(),
        recorded=False,
        identity=True,
        indexed=False,
    ),
    Property(
        "valid_to",
        Kind.DATE,
        "first day on which this no longer holds; empty: still holds",
        "失效日期",
        Personal.NONE,
        required=False,
        order=(),
        recorded=False,
        identity=False,
        indexed=False,
    ),
)


@dataclass(frozen=True, slots=True)
class NodeType:
    """A declared node type. Its key column is always called `id`."""

    name: str
    en: str
    zh: str
    properties: tuple[Property, ...]
    event_time: str | None  # property that says when it happened, for types that are events
    search: tuple[str, ...]  # properties that the typed search reads
    in_digest: bool  # false for what belongs to the recorded clock alone
    taxpayer_fact: bool  # reaches a scope through the taxpayer it is about

    @property
    def table(self) -> str:
        """Snake-case singular name: table, canonical file and contract are called after it."""
        return snake(self.name)

    def property(self, name: str) -> Property:
        """The property called `name`; KeyError if there is none."""
        return next(p for p in self.properties if p.name == name)

    def schema(self) -> pa.Schema:
        """Arrow schema of a written column table: own properties, then provenance."""
        own = [pa.field(p.name, p.kind.arrow) for p in self.properties]
        return pa.schema(own + [pa.field(name, kind) for name, kind in PROVENANCE])


@dataclass(frozen=True, slots=True)
class RelationshipType:
    """A declared relationship type.

    Endpoints named Taxpayer are stored on the *party* that the fact bears (docs/adr/0004) unless `resolved`.
    `key` of a relationship row is a function of both ends and its identity properties.
    """

    name: str
    en: str
    zh: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    properties: tuple[Property, ...]
    dated: bool
    resolved: bool
    derived: bool
    in_digest: bool

    @property
    def table(self) -> str:
        """Lower-case name: table and canonical file are called after it."""
        return self.name.lower()

    @property
    def identity(self) -> tuple[Property, ...]:
        """Properties that tell two relationships between the same ends apart, in declared order."""
        return tuple(p for p in self.properties if p.identity)

    def stored_sources(self) -> tuple[str, ...]:
        """Node types that rows really start at: Party stands for Taxpayer."""
        return self._stored(self.sources)

    def stored_targets(self) -> tuple[str, ...]:
        """Node types that rows really end at: Party stands for Taxpayer."""
        return self._stored(self.targets)

    def _stored(self, ends: tuple[str, ...]) -> tuple[str, ...]:
        if self.resolved:
            return ends
        return tuple("Party" if end == "Taxpayer" else end for end in ends)

    def schema(self) -> pa.Schema:
        """Arrow schema of a written column table: ends, own properties, then provenance."""
        ends = [pa.field(name, pa.string()) for name in ("from_type", "from_id", "to_type", "to_id")]
        own = [pa.field(p.name, p.kind.arrow) for p in self.properties]
        return pa.schema(ends + own + [pa.field(name, kind) for name, kind in PROVENANCE])


class Node:
    """Base of every node class; `__node__` holds its declaration."""

    __node__: ClassVar[NodeType]


class Relationship:
    """Base of every relationship class; `__relationship__` holds its declaration."""

    __relationship__: ClassVar[RelationshipType]


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(key, prop))
def node(
    *,
    en: str,
    zh: str,
    event_time: str | None = None,
    search: tuple[str, ...] = (),
    in_digest: bool = True,
    taxpayer_fact: bool = False,
) -> Callable[[T], T]:
    """Declare a node type from the annotated fields of the class."""

    def declare(cls: T) -> T:
        made: Any = dataclass(frozen=True, kw_only=True)(cls)
        made.__node__ = NodeType(cls.__name__, en, zh, _properties(made), event_time, search, in_digest, taxpayer_fact)
        return cast("T", made)

    return declare


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(key, prop))
def relationship(
    name: str,
    *,
    sources: tuple[str, ...],
    targets: tuple[str, ...],
    en: str,
    zh: str,
    dated: bool = False,
    resolved: bool = False,
    derived: bool = False,
    in_digest: bool = True,
) -> Callable[[T], T]:
    """Declare a relationship type; `dated` ones get `valid_from` and `valid_to`."""

    def declare(cls: T) -> T:
        made: Any = dataclass(frozen=True, kw_only=True)(cls)
        own = _properties(made) + (VALID if dated else ())
        made.__relationship__ = RelationshipType(
            name, en, zh, sources, targets, own, dated, resolved, derived, in_digest
        )
        return cast("T", made)

    return declare


def _properties(cls: Any) -> tuple[Property, ...]:
    return tuple(f.metadata[PROPERTY].named(f.name) for f in fields(cls) if PROPERTY in f.metadata)


def snake(name: str) -> str:
    """`InputTransferOut` → `input_transfer_out`."""
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))
