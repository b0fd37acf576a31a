"""Property kinds, personal-data classes and the field functions that the vocabulary is written with.

Read by `graph.model.nodes` and `graph.model.relationships`; everything else reads the finished `Property`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pyarrow as pa

PROPERTY = "taxgraph.property"


class Kind(StrEnum):
    """What a property holds, independent of any store."""

    TEXT = "text"
    INTEGER = "integer"
    CENTS = "cents"
    MILLIONTHS = "millionths"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    CIVIL_TIME = "civil_time"
    INSTANT = "instant"

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type of a column of this kind; every layer agrees on it."""
        return _ARROW[self]


_ARROW: dict[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.CENTS: pa.int64(),  # minor units of the currency beside it
    Kind.MILLIONTHS: pa.int64(),  # rates and shares: 0.13 is 130000
    Kind.DECIMAL: pa.string(),  # canonical decimal text: no exponent, no trailing zeros
    Kind.BOOLEAN: pa.bool_(),
    Kind.DATE: pa.date32(),
    Kind.CIVIL_TIME: pa.timestamp("us"),  # wall clock of the authority, no offset
    Kind.INSTANT: pa.timestamp("us", tz="UTC"),
}


class Personal(StrEnum):
    """How far a property may travel."""

    NONE = "none"  # about no one
    BUSINESS = "business"  # about a firm: visible inside the scope
    PERSONAL = "personal"  # about a natural person: visible inside the scope, logged
    RESTRICTED = "restricted"  # never leaves the store through an interface


@dataclass(frozen=True, slots=True)
class Property:
    """One declared property of a node or relationship type.

    `order` lists the allowed values of an enumeration in the order of a life cycle: where equally good claims
    disagree the later value wins. `recorded` properties belong to the recorded clock and stay out of the digest.
    """

    name: str
    kind: Kind
    en: str
    zh: str
    personal: Personal
    required: bool
    order: tuple[str, ...]
    recorded: bool
    identity: bool
    indexed: bool
    added: bool = False


@dataclass(frozen=True, slots=True)
class _Spec:
    kind: Kind
    en: str
    zh: str
    personal: Personal = Personal.NONE
    required: bool = False
    order: tuple[str, ...] = ()
    recorded: bool = False
    identity: bool = False
    indexed: bool = False
    added: bool = False

    def named(self, name: str) -> Property:
        return Property(
            name,
            self.kind,
            self.en,
            self.zh,
            self.personal,
            self.required,
            self.order,
            self.recorded,
            self.identity,
            self.indexed,
            self.added,
        )


def _field(spec: _Spec) -> Any:
    if spec.required:
        return field(metadata={PROPERTY: spec})
    return field(default=None, metadata={PROPERTY: spec})


def key(en: str, zh: str, *, personal: Personal = Personal.NONE) -> Any:
    """The key of a node: text, unique over the whole type for ever."""
    return _field(_Spec(Kind.TEXT, en, zh, personal, required=True, identity=True))


def prop(
    kind: Kind,
    en: str,
    zh: str,
    *,
    personal: Personal = Personal.NONE,
    required: bool = False,
    order: tuple[str, ...] = (),
    recorded: bool = False,
    identity: bool = False,
    indexed: bool = False,
    added: bool = False,
) -> Any:
    """A property. On a relationship, `identity` makes it part of what tells two parallel ones apart."""
    return _field(_Spec(kind, en, zh, personal, required, order, recorded, identity, indexed, added))
