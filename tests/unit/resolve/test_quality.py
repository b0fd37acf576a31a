"""Strata, samples, intervals and estimates of a register's identities."""

from __future__ import annotations

import math
from itertools import combinations
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from graph.errors import DataError
from loaders.resolve.firms import resolve_firms
from loaders.resolve.linkage.scoring import Scored, score
from loaders.resolve.quality.estimates import Judged, judged, read_labels
from loaders.resolve.quality.intervals import Interval, share, share_of, weighted_sum
from loaders.resolve.quality.population import (
    OTHERS,
    REFUSED,
    RULE,
    allotted,
    drawn,
    population,
    wide,
)
from tests.support.identity_quality import quality
from tests.support.registrations import country, small_model

SIZE, SEED = 4_000, 77


def register() -> tuple[pa.Table, Scored]:
    """Registrations with their taxpayers, and every compared pair."""
    told, fields = country(SIZE, SEED)
    firms = resolve_firms(told.registrations, told.changes, small_model())
    return firms.clusters.members.rename_columns(["id", "taxpayer"]), score(fields, wide(small_model()))


def truth() -> dict[str, int]:
    rows = country(SIZE, SEED)[0].truth.to_pylist()
    return {row["id"]: row["taxpayer"] for row in rows}


@pytest.fixture(scope="module")
def pairs() -> pa.Table:
    return population(*register())


def ids_of(members: pa.Table) -> list[str]:
    return [str(key) for key in members["id"].to_pylist()]


def labelled(sample: pa.Table) -> dict[tuple[str, str], bool]:
    firm = truth()
    return {(row["left"], row["right"]): firm[row["left"]] == firm[row["right"]] for row in sample.to_pylist()}


def test_the_population_holds_every_joined_pair_and_every_compared_one_once(pairs: pa.Table) -> None:
    members, scored = register()
    of = {row["id"]: row["taxpayer"] for row in members.to_pylist()}
    rows = {(row["left"], row["right"]): row for row in pairs.to_pylist()}
    assert len(rows) == pairs.num_rows
    assert all(row["joined"] == (of[left] == of[right]) for (left, right), row in rows.items())
    groups: dict[str, list[str]] = {}
    for key, taxpayer in of.items():
        groups.setdefault(taxpayer, []).append(key)
    assert {pair for pair, row in rows.items() if row["joined"]} == {
        pair for group in groups.values() for pair in combinations(sorted(group), 2)
    }
    assert scored.rules.num_rows > 0
    for table, basis in ((scored.rules, RULE), (scored.refused, REFUSED)):
        assert {rows[row["left"], row["right"]]["basis"] for row in table.to_pylist()} <= {basis}
    for row in scored.pairs.to_pylist():
        found = rows[row["left"], row["right"]]["basis"]
        if found.endswith("bits"):
            low, high = (int(part.removesuffix(" bits")) for part in found.split(" to "))
            assert low * 1_000_000 <= row["weight"] < high * 1_000_000
    assert any(row["basis"] == OTHERS for row in rows.values())


def test_a_sample_is_a_function_of_seed_and_pairs_and_holds_every_stratum(pairs: pa.Table) -> None:
    sample = drawn(pairs, count=200, seed="7")
    mixed = pairs.take(list(reversed(range(pairs.num_rows))))
    assert drawn(mixed, count=200, seed="7").equals(sample)
    assert not drawn(pairs, count=200, seed="8").equals(sample)
    assert sample.num_rows == 200
    rows = {(row["left"], row["right"]): (row["joined"], row["basis"]) for row in pairs.to_pylist()}
    drawn_of = [rows[row["left"], row["right"]] for row in sample.to_pylist()]
    assert set(drawn_of) == set(rows.values())
    smaller = {tuple(row.values()) for row in drawn(pairs, count=100, seed="7").to_pylist()}
    assert smaller <= {tuple(row.values()) for row in sample.to_pylist()}


@given(st.lists(st.integers(0, 50), max_size=8), st.integers(0, 300))
def test_strata_share_a_sample_by_the_roots_of_their_sizes_and_a_larger_one_takes_from_none(
    sizes: list[int], count: int
) -> None:
    shares, more = allotted(sizes, count), allotted(sizes, count + 1)
    assert sum(shares) == min(count, sum(sizes))
    assert all(share <= size for share, size in zip(shares, sizes, strict=True))
    assert all(share <= later for share, later in zip(shares, more, strict=True))
    if count >= sum(size > 0 for size in sizes):
        assert all(share > 0 for share, size in zip(shares, sizes, strict=True) if size)
    drawn_of = [(size, share) for size, share in zip(sizes, shares, strict=True) if 0 < share < size]
    for one, few in drawn_of:
        for other, many in drawn_of:
            # Nobody would rather have what another one was given last.
            assert few == 1 or math.sqrt(one) / (few - 1) >= math.sqrt(other) / many - 1e-12


