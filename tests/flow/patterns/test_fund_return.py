"""Fund return: planted returns are found, near misses are not, all findings are those of a slow walk on the files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from loaders.synthetic.patterns.control import FUND_RETURNS, RETURNS
from queries.detection.episodes import Finding
from queries.detection.rules import RuleBook, Value
from tests.support.detection import LoadedCountry, judged
from tests.support.plain_story import told
from tests.support.planted_country import Row, cents

NAME = "fund_return"
OWN: dict[str, dict[str, Value]] = {
    "default": {},
    "one hop": {"hops": 1},
    "long": {"return_days": 60},
    "whole": {"gap": 20_000},
    "eleven days": {"return_days": 11},
}


def test_every_planted_case_is_found_and_no_near_miss(country: LoadedCountry) -> None:
    verdict = judged(country, NAME, country.findings(NAME))
    assert (verdict.missed, verdict.near_found) == ([], [])


@pytest.mark.parametrize("broken", FUND_RETURNS.preconditions)
def test_it_vanishes_without(broken: str, country: LoadedCountry) -> None:
    cases = [case for case in country.told.cases(NAME) if case.row["broken"] == broken]
    assert cases
    found = {finding.members[0].id for finding in country.findings(NAME)}
    assert not found & {country.taxpayer_of[case.anchor] for case in cases}


def test_each_form_of_return_shows_its_roles(country: LoadedCountry) -> None:
    roles = {finding.members[0].id: {member.role for member in finding.members} for finding in country.findings(NAME)}
    extra = {"direct": set(), "through_another": {"between"}, "to_the_holder": {"controller"}}
    forms = set()
    for case in country.told.cases(NAME):
        if case.planted:
            assert roles[country.taxpayer_of[case.anchor]] == {"payer", "payee"} | extra[case.row["form"]]
            forms.add(case.row["form"])
    assert forms == set(RETURNS)


@pytest.mark.parametrize("own", OWN.values(), ids=list(OWN))
def test_the_findings_are_those_of_the_slow_walk(country: LoadedCountry, own: dict[str, Value]) -> None:
    findings = country.findings(NAME, RuleBook({NAME: ((None, own),)}))
    days, hops, gap = (
        int(own.get(name, default)) for name, default in (("return_days", 30), ("hops", 3), ("gap", 200_000))
    )
    assert sorted(map(_told, findings)) == sorted(_slow(country, timedelta(days), hops, gap))


def test_the_sentences_tell_the_way_back(country: LoadedCountry) -> None:
    shown = ("paid_cents", "returned_cents", "returned_share", "days", "transfers", "invoices")
    for finding in country.findings(NAME):
        said = told(finding)
        for text in (said.en, said.zh):
            assert all(str(finding.measures[name]) in text for name in shown)
            assert all(member.id in text for member in finding.members)
            assert finding.first_on.isoformat() in text
            assert finding.last_on.isoformat() in text


def _told(finding: Finding) -> tuple[object, ...]:
    names = ("paid_cents", "returned_cents", "days", "transfers", "returned_share")
    ends = tuple(member.id for member in finding.members)
    return *ends, *finding.evidence["invoices"], *(finding.measures[name] for name in names)


def _holders(country: LoadedCountry) -> dict[str, set[str]]:
    """Representatives and holders of a quarter or more, by taxpayer: documents and taxpayers."""
    found: dict[str, set[str]] = defaultdict(set)
    for number, row in country.told.register.items():
        found[country.taxpayer_of[number]].add(row["FDDBR_ZJHM"])
    for firm, rows in country.told.by_firm("shareholdings", "被投资企业纳税人识别号").items():
        for row in rows:
            if float(row["持股比例"].rstrip("%")) >= 25:
                holder = row["股东纳税人识别号"]
                found[country.taxpayer_of[firm]].add(country.taxpayer_of[holder] if holder else row["股东证件号码"])
    return found


def _home(holders: dict[str, set[str]], payer: str) -> set[str]:
    found = {payer}
    for _ in range(5):
        found |= set().union(*(holders.get(each, set()) for each in found))
    return found


def _ways(rows: list[Row], way: list[Row], last: datetime, hops: int) -> Iterator[list[Row]]:
    """Every chain of transfers behind a payment, `way[0]`."""
    yield way
    for row in rows if len(way) <= hops else ():
        at = datetime.fromisoformat(row["transferred_at"])
        if row["payer"] == way[-1]["payee"] and datetime.fromisoformat(way[-1]["transferred_at"]) <= at <= last:
            yield from _ways(rows, [*way, row], last, hops)


def _slow(country: LoadedCountry, within: timedelta, hops: int, gap: int) -> list[tuple[object, ...]]:
    rows = country.told.neighbours("fund_transfers")
    holders = _holders(country)
    found = []
    for paid in rows:
        if paid["invoice"] not in country.told.invoices:
            continue
        start, whole = datetime.fromisoformat(paid["transferred_at"]), cents(paid["amount"])
        home = _home(holders, country.taxpayer_of[paid["payer"]])
        back = [
            way
            for way in _ways(rows, [paid], start + within, hops)
            if len(way) > 1
            and country.taxpayer_of[way[-1]["payee"]] in home
            and all(
                abs(cents(row["amount"]) - whole) * 1_000_000 <= gap * max(whole, cents(row["amount"])) for row in way
            )
        ]
        if back:
            way = min(back, key=lambda each: (len(each), each[-1]["transferred_at"]))
            ends = [paid["payer"], *(row["payee"] for row in way[:-1])]
            ends += [way[-1]["payee"]] if way[-1]["payee"] != paid["payer"] else []
            came, took = cents(way[-1]["amount"]), datetime.fromisoformat(way[-1]["transferred_at"]) - start
            numbers = (whole, came, took.days, len(way) - 1, came * 1_000_000 // whole)
            found.append((*(country.taxpayer_of[each] for each in ends), paid["invoice"], *numbers))
    return found
