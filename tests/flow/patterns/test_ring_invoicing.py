"""Rings: planted circles are found whole, near misses are not, and every finding is one by looking at all walks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise, product

from queries.detection.episodes import Finding
from queries.detection.hits import Story
from queries.patterns.ring_invoicing import PATTERN
from tests.support.detection import LoadedCountry, judged
from tests.support.planted_country import Invoice

WINDOW_DAYS, LONGEST, MILLION, GAP = 90, 5, 1_000_000, 100_000
Arcs = dict[str, dict[str, list[Invoice]]]


def test_every_planted_circle_is_found_whole_and_no_near_miss(country: LoadedCountry) -> None:
    verdict = judged(country, PATTERN.name, country.findings(PATTERN.name), whole=True)
    assert not verdict.missed
    assert not verdict.near_found


def test_every_kind_of_near_miss_was_there(country: LoadedCountry) -> None:
    broken = {case.row["broken"] for case in country.told.cases(PATTERN.name)}
    assert broken >= {"closed", "window", "gap", "net", "length"}


def test_circles_members_evidence_and_gap_are_those_of_the_slow_reading(country: LoadedCountry) -> None:
    slow = {circle: choices for circle in _circles(_arcs(country)) if (choices := _choices(country, circle))}
    found: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for finding in country.findings(PATTERN.name):
        found[tuple(member.id for member in finding.members)].append(finding)
    assert set(found) == set(slow)
    for circle, findings in found.items():
        keys = {country.invoice_key(invoice) for choice in slow[circle] for invoice in choice}
        assert {key for finding in findings for key in finding.evidence["invoices"]} == keys
        assert min(int(each.measures["gap"]) for each in findings) == min(_gap(choice) for choice in slow[circle])


def test_a_circle_without_loss_of_tax_is_not_high(country: LoadedCountry) -> None:
    findings = country.findings(PATTERN.name)
    assert {finding.severity for finding in findings if not finding.measures["at_stake_cents"]} <= {"abnormal"}
    assert "high" in {finding.severity for finding in findings}


def test_it_says_what_it_found_in_both_languages() -> None:
    told = {name: f"<{name}>" for name in PATTERN.measures}
    raw = {"length": 2, "invoices": 4, "begins": 1, "no_value_added": 2}
    story = Story({"member": ["A", "B"]}, told, told, raw, {"invoices": 4}, "2026-01-05", "2026-02-01")
    both = PATTERN.explain(story)
    for sentence in (both.en, both.zh):
        assert "A → B → A" in sentence
        assert {f"<{name}>" for name in ("invoices", "turnover_cents", "gap", "at_stake_cents")} <= set(_told(sentence))
    assert "对开" in both.zh


def _told(sentence: str) -> Iterator[str]:
    return (f"<{part.split('>')[0]}>" for part in sentence.split("<")[1:])


def _arcs(country: LoadedCountry) -> Arcs:
    found: Arcs = defaultdict(lambda: defaultdict(list))
    for taxpayer in country.numbers:
        for sale in country.sales(taxpayer):
            found[taxpayer][country.taxpayer_of[sale.buyer]].append(sale)
    return found


def _circles(arcs: Arcs) -> Iterator[tuple[str, ...]]:
    """Every simple circle of two to five firms, from its smallest member."""
    for first in sorted(arcs):
        walks: list[tuple[str, ...]] = [(first,)]
        while walks:
            walk = walks.pop()
            for other in arcs.get(walk[-1], ()):
                if other == first and len(walk) > 1:
                    yield walk
                elif other > first and other not in walk and len(walk) < LONGEST:
                    walks.append((*walk, other))


def _choices(country: LoadedCountry, circle: tuple[str, ...]) -> list[tuple[Invoice, ...]]:
    """Every choice of an invoice from each arc that is in order of time, in the window and even."""
    arcs = [
        [sale for sale in country.sales(seller) if country.taxpayer_of[sale.buyer] == buyer]
        for seller, buyer in pairwise((*circle, circle[0]))
    ]
    return [choice for choice in product(*arcs) if _gap(choice) <= GAP and _in_order(choice)]


def _in_order(choice: tuple[Invoice, ...]) -> bool:
    turns = ((*choice[start:], *choice[:start]) for start in range(len(choice)))
    return any(
        all(a.at <= b.at for a, b in pairwise(turn))
        and (turn[-1].at - turn[0].at).total_seconds() <= WINDOW_DAYS * 86_400
        for turn in turns
    )


def _gap(choice: tuple[Invoice, ...]) -> int:
    amounts = [invoice.net for invoice in choice]
    return MILLION - min(amounts) * MILLION // max(amounts)