def test_a_stratum_four_times_as_large_has_twice_as_many() -> None:
    assert allotted([400, 1_600], 60) == [20, 40]


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_interval_is_that_of_scipy(case: tuple[int, int]) -> None:
    hits, count = case
    expected = binomtest(hits, count).proportion_ci(method="wilson")
    found = share(hits, count)
    assert [found.low, found.high] == pytest.approx([expected.low, expected.high], abs=1e-9)


def test_one_stratum_alone_has_its_own_interval_and_two_have_a_narrower_one() -> None:
    one = share(90, 100)
    alone = weighted_sum([(1.0, one)])
    assert [alone.low, alone.high] == pytest.approx([one.low, one.high])
    both = weighted_sum([(0.5, one), (0.5, one)])
    assert one.low < both.low < both.estimate < both.high < one.high
    assert both.estimate == pytest.approx(0.9)


def test_a_share_of_two_sums_errs_on_the_wide_side() -> None:
    found = share_of(Interval(90, 80, 95), Interval(10, 5, 20))
    assert (found.estimate, found.low, found.high) == (0.9, 0.8, 0.95)
    assert share_of(Interval(0, 0, 0), Interval(0, 0, 0)) == Interval(0, 0, 0)


@pytest.mark.parametrize("seed", range(5))
def test_labels_of_a_sample_tell_what_the_truth_of_all_pairs_is(pairs: pa.Table, seed: int) -> None:
    members, _ = register()
    found = judged(pairs, ids_of(members), labelled(drawn(pairs, count=400, seed=str(seed))))
    whole = judged(pairs, ids_of(members), labelled(pairs))
    for estimate, exact in ((found.precision, whole.precision), (found.recall, whole.recall)):
        assert estimate is not None
        assert exact is not None
        assert estimate.interval.low <= exact.interval.estimate <= estimate.interval.high
        assert estimate.covers == 1
        assert estimate.interval.high - estimate.interval.low < 0.25


def test_labels_of_all_pairs_give_the_precision_of_the_clusters(pairs: pa.Table) -> None:
    members, _ = register()
    exact = quality(members.rename_columns(["id", "cluster"]), country(SIZE, SEED)[0].truth)
    found = judged(pairs, ids_of(members), labelled(pairs))
    assert found.precision is not None
    assert found.precision.interval.estimate == pytest.approx(exact.precision)
    assert (found.never_compared, found.unknown) == ((0, 0), 0)


def small(labels: dict[tuple[str, str], bool]) -> Judged:
    rows = [("a", "b", True, RULE), ("c", "d", True, OTHERS), ("a", "c", False, REFUSED)]
    columns = dict(zip(("left", "right", "joined", "basis"), map(list, zip(*rows, strict=True)), strict=True))
    return judged(pa.table(columns), "abcd", labels)


def test_strata_without_labels_are_left_out_and_said_to_be() -> None:
    found = small({("a", "b"): True, ("b", "d"): True, ("a", "z"): False})
    assert found.precision is not None
    assert (found.precision.interval.estimate, found.precision.covers) == (1, 0.5)
    assert found.recall is not None
    assert found.recall.covers == pytest.approx(1 / 3)
    assert (found.never_compared, found.unknown) == ((1, 1), 1)
    nothing = small({})
    assert (nothing.precision, nothing.recall) == (None, None)
    assert [each.share for each in nothing.strata] == [None] * 3


def test_a_file_of_labels_is_read_and_what_is_not_labelled_yet_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("left,right,label\nb,a,same\na,c,different\na,d,\nb,a,same\n", encoding="utf-8-sig")
    assert read_labels(path) == {("a", "b"): True, ("a", "c"): False}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("left,right\na,b\n", "its columns are not"),
        ("left,right,label\na,b,perhaps\n", "line 2: the label is neither"),
        ("left,right,label\na,a,same\n", "line 2: it does not name two"),
        ("left,right,label\na,b,same\nb,a,different\n", "line 3: the pair has another label"),
    ],
)
def test_a_file_that_is_none_of_labels_is_refused_with_its_faults(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=says):
        read_labels(path)
