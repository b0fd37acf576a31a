"""Filings, payments, credits claimed and given back, quotas and risk levels that follow from the documents.

Called by `generate`. Amounts agree with the invoices: output tax is what was issued in the month, input tax is what was
claimed in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from loaders.synthetic import plan as shares
from loaders.synthetic.documents import NORMAL, REVERSED, VOID, is_special
from loaders.synthetic.invoices import numbers_of
from loaders.synthetic.text import cents_text, day_of, day_text, join, padded, pick, text_table, where, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loaders.synthetic.documents import Documents
    from loaders.synthetic.plan import Plan
    from loaders.synthetic.population import Population
    from loaders.synthetic.text import Booleans, Integers, Text

USES = ("抵扣", "退税")
_PAID_SHARE = 0.97
_RISKY_SHARE = 0.04
_FILING_DAY = 15
_NO_MONTH = -1


@dataclass(frozen=True, slots=True)
class Claims:
    """Credits claimed of each document: month (since 1970-01) and day; month -1: not claimed.

    `use` is a place in `USES`; of `kept` ones nothing is given back when they are reversed.
    """

    month: Integers
    day: Integers
    use: Integers
    kept: Booleans


@dataclass(frozen=True, slots=True)
class Orders:
    """Claims that are fixed for the invoices from place `first` of the trade on; day -1: not claimed."""

    first: int
    day: Integers
    use: Integers
    kept: Integers


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Planted transfers out: firm, cents, first day of the month, day of booking, reason."""

    firm: Integers
    cents: Integers
    month: Integers
    day: Integers
    reason: Text


@dataclass(frozen=True, slots=True)
class Returns:
    """One row a firm and month with anything to file: months since 1970-01, cents."""

    firm: Integers
    month: Integers
    sales: Integers
    output: Integers
    input: Integers
    moved_out: Integers
    other_out: Integers

    @property
    def payable(self) -> Integers:
        """Tax to pay, never below zero (carried credit is left out)."""
        due: Integers = np.maximum(self.output - self.input + self.moved_out + self.other_out, 0)
        return due


def draw_claims(plan: Plan, population: Population, documents: Documents, orders: Orders) -> Claims:
    """Nine in ten special invoices of general buyers are claimed within two weeks, those with orders as ordered."""
    chance = plan.chance("claims")
    claimable = is_special(documents.kind) & population.general[documents.buyer] & (documents.blue < 0)
    claimable &= (documents.status == NORMAL) | (documents.status == REVERSED)
    drawn = chance.random(documents.count)
    # A reversed invoice that was claimed nevertheless is what malicious reversal looks like; it is rare.
    limit = np.where(documents.status == REVERSED, 0.2, shares.DEDUCTED_SHARE)
    day = day_of(documents.at) + chance.integers(1, 15, documents.count)
    claimed = claimable & (drawn < limit) & (day < plan.end_day)
    use = np.zeros(documents.count, dtype=np.int64)
    kept = np.zeros(documents.count, dtype=bool)
    place = documents.origin - orders.first
    ordered = np.flatnonzero((place >= 0) & (place < len(orders.day)))
    place = place[ordered]
    day[ordered] = orders.day[place]
    claimed[ordered] = (day[ordered] >= 0) & (day[ordered] < plan.end_day)
    use[ordered] = orders.use[place]
    kept[ordered] = orders.kept[place] == 1
    return Claims(month=np.where(claimed, _months(day), _NO_MONTH), day=day, use=use, kept=kept)


