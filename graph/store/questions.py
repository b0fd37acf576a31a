"""How a store is asked: clocks, scope, filters, order, pages, patterns.

Built by queries and api, read by both stores.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from graph.errors import QueryError

Longs = npt.NDArray[np.int64]
Value = str | int | bool | date | datetime | None


class Op(StrEnum):
    """Comparison of a property with a value. Null compares false except with IS_NULL."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    IN = "in"
    CONTAINS = "contains"
    PREFIX = "prefix"
    IS_NULL = "is_null"  # value True: is null; False: is not null


class Direction(StrEnum):
    """Which end of a relationship the asked keys stand at."""

    OUT = "out"  # keys are the source
    IN = "in"  # keys are the target


@dataclass(frozen=True, slots=True)
class AsOf:
    """The two clocks. `valid`: end of that civil day; `recorded`: an instant (UTC).

    Without a `valid` day none is asked: every dated row comes, with its dates. Without `recorded`: what is known now.

    A dated relationship holds on day D if valid_from <= D and (valid_to is null or D < valid_to).
    An event is visible on day D if its event time lies before the end of D.
    """

    valid: date | None = None
    recorded: datetime | None = None

    def __post_init__(self) -> None:
        if self.recorded is not None and self.recorded.tzinfo is None:
            raise QueryError(
                "A recorded instant needs a time zone.", code="query.as_of", next_step="Write it with an offset or Z."
            )


NOW = AsOf()


@dataclass(frozen=True, slots=True)
class Scope:
    """What a principal may see: taxpayers of these bureaus (a whole subtree, computed when the principal is known).

    `bureaus` None is the root: everything. `secret` keys the opaque ids of parties outside the scope: stable for one
    scope, unlinkable between scopes. `opened`: single nodes by type (type, public ids) that the principal may read
    besides, as an open task opens its evidence to its handlers; nothing else of theirs is opened with them.
    """

    label: str
    bureaus: frozenset[str] | None = None
    secret: bytes = field(default=b"", repr=False)
    opened: tuple[tuple[str, frozenset[str]], ...] = ()

    @property
    def everything(self) -> bool:
        """True for the root, where no predicate is added."""
        return self.bureaus is None

    def opened_ids(self, type_name: str) -> list[str]:
        """Ids of the nodes of this type that are opened one by one, sorted."""
        return sorted({key for name, ids in self.opened if name == type_name for key in ids})

    def opaque(self, taxpayer: str) -> str:
        """The id under which a taxpayer outside the scope appears: HMAC-SHA256 over label and id, 20 hex digits."""
        text = f"{self.label}\x00{','.join(sorted(self.bureaus or ()))}\x00{taxpayer}"
        return "hidden-" + hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()[:20]


ROOT = Scope(label="root")


@dataclass(frozen=True, slots=True)
class Filter:
    """`property op value`; for IN the value is a tuple."""

    property: str
    op: Op
    value: Value | tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Among:
    """Which links are meant: whose `end` ("source" or "target") is one of these dense numbers, and that fit filters.

    `numbers`: each once; None for any. `where` names properties of the relationship.
    """

    end: str = "source"
    numbers: Longs | None = None
    where: tuple[Filter, ...] = ()


EVERY_LINK = Among()


@dataclass(frozen=True, slots=True)
class Order:
    """Sort by a property; nulls come last; ties are broken by id ascending, always."""

    property: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """`limit` rows from `offset` of a total order."""

    limit: int = 100
    offset: int = 0


# --- match: investigators' own graph questions


@dataclass(frozen=True, slots=True)
class NodePattern:
    """One node of a pattern: variable, type, filters on its properties."""

    name: str
    type: str
    where: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class EdgePattern:
    """One relationship of a pattern, from variable `source` to variable `target` (its declared direction)."""

    name: str
    source: str
    relationship: str
    target: str
    where: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Before:
    """Time order: `first` <= `then` (strict: <). Each is `variable.property` of a date or time property."""

    first: str
    then: str
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """A typed pattern. Nodes of one type are pairwise distinct unless `repeat_nodes`.

    The answer has one row a match: a column for each node variable holding its id, plus `returns`
    (`variable.property`), ordered by the node columns in declared order.
    """

    nodes: tuple[NodePattern, ...]
    edges: tuple[EdgePattern, ...] = ()
    before: tuple[Before, ...] = ()
    returns: tuple[str, ...] = ()
    repeat_nodes: bool = False
    limit: int = 1000
