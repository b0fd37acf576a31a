"""What an `expand` asks, checked against the vocabulary. Made by both stores; each compiles it for its own engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graph.model.fields import Kind
from graph.model.types import PROVENANCE
from graph.store.conditions import (
    FAR,
    Ends,
    checked_attributes,
    checked_columns,
    checked_limit,
    checked_order,
    checked_where,
    ends_of,
    expansion_kinds,
)
from graph.store.questions import Direction, Filter, Order

# Between equal ids and identities: two parties of one taxpayer may bear the same fact.
BEARERS = ("_near_bearer", "_far_bearer")


@dataclass(frozen=True, slots=True)
class Question:
    """A checked `expand`.

    `columns` and `attributes`: what the answer shows of the relationship and of the far node. `own` and `far`: these,
    and what its filters and its order need besides.
    """

    ends: Ends
    where: tuple[Filter, ...]
    order: tuple[Order, ...]
    attributes: tuple[str, ...]
    far: tuple[str, ...]
    columns: tuple[str, ...]
    own: tuple[str, ...]
    limit: int | None

    @property
    def kinds(self) -> dict[str, Kind]:
        """Kinds of everything that may be named."""
        return expansion_kinds(self.ends)

    @property
    def ties(self) -> tuple[str, ...]:
        """What follows the asked order: far id, far type, identity, then the bearing parties."""
        end = "to" if self.ends.direction is Direction.OUT else "from"
        return (f"{end}_id", f"{end}_type", *(p.name for p in self.ends.type.identity), *BEARERS)


def question(
    ends: Ends,
    *,
    where: Sequence[Filter] = (),
    order: Sequence[Order] = (),
    attributes: Sequence[str] = (),
    columns: Sequence[str] | None = None,
    limit: int | None = None,
) -> Question:
    """Check an expansion against the vocabulary. `columns`: of the relationship; None for all.

    Screens ask the same few questions again and again; those without filters are checked once.
    """
    if where:
        return _checked(ends, where=where, order=order, attributes=attributes, columns=columns, limit=limit)
    shown = None if columns is None else tuple(columns)
    return _without_filters(
        ends.type.name,
        ends.near,
        ends.direction,
        order=tuple(order),
        attributes=tuple(attributes),
        columns=shown,
        limit=limit,
    )


@lru_cache(maxsize=1_000)
def _without_filters(name: str, near: str, direction: Direction, **asked: Any) -> Question:
    return _checked(ends_of(near, name, direction), **asked)


def _checked(
    ends: Ends,
    *,
    where: Sequence[Filter] = (),
    order: Sequence[Order] = (),
    attributes: Sequence[str] = (),
    columns: Sequence[str] | None = None,
    limit: int | None = None,
) -> Question:
    known = expansion_kinds(ends)
    filters, by, asked = checked_where(where, known), checked_order(order, known), checked_attributes(attributes, ends)
    named = [each.property for each in filters] + [each.property for each in by]
    used = [name.removeprefix(FAR) for name in named if name.startswith(FAR)]
    far = tuple(dict.fromkeys([*asked, *used]))
    every = own_columns(ends)
    shown = every if columns is None else checked_columns(columns, every)
    needed = {*shown, *named, *(p.name for p in ends.type.identity)}
    own = tuple(name for name in every if name in needed)
    return Question(ends, filters, by, asked, far, shown, own, checked_limit("limit_per_node", limit))


def own_columns(ends: Ends) -> tuple[str, ...]:
    """Every column that an answer can show of the relationship itself, in its order."""
    return (*(p.name for p in ends.type.properties), *(name for name, _ in PROVENANCE), "batch_from")
