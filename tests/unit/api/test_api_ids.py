"""Global ids and cursors: opaque, whole, and nothing but ours is taken for one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.gql.ids import global_id, key_of, parsed_id, window
from graph.errors import LimitError, QueryError

MOMENT = datetime(2026, 3, 1, 12, 30, 5, 123456, tzinfo=UTC)


@given(st.text(min_size=1))
def test_a_global_id_leads_back_to_type_and_key(key: str) -> None:
    assert parsed_id(global_id("Invoice", key)) == ("Invoice", key)


@given(st.text())
def test_whatever_text_is_sent_it_is_an_id_or_none(text: str) -> None:
    found = parsed_id(text)
    assert found is None or found[1]


def test_a_public_id_stands_for_itself() -> None:
    assert key_of("tp0123456789abcdef01234567", "Taxpayer") == "tp0123456789abcdef01234567"


def test_a_global_id_of_another_type_is_refused() -> None:
    with pytest.raises(QueryError) as refused:
        key_of(global_id("Invoice", "1"), "Taxpayer")
    assert refused.value.code == "query.id"


def test_the_type_of_a_global_id_is_one_of_the_vocabulary() -> None:
    assert parsed_id(global_id("Stranger", "1")) is None


def test_a_cursor_leads_to_the_row_behind_it_as_recorded_then() -> None:
    first = window(10, None)
    following = window(5, first.cursor(9, MOMENT))
    assert (following.offset, following.first, following.end) == (10, 5, 15)
    assert following.recorded == MOMENT


def test_a_cursor_of_an_empty_ledger_names_no_instant() -> None:
    assert window(5, window(10, None).cursor(0, None)).recorded is None


@pytest.mark.parametrize("first", [-1, 101])
def test_a_page_size_out_of_range_is_refused(first: int) -> None:
    with pytest.raises(LimitError):
        window(first, None)


@given(st.text(min_size=1))
def test_a_text_that_is_no_cursor_of_ours_is_refused_and_breaks_nothing(text: str) -> None:
    with pytest.raises(QueryError) as refused:
        window(5, text + "!")  # no cursor ends so
    assert refused.value.code == "query.cursor"
