"""Net trade edges of one currency, as columns. Built by netting or from the store, read by every kernel's caller.

The order of the rows breaks every tie between edges of one tick, and it shows in answers (witnesses,
first-in-first-out). So whoever builds columns puts them into an order of public data, such as (tick, public id of the
invoice).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from graph.errors import DataError

if TYPE_CHECKING:
    import numpy.typing as npt

    from graph.kernels.compiled import Ints, Longs

MOST_EDGES = 2**31 - 1


@dataclass(frozen=True, slots=True)
class EdgeColumns:
    """n edges; all arrays are one-dimensional, contiguous and of length n."""

    seller: Ints
    """int32 vertex number."""
    buyer: Ints
    """int32 vertex number."""
    tick: Longs
    """int64 civil seconds."""
    amount_cents: Longs
    """int64 net amount, above zero."""
    invoice: Longs
    """int64 dense invoice number of the store; never part of an order or answer."""

    def __len__(self) -> int:
        """Edges."""
        return len(self.seller)

    def take(self, places: npt.NDArray[np.intp] | npt.NDArray[np.bool_] | Longs) -> EdgeColumns:
        """The rows at these places (or where a mask is true), in the order given."""
        return EdgeColumns(*(getattr(self, field.name)[places] for field in fields(self)))


def edge_columns(
    *,
    seller: npt.ArrayLike,
    buyer: npt.ArrayLike,
    tick: npt.ArrayLike,
    amount_cents: npt.ArrayLike,
    invoice: npt.ArrayLike,
) -> EdgeColumns:
    """Columns in their proper dtypes.

    Raises:
        DataError: `data.edges.shape` for columns of different lengths, `data.edges.range` for negative or too large
            vertex numbers, amounts of zero or less, or more than 2^31 - 1 edges.
    """
    ends = [np.asarray(column) for column in (seller, buyer)]
    columns = EdgeColumns(
        ends[0].astype(np.int32, copy=False),
        ends[1].astype(np.int32, copy=False),
        *(np.ascontiguousarray(column, dtype=np.int64) for column in (tick, amount_cents, invoice)),
    )
    lengths = {field.name: getattr(columns, field.name).shape for field in fields(columns)}
    if len(set(lengths.values())) != 1 or len(columns.seller.shape) != 1:
        raise DataError(
            "edge columns must be of one length",
            code="data.edges.shape",
            next_step="build all columns from the same rows",
            lengths=lengths,
        )
    _check_ranges(columns, ends)
    return columns


def _check_ranges(columns: EdgeColumns, ends: list[npt.NDArray[np.integer]]) -> None:
    count = len(columns)
    if count == 0:
        return
    wrong_ends = sum(_outside(end) for end in ends)
    wrong_amounts = int(np.count_nonzero(columns.amount_cents <= 0))
    if wrong_ends or wrong_amounts or count > MOST_EDGES:
        raise DataError(
            "edge columns hold numbers outside their range",
            code="data.edges.range",
            next_step="number vertices from 0 and net the invoices first (amounts above zero)",
            wrong_vertices=wrong_ends,
            amounts_not_above_zero=wrong_amounts,
            edges=count,
        )


def _outside(end: npt.NDArray[np.integer]) -> int:
    """How many vertex numbers lie outside their range; most often the smallest and the largest tell that none does."""
    if int(end.min()) >= 0 and int(end.max()) <= MOST_EDGES:
        return 0
    return int(np.count_nonzero((end < 0) | (end > MOST_EDGES)))
