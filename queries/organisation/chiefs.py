"""Whom an officer leads on a day: those who work in the grids that the officer leads, and in all below them."""

from __future__ import annotations

from collections.abc import Collection

from graph.store.port import GraphStore
from graph.store.questions import ROOT, AsOf
from queries.reading import IN, OUT, related, rows

_DEEPEST = 10


def led_by(store: GraphStore, officer: str, roles: Collection[str], *, as_of: AsOf) -> frozenset[str]:
    """Officers led on the day of `as_of`, the one who leads too. `roles`: what chiefs are called. Unscoped."""
    own = rows(related(store, "Officer", [officer], "WORKS_IN", OUT, as_of=as_of, scope=ROOT).table)
    grids = {str(row["to_id"]) for row in own if row["role"] in roles}
    frontier = grids
    for _ in range(_DEEPEST):
        below = rows(related(store, "Grid", sorted(frontier), "PART_OF", IN, as_of=as_of, scope=ROOT).table)
        frontier = {str(row["from_id"]) for row in below if row["from_type"] == "Grid"} - grids
        grids = grids | frontier
    working = rows(related(store, "Grid", sorted(grids), "WORKS_IN", IN, as_of=as_of, scope=ROOT).table)
    return frozenset({officer, *(str(row["from_id"]) for row in working)})
