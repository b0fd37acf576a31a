"""Edge columns refuse what they cannot hold; the adjacency groups them in ledger order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graph.arrays.columns import EdgeColumns, edge_columns
from graph.arrays.csr import build_csr
from graph.errors import DataError
from graph.kernels.adjacency import positions_of


def columns(**changes: Any) -> EdgeColumns:
    usual = {
        "seller": [1, 0, 0],
        "buyer": [2, 1, 2],
        "tick": [5, 5, 1],
        "amount_cents": [1, 2, 3],
        "invoice": [7, 8, 9],
    }
    return edge_columns(**(usual | changes))


def test_columns_have_the_dtypes_of_the_kernels() -> None:
    own = columns()
    assert [own.seller.dtype, own.buyer.dtype] == [np.int32, np.int32]
    assert {own.tick.dtype, own.amount_cents.dtype, own.invoice.dtype} == {np.dtype(np.int64)}


def test_taking_rows_keeps_their_order() -> None:
    assert columns().take(np.array([2, 0])).invoice.tolist() == [9, 7]
    assert columns().take(np.array([True, False, True])).invoice.tolist() == [7, 9]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tick": [1]}, "data.edges.shape"),
        ({"seller": [0, 0, -1]}, "data.edges.range"),
        ({"buyer": [0, 0, 2**31]}, "data.edges.range"),
        ({"amount_cents": [1, 2, 0]}, "data.edges.range"),
    ],
)
def test_columns_that_cannot_be_are_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(DataError) as refused:
        columns(**changes)
    assert refused.value.code == code


def test_sales_and_purchases_stand_in_ledger_order() -> None:
    csr = build_csr(columns(), vertex_count=4)
    assert csr.vertex_count == 4
    assert csr.sales(0).tolist() == [2, 1]
    assert csr.purchases(2).tolist() == [2, 0]
    # On tick 5 vertex 1 buys (edge 1) before it sells (edge 0).
    assert positions_of(csr.adjacency, np.arange(3, dtype=np.int32)).tolist() == [2, 1, 0]


def test_an_edge_beyond_the_vertices_is_refused() -> None:
    with pytest.raises(DataError) as refused:
        build_csr(columns(), vertex_count=2)
    assert refused.value.code == "data.edges.vertices"


def test_no_edges_make_an_empty_adjacency() -> None:
    empty = edge_columns(seller=[], buyer=[], tick=[], amount_cents=[], invoice=[])
    assert build_csr(empty, vertex_count=3).sales(1).tolist() == []
