"""Texts of the command line as values: days, instants, amounts, shares, ring ids."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from api.operations.parsing import as_of, cents, instant, millionths
from api.operations.ring_ids import ring_reference, shown_id
from graph.errors import QueryError
from queries.rings import MODES, RingOptions


def test_a_recorded_day_means_its_end_in_civil_time() -> None:
    assert instant("2026-04-01", "--recorded") == datetime(2026, 4, 1, 15, 59, 59, 999_999, tzinfo=UTC)


def test_a_recorded_time_without_offset_is_civil_time() -> None:
    assert instant("2026-04-01T09:30", "--recorded") == datetime(2026, 4, 1, 1, 30, tzinfo=UTC)
    assert instant("2026-04-01T09:30Z", "--recorded") == datetime(2026, 4, 1, 9, 30, tzinfo=UTC)


def test_both_clocks_are_read() -> None:
    assert as_of("2026-03-01", None).valid == date(2026, 3, 1)


@pytest.mark.parametrize(("text", "wanted"), [("1000", 100_000), ("1,000.5", 100_050), ("0.01", 1), (None, 0)])
def test_an_amount_is_read_exactly(text: str | None, wanted: int) -> None:
    assert cents(text, "--min-amount") == wanted


@pytest.mark.parametrize("text", ["-1", "1.001", "1e3", "much", ""])
def test_an_amount_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="--min-amount"):
        cents(text, "--min-amount")


@pytest.mark.parametrize(("text", "wanted"), [("0.1", 100_000), ("10%", 100_000), ("0", 0), (None, None)])
def test_a_share_is_read_exactly(text: str | None, wanted: int | None) -> None:
    assert millionths(text, "--band") == wanted


@pytest.mark.parametrize("text", ["1", "-0.1", "100%", "NaN", "half"])
def test_a_share_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="--band"):
        millionths(text, "--band")


@given(
    mode=st.sampled_from(MODES),
    seconds=st.integers(0, 10_000_000),
    lengths=st.tuples(st.integers(2, 12), st.integers(2, 12)),
    strict=st.booleans(),
    band=st.none() | st.integers(0, 999_999),
    resolution=st.sampled_from(("auto", "day", "second")),
    currency=st.from_regex(r"[A-Z]{3}", fullmatch=True),
    member=st.from_regex(r"tp[0-9a-f]{24}", fullmatch=True),
)
def test_a_shown_ring_id_says_how_the_ring_was_found(
    *,
    mode: str,
    seconds: int,
    lengths: tuple[int, int],
    strict: bool,
    band: int | None,
    resolution: str,
    currency: str,
    member: str,
) -> None:
    assume(not strict or mode == "time-ordered")
    assume(band is None or mode != "static")
    options = RingOptions(
        mode=mode,
        window=timedelta(seconds=seconds),
        min_length=min(lengths),
        max_length=max(lengths),
        strict=strict,
        band=band,
        currency=currency,
        resolution=resolution,
    )
    found = ring_reference(shown_id("ring-0a1b", options, member=member, currency=currency))
    assert (found.ring, found.options, found.member) == ("ring-0a1b", options, member)


def test_a_bare_ring_id_leaves_the_options_to_the_caller() -> None:
    found = ring_reference("ring-0a1b")
    assert (found.ring, found.options, found.member) == ("ring-0a1b", None, None)


@pytest.mark.parametrize("text", ["ring-0a1b.t30d.2-10", "ring-0a1b.q30d.2-10@tp1", "ring-0a1b.t30d@tp1"])
def test_a_ring_id_that_was_cut_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="whole ring id"):
        ring_reference(text)
