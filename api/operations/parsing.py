"""Texts of the command line as values: days, instants, amounts, shares. Called by the operations."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Final

from graph.civil import CIVIL
from graph.errors import QueryError
from graph.store.questions import AsOf

MILLION: Final = 1_000_000
CENT_PLACES: Final = 2
_AMOUNT = re.compile(r"\d{1,15}(\.\d{1,2})?")


def day(text: str | None, option: str) -> date | None:
    """`2026-03-01` as a date; QueryError `query.date` names the option."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _refused("date", "a day", option, "Write it as 2026-03-01.") from None


def instant(text: str | None, option: str) -> datetime | None:
    """An instant; a day alone means its end in civil time, a time without offset is civil time."""
    if text is None:
        return None
    try:
        if "T" not in text and " " not in text:
            return datetime.combine(date.fromisoformat(text), time.max, tzinfo=CIVIL).astimezone(UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _refused("date", "an instant", option, "Write 2026-04-01 or 2026-04-01T09:30:00+08:00.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=CIVIL)).astimezone(UTC)


def as_of(valid: str | None, recorded: str | None) -> AsOf:
    """Both clocks, from `--on` and `--recorded`."""
    return AsOf(day(valid, "--on"), instant(recorded, "--recorded"))


def cents(text: str | None, option: str) -> int:
    """`1000` or `1000.50` in units of the currency as minor units; none is zero."""
    if text is None:
        return 0
    written = text.replace(",", "").strip()
    if not _AMOUNT.fullmatch(written):
        raise _refused("amount", "an amount", option, "Write whole units or two decimals, such as 1000.50.")
    return int(Decimal(written).scaleb(CENT_PLACES))


def millionths(text: str | None, option: str) -> int | None:
    """`0.1` or `10%` as 100000."""
    if text is None:
        return None
    written = text.strip()
    try:
        share = Decimal(written[:-1]) / 100 if written.endswith("%") else Decimal(written)
        inside = share.is_finite() and 0 <= share < 1
    except InvalidOperation:
        inside = False
    if not inside:
        raise _refused("share", "a share", option, "Write a number from 0 to less than 1, such as 0.1 or 10%.")
    return int(share * MILLION)


def _refused(kind: str, what: str, option: str, step: str) -> QueryError:
    return QueryError(f"{option} is not {what}.", code=f"query.{kind}", next_step=step, option=option)
