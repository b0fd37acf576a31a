"""The graphs of the kernels' benchmark are what their page says; a step that loses a planted ring gives no figure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.kernels.beside_duckdb import canonical
from tests.benchmarks.kernels.closing import closed_on
from tests.benchmarks.kernels.graphs import COLUMNS, Graph, power_law, ranked_firms, read_graph, write_graph
from tests.benchmarks.kernels.ordered import check_planted, members_of, rings_of
from tests.benchmarks.kernels.sizes import BAND, DAY, DAYS, HALF, MIXED, TIERS, Spec

PLANTED = 40


def chance() -> np.random.Generator:
    return np.random.default_rng(1)


def made(folder: Path, spec: Spec, planted: int = PLANTED) -> Graph:
    write_graph(folder / spec.name, spec, planted)
    return read_graph(folder / spec.name)


@pytest.mark.parametrize("corr", [TIERS, HALF, MIXED])
def test_every_planted_ring_is_there_in_order_within_a_month_and_in_the_band(tmp_path: Path, corr: int) -> None:
    graph = made(tmp_path, Spec(20_000, corr))
    check_planted(graph, rings_of(graph, 30, 8, BAND, limit=100_000), 8)
    assert len(set(graph.planted)) == PLANTED
    assert {len(ring) for ring in graph.planted} == set(range(3, 9))


def test_a_planted_ring_that_loses_an_invoice_is_missed(tmp_path: Path) -> None:
    graph = made(tmp_path, Spec(20_000, TIERS))
    seller, buyer = graph.planted[0][:2]
    kept = (graph.seller != seller) | (graph.buyer != buyer)
    cut = replace(graph, **{name: getattr(graph, name)[kept] for name in COLUMNS})
    with pytest.raises(SystemExit, match=f"1 of {PLANTED} planted rings"):
        check_planted(cut, rings_of(cut, 30, 8, limit=100_000), 8)


def test_only_planted_rings_that_the_length_allows_are_asked_for(tmp_path: Path) -> None:
    graph = made(tmp_path, Spec(20_000, TIERS))
    check_planted(graph, rings_of(graph, 30, 5, limit=100_000), 5)
    with pytest.raises(SystemExit, match="planted rings"):
        check_planted(graph, rings_of(graph, 30, 5, limit=100_000), 6)


@pytest.mark.parametrize("gamma", [0.6, 0.75])
def test_ranks_are_drawn_with_weights_of_a_power_law(gamma: float) -> None:
    draws = 1_000_000
    counts = np.bincount(power_law(1_000, gamma, draws, chance()), minlength=1_000)
    weights = np.arange(1.0, 1_001.0) ** -gamma
    expected = draws * weights / weights.sum()
    assert np.abs(counts - expected).max() < 5 * np.sqrt(expected.max())
    assert (np.abs(counts - expected) / np.sqrt(expected)).mean() < 1


def test_ranks_are_drawn_in_random_order() -> None:
    drawn = power_law(1_000, 0.75, 100_000, chance())
    assert abs(drawn[:50_000].mean() - drawn[50_000:].mean()) < 10


@pytest.mark.parametrize(("corr", "least", "most"), [(TIERS, 0, 10), (HALF, 5_000, 5_010), (MIXED, 10_000, 10_000)])
def test_corr_is_the_share_of_firms_whose_ranks_coincide(corr: int, least: int, most: int) -> None:
    sellers, buyers = ranked_firms(10_000, corr, chance())
    assert np.array_equal(np.sort(sellers), np.arange(10_000))
    assert np.array_equal(np.sort(buyers), np.arange(10_000))
    assert least <= (sellers == buyers).sum() <= most


def test_a_pair_has_three_invoices_in_the_mean_and_there_are_365_dates(tmp_path: Path) -> None:
    graph = made(tmp_path, Spec(100_000, TIERS))
    pairs = len(np.unique(graph.seller.astype(np.int64) * graph.firms + graph.buyer))
    assert len(graph.tick) / pairs == pytest.approx(3, rel=0.05)
    assert np.array_equal(np.unique(graph.tick), np.arange(DAYS) * DAY)
    assert (np.diff(graph.tick) >= 0).all()
    assert (graph.seller != graph.buyer).all()
    assert graph.amount.min() > 0


def test_in_a_plain_graph_no_two_invoices_have_the_same_ends_or_moment(tmp_path: Path) -> None:
    graph = made(tmp_path, Spec(20_000, HALF, plain=True))
    assert len(np.unique(graph.seller.astype(np.int64) * graph.firms + graph.buyer)) == len(graph.tick) == 20_000
    assert (np.diff(graph.tick) > 0).all()
    assert graph.planted == ()


def test_the_same_spec_gives_the_same_graph(tmp_path: Path) -> None:
    one, two = (made(tmp_path / name, Spec(10_000, HALF)) for name in ("one", "two"))
    assert one.planted == two.planted
    assert all(np.array_equal(getattr(one, name), getattr(two, name)) for name in COLUMNS)


def test_rings_that_a_day_closes_are_those_of_the_whole_graph_that_end_on_it(tmp_path: Path) -> None:
    graph = made(tmp_path, Spec(20_000, HALF))
    closed = set[tuple[int, ...]]()
    for day in (100 * DAY, 200 * DAY, 300 * DAY):
        until = graph.between(0, day + DAY)
        whole = rings_of(until, 30, 6, limit=100_000)
        ends_then = members_of(whole, np.flatnonzero(whole.last_tick >= day).tolist())
        assert closed_on(graph, day, 30, 6) == ends_then
        closed |= ends_then
    assert closed


def test_a_ring_is_named_from_its_smallest_member() -> None:
    assert canonical([5, 2, 9]) == (2, 9, 5)