def draw_returns(population: Population, documents: Documents, claims: Claims, given: GivenBack) -> Returns:
    """Sums of each firm and month."""
    booked = documents.status != VOID
    month = _months(day_of(documents.at))
    claimed = claims.month != _NO_MONTH
    deducted = claimed & (claims.use == 0)
    base = int(month.min()) if documents.count else 0
    width = int(max(month.max(), claims.month.max())) - base + 1
    sold = documents.seller * width + month - base
    bought = documents.buyer * width + np.where(claimed, claims.month, base) - base
    # The buyer of a reversed invoice gives the credit back in the month of the red one.
    red = np.flatnonzero(documents.blue >= 0)
    returned = red[claimed[documents.blue[red]] & ~claims.kept[documents.blue[red]]]
    back = documents.buyer[returned] * width + month[returned] - base
    size = population.count * width
    sales = _sum(sold, documents.net, booked, size)
    output = _sum(sold, documents.tax, booked, size)
    input_tax = _sum(bought, documents.tax, deducted, size)
    moved_out = _sum(back, -documents.tax[returned], np.ones(len(returned), bool), size)
    other_out = np.zeros(size, dtype=np.int64)
    np.add.at(other_out, given.firm * width + _months(given.month) - base, given.cents)
    active = np.flatnonzero((sales != 0) | (input_tax != 0) | (moved_out != 0) | (other_out != 0))
    totals = (each[active] for each in (sales, output, input_tax, moved_out, other_out))
    return Returns(active // width, active % width + base, *totals)


def _sum(cell: Integers, cents: Integers, counted: Booleans, size: int) -> Integers:
    """Exact sums by cell; floats would lose cents of very large firms."""
    result = np.zeros(size, dtype=np.int64)
    np.add.at(result, cell[counted], cents[counted])
    return result


def _months(days: Integers) -> Integers:
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _first_day(months: Integers) -> Integers:
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def claim_tables(population: Population, documents: Documents, claims: Claims) -> Iterator[tuple[str, pa.Table]]:
    """Exports of claims by month: `202601` and its table."""
    for month in np.unique(claims.month[claims.month != _NO_MONTH]):
        place = np.flatnonzero(claims.month == month)
        count = len(place)
        numbers = numbers_of(documents, population, place)
        period = f"{month // 12 + 1970}{month % 12 + 1:02d}"
        yield (
            period,
            text_table(
                {
                    "纳税人识别号": population.numbers_at(documents.buyer[place], claims.day[place]),
                    "发票代码": numbers.code,
                    "发票号码": numbers.number,
                    "数电发票号码": numbers.digital,
                    "所属期": pick([period], np.zeros(count, np.int64)),
                    "勾选时间": day_text(claims.day[place]),
                    "有效税额": cents_text(documents.lines.of(place).sums("tax")),
                    "勾选类型": pick(USES, claims.use[place]),
                }
            ),
        )


def return_tables(plan: Plan, population: Population, returns: Returns, given: GivenBack) -> dict[str, pa.Table]:
    """Filings, payments and transfers out by file name; only months whose filing day lies in the span are filed."""
    chance = plan.chance("returns")
    steady = returns.firm >= plan.ordinary
    drawn = chance.random(len(returns.firm)) < _PAID_SHARE
    paid = np.where(steady, population.pays[returns.firm], drawn)
    filed_on = _first_day(returns.month + 1) + _FILING_DAY - 1 - chance.integers(0, 10, len(returns.firm))
    stops = population.stops[returns.firm]
    filed = np.flatnonzero((filed_on < plan.end_day) & ((stops < 0) | (filed_on < stops)))
    paying = filed[paid[filed] & (returns.payable[filed] > 0)]
    giving = filed[returns.moved_out[filed] > 0]
    return {
        "filings": text_table(
            {
                "申报编号": join("SB", padded(np.arange(len(filed)) + 1, 10)),
                **_head(population, returns, filed),
                "申报日期": day_text(filed_on[filed]),
                "销售额": cents_text(returns.sales[filed]),
                "销项税额": cents_text(returns.output[filed]),
                "进项税额": cents_text(returns.input[filed]),
                "应纳税额": cents_text(returns.payable[filed]),
            }
        ),
        "payments": text_table(
            {
                "缴款编号": join("JK", padded(np.arange(len(paying)) + 1, 10)),
                **_head(population, returns, paying),
                "缴款日期": day_text(filed_on[paying]),
                "实缴金额": cents_text(returns.payable[paying]),
            }
        ),
        "transfers_out": pa.concat_tables(
            [_after_reds(population, returns, giving, filed_on[giving]), _given_back(population, given)]
        ),
    }


def _after_reds(population: Population, returns: Returns, rows: Integers, booked_on: Integers) -> pa.Table:
    return text_table(
        {
            "转出编号": join("ZC", padded(np.arange(len(rows)) + 1, 10)),
            **_head(population, returns, rows),
            "转出日期": day_text(booked_on),
            "转出原因": pick(["红字发票"], np.zeros(len(rows), np.int64)),
            "转出税额": cents_text(returns.moved_out[rows]),
        }
    )


def _given_back(population: Population, given: GivenBack) -> pa.Table:
    return text_table(
        {
            "转出编号": join("ZCP", padded(np.arange(len(given.firm)) + 1, 9)),
            **_period(population, given.firm, _months(given.month)),
            "转出日期": day_text(given.day),
            "转出原因": given.reason,
            "转出税额": cents_text(given.cents),
        }
    )


def _head(population: Population, returns: Returns, rows: Integers) -> dict[str, Text]:
    return _period(population, returns.firm[rows], returns.month[rows])


def _period(population: Population, firms: Integers, months: Integers) -> dict[str, Text]:
    first, after = _first_day(months), _first_day(months + 1)
    return {
        "纳税人识别号": population.numbers_at(firms, after),
        "征收项目": pick(["增值税"], np.zeros(len(firms), np.int64)),
        "所属期起": day_text(first),
        "所属期止": day_text(after - 1),
    }


@dataclass(frozen=True, slots=True)
class Quotas:
    """Quotas of the last firms: cents a month, pieces and cap on one invoice (-1: none)."""

    total: Integers
    pieces: Integers
    face_cap: Integers


def grant_tables(plan: Plan, population: Population, quotas: Quotas) -> dict[str, pa.Table]:
    """Quotas of every firm, those of the last ones as given, and risk levels of some ordinary ones."""
    chance = plan.chance("grants")
    firms = np.arange(population.count)
    granted = np.maximum(population.registered, plan.first_day - 365)
    total = np.where(population.general, 7_500_000_00, 100_000_00) * chance.integers(1, 5, population.count)
    pieces = 25 * chance.integers(1, 9, population.count)
    given = slice(population.count - len(quotas.total), population.count)
    cap = np.full(population.count, -1)
    total[given], pieces[given], cap[given] = quotas.total, quotas.pieces, quotas.face_cap
    risky = np.flatnonzero(chance.random(plan.ordinary) < _RISKY_SHARE)
    rated = plan.first_day + chance.integers(0, plan.days, len(risky))
    return {
        "quotas": text_table(
            {
                "核定编号": join("HD", padded(firms + 1, 10)),
                "纳税人识别号": population.numbers_at(firms, granted),
                "发票票种": pick(["数电票", "增值税专用发票"], (cap >= 0).astype(np.int64)),
                "月领用份数": where(pieces >= 0, whole(pieces), None),
                "单份限额": where(cap >= 0, cents_text(cap), None),
                "发票总额度": cents_text(total),
                "核定日期": day_text(granted),
            }
        ),
        "risk_levels": text_table(
            {
                "评级编号": join("FX", padded(np.arange(len(risky)) + 1, 10)),
                "纳税人识别号": population.numbers_at(risky, rated),
                "风险等级": pick(["高", "中", "低"], chance.integers(0, 3, len(risky))),
                "评定原因": pick(["进销不匹配", "税负率偏低", "发票开具异常"], chance.integers(0, 3, len(risky))),
                "评定日期": day_text(rated),
            }
        ),
    }
