"""What an `expand` asks, checked against the vocabulary. Made by both stores; each compiles it for its own engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graph.model.fields import Kind
from graph.store.conditions import (
    FAR,
    Ends,
    checked_attributes,
    checked_limit,
    checked_order,
    checked_where,
    expansion_kinds,
)
from graph.store.questions import Direction, Filter, Order

# Between equal ids and identities: two parties of one taxpayer may bear the same fact.
BEARERS = ("_near_bearer", "_far_bearer")


@dataclass(frozen=True, slots=True)
class Question:
    """A checked `expand`: `far` are all far properties that the answer, its filters or its order need."""

    ends: Ends
    where: tuple[Filter, ...]
    order: tuple[Order, ...]
    attributes: tuple[str, ...]
    far: tuple[str, ...]
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
    limit: int | None = None,
) -> Question:
    """Check an expansion against the vocabulary."""
    known = expansion_kinds(ends)
    filters, by, asked = checked_where(where, known), checked_order(order, known), checked_attributes(attributes, ends)
    named = [each.property for each in filters] + [each.property for each in by]
    used = [name.removeprefix(FAR) for name in named if name.startswith(FAR)]
    far = tuple(dict.fromkeys([*asked, *used]))
    return Question(ends, filters, by, asked, far, checked_limit("limit_per_node", limit))
