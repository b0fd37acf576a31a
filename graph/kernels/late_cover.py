"""How much of what each vertex sold was covered only later, roughly. For the pattern of time inversion.

Each vertex's sales are matched with its purchases by value, first in first out, sales scaled to cost (see
`queries.patterns.time_inversion`, which computes the exact figure for the few that are left). This pass over all
vertices uses float64 and errs by less than one part in 10^9 of the value, which callers add as a margin.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.compiled import Doubles, Ints, Longs, kernel


class Sides(NamedTuple):
    """Rows of each vertex by side, in order of time: sold_row[sold_offset[v]:sold_offset[v + 1]], and so bought."""

    sold_offset: Ints
    sold_row: Ints
    bought_offset: Ints
    bought_row: Ints


class Amounts(NamedTuple):
    """Of every row: cents (0: it does not count), tick and day."""

    cents: Longs
    tick: Longs
    day: Longs


@kernel
def _next(rows: Ints, place: int, end: int, cents: Longs) -> int:
    """The next place from `place` on whose row counts; `end` for none."""
    while place < end and cents[rows[place]] == 0:
        place += 1
    return place


@kernel
def _late(sides: Sides, amounts: Amounts, vertex: int, grace: int, found: Doubles) -> None:
    """Fill found[vertex] = (late value, cost, sold)."""
    rows, bought_rows = sides.sold_row, sides.bought_row
    buy_end, sale_end = sides.bought_offset[vertex + 1], sides.sold_offset[vertex + 1]
    buy = _next(bought_rows, sides.bought_offset[vertex], buy_end, amounts.cents)
    if buy == buy_end:
        return
    sale = sides.sold_offset[vertex]
    while sale < sale_end and amounts.tick[rows[sale]] < amounts.tick[bought_rows[buy]]:
        sale += 1
    bought, sold = 0.0, 0.0
    for place in range(buy, buy_end):
        bought += amounts.cents[bought_rows[place]]
    for place in range(sale, sale_end):
        sold += amounts.cents[rows[place]]
    found[vertex, 1], found[vertex, 2] = min(bought, sold), sold
    if sold == 0.0:
        return
    scale = min(1.0, bought / sold)
    sale = _next(rows, sale, sale_end, amounts.cents)
    need, lot = amounts.cents[rows[sale]] * scale, float(amounts.cents[bought_rows[buy]])
    while sale < sale_end and buy < buy_end:
        part = min(need, lot)
        if amounts.day[bought_rows[buy]] - amounts.day[rows[sale]] > grace:
            found[vertex, 0] += part
        need -= part
        lot -= part
        if need <= 0.0:
            sale = _next(rows, sale + 1, sale_end, amounts.cents)
            need = amounts.cents[rows[sale]] * scale if sale < sale_end else 0.0
        if lot <= 0.0:
            buy = _next(bought_rows, buy + 1, buy_end, amounts.cents)
            lot = float(amounts.cents[bought_rows[buy]]) if buy < buy_end else 0.0


@kernel
def _late_all(sides: Sides, amounts: Amounts, grace: int, found: Doubles) -> None:
    for vertex in range(len(found)):
        _late(sides, amounts, vertex, grace, found)


def late_cover(sides: Sides, amounts: Amounts, *, grace: int) -> Doubles:
    """(late value, cost, sold) of each vertex, float64[v, 3]; sales before the first purchase are left out.

    Args:
        sides: rows by vertex.
        amounts: of the rows.
        grace: days by which a purchase may follow the sale that it covers.
    """
    plain = Sides(*(np.ascontiguousarray(each, dtype=np.int32) for each in sides))
    known = Amounts(*(np.ascontiguousarray(each, dtype=np.int64) for each in amounts))
    found = np.zeros((len(plain.sold_offset) - 1, 3))
    _late_all(plain, known, grace, found)
    return found
