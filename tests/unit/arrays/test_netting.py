"""Net trade edges: void out, red subtracted from blue at the blue one's time, nothing left drops the edge."""

from __future__ import annotations

import numpy as np
import pytest

from graph.arrays.netting import Invoices, Netted, net_invoices
from graph.errors import DataError


def netted(*rows: tuple[int, int, str], pairs: tuple[tuple[int, int], ...] = ()) -> Netted:
    """Rows are (invoice, cents, kind: blue, red, void or void red); the tick is ten times the invoice number."""
    numbers = np.array([number for number, _, _ in rows], np.int64)
    invoices = Invoices(
        invoice=numbers,
        seller=np.zeros(len(rows), np.int64),
        buyer=np.ones(len(rows), np.int64),
        tick=numbers * 10,
        net_cents=np.array([cents for _, cents, _ in rows], np.int64),
        is_red=np.array(["red" in kind for _, _, kind in rows], np.bool_),
        is_void=np.array(["void" in kind for _, _, kind in rows], np.bool_),
    )
    linked = np.array(pairs, np.int64).reshape(-1, 2)
    return net_invoices(invoices, reversal_red=linked[:, 0], reversal_blue=linked[:, 1])


def test_a_blue_invoice_is_an_edge() -> None:
    found = netted((1, 500, "blue"))
    assert (found.edges.invoice.tolist(), found.edges.amount_cents.tolist()) == ([1], [500])


@pytest.mark.parametrize("cents", [-200, 200])
def test_a_red_invoice_lowers_its_blue_one_at_the_time_of_the_blue_one(cents: int) -> None:
    found = netted((1, 500, "blue"), (2, cents, "red"), pairs=((2, 1),))
    assert (found.edges.amount_cents.tolist(), found.edges.tick.tolist()) == ([300], [10])
    assert found.unlinked_reds.tolist() == []


def test_several_red_invoices_lower_one_blue_one() -> None:
    found = netted((1, 500, "blue"), (2, -200, "red"), (3, -299, "red"), pairs=((2, 1), (3, 1)))
    assert found.edges.amount_cents.tolist() == [1]


def test_a_fully_reversed_invoice_is_no_edge() -> None:
    found = netted((1, 500, "blue"), (2, -500, "red"), pairs=((2, 1),))
    assert (len(found.edges), found.cancelled) == (0, 1)


def test_a_void_invoice_is_no_edge() -> None:
    found = netted((1, 500, "void"), (2, 100, "blue"))
    assert (found.edges.invoice.tolist(), found.void) == ([2], 1)


def test_a_void_red_invoice_reverses_nothing() -> None:
    found = netted((1, 500, "blue"), (2, -500, "void red"), pairs=((2, 1),))
    assert found.edges.amount_cents.tolist() == [500]


def test_a_pair_that_stands_twice_counts_once() -> None:
    found = netted((1, 500, "blue"), (2, -200, "red"), pairs=((2, 1), (2, 1)))
    assert found.edges.amount_cents.tolist() == [300]


@pytest.mark.parametrize("pairs", [(), ((2, 9),)])
def test_a_red_invoice_without_its_blue_one_is_counted_and_returned(pairs: tuple[tuple[int, int], ...]) -> None:
    found = netted((1, 500, "blue"), (2, -200, "red"), pairs=pairs)
    assert found.edges.amount_cents.tolist() == [500]
    assert found.unlinked_reds.tolist() == [2]


def test_a_red_invoice_with_two_blue_ones_is_refused() -> None:
    with pytest.raises(DataError) as refused:
        netted((1, 500, "blue"), (3, 500, "blue"), (2, -200, "red"), pairs=((2, 1), (2, 3)))
    assert refused.value.code == "data.reversals.ambiguous"


def test_an_invoice_number_that_stands_twice_is_refused() -> None:
    with pytest.raises(DataError) as refused:
        netted((1, 500, "blue"), (1, 500, "blue"))
    assert refused.value.code == "data.invoices.twice"


def test_no_invoices_net_to_no_edges() -> None:
    assert len(netted().edges) == 0
