"""Pipeline firms, commodity switches, time inversion and farm purchases: planted ones hold, near misses break one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date

import numpy as np

from loaders.synthetic.patterns import thresholds as limits
from loaders.synthetic.patterns.goods import PIPELINE_INDUSTRY
from tests.support.planted_country import Case, Country, Invoice, cents, day, total

Check = Callable[[str, Callable[[Country, Case], dict[str, bool]]], None]


def test_pipelines_pass_on_what_they_buy_without_tax_or_expenses(check: Check) -> None:
    check("pipeline_firm", _pipeline)


def _pipeline(country: Country, case: Case) -> dict[str, bool]:
    """The month that comes nearest to the pattern decides."""
    found = [_pipeline_month(country, case.anchor, month) for month in _filed_months(country, case.anchor)]
    return max(found, key=lambda held: sum(held.values()))


def _filed_months(country: Country, firm: str) -> list[date]:
    """Months with sales for which a filing was made."""
    rows = country.filings.get(firm, ())
    return sorted(day(row["所属期起"]) for row in rows if cents(row["销售额"]) > 0)


def _pipeline_month(country: Country, firm: str, month: date) -> dict[str, bool]:
    bought, sold = (_of_month(invoices, month) for invoices in (country.purchases(firm), country.sales(firm)))
    goods = {line.commodity for invoice in country.sales(firm) for line in invoice.lines}
    expenses = [invoice for invoice in bought if not goods & {line.commodity for line in invoice.lines}]
    into, out = total(bought), total(sold)
    peers = [burden for each in country.register if (burden := _burden(country, each, month)) is not None]
    own = _burden(country, firm, month)
    assert own is not None
    return {
        "balance": 100 * abs(into - out) < limits.PIPELINE_GAP * max(into, out),
        "dwell": _dwell(country.purchases(firm), country.sales(firm), month) <= limits.DWELL_DAYS,
        "burden": own < float(np.percentile(peers, limits.BURDEN_PERCENTILE)),
        "expenses": 100 * total(expenses) < limits.EXPENSES * into,
        "bad_source": country.tainted_upstream(firm, hops=limits.BAD_SOURCE_HOPS),
    }


def _of_month(invoices: list[Invoice], month: date) -> list[Invoice]:
    return [invoice for invoice in invoices if invoice.day.replace(day=1) == month]


def _burden(country: Country, firm: str, month: date) -> float | None:
    """Tax payable by sales as filed, of a firm of the pipelines' industry that sold in the month."""
    if country.register[firm]["HY_DM"] != PIPELINE_INDUSTRY:
        return None
    for row in country.filings.get(firm, ()):
        if day(row["所属期起"]) == month and cents(row["销售额"]) > 0:
            return cents(row["应纳税额"]) / cents(row["销售额"])
    return None


def _dwell(bought: list[Invoice], sold: list[Invoice], month: date) -> float:
    """Mean days, by value, that what was sold in the month had lain there: first in, first out."""
    left_of = [invoice.net for invoice in bought]
    weighed = weight = 0
    for sale in sold:
        left = sale.net
        for place, lot in enumerate(bought):
            drawn = min(left, left_of[place]) if lot.day <= sale.day else 0
            left_of[place] -= drawn
            left -= drawn
            if sale.day.replace(day=1) == month:
                weighed += drawn * (sale.day - lot.day).days
                weight += drawn
    return weighed / weight


def test_switches_sell_what_no_purchase_and_no_bill_of_materials_explains(check: Check) -> None:
    check("commodity_switch", _switch)


def _switch(country: Country, case: Case) -> dict[str, bool]:
    firm = case.anchor
    into, out = (_by_commodity(invoices) for invoices in (country.purchases(firm), country.sales(firm)))
    matched = sum(net for commodity, net in out.items() if commodity in into)
    bills = [r for r in country.bills() if r["industry"] == country.register[firm]["HY_DM"]]
    explained = {row["product"] for row in bills if set(into) & set(row["inputs"].split(","))}
    return {
        "mismatch": 100 * matched < limits.COMMODITY_MATCH * sum(out.values()),
        "unexplained": bool(set(out) - set(into) - explained),
    }


def _by_commodity(invoices: list[Invoice]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for invoice in invoices:
        for line in invoice.lines:
            found[line.commodity] += line.net
    return found


def test_inverted_firms_sell_before_they_buy(check: Check) -> None:
    check("time_inversion", _inversion)


def _inversion(country: Country, case: Case) -> dict[str, bool]:
    events = [(i.at, i.net) for i in country.purchases(case.anchor)]
    events += [(i.at, -i.net) for i in country.sales(case.anchor)]
    stock = short = 0
    for _, net in sorted(events):
        stock += net
        short = max(short, -stock)
    return {"share": 100 * short > limits.INVERTED * total(country.sales(case.anchor))}


def test_farm_purchases_hug_ten_thousand_come_from_one_farmer_at_one_price(check: Check) -> None:
    check("farm_purchase", _farm)


def _farm(country: Country, case: Case) -> dict[str, bool]:
    bought = country.purchases(case.anchor)
    assert all("数电" not in invoice.kind for invoice in bought)
    low, high = limits.FARM_FACE_CENTS
    near = [invoice for invoice in bought if low <= invoice.net <= high]
    by_farmer: dict[str, int] = defaultdict(int)
    for invoice in bought:
        by_farmer[invoice.seller] += invoice.net
    prices = [line.price for invoice in bought for line in invoice.lines]
    top = max(by_farmer, key=lambda farmer: by_farmer[farmer])
    assert top == case.row["farmer"]
    return {
        "face": 100 * len(near) > limits.FARM_FACE_SHARE * len(bought),
        "farmer": by_farmer[top] > limits.FARMER_YEAR_CENTS,
        "price": 100 * (max(prices) - min(prices)) < limits.FARM_PRICE_VARIATION * min(prices),
    }


def test_the_buyer_issues_farm_purchases(country: Country) -> None:
    farm = {number for case in country.cases("farm_purchase") for number in case.row["invoices"].split(";")}
    kinds = {row["特定业务类型"] for row in country.lines_of(farm)}
    assert kinds == {"农产品收购"}


def test_customers_of_pipelines_are_no_pipelines(country: Country) -> None:
    for case in country.cases("pipeline_firm"):
        for customer in sorted({invoice.buyer for invoice in country.sales(case.anchor)}):
            months = _filed_months(country, customer)
            assert months
            assert not any(all(_pipeline_month(country, customer, month).values()) for month in months)
