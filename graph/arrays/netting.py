"""Invoices and their reversals to net trade edges. Called by the projection builder; pure numpy.

domain.md: void invoices are out; red ones are subtracted from their blue one, at the time of the blue one; what nets
to zero or less is dropped. A red invoice without a blue one cannot be placed in time: it is left out, counted and
returned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graph.arrays.columns import EdgeColumns, edge_columns
from graph.arrays.places import Places
from graph.errors import DataError

if TYPE_CHECKING:
    import numpy.typing as npt

    from graph.kernels.compiled import Ints, Longs

    Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Invoices:
    """n invoices as columns; `net_cents` without tax, its sign on red ones does not matter."""

    invoice: Longs
    seller: Ints
    buyer: Ints
    tick: Longs
    net_cents: Longs
    is_red: Mask
    is_void: Mask


@dataclass(frozen=True, slots=True)
class Netted:
    """Net edges in the order of the invoices, and what did not become one."""

    edges: EdgeColumns
    unlinked_reds: Longs
    """Invoice numbers, ascending, of valid red invoices without a valid blue one among the invoices."""
    cancelled: int
    """Valid blue invoices that net to zero or less."""
    void: int


def net_invoices(invoices: Invoices, *, reversal_red: Longs, reversal_blue: Longs) -> Netted:
    """Net edges from invoices and the pairs red -> blue (invoice numbers, int64[p] each).

    Raises:
        DataError: `data.reversals.ambiguous` when one red invoice names several blue ones, `data.invoices.twice` when
            an invoice number stands twice.
    """
    places = Places(invoices.invoice)
    _refuse_twice(places.repeated)
    red, blue = _distinct_pairs(reversal_red, reversal_blue)
    red_place, red_known = places.of(red)
    blue_place, blue_known = places.of(blue)
    valid = ~invoices.is_void
    linked = red_known & blue_known
    blues, unlinked = valid & ~invoices.is_red, valid & invoices.is_red
    linked &= _at(unlinked, red_place) & _at(blues, blue_place)
    remaining = invoices.net_cents.astype(np.int64, copy=True)
    np.subtract.at(remaining, blue_place[linked], np.abs(invoices.net_cents[red_place[linked]]))
    kept = np.flatnonzero(blues & (remaining > 0))
    unlinked[red_place[linked]] = False
    return Netted(
        edges=edge_columns(
            seller=invoices.seller[kept],
            buyer=invoices.buyer[kept],
            tick=invoices.tick[kept],
            amount_cents=remaining[kept],
            invoice=invoices.invoice[kept],
        ),
        unlinked_reds=np.sort(invoices.invoice[unlinked]),
        cancelled=int(np.count_nonzero(blues)) - len(kept),
        void=int(np.count_nonzero(invoices.is_void)),
    )


def _refuse_twice(repeated: int) -> None:
    if repeated:
        raise DataError(
            "invoice numbers stand more than once",
            code="data.invoices.twice",
            next_step="load each invoice once: the store's key is broken",
            repeated=repeated,
        )


def _distinct_pairs(red: Longs, blue: Longs) -> tuple[Longs, Longs]:
    """Each pair once, by red invoice."""
    order = np.lexsort((blue, red))
    red, blue = red[order], blue[order]
    first = np.ones(len(red), np.bool_)
    first[1:] = (red[1:] != red[:-1]) | (blue[1:] != blue[:-1])
    red, blue = red[first], blue[first]
    several = int(np.count_nonzero(red[1:] == red[:-1]))
    if several:
        raise DataError(
            "a red invoice reverses more than one blue invoice",
            code="data.reversals.ambiguous",
            next_step="keep one reversal pair for each red invoice",
            ambiguous=several,
        )
    return red, blue


def _at(mask: Mask, places: npt.NDArray[np.intp]) -> Mask:
    """`mask` at the places; all False when the mask is empty."""
    return mask[places] if len(mask) else np.zeros(len(places), np.bool_)
