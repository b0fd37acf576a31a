"""Every invoice of a taxpayer at once: what it sold and bought as rows of the gross columns, in order of time.

Built and kept with the projection (`projecting`), read by the household view for months, sums and biggest invoices.
Vertices are those of the projection; rows of a vertex stand in (tick, public id) order.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.kernels.sorting import group_offsets, group_order
from graph.store.gross import Gross

Ints = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
ARRAYS = ("seller", "buyer", "sold_offset", "sold_row", "bought_offset", "bought_row", "resolved", "odd")


@dataclass(frozen=True, slots=True)
class TradeBook:
    """n invoices, v vertices. Of a vertex that is not `odd` these are all invoices, with all their parties."""

    gross: Gross
    seller: Ints  # [n] vertex
    buyer: Ints  # [n] vertex
    sold_offset: Ints  # [v + 1]
    sold_row: Ints  # [n] by seller, then time
    bought_offset: Ints  # [v + 1]
    bought_row: Ints  # [n] by buyer, then time
    resolved: Mask  # [v] is a taxpayer, not a party without one
    odd: Mask  # [v] has an invoice that is not here, or with several sellers or buyers

    def rows(self, vertex: int, side: str) -> Ints:
        """Rows of `gross` that the vertex `sold` or `bought`, oldest first."""
        offset, row = (self.sold_offset, self.sold_row) if side == "sold" else (self.bought_offset, self.bought_row)
        return row[offset[vertex] : offset[vertex + 1]]

    def others(self, side: str) -> Ints:
        """The vertex at the other end of each row."""
        return self.buyer if side == "sold" else self.seller


def trade_book(gross: Gross, *, seller: Ints, buyer: Ints, resolved: Mask, odd: Mask) -> TradeBook:
    """Rows grouped by vertex, in linear time.

    Args:
        gross: in (tick, public id) order.
        seller: vertex of each row's seller, int32[n].
        buyer: vertex of each row's buyer, int32[n].
        resolved: which vertices are taxpayers, bool[v].
        odd: vertices whose invoices are not all here in whole, bool[v].
    """
    grouped: dict[str, Any] = {}
    for name, ends in (("sold", seller), ("bought", buyer)):
        grouped[f"{name}_offset"] = group_offsets(ends, len(resolved))
        grouped[f"{name}_row"] = group_order(ends, grouped[f"{name}_offset"])
    return TradeBook(gross, seller, buyer, resolved=resolved, odd=odd, **grouped)


def save_book(book: TradeBook, place: Path) -> None:
    """Write the arrays beside the gross columns."""
    for name in ARRAYS:
        np.save(place / f"book_{name}.npy", getattr(book, name), allow_pickle=False)


def load_book(gross: Gross | None, place: Path) -> TradeBook | None:
    """The book that was saved with these columns; None if a file is not there or cannot be read."""
    if gross is None:
        return None
    try:
        arrays: dict[str, Any] = {
            # Copy-on-write, so that what is read has the type of an array in memory.
            name: np.load(place / f"book_{name}.npy", mmap_mode="c", allow_pickle=False)
            for name in ARRAYS
        }
    except (OSError, ValueError):
        return None
    return TradeBook(gross, **arrays)
