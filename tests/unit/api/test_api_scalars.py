"""Money, shares and times as the schema shows them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.gql.scalars import SCALARS, CivilTime, cents, exact_money, millionths, money
from graph.errors import QueryError


@pytest.mark.parametrize(
    ("minor", "currency", "amount"),
    [(123, "CNY", "1.23"), (123, "JPY", "123"), (1234, "KWD", "1.234"), (-5, "CNY", "-0.05"), (2**62, "CNY", None)],
)
def test_minor_units_follow_the_currency(minor: int, currency: str, amount: str | None) -> None:
    shown = exact_money(minor, currency).amount
    assert str(shown) == (amount or str(Decimal(minor) / 100))


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.sampled_from(["CNY", "JPY", "KWD", "EUR"]))
def test_an_amount_leads_back_to_its_minor_units(minor: int, currency: str) -> None:
    assert cents(exact_money(minor, currency).amount, currency) == minor


def test_an_amount_with_too_many_places_is_refused() -> None:
    with pytest.raises(QueryError):
        cents(Decimal("1.234"), "CNY")


def test_an_unknown_currency_is_said_to_be_unknown() -> None:
    shown = money(100, None)
    assert shown is not None
    assert shown.currency == "XXX"
    assert money(None, "CNY") is None


@pytest.mark.parametrize(("stored", "shown"), [(130_000, "0.13"), (1_000_000, "1"), (0, "0"), (10_000_000, "10")])
def test_millionths_are_shown_without_needless_zeros(stored: int, shown: str) -> None:
    assert str(millionths(stored)) == shown


def test_a_civil_time_has_no_offset() -> None:
    civil = SCALARS[CivilTime]
    assert civil.parse_value is not None
    assert civil.parse_value("2026-03-01T12:30:05") == datetime(2026, 3, 1, 12, 30, 5)  # noqa: DTZ001 - civil time
    for wrong in ("2026-03-01T12:30:05+08:00", "yesterday"):
        with pytest.raises(QueryError):
            civil.parse_value(wrong)
