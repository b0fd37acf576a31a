"""Vouchers, rebates, reversals, control, affiliates and money: planted ones hold, near misses break one thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta

from loaders.synthetic.patterns import thresholds as limits
from tests.support.planted_country import Case, Country, Invoice, Row, cents, day

Check = Callable[[str, Callable[[Country, Case], dict[str, bool]]], None]


def test_carriers_reach_both_legal_limits_with_claimed_vouchers(check: Check) -> None:
    check("abnormal_voucher", _carrier)


def _carrier(country: Country, case: Case) -> dict[str, bool]:
    return _carries(country, case.anchor, day(case.row["period"]), country.flagged)


def _carries(country: Country, firm: str, period: date, abnormal: set[str]) -> dict[str, bool]:
    bought = [i for i in country.purchases(firm) if i.special and i.day.replace(day=1) == period]
    bad = [invoice for invoice in bought if invoice.number in abnormal]
    tax, whole = (sum(invoice.tax for invoice in some) for some in (bad, bought))
    claimed = all(_claimed_in(country, invoice, period) for invoice in bad)
    given = country.transferred_out(firm, period, period + timedelta(27))
    return {
        "share": 100 * tax >= limits.ABNORMAL_SHARE * whole,
        "amount": tax > limits.ABNORMAL_TAX_CENTS,
        "claimed": claimed,
        "not_transferred_out": given < tax,
    }


def _claimed_in(country: Country, invoice: Invoice, period: date) -> bool:
    row = country.claims.get(invoice.number)
    return row is not None and row["所属期"] == f"{period:%Y%m}"


def test_planted_cases_lie_on_both_legal_boundaries(country: Country) -> None:
    sums = [
        (int(c.row["abnormal_tax_cents"]), int(c.row["all_tax_cents"]), c) for c in country.cases("abnormal_voucher")
    ]
    assert any(100 * part == 70 * whole and case.planted for part, whole, case in sums)
    assert any(part == 5_000_001 and case.planted for part, whole, case in sums)
    assert any(part == 5_000_000 == whole and not case.planted for part, whole, case in sums)
    assert any(0 < 70 * whole - 100 * part <= 70 and not case.planted for part, whole, case in sums)


def test_the_outputs_of_a_carrier_make_the_next_carrier(country: Country) -> None:
    for case in country.cases("abnormal_voucher"):
        tainted = {i.number for i in country.sales(case.anchor)}
        following = case.row["second_carrier"]
        month = (day(case.row["period"]) + timedelta(32)).replace(day=1)
        bought = [i for i in country.purchases(following) if i.number in tainted]
        assert bought
        assert all(_claimed_in(country, invoice, month) for invoice in bought)
        assert {i.number for i in country.purchases(following)} == {i.number for i in bought}


def test_carriers_have_the_credit_grade_that_the_truth_tells(country: Country) -> None:
    grades = {firm: rows[0]["纳税信用等级"] for firm, rows in country.by_firm("credit_grades").items()}
    cases = country.cases("abnormal_voucher")
    assert grades == {case.anchor: case.row["grade"] for case in cases}
    assert {"A", "B"} == set(grades.values())


def test_exporters_declare_many_times_what_a_tainted_supplier_got(check: Check) -> None:
    check("export_rebate", _exporter)


def _exporter(country: Country, case: Case) -> dict[str, bool]:
    firm = case.anchor
    paid = sum(invoice.net for invoice in country.purchases(firm))
    declared = [row for row in country.neighbours("customs_declarations") if row["taxpayer"] == firm]
    claimed = [row for row in country.neighbours("rebate_claims") if row["taxpayer"] == firm]
    assert all(country.claims[row["invoice"]]["勾选类型"] == "退税" for row in declared)
    return {
        "value_added": sum(cents(row["amount"]) for row in declared) - paid > limits.EXPORT_VALUE_ADDED_TIMES * paid,
        "risky_source": country.tainted_upstream(firm, hops=limits.BAD_SOURCE_HOPS),
        "rebate": bool(claimed),
    }


def test_reversed_invoices_keep_their_credit(check: Check) -> None:
    check("malicious_reversal", _reversal)


def _reversal(country: Country, case: Case) -> dict[str, bool]:
    seller, buyer = case.members
    (blue,) = country.blue_sales(seller)
    assert case.row["invoices"] == blue.number
    return {
        "deducted": blue.number in country.claims,
        "reversed": blue.status == "已红冲-全额",
        "kept": not country.transferred_out(buyer, blue.day.replace(day=1), country.end),
    }


def test_controlled_firms_are_three_or_more_joined_by_two_kinds_of_link(check: Check) -> None:
    check("shared_control", _control)


def _control(country: Country, case: Case) -> dict[str, bool]:
    kinds: dict[str, set[str]] = defaultdict(set)
    for kind, columns in _LINKS.items():
        holders: dict[str, set[str]] = defaultdict(set)
        for firm, row in country.register.items():
            for column in columns:
                holders[row[column]].add(firm)
        shared = [firms for firms in holders.values() if case.anchor in firms and len(firms) > 1]
        kinds[kind] = set().union(*shared)
    roles = kinds.pop("any role")
    crossing = roles - kinds["representative"]
    joined = {kind: firms for kind, firms in {**kinds, "role crossing": crossing}.items() if firms - {case.anchor}}
    together = set.intersection(*joined.values()) | {case.anchor}
    assert together == set(case.members)
    return {"members": len(together) >= limits.CONTROLLED_FIRMS, "kinds": len(joined) >= limits.LINK_KINDS}


_LINKS = {
    "phone": ("LXDH",),
    "address": ("ZCDZ",),
    "representative": ("FDDBR_ZJHM",),
    "any role": ("FDDBR_ZJHM", "CWFZR_ZJHM"),
}


def test_affiliates_trade_under_one_antecedent(check: Check) -> None:
    check("affiliated_trade", _affiliates)


def _affiliates(country: Country, case: Case) -> dict[str, bool]:
    holder, seller, buyer = case.members
    above = {holder, country.register[holder]["FDDBR_ZJHM"]}
    return {
        "seller_trail": bool(above & country.behind(seller)),
        "buyer_trail": bool(above & country.behind(buyer)),
        "trade": any(invoice.buyer == buyer for invoice in country.sales(seller)),
    }


def test_no_antecedent_joins_the_ends_of_a_near_miss(country: Country) -> None:
    for case in country.cases("affiliated_trade"):
        (arc,) = country.sales(case.members[1])
        assert bool(country.behind(arc.seller) & country.behind(arc.buyer)) == case.planted


def test_money_comes_back_to_the_payer_or_his_holder_within_thirty_days(check: Check) -> None:
    check("fund_return", _fund_return)


def _fund_return(country: Country, case: Case) -> dict[str, bool]:
    payer = case.anchor
    transfers = country.neighbours("fund_transfers")
    paid = next(row for row in transfers if row["payer"] == payer)
    home = country.behind(payer)
    chain = _onward(transfers, paid)
    last = chain[-1]
    back = any(row["payee"] in home for row in chain)
    took = datetime.fromisoformat(last["transferred_at"]) - datetime.fromisoformat(paid["transferred_at"])
    return {
        "returned": back,
        "within_30_days": took <= timedelta(limits.RETURN_DAYS),
        "invoice": paid["invoice"] in country.invoices,
    }


def _onward(transfers: list[Row], first: Row) -> list[Row]:
    """The payments that follow one another from a first one on."""
    chain = [first]
    while True:
        following = [row for row in transfers if row["payer"] == chain[-1]["payee"] and row not in chain]
        if not following:
            return chain[1:]
        chain.append(min(following, key=lambda row: row["transferred_at"]))
