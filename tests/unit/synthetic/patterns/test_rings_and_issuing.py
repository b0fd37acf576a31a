"""Rings, missing traders, violent issuers, changed shells, bursts: planted ones hold, near misses break one thing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from loaders.synthetic.patterns import thresholds as limits
from tests.support.planted_country import Case, Country, Invoice, cents, day, total, within

Check = Callable[[str, Callable[[Country, Case], dict[str, bool]]], None]


def test_rings_close_in_time_and_size_and_near_misses_fail_in_one_thing(check: Check) -> None:
    check("ring_invoicing", _ring)


def _ring(country: Country, case: Case) -> dict[str, bool]:
    members = case.members
    blue = [invoice for member in members for invoice in country.blue_sales(member)]
    pairs = {(invoice.seller, invoice.buyer) for invoice in blue}
    nets = [invoice.net for invoice in blue]
    return {
        "closed": all((one, other) in pairs for one, other in zip(members, members[1:] + members[:1], strict=True)),
        "window": max(i.day for i in blue) - min(i.day for i in blue) <= timedelta(limits.RING_WINDOW_DAYS),
        "gap": 100 * min(nets) >= (100 - limits.RING_GAP) * max(nets),
        "net": all(invoice.standing for invoice in blue),
        "length": len(members) <= limits.RING_LONGEST,
    }


def test_a_search_of_all_cycles_finds_planted_rings_and_no_near_miss(country: Country) -> None:
    for case in country.cases("ring_invoicing"):
        found = list(_cycles(country, case.members[0], []))
        assert bool(found) == case.planted
        assert all({invoice.seller for invoice in ring} == set(case.members) for ring in found)


def _cycles(country: Country, root: str, path: list[Invoice]) -> Iterator[list[Invoice]]:
    at = path[-1].buyer if path else root
    for invoice in country.sales(at):
        ring = [*path, invoice]
        nets, days = [i.net for i in ring], [i.day for i in ring]
        fits = 100 * min(nets) >= (100 - limits.RING_GAP) * max(nets)
        if not fits or max(days) - min(days) > timedelta(limits.RING_WINDOW_DAYS) or len(ring) > limits.RING_LONGEST:
            continue
        if invoice.buyer == root:
            yield ring
        elif invoice.buyer not in {i.seller for i in ring}:
            yield from _cycles(country, root, ring)


def test_missing_traders_are_new_pay_nothing_and_stop_filing(check: Check) -> None:
    check("missing_trader", _missing_trader)


def _missing_trader(country: Country, case: Case) -> dict[str, bool]:
    firm = case.anchor
    sold = country.sales(firm)
    first = sold[0].day
    output = sum(invoice.tax for invoice in sold)
    assert output > 0
    paid = sum(cents(row["实缴金额"]) for row in country.payments.get(firm, ()))
    filed = [day(row["申报日期"]) for row in country.filings.get(firm, ())]
    missed = _months_without_filing(country, firm, sold)
    buffers = {invoice.buyer for invoice in sold}
    onward = [i for buffer in sorted(buffers) for i in country.sales(buffer) if i.day >= first]
    return {
        "new": first - day(country.register[firm]["DJRQ"]) < timedelta(limits.NEW_TRADER_DAYS),
        "unpaid": 100 * paid <= output,
        "stops_filing": bool(missed) and all(each <= first + timedelta(limits.STOPS_FILING_DAYS) for each in filed),
        "chain": bool(onward),
    }


def _months_without_filing(country: Country, firm: str, sold: list[Invoice]) -> list[date]:
    """Months with sales whose filing day passed without a filing."""
    filed = {day(row["所属期起"]) for row in country.filings.get(firm, ())}
    months = {invoice.day.replace(day=1) for invoice in sold}
    due = {month: (month + timedelta(32)).replace(day=15) for month in months}
    return sorted(month for month in months if due[month] <= country.end and month not in filed)


def test_violent_issuers_use_their_quota_up_at_once_and_show_a_sign(check: Check) -> None:
    check("violent_issuing", _violent)


def _violent(country: Country, case: Case) -> dict[str, bool]:
    firm = case.anchor
    sold = country.sales(firm)
    first = sold[0].day
    granted = country.quotas[firm]
    quota = cents(granted["发票总额度"])
    cap = cents(granted["单份限额"]) if granted["单份限额"] else None
    at_once, used = (total(within(sold, first, days)) for days in limits.QUOTA_DAYS)
    bought = total(country.purchases(firm))
    young = first - day(country.register[firm]["DJRQ"]) < timedelta(limits.FIRST_INVOICE_DAYS)
    return {
        "young": young,
        "quota": 100 * used >= limits.QUOTA_USED * quota and at_once < quota,
        "no_input": total(sold) >= limits.OUTPUT_TIMES_INPUT * bought or firm not in country.filings,
        "sign": any((_peak(sold), _abroad(country, firm, sold), _near_cap(sold, cap))),
    }


def _peak(sold: list[Invoice]) -> bool:
    days = sorted({invoice.day for invoice in sold})
    span = (days[-1] - days[0]).days + 1
    most = max(total(within(sold, each, 1)) for each in days)
    return most * span >= limits.PEAK_TIMES_MEAN * total(sold)


def _abroad(country: Country, firm: str, sold: list[Invoice]) -> bool:
    home = country.register[firm]["XZQHSZ_DM"][:2]
    buyers = {invoice.buyer for invoice in sold}
    away = [buyer for buyer in buyers if country.register[buyer]["XZQHSZ_DM"][:2] != home]
    return 100 * len(away) > limits.OUT_OF_AREA * len(buyers)


def _near_cap(sold: list[Invoice], cap: int | None) -> bool:
    if cap is None:
        return False
    near = [i for i in sold if "数电" not in i.kind and limits.FACE_CAP_NEARNESS * cap <= 100 * i.net <= 100 * cap]
    return 100 * len(near) > limits.NEAR_FACE_CAP * len(sold)


def test_changed_shells_issue_much_within_ninety_days_of_the_change(check: Check) -> None:
    check("changed_shell", _changed_shell)


def _changed_shell(country: Country, case: Case) -> dict[str, bool]:
    firm = case.anchor
    sold = country.sales(firm)
    changed = [day(row["BGRQ"]) for row in country.changes.get(country.register[firm]["DJXH"], ())]
    # Without a change the firm's awakening is looked at, so that only the change is missing.
    at = changed[0] if changed else max(i.day for i in sold) - timedelta(10)
    after = [invoice for invoice in sold if invoice.day >= at]
    burst = within(after, after[0].day, limits.AFTER_CHANGE_DAYS)
    before = [i for i in sold if at - timedelta(limits.MEAN_DAYS) <= i.day < at]
    asleep = not before or after[0].day - before[-1].day >= timedelta(limits.SLEEP_DAYS)
    many = total(burst) * (limits.MEAN_DAYS // 30) >= limits.SURGE_TIMES * total(before)
    return {
        "change": bool(changed),
        "within_90_days": after[0].day - at <= timedelta(limits.AFTER_CHANGE_DAYS),
        "surge": many or asleep,
    }


def test_bursting_firms_issue_most_in_their_last_sixty_days(check: Check) -> None:
    check("burst_before_vanishing", _burst)


def _burst(country: Country, case: Case) -> dict[str, bool]:
    sold = country.sales(case.anchor)
    last = within(sold, sold[-1].day - timedelta(limits.BURST_DAYS - 1), limits.BURST_DAYS)
    filed = [day(row["申报日期"]) for row in country.filings.get(case.anchor, ())]
    assert all(each < sold[-1].day for each in filed)
    return {"share": 100 * total(last) >= limits.BURST_SHARE * total(sold)}
