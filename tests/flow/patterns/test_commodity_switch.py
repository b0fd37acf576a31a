"""Commodity switch: planted switches are found, near misses are not, and all findings are those of a slow reading."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import pytest

from loaders.synthetic.patterns.goods import SWITCHES
from queries.detection.episodes import Finding
from queries.detection.rules import RuleBook, Value
from tests.support.detection import LoadedCountry, judged
from tests.support.plain_story import told

NAME = "commodity_switch"
DEFAULTS = {"share": 600_000, "high_share": 300_000, "digits": 7, "least_cents": 30_000_000, "gap": 200_000}
OWN: dict[str, dict[str, Value]] = {
    "default": {},
    "whole codes": {"digits": 19},
    "many": {"least_cents": 0, "gap": 999_999},
    "chapters": {"digits": 1, "least_cents": 0, "gap": 999_999},
    "retail alone": {"trading": "52", "gap": 500_000, "least_cents": 5_000_000, "high_share": 0},
    "all but explained": {"share": 990_000, "gap": 900_000, "least_cents": 100_000},
}


def test_every_planted_case_is_found_and_no_near_miss(country: LoadedCountry) -> None:
    verdict = judged(country, NAME, country.findings(NAME))
    assert verdict.missed == []
    switches = {finding.members[0].id for finding in country.findings(NAME)}
    assert not [case for case in verdict.near_found if country.taxpayer_of[case.anchor] in switches]


@pytest.mark.parametrize("broken", SWITCHES.preconditions)
def test_it_vanishes_without(broken: str, country: LoadedCountry) -> None:
    cases = [case for case in country.told.cases(NAME) if case.row["broken"] == broken]
    assert cases
    switches = {finding.members[0].id for finding in country.findings(NAME)}
    assert not switches & {country.taxpayer_of[case.anchor] for case in cases}


def test_planted_cases_tell_supplier_switch_and_customer(country: LoadedCountry) -> None:
    findings = {finding.members[0].id: finding for finding in country.findings(NAME)}
    for case in country.told.cases(NAME):
        if case.planted:
            finding = findings[country.taxpayer_of[case.anchor]]
            supplier, switch, customer = (country.taxpayer_of[number] for number in case.members[1:])
            roles = {(member.role, member.id) for member in finding.members}
            assert roles == {("supplier", supplier), ("switch", switch), ("customer", customer)}
            assert finding.severity == "high"


@pytest.mark.parametrize("own", OWN.values(), ids=list(OWN))
def test_the_findings_are_those_of_the_slow_reading(country: LoadedCountry, own: dict[str, Value]) -> None:
    findings = country.findings(NAME, RuleBook({NAME: ((None, own),)}))
    limits = {name: int(own.get(name, default)) for name, default in DEFAULTS.items()}
    trading = tuple(str(own.get("trading", "51,52")).split(","))
    assert {finding.members[0].id: _told(finding) for finding in findings} == _slow(country, limits, trading)
    assert findings


def test_the_sentences_name_the_goods(country: LoadedCountry) -> None:
    shown = ("explained_share", "unexplained_cents", "sold_cents", "left_over_cents", "input_goods", "output_goods")
    for finding in country.findings(NAME):
        said = told(finding)
        for text in (said.en, said.zh):
            assert all(str(finding.measures[name]) in text for name in shown)
            assert finding.members[0].id in text
            assert finding.first_on.isoformat() in text
        assert finding.measures["input_goods"] != finding.measures["output_goods"]


def _told(finding: Finding) -> tuple[object, ...]:
    names = ("sold_cents", "unexplained_cents", "left_over_cents", "explained_share", "input_kinds", "output_kinds")
    sizes = (len(finding.evidence[role]) for role in ("inputs", "outputs"))
    return *(finding.measures[name] for name in names), finding.severity == "high", *sizes


@dataclass(frozen=True)
class Line:
    """One line sold: by whom, to whom, what, for how much, when, on which invoice."""

    seller: str
    buyer: str
    kind: str
    cents: int
    day: date
    invoice: str


@dataclass(frozen=True)
class Firm:
    """Sums of one firm by kind, and what of them nothing explains or was not sold on."""

    sold: dict[str, int]
    bought: dict[str, int]
    odd: dict[str, int]
    left: dict[str, int]

    def fits(self, limits: dict[str, int]) -> bool:
        """It switches, whoever stands before it."""
        sales, unexplained, left = (sum(part.values()) for part in (self.sold, self.odd, self.left))
        mismatch = (sales - unexplained) * 1_000_000 < limits["share"] * sales
        same = abs(unexplained - left) * 1_000_000 <= limits["gap"] * max(unexplained, left)
        return bool(self.bought) and unexplained > 0 and unexplained >= limits["least_cents"] and mismatch and same


def _lines(country: LoadedCountry, digits: int) -> list[Line]:
    return [
        Line(seller, country.taxpayer_of[each.buyer], line.commodity[:digits], line.net, each.day, each.number)
        for seller in country.numbers
        for each in country.sales(seller)
        for line in each.lines
        if line.net > 0
    ]


def _firms(country: LoadedCountry, lines: list[Line], digits: int, trading: tuple[str, ...]) -> dict[str, Firm]:
    """Firms that are judged."""
    sold: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    bought: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for line in lines:
        sold[line.seller][line.kind] += line.cents
        bought[line.buyer][line.kind] += line.cents
    bills: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in country.told.bills():
        bills[row["industry"]] |= {(row["product"][:digits], part[:digits]) for part in row["inputs"].split(",")}
    industry = {country.taxpayer_of[number]: row["HY_DM"] for number, row in country.told.register.items()}
    found = {}
    for firm, code in industry.items():
        if code.startswith(trading) or code in bills:
            out, into = dict(sold[firm]), dict(bought[firm])
            made = {product for product, part in bills[code] if part in into} if code in bills else set()
            odd = {kind: cents for kind, cents in out.items() if kind not in into and kind not in made}
            left = {kind: cents - out.get(kind, 0) for kind, cents in into.items() if cents > out.get(kind, 0)}
            found[firm] = Firm(out, into, odd, left)
    return found


def _slow(country: LoadedCountry, limits: dict[str, int], trading: tuple[str, ...]) -> dict[str, tuple[object, ...]]:
    lines = _lines(country, limits["digits"])
    firms = _firms(country, lines, limits["digits"], trading)
    switches = {name: firm for name, firm in firms.items() if firm.fits(limits)}
    since = {
        name: min(line.day for line in lines if line.seller == name and line.kind in firm.odd)
        for name, firm in switches.items()
    }
    found: dict[str, tuple[object, ...]] = {}
    for name, firm in switches.items():
        into = [line for line in lines if line.buyer == name and line.kind in firm.left]
        earlier = [line for line in into if line.seller in switches and line.kind in switches[line.seller].odd]
        upstream = sum(line.cents for line in earlier if since[line.seller] < since[name])
        if 2 * upstream > sum(firm.left.values()):
            continue
        out = [line for line in lines if line.seller == name and line.kind in firm.odd]
        sales, unexplained = sum(firm.sold.values()), sum(firm.odd.values())
        kept = sales - unexplained
        sums = sales, unexplained, sum(firm.left.values()), kept * 1_000_000 // sales, len(firm.left), len(firm.odd)
        high = kept * 1_000_000 < limits["high_share"] * sales
        found[name] = (*sums, high, len({line.invoice for line in into}), len({line.invoice for line in out}))
    return found
