"""Numbers, codes, dates and times out of text columns."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

from loaders.readers.values import (
    canonical_decimal,
    clean_code,
    parse_date_or_time,
    parse_decimal,
    parse_millionths,
    parse_minor_units,
    to_half_width,
)

DECIMALS = {
    "1234.5": "1234.5",
    "1,234.50": "1234.5",
    "１，２３４．５０": "1234.5",
    "￥1,234.50": "1234.5",
    "1,234.50元": "1234.5",
    "(1,234.50)": "-1234.5",
    "¥-3": "-3",
    "－3": "-3",
    "+5": "5",
    "1.2E+5": "120000",
    "1e-7": "0.0000001",
    "-0.00": "0",
    ".5": "0.5",
    "007": "7",
    "12345678901234567890.10": "12345678901234567890.1",
}
NO_DECIMALS = ["1.234,50", "12,34", "1 234", "10²", "abc", "-", ".", "()", "1e999", "0x10", "NaN"]
DAY, SECOND = "day", "second"
TIMES = {
    "2026-03-01": ("2026-03-01 00:00:00", DAY),
    "2026/3/1": ("2026-03-01 00:00:00", DAY),
    "2026.3.1": ("2026-03-01 00:00:00", DAY),
    "20260301": ("2026-03-01 00:00:00", DAY),
    "2026年3月1日": ("2026-03-01 00:00:00", DAY),
    "２０２６－０３－０１": ("2026-03-01 00:00:00", DAY),
    " 2026-03-01 12:30:05 ": ("2026-03-01 12:30:05", SECOND),
    "2026-3-1 9:05": ("2026-03-01 09:05:00", SECOND),
    "2026年3月1日 12时30分05秒": ("2026-03-01 12:30:05", SECOND),
    "20260301123005": ("2026-03-01 12:30:05", SECOND),
    "2026-03-01T04:30:05Z": ("2026-03-01 12:30:05", SECOND),
    "2026-03-01T12:30:05.999+08:00": ("2026-03-01 12:30:05", SECOND),
    "2016-04-04+02:00": ("2016-04-04 00:00:00", DAY),
    "2026-02-28T20:00:00-05:00": ("2026-03-01 09:00:00", SECOND),
    "46082": ("2026-03-01 00:00:00", DAY),
    "46082.5": ("2026-03-01 12:00:00", SECOND),
    "2024-02-29": ("2024-02-29 00:00:00", DAY),
    "9999-12-31": ("9999-12-31 00:00:00", DAY),
}
NO_TIMES = ["2026-02-29", "2026-13-01", "2026-00-10", "03/01/2026", "2026-03-01 24:00:00", "2026-03-01 12:60", "202603"]


@pytest.mark.parametrize(("text", "expected"), DECIMALS.items())
def test_numbers_in_the_forms_of_exports_become_canonical(text: str, expected: str) -> None:
    parsed = parse_decimal(pa.array([text]))
    assert (parsed.text.to_pylist(), parsed.failed.to_pylist()) == ([expected], [False])


@pytest.mark.parametrize("text", NO_DECIMALS)
def test_what_is_no_sure_number_fails_and_is_null(text: str) -> None:
    parsed = parse_decimal(pa.array([text]))
    assert (parsed.text.to_pylist(), parsed.failed.to_pylist()) == ([None], [True])


@pytest.mark.parametrize("parse", [parse_decimal, parse_minor_units, parse_millionths, parse_date_or_time])
def test_null_and_blank_are_absent_and_not_failures(parse: object) -> None:
    assert callable(parse)
    assert parse(pa.array([None, "", "  ", "\u3000"], pa.string())).failed.to_pylist() == [False] * 4


def test_amounts_become_minor_units_rounded_half_away_from_zero() -> None:
    parsed = parse_minor_units(pa.array(["1,234.5", "-2.675", "2.674", "0.120000"]))
    assert parsed.value.to_pylist() == [123450, -268, 267, 12]
    assert parsed.rounded.to_pylist() == [False, True, True, False]


def test_an_amount_beyond_eighteen_digits_fails() -> None:
    parsed = parse_minor_units(pa.array(["9999999999999999.99", "10000000000000000"]))
    assert parsed.value.to_pylist() == [999999999999999999, None]
    assert parsed.failed.to_pylist() == [False, True]


def test_minor_units_follow_the_currency() -> None:
    assert parse_minor_units(pa.array(["69180"]), digits=0).value.to_pylist() == [69180]


def test_rates_become_millionths_with_or_without_per_cent() -> None:
    parsed = parse_millionths(pa.array(["13%", "0.13", "６％", "0.060000", "1", "免税"]))
    assert parsed.value.to_pylist() == [130000, 130000, 60000, 60000, 1000000, None]
    assert parsed.failed.to_pylist() == [False] * 5 + [True]


def test_codes_lose_what_spreadsheets_and_full_width_keyboards_add() -> None:
    raw = ['="0123"', "'044001", "　９１ａｂ ", "\t12\u00a034", "", None]
    assert clean_code(pa.array(raw)).to_pylist() == ["0123", "044001", "91AB", "1234", None, None]


def test_half_width_leaves_chinese_text_alone() -> None:
    assert to_half_width(pa.array(["（示例）１号②"])).to_pylist() == ["(示例)1号②"]


@pytest.mark.parametrize(("text", "expected"), TIMES.items())
def test_dates_and_times_in_mixed_forms_become_civil_time(text: str, expected: tuple[str, str]) -> None:
    parsed = parse_date_or_time(pa.array([text]))
    assert (str(parsed.value[0].as_py()), parsed.precision.to_pylist()[0]) == expected
    assert parsed.failed.to_pylist() == [False]


@pytest.mark.parametrize("text", NO_TIMES)
def test_what_is_no_sure_date_fails_and_is_null(text: str) -> None:
    parsed = parse_date_or_time(pa.array([text]))
    assert (parsed.value.to_pylist(), parsed.precision.to_pylist(), parsed.failed.to_pylist()) == (
        [None],
        [None],
        [True],
    )


def test_the_civil_zone_is_a_parameter() -> None:
    parsed = parse_date_or_time(pa.array(["2026-07-01T12:00:00Z"]), zone="Europe/Berlin")
    assert str(parsed.value[0].as_py()) == "2026-07-01 14:00:00"


def test_bare_numbers_are_no_dates_where_serials_are_off() -> None:
    assert parse_date_or_time(pa.array(["46082"]), serials=False).failed.to_pylist() == [True]


def test_pandas_and_chunked_columns_are_taken_as_well() -> None:
    series = pd.Series(["1,000", None])
    chunked = pa.chunked_array([["1,000"], [None]], pa.string())
    assert parse_decimal(series).text.to_pylist() == parse_decimal(chunked).text.to_pylist() == ["1000", None]


def test_an_empty_column_stays_empty() -> None:
    nothing = pa.array([], pa.string())
    assert len(parse_decimal(nothing).text) == len(parse_date_or_time(nothing).value) == 0


@pytest.mark.parametrize("text", ["1,234", "abc", "", "1e5e5"])
def test_one_value_that_is_no_plain_number_has_no_canonical_form(text: str) -> None:
    assert canonical_decimal(text) is None
