"""Registers, changes and filings of a country by taxpayer, read with loops. Used by slow references of patterns."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import chain

from tests.support.detection import LoadedCountry
from tests.support.planted_country import Row, day, rows_of


def registrations(country: LoadedCountry) -> dict[str, list[Row]]:
    """Rows of the registers by taxpayer."""
    found: dict[str, list[Row]] = defaultdict(list)
    for path in sorted((country.told.folder / "registrations").glob("*.csv")):
        for row in rows_of(path, encoding="gb18030"):
            found[country.taxpayer_of[row["NSRSBH"]]].append(row)
    return found


def registered_on(rows: list[Row]) -> date:
    """First registration."""
    return min(day(row["DJRQ"]) for row in rows)


def of_numbers(country: LoadedCountry, rows_by_number: dict[str, list[Row]], taxpayer: str) -> list[Row]:
    """Rows of an export under any number of a taxpayer."""
    return list(chain.from_iterable(rows_by_number.get(number, ()) for number in sorted(country.numbers[taxpayer])))


def newest_day(country: LoadedCountry) -> date:
    """Day of the newest invoice of anybody."""
    return max(invoice.day for invoice in country.told.invoices.values())


def oldest_day(country: LoadedCountry) -> date:
    """Day of the oldest invoice of anybody."""
    return min(invoice.day for invoice in country.told.invoices.values())


def month_of(when: date) -> date:
    """First day of the month."""
    return when.replace(day=1)


def is_due(month: date, today: date, days: int = 15) -> bool:
    """Whether the month ended at least so many days ago."""
    last = (month + timedelta(32)).replace(day=1) - timedelta(1)
    return last + timedelta(days) <= today
