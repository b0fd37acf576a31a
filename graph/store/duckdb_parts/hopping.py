"""Relationship rows of a few nodes, asked from either end. Used by the small questions and their scope.

Rows are sorted by source, so those of a source are found by number. Asked from its target, a relationship first says
from which sources it leads there: by its table of pairs, or by what `Memory` holds.
"""

from __future__ import annotations

from collections.abc import Sequence

from graph.model.types import RelationshipType
from graph.store.duckdb_parts.memory import HELD_STANDING
from graph.store.duckdb_parts.points import Looking, NotSmallError, Row, among
from graph.store.duckdb_parts.schema import BOTH_WAYS, pairs_of, quoted, rows_of
from graph.store.questions import Direction

MOST_ROWS = 400  # relationship rows; a longer answer is read by one statement
_TOO_LARGE = frozenset({"LISTS"})  # from its target, a commodity


def hops(
    looking: Looking,
    kind: RelationshipType,
    direction: Direction,
    bearers: Sequence[int],
    *own: str,
    on_day: bool = True,
) -> list[Row]:
    """Visible rows: number at the asked end, number at the other, `own` columns.

    `on_day`: only those that hold on the valid day of the view. NotSmallError for more than a few.
    """
    if not own and not (on_day and kind.dated) and (known := _standing(looking, kind, direction, bearers)) is not None:
        return known
    near, far = ("from_number", "to_number") if direction is Direction.OUT else ("to_number", "from_number")
    found = _rows(looking, kind, near, bearers)
    if found is None:
        return []
    rows, condition = found
    columns = ", ".join([f"r.{near}", f"r.{far}", *(f"r.{quoted(name)}" for name in own)])
    seen = [condition, looking.view.visible("r"), *([looking.view.holds("r", kind)] if on_day else [])]
    read = looking.reader.rows_once(f"SELECT {columns} {rows} WHERE {' AND '.join(seen)} LIMIT {MOST_ROWS + 1}")
    if len(read) > MOST_ROWS:
        raise NotSmallError
    return read


def _standing(
    looking: Looking, kind: RelationshipType, direction: Direction, bearers: Sequence[int]
) -> list[Row] | None:
    """`hops` from what is remembered; None where the table must be asked."""
    if kind.name not in HELD_STANDING:
        return None
    outwards = direction is Direction.OUT
    sources = bearers if outwards else _sources(looking, kind, bearers)
    found = looking.memory.standing(looking.reader, kind, sources, looking.view.snapshot)
    if found is None:
        return None
    asked = set(bearers)
    read: list[Row] = found if outwards else [(to, source) for source, to in found if to in asked]
    if len(read) > MOST_ROWS:
        raise NotSmallError
    return read


def _rows(looking: Looking, kind: RelationshipType, near: str, bearers: Sequence[int]) -> tuple[str, str] | None:
    """`FROM` and a condition; None where no row can be."""
    if not bearers:
        return None
    if near == "from_number":
        linked = looking.memory.some_linked(looking.reader, kind, bearers, looking.view.snapshot.ceiling)
        return among(rows_of(kind), near, bearers, "r") if linked else None
    sources = _sources(looking, kind, bearers)
    if not sources:
        return None
    rows, condition = among(rows_of(kind), "from_number", sources, "r")
    return rows, f"{condition} AND r.to_number IN ({', '.join(map(str, bearers))})"


def _sources(looking: Looking, kind: RelationshipType, targets: Sequence[int]) -> Sequence[int]:
    if kind.name in _TOO_LARGE:
        raise NotSmallError
    if kind.name not in BOTH_WAYS:
        found = looking.memory.sources(looking.reader, kind, targets, looking.view.snapshot.ceiling)
    else:
        pairs, condition = among(pairs_of(kind), "to_number", targets, "x")
        statement = f"SELECT x.from_number {pairs} WHERE {condition} LIMIT {MOST_ROWS + 1}"
        found = sorted({number for (number,) in looking.reader.rows_once(statement)})
    if len(found) > MOST_ROWS:
        raise NotSmallError
    return found
