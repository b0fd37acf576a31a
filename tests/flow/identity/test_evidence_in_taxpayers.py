"""Clusters of registrations become taxpayers, and each number follows the registration that bore it first."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pyarrow as pa

from loaders.resolve.base import Facts
from loaders.resolve.decided import DECISIONS
from loaders.resolve.evident import EvidenceResolver
from loaders.resolve.firms import Firms, resolve_firms
from loaders.resolve.linkage.fields import CHANGES
from tests.support.registrations import CODES, country, registrations, small_model

SIZE, SEED = 3_000, 5
Answer = dict[str, dict[str, Any]]


@cache
def register() -> tuple[pa.Table, pa.Table]:
    """Registrations and changes of a generated country."""
    drawn, _ = country(SIZE, SEED)
    return drawn.registrations, drawn.changes


@cache
def clustered() -> Firms:
    return resolve_firms(*register(), small_model())


@cache
def bearers() -> dict[str, list[tuple[date, str]]]:
    """By number the registrations that ever bore it, each with its day."""
    told, changes = register()
    found: dict[str, list[tuple[date, str]]] = {}
    rank = {row["id"]: (row["registered_on"] or date.max, f"serial:{row['id']}") for row in told.to_pylist()}
    said = [(row["id"], {row["tax_number"], row["uscc"]}) for row in told.to_pylist()]
    said += [
        (row["registration"], {row["old_value"], row["new_value"]})
        for row in changes.to_pylist()
        if row["item"] in {"tax_number", "uscc"}
    ]
    for key, numbers in said:
        for number in numbers - {None}:
            found.setdefault(f"no:{number}", []).append(rank[key])
    return found


def answered(*decisions: tuple[str, str, str]) -> Answer:
    """By party what the resolver says; decisions are (verdict, one registration, another), each a day later."""
    told, changes = register()
    parties = [*(f"serial:{key}" for key in told["id"].to_pylist()), *sorted(bearers())]
    given = pa.table({"id": parties, "taxpayer_id": [f"tp {party}" for party in parties]})
    rows = [
        {
            "id": str(day),
            "decided_at": datetime(2026, 1, day, tzinfo=UTC),
            "verdict": verdict,
            "left": one,
            "right": two,
        }
        for day, (verdict, one, two) in enumerate(decisions, start=1)
    ]
    said = pa.Table.from_pylist(rows, schema=DECISIONS)
    answer = EvidenceResolver(small_model()).weigh(told, changes, said).assign(Facts(told, changes, given)).taxpayers
    return {row["party"]: row for row in answer.to_pylist()}


def partition(labels: dict[str, str]) -> set[frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for key, label in labels.items():
        groups.setdefault(label, set()).add(key)
    return {frozenset(group) for group in groups.values()}


def test_registrations_of_one_cluster_are_one_taxpayer_and_no_others() -> None:
    members = clustered().clusters.members.to_pylist()
    mine = {party: row["taxpayer"] for party, row in answered().items() if party.startswith("serial:")}
    assert partition(mine) == partition({f"serial:{row['id']}": row["cluster"] for row in members})
    assert len(set(mine.values())) < SIZE


def test_a_number_follows_the_registration_that_bore_it_first() -> None:
    taxpayer = {party: row["taxpayer"] for party, row in answered().items()}
    wrong = [number for number, ranks in bearers().items() if taxpayer[number] != taxpayer[min(ranks)[1]]]
    assert wrong == []


def test_a_branch_that_bears_its_head_offices_number_is_a_taxpayer_of_its_own() -> None:
    named = {"a": ("南京恒源商贸有限公司苏州分公司", 2021), "b": ("南京恒源商贸有限公司", 2020)}
    rows = [
        {"tax_number": CODES["A"], "name": name, "registered_on": date(year, 1, 1)} for name, year in named.values()
    ]
    told = registrations(*rows).drop_columns(["id"]).append_column("source", pa.array(["g", "g"]))
    told = told.append_column("source_id", pa.array([*named]))
    parties = pa.table({"id": [f"no:{CODES['A']}", "serial:g:a", "serial:g:b"], "taxpayer_id": ["x", "ta", "tb"]})
    resolver = EvidenceResolver(small_model())
    weighed = resolver.weigh(told, CHANGES.empty_table(), DECISIONS.empty_table())
    answer = weighed.assign(Facts(told, CHANGES.empty_table(), parties)).taxpayers
    assert answer["taxpayer"].to_pylist() == ["tb", "ta", "tb"]


def test_evidence_says_how_probable_its_weakest_link_is() -> None:
    found = answered().values()
    scores = {row["score"] for row in found if row["rule"] == "evidence"}
    assert scores
    assert all(500_000 < score <= 1_000_000 for score in scores)
    assert {row["score"] for row in found if row["rule"] != "evidence"} == {1_000_000}


def test_decisions_part_what_evidence_joins_and_join_what_it_does_not() -> None:
    found = answered()
    evident = sorted(party for party, row in found.items() if row["rule"] == "evidence" and party.startswith("serial:"))
    one = evident[0]
    other = next(party for party in evident[1:] if found[party]["taxpayer"] == found[one]["taxpayer"])
    alone = next(party for party in evident[1:] if found[party]["taxpayer"] != found[one]["taxpayer"])
    keys = [party.removeprefix("serial:") for party in (one, other, alone)]
    after = answered(("different", keys[0], keys[1]), ("same", keys[0], keys[2]))
    assert after[one]["taxpayer"] != after[other]["taxpayer"]
    assert after[one]["taxpayer"] == after[alone]["taxpayer"]
    assert {after[party]["rule"] for party in (one, other, alone)} == {"decision"}
