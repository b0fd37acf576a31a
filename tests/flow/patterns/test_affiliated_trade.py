"""Interest-affiliated trade: planted arcs are found, near misses are not, and all arcs are those of a slow reading."""

from __future__ import annotations

from collections import defaultdict

import networkx as nx
import pytest

from loaders.synthetic.patterns.control import AFFILIATES
from queries.detection.episodes import Finding
from queries.detection.rules import RuleBook, Value
from tests.support.detection import LoadedCountry, judged
from tests.support.plain_story import told

NAME = "affiliated_trade"
EVERY_SHARE: dict[str, Value] = {"share": 0}
ONE_STEP: dict[str, Value] = {"share": 0, "trail": 1}
Row = tuple[str, str, frozenset[str], int, int, int, int, int]
"""Seller, buyer, taxpayers and number of persons of the antecedent, steps to both, trades, cents."""


def test_every_planted_case_is_found_and_no_near_miss(country: LoadedCountry) -> None:
    findings = country.findings(NAME)
    verdict = judged(country, NAME, findings)
    assert (verdict.missed, verdict.near_found) == ([], [])
    arcs = {(_ends(finding)) for finding in findings}
    for case in country.told.cases(NAME):
        ends = country.taxpayer_of[case.members[1]], country.taxpayer_of[case.members[2]]
        assert (ends in arcs) == case.planted


@pytest.mark.parametrize("broken", AFFILIATES.preconditions)
def test_it_vanishes_without(broken: str, country: LoadedCountry) -> None:
    cases = [case for case in country.told.cases(NAME) if case.row["broken"] == broken]
    assert cases
    found = {end for finding in country.findings(NAME) for end in _ends(finding)}
    assert not found & {country.taxpayer_of[case.members[1]] for case in cases}


@pytest.mark.parametrize("own", [{}, EVERY_SHARE, ONE_STEP], ids=["default", "every share", "one step"])
def test_the_arcs_are_those_of_the_slow_reading(country: LoadedCountry, own: dict[str, Value]) -> None:
    findings = country.findings(NAME, RuleBook({NAME: ((None, own),)}))
    expected = _slow(country, least=int(own.get("share", 250_000)), most=int(own.get("trail", 5)))
    assert sorted(map(_told, findings), key=str) == sorted(expected, key=str)
    assert findings


def test_shares_of_the_ends_are_those_of_their_sales_and_purchases(country: LoadedCountry) -> None:
    for finding in country.findings(NAME, RuleBook({NAME: ((None, EVERY_SHARE),)})):
        seller, buyer = _ends(finding)
        cents = int(finding.measures["net_cents"])
        sold, bought = (sum(each.net for each in some) for some in (country.sales(seller), country.purchases(buyer)))
        parts = cents * 1_000_000 // sold, cents * 1_000_000 // bought
        assert (finding.measures["sold_share"], finding.measures["bought_share"]) == parts
        assert finding.score == max(parts)
        assert list(finding.evidence["trades"]) == [
            each.number for each in country.sales(seller) if country.taxpayer_of[each.buyer] == buyer
        ]


def test_the_sentences_name_both_ends_the_antecedent_and_how(country: LoadedCountry) -> None:
    shown = ("trades", "net_cents", "sold_share", "bought_share", "seller_steps", "buyer_steps")
    for finding in country.findings(NAME):
        said = told(finding)
        for text in (said.en, said.zh):
            assert all(str(finding.measures[name]) in text for name in shown)
            assert all(member.id in text for member in finding.members[:3])
            assert finding.first_on.isoformat() in text
        assert "represents" in said.en or "holds a share of" in said.en


def _ends(finding: Finding) -> tuple[str, str]:
    by_role = {member.role: member.id for member in finding.members}
    return by_role["seller"], by_role["buyer"]


def _told(finding: Finding) -> Row:
    behind = [member for member in finding.members if member.role == "antecedent"]
    firms = frozenset(member.id for member in behind if member.type == "Taxpayer")
    numbers = (int(finding.measures[name]) for name in ("seller_steps", "buyer_steps", "trades", "net_cents"))
    seller_steps, buyer_steps, trades, cents = numbers
    return *_ends(finding), firms, len(behind) - len(firms), seller_steps, buyer_steps, trades, cents


def _arcs(country: LoadedCountry, least: int) -> nx.DiGraph[str]:
    """Persons are known by their documents, firms by their taxpayers."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(country.numbers)
    for number, row in country.told.register.items():
        graph.add_edge(row["FDDBR_ZJHM"], country.taxpayer_of[number])
    for rows in country.told.by_firm("shareholdings", "被投资企业纳税人识别号").values():
        for row in rows:
            holder = row["股东纳税人识别号"]
            over = country.taxpayer_of[holder] if holder else row["股东证件号码"]
            under = country.taxpayer_of[row["被投资企业纳税人识别号"]]
            if round(float(row["持股比例"].rstrip("%")) * 10_000) >= least and over != under:
                graph.add_edge(over, under)
    return graph


def _slow(country: LoadedCountry, *, least: int, most: int) -> list[Row]:
    graph = _arcs(country, least)
    sets = nx.condensation(graph)
    of = sets.graph["mapping"]
    up = sets.reverse()
    trades: dict[tuple[str, str], list[int]] = defaultdict(list)
    for seller in country.numbers:
        for each in country.sales(seller):
            trades[seller, country.taxpayer_of[each.buyer]].append(each.net)
    rows: list[Row] = []
    for (seller, buyer), nets in trades.items():
        one, other = (nx.single_source_shortest_path_length(up, of[end], cutoff=most) for end in (seller, buyer))
        common = set(one) & set(other)
        for top in common:
            if not common & set(sets.successors(top)):
                behind = sets.nodes[top]["members"]
                firms = frozenset(behind) & set(country.numbers)
                persons = len(behind) - len(firms)
                rows.append((seller, buyer, firms, persons, one[top], other[top], len(nets), sum(nets)))
    return rows
