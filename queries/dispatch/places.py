"""Which grids may handle work about a taxpayer, nearest first, for the level that should do it.

A grid counts if the taxpayer is in it on the day, if such a grid is part of it, or if it is the institution grid of a
bureau above. Its distance is how many levels its bureau is off the wanted one, and then how far it is from the
taxpayer: 0 its own grid, 1 for each grid up, 3 for an institution grid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from graph.store.port import GraphStore
from graph.store.questions import ROOT, AsOf
from queries.reading import IN, OUT, related, rows

INSTITUTION = "institution"
DEEPEST = 10  # five levels of bureaus; more is a circle in the data
_A_LEVEL, _APART = 4, 3


@dataclass(frozen=True, slots=True)
class Place:
    """A grid in question. `level`: of its bureau, None where unknown. `distance`: 0 is where the work belongs."""

    grid: str
    bureau: str | None
    level: int | None
    distance: int


def places(store: GraphStore, taxpayer: str, *, level: int, as_of: AsOf) -> tuple[Place, ...]:
    """Grids in question for a taxpayer, by distance, then id; empty for a taxpayer without a grid and a bureau."""
    own = _ends(store, "Taxpayer", [taxpayer], "IN_GRID", as_of)
    steps = _upwards(store, "Grid", own, as_of)
    under = _bureaus(store, list(steps), as_of)
    row = rows(store.fetch("Taxpayer", [taxpayer], columns=("bureau",), as_of=as_of))
    known = [str(row[0]["bureau"])] if row and row[0]["bureau"] else []
    above = _upwards(store, "Bureau", sorted({*under.values(), *known}), as_of)
    for grid, bureau in _institutions(store, list(above), as_of).items():
        steps.setdefault(grid, _APART)
        under.setdefault(grid, bureau)
    levels = {str(each["id"]): each["level"] for each in rows(store.fetch("Bureau", sorted(above), as_of=as_of))}
    found = [_place(grid, near, under.get(grid), levels, level) for grid, near in steps.items()]
    return tuple(sorted(found, key=lambda place: (place.distance, place.grid)))


def _place(grid: str, near: int, bureau: str | None, levels: Mapping[str, int | None], wanted: int) -> Place:
    level = levels.get(bureau or "")
    off = DEEPEST if level is None else abs(level - wanted)
    return Place(grid, bureau, level, _A_LEVEL * off + min(near, _APART))


def _ends(store: GraphStore, kind: str, keys: Sequence[str], relationship: str, as_of: AsOf) -> list[str]:
    table = related(store, kind, keys, relationship, OUT, columns=(), as_of=as_of, scope=ROOT).table
    return sorted({str(row["to_id"]) for row in rows(table)})


def _upwards(store: GraphStore, kind: str, keys: Iterable[str], as_of: AsOf) -> dict[str, int]:
    """These nodes and all that they are part of, with the number of steps."""
    found = dict.fromkeys(sorted(keys), 0)
    frontier = list(found)
    for step in range(1, DEEPEST):
        frontier = [key for key in _ends(store, kind, frontier, "PART_OF", as_of) if key not in found]
        if not frontier:
            break
        found |= dict.fromkeys(frontier, step)
    return found


def _bureaus(store: GraphStore, grids: Sequence[str], as_of: AsOf) -> dict[str, str]:
    table = related(store, "Grid", grids, "UNDER", OUT, columns=(), as_of=as_of, scope=ROOT).table
    return {str(row["key"]): str(row["to_id"]) for row in rows(table)}


def _institutions(store: GraphStore, bureaus: Sequence[str], as_of: AsOf) -> dict[str, str]:
    """The institution grids of these bureaus, with their bureau."""
    table = related(
        store, "Bureau", bureaus, "UNDER", IN, attributes=("kind",), columns=(), as_of=as_of, scope=ROOT
    ).table
    return {str(row["from_id"]): str(row["key"]) for row in rows(table) if row["far.kind"] == INSTITUTION}


def line_of(store: GraphStore, taxpayer: str, *, as_of: AsOf) -> dict[int, str]:
    """Bureaus in charge of a taxpayer by level: its own and all above it; of several at a level the smallest id."""
    row = rows(store.fetch("Taxpayer", [taxpayer], columns=("bureau",), as_of=as_of))
    known = [str(row[0]["bureau"])] if row and row[0]["bureau"] else []
    above = sorted(_upwards(store, "Bureau", known, as_of))
    found: dict[int, str] = {}
    for each in rows(store.fetch("Bureau", above, as_of=as_of)) if above else []:
        if each["level"] is not None:
            found.setdefault(int(each["level"]), str(each["id"]))
    return found


def institution_of(store: GraphStore, bureau: str | None, *, as_of: AsOf) -> str | None:
    """The bureau's institution grid with the smallest id; None without one."""
    return min(_institutions(store, [bureau], as_of), default=None) if bureau is not None else None
