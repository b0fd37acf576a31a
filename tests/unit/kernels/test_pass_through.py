"""What passes through a firm, on drawn examples: stock, dwell, balance, and sums that no longer fit 63 bits."""

from __future__ import annotations

import numpy as np
import pytest

from graph.kernels.adjacency import adjacency_of
from graph.kernels.pass_through import PassThrough, pass_through

FIRM, SELLER, BUYER = 0, 1, 2
DAY = 86_400


def passed_by(*events: tuple[int, int], window: int = 30, band: int = 100_000, most_dwell: int = 30) -> PassThrough:
    """What passes through the firm: (tick, cents bought) or (tick, -cents sold)."""
    ticks, cents = np.array(events, np.int64).T
    source = np.where(cents > 0, SELLER, FIRM).astype(np.int32)
    target = np.where(cents > 0, FIRM, BUYER).astype(np.int32)
    edges = adjacency_of(source, target, ticks, np.abs(cents), 3)
    return pass_through(edges, [0, 1, 2], window=window, band=band, least_amount=1, most_dwell=most_dwell)


def test_a_pipeline_firm_sells_on_what_it_bought() -> None:
    found = passed_by((0, 60), (1, 40), (3, -50), (4, -50))
    assert found.vertices.tolist() == [FIRM]
    assert (found.bought_cents[0], found.sold_cents[0], found.passed_cents[0]) == (100, 100, 100)
    # 50 held for 3, 10 for 4 and 40 for 3 seconds: 310 / 100, rounded down.
    assert found.dwell_seconds[0] == 3


@pytest.mark.parametrize(
    ("events", "changes"),
    [
        (((0, 100), (3, -80)), {}),
        (((0, 100), (3, -100)), {"window": 2}),
        (((0, 100), (3, -100)), {"most_dwell": 2}),
        (((3, 100), (0, -100)), {}),
    ],
    ids=["too little sold", "sold after the window", "held too long", "sold before it was bought"],
)
def test_nothing_passes_when(events: tuple[tuple[int, int], ...], changes: dict[str, int]) -> None:
    assert len(passed_by(*events, **changes).vertices) == 0


def test_stock_from_before_the_window_does_not_hide_what_passes_in_it() -> None:
    found = passed_by((0, 1_000), (100, 70), (101, -70), window=10, most_dwell=1)
    assert (found.first_tick.tolist(), found.dwell_seconds.tolist()) == ([100], [1])


def test_a_purchase_of_the_same_moment_is_there_to_be_sold() -> None:
    assert passed_by((5, -10), (5, 10)).dwell_seconds.tolist() == [0]


def test_what_is_sold_beyond_the_stock_is_value_added() -> None:
    found = passed_by((0, 100), (1, -105), (2, 5))
    assert (found.passed_cents.tolist(), found.sold_cents.tolist()) == ([100], [105])


def test_of_equal_windows_the_earliest_is_reported_and_all_are_counted() -> None:
    found = passed_by((0, 10), (1, -10), (100, 10), (101, -10), window=5)
    assert (found.first_tick.tolist(), found.windows.tolist()) == ([0], [2])


@pytest.mark.parametrize("cents", [10**13, 10**15])
def test_sums_beyond_63_bits_stay_exact(cents: int) -> None:
    held = 20 * DAY
    events = [(place * 40 * DAY + late, -cents if late else cents) for place in range(9) for late in (0, held)]
    found = passed_by(*events, window=30 * DAY, most_dwell=held)
    assert (found.windows.tolist(), found.dwell_seconds.tolist()) == ([9], [held])
    assert len(passed_by(*events, window=30 * DAY, most_dwell=held - 1).vertices) == 0


def test_amounts_must_be_above_zero() -> None:
    with pytest.raises(ValueError, match="above zero"):
        passed_by((0, 0))
