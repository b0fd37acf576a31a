"""Lines of a few invoices: goods, quantity and price, exact. Read for candidates only, never for all invoices."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.store.questions import Direction
from queries.detection.facts import Facts
from queries.results import strings

Longs = npt.NDArray[np.int64]
_PART = 5_000  # invoices of one question


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the invoice in this row of `gross`; `price` of one unit, None where the line does not tell."""

    row: int
    commodity: str
    unit: str
    cents: int
    price: Fraction | None


def lines_of(facts: Facts, rows: Longs) -> list[Line]:
    """Every line of the invoices in these rows, by row and line."""
    found: list[Line] = []
    for start in range(0, len(rows), _PART):
        part = rows[start : start + _PART]
        named = facts.store.invoice_ids(facts.gross.invoice[part].tolist())
        row_of = dict(zip(strings(named["id"]), facts.rows_of(np.asarray(named["invoice"])).tolist(), strict=True))
        listed = facts.store.expand("Invoice", list(row_of), "LISTS", Direction.OUT, columns=_READ, as_of=facts.as_of)
        ordered = sorted(listed.table.to_pylist(), key=lambda each: (row_of[each["from_id"]], each["line"] or 0))
        found += [_line(row_of[each["from_id"]], each) for each in ordered]
    return found


_READ = ("line", "unit", "quantity", "price", "amount_cents")


def _line(row: int, told: dict[str, Any]) -> Line:
    cents = int(told["amount_cents"] or 0)
    quantity = Fraction(told["quantity"] or 0)
    price = Fraction(told["price"]) if told["price"] else Fraction(cents, 100) / quantity if quantity else None
    return Line(row, str(told["to_id"]), str(told["unit"] or ""), cents, price)
