"""Durations as users write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import LimitError, QueryError
from queries.durations import SECONDS_OF, duration_text, parse_duration
from queries.limits import Limits


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", timedelta(seconds=90)),
        ("10m", timedelta(minutes=10)),
        ("1h", timedelta(hours=1)),
        ("7d", timedelta(days=7)),
        ("12w", timedelta(weeks=12)),
        (" 0d ", timedelta(0)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize("text", ["", "d", "7", "-7d", "1.5h", "7 d", "1y", "7d7d", "٣d x", "999999999999w"])
def test_what_is_not_a_duration_is_refused_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse_duration(text)
    assert refused.value.code == "query.duration"
    assert refused.value.next_step


@given(st.integers(0, 5000), st.sampled_from(sorted(SECONDS_OF)))
def test_a_duration_survives_writing_and_reading(number: int, unit: str) -> None:
    span = timedelta(seconds=number * SECONDS_OF[unit])
    if span <= timedelta(days=36_525):
        assert parse_duration(duration_text(span)) == span


def test_a_limit_out_of_bounds_is_refused() -> None:
    with pytest.raises(LimitError) as refused:
        Limits(hops=0)
    assert refused.value.code == "limit.hops"
