"""Where a taxpayer stands in the organisation: its grids, the grids above them, the bureaus in charge, each dated.

Used by `answering`. A grid or bureau that is reached by several ways counts once a day, by the shortest of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from queries.organisation.days import EVER, Span, common, without
from queries.organisation.facts import Asking, Ground


@dataclass(frozen=True, slots=True)
class Place:
    """A grid or bureau, `level` steps above the taxpayer's own grid, on which days, and by which facts."""

    type: Literal["Grid", "Bureau"]
    id: str
    level: int
    days: Span
    grounds: tuple[Ground, ...]

    def reached(self, kind: Literal["Grid", "Bureau"], ground: Ground, *, level: int) -> Place:
        """The place at the far end of a fact."""
        return Place(kind, ground.target, level, common(self.days, ground.days), (*self.grounds, ground))


@dataclass(slots=True)
class Taken:
    """Days on which something has been reached already, so that a longer way adds only what is new."""

    _days: dict[Hashable, list[Span]] = field(default_factory=dict)

    def fresh(self, key: Hashable, days: Span) -> list[Span]:
        """Those of these days on which `key` is reached for the first time; from now on they are taken."""
        known = self._days.setdefault(key, [])
        found = without(days, known)
        known.extend(found)
        return found


def grids_of_taxpayer(asking: Asking, taxpayer: str) -> list[Place]:
    """Its own grids, then those above, level by level."""
    placed = asking.out("Taxpayer", [taxpayer], "IN_GRID", "Grid").get(taxpayer, [])
    here = Place("Grid", "", 0, EVER, ())
    return grids_and_above(asking, [here.reached("Grid", ground, level=0) for ground in placed])


def grids_and_above(asking: Asking, own: Iterable[Place]) -> list[Place]:
    """These grids, then those above, level by level. A circle in the hierarchy ends where it meets itself."""
    taken, found = Taken(), []
    level = _fresh(taken, own)
    while level:
        found += level
        above = asking.out("Grid", (place.id for place in level), "PART_OF", "Grid")
        level = _fresh(
            taken,
            (
                place.reached("Grid", ground, level=place.level + 1)
                for place in level
                for ground in above.get(place.id, ())
            ),
        )
    return found


def bureaus_of(asking: Asking, grids: Iterable[Place]) -> list[Place]:
    """Bureaus in charge of these grids."""
    places = list(grids)
    under = asking.out("Grid", (place.id for place in places), "UNDER", "Bureau")
    reached = (
        place.reached("Bureau", ground, level=place.level) for place in places for ground in under.get(place.id, ())
    )
    return _fresh(Taken(), reached)


def _fresh(taken: Taken, places: Iterable[Place]) -> list[Place]:
    return [
        Place(place.type, place.id, place.level, days, place.grounds)
        for place in places
        for days in taken.fresh((place.type, place.id), place.days)
    ]
