"""Time inversion: planted cases are found, near misses are not, and every finding is what the definition says."""

from __future__ import annotations

from tests.support.detection import LoadedCountry, judged

GRACE_DAYS, SHARE, LEAST_CENTS = 7, 150_000, 10_000_000


def test_every_planted_case_is_found_and_no_near_miss(country: LoadedCountry) -> None:
    verdict = judged(country, "time_inversion", country.findings("time_inversion"))
    assert not verdict.missed
    assert not verdict.near_found


def test_every_finding_is_one_by_the_slow_reading_of_the_files(country: LoadedCountry) -> None:
    findings = country.findings("time_inversion")
    assert findings
    for finding in findings:
        assert finding.measures["inverted_share"] == slow_share(country, finding.members[0].id), finding.anchor


def test_nobody_else_is_one(country: LoadedCountry) -> None:
    found = {finding.members[0].id for finding in country.findings("time_inversion")}
    for firm in sorted(set(country.numbers) - found):
        since = min((lot.at for lot in country.purchases(firm)), default=None)
        sold = sum(sale.net for sale in country.sales(firm) if since and sale.at >= since)
        assert sold < LEAST_CENTS or slow_share(country, firm) <= SHARE, firm


def slow_share(country: LoadedCountry, firm: str) -> int:
    """Yuan after yuan: each cent of cost is matched with a cent bought, oldest first; 0 without trade on both sides."""
    bought, sold = country.purchases(firm), country.sales(firm)
    if not bought:
        return 0
    sold = [sale for sale in sold if sale.at >= bought[0].at]
    into, out = sum(i.net for i in bought), sum(i.net for i in sold)
    if not out:
        return 0
    lots = [(lot.day, lot.net) for lot in bought]
    inverted = done = matched = 0
    for sale in sold:
        done += sale.net
        need = (done * into // out if out > into else done) - matched
        while need > 0 and lots:
            day, left = lots.pop(0)
            part = min(need, left)
            inverted += part if (day - sale.day).days > GRACE_DAYS else 0
            need, matched = need - part, matched + part
            if left > part:
                lots.insert(0, (day, left - part))
    return inverted * 1_000_000 // min(into, out)
