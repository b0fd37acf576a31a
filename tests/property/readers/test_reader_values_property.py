"""Numbers and times: whatever way they are written, the same value comes back."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.readers.values import canonical_decimal, clean_code, parse_date_or_time, parse_decimal, parse_minor_units

DECIMALS = st.decimals(min_value=-(10**12), max_value=10**12, places=4)
MOMENTS = st.datetimes(min_value=dt.datetime.fromisoformat("1900-01-01"), timezones=st.just(dt.UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
FULL_WIDTH = str.maketrans({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
DATE_FORMS = ("{0:%Y}-{0.month}-{0.day}", "{0:%Y}/{0.month}/{0.day}", "{0:%Y%m%d}", "{0:%Y}年{0.month}月{0.day}日")


@settings(max_examples=100, deadline=None, derandomize=True)
@given(numbers=st.lists(DECIMALS, min_size=1, max_size=20))
def test_a_number_is_the_same_plain_grouped_and_in_full_width(numbers: list[Decimal]) -> None:
    plain = [format(number, "f") for number in numbers]
    grouped = [format(number, ",f") for number in numbers]
    wide = [text.translate(FULL_WIDTH) for text in grouped]
    parsed = [parse_decimal(pa.array(texts)) for texts in (plain, grouped, wide)]
    expected = [canonical_decimal(text) for text in plain]
    assert [Decimal(text or "x") for text in expected] == numbers
    assert [each.text.to_pylist() for each in parsed] == [expected] * 3


@settings(max_examples=100, deadline=None, derandomize=True)
@given(numbers=st.lists(DECIMALS, min_size=1, max_size=20))
def test_minor_units_are_the_amount_rounded_half_away_from_zero(numbers: list[Decimal]) -> None:
    parsed = parse_minor_units(pa.array([format(number, "f") for number in numbers]))
    expected = [int((number * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)) for number in numbers]
    assert parsed.value.to_pylist() == expected
    assert parsed.rounded.to_pylist() == [number * 100 % 1 != 0 for number in numbers]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(texts=st.lists(st.one_of(st.none(), st.text(max_size=12), st.text("0123456789.,-+eE%¥() ", max_size=12))))
def test_no_text_makes_a_parser_fail_as_a_whole(texts: list[str | None]) -> None:
    column = pa.array(texts, pa.string())
    decimals = parse_decimal(column)
    again = parse_decimal(decimals.text)
    assert again.text.equals(decimals.text)
    assert not any(again.failed.to_pylist())
    assert len(clean_code(column)) == len(parse_date_or_time(column).value) == len(texts)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(moments=st.lists(MOMENTS, min_size=1, max_size=20), form=st.sampled_from(DATE_FORMS))
def test_a_day_is_the_same_in_every_form(moments: list[dt.datetime], form: str) -> None:
    parsed = parse_date_or_time(pa.array([form.format(moment) for moment in moments]))
    assert parsed.value.cast(pa.date32()).to_pylist() == [moment.date() for moment in moments]
    assert set(parsed.precision.to_pylist()) == {"day"}


@settings(max_examples=100, deadline=None, derandomize=True)
@given(moments=st.lists(MOMENTS, min_size=1, max_size=20), hours=st.integers(-12, 14))
def test_an_instant_is_the_same_civil_time_from_every_offset(moments: list[dt.datetime], hours: int) -> None:
    zone = dt.timezone(dt.timedelta(hours=hours))
    late = [moment for moment in moments if 1901 <= moment.year <= 9998]
    shown = [moment.astimezone(zone).isoformat() for moment in late]
    parsed = parse_date_or_time(pa.array(shown, pa.string()), zone="Etc/GMT-8")
    civil = dt.timezone(dt.timedelta(hours=8))
    assert parsed.value.to_pylist() == [moment.astimezone(civil).replace(tzinfo=None) for moment in late]
