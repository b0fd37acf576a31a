"""Random countries, random scopes: no word of a taxpayer out of scope, and no change when only such ones trade."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from tests.support.serving import Caller, serving
from tests.support.small_graph import Draft

BUREAUS = ("4401", "4402", "4403")
FIRMS = {f"firm{place:02}x": BUREAUS[place % 3] for place in range(9)}
PARTY = "fragment party on Counterparty { ... on Taxpayer { key name } ... on HiddenParty { opaqueId province } }"
INVOICES = "{ invoices(first: 100) { totalCount nodes { number sellerName buyerName @parties } } } "
MATCH = "(a:Taxpayer)-[s:SOLD]->(i:Invoice)-[b:BOUGHT_BY]->(c:Taxpayer) return a.name, b.name limit 500"
RINGS = "{ rings(options: { maxLength: 6 }) { counts { edgeCycles bundledCycles distinctRings } @graph } }"
TRACE = '{ trace(start: "@firm") { leavesScope stops(first: 100) { totalCount nodes { party { key name } } } @graph } }'
QUERIES = (
    "{ taxpayers(first: 100) { totalCount nodes { key name taxNumber registrations { nodes { name } } } } }",
    INVOICES.replace("@parties", "seller { ...party } buyer { ...party }") + PARTY,
    '{ search(text: "company", first: 100) { totalCount nodes { key label } } }',
    RINGS.replace("@graph", "graph { nodes { label } edges { key } }"),
    '{ match(pattern: "@pattern") { columns { values } } }'.replace("@pattern", MATCH),
    '{ bureauView(id: "4400") { taxpayerCount taxpayersByStatus { status count } } }',
)
ABOUT_ONE = (
    TRACE.replace("@graph", "graph { edges { key source target carried share } }"),
    '{ household(taxpayer: "@firm") { trading { partners { party { key name } sold { amount } } } } }',
    '{ taxpayer(id: "@firm") { sales { totalCount } purchases { totalCount } } }',
)


def country(chance: random.Random) -> Draft:
    """Firms of three cities that trade with each other at random."""
    draft = Draft()
    for bureau in BUREAUS:
        draft.node("Bureau", bureau, level=3).link("PART_OF", f"Bureau:{bureau}", "Bureau:4400")
    draft.node("Bureau", "4400", level=2)
    for firm, bureau in FIRMS.items():
        draft.firm(firm, bureau=bureau, name=f"Company {firm}", region="440000")
        draft.node("Registration", f"reg-{firm}", name=f"Company {firm}").link("REGISTERS", f"reg-{firm}", firm)
    return trades(draft, chance, list(FIRMS), 40)


def trades(draft: Draft, chance: random.Random, firms: Sequence[str], count: int) -> Draft:
    """Invoices between two different firms, on random days."""
    for number in range(count):
        seller, buyer = chance.sample(list(firms), 2)
        key = f"{chance.randrange(10**8):08}-{number}"
        draft.invoice(key, seller=seller, buyer=buyer, on=f"2026-01-{chance.randrange(1, 29):02}", net_cents=1000)
    return draft


def answers(caller: Caller, own: Sequence[str]) -> list[Any]:
    """Data of every question."""
    asked = [*QUERIES, *(query.replace("@firm", own[0]) for query in ABOUT_ONE)]
    return [caller.ask(query) for query in asked]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_scopes_hide_what_is_outside_and_do_not_feel_it(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a repeatable draw, not a secret
    store = cast("GraphStore", DuckdbStore.open(tmp_path / "graph.duckdb"))
    store.ensure_schema()
    store.write(country(chance).batch("country"))
    bureau = chance.choice(BUREAUS)
    own = [firm for firm, place in FIRMS.items() if place == bureau]
    foreign = [firm for firm, place in FIRMS.items() if place != bureau]
    with serving(store) as server:
        caller = server.caller(bureau=bureau)
        before = answers(caller, own)
        store.write(trades(Draft(), chance, foreign, 15).batch("elsewhere"))
        after = answers(caller, own)
    store.close()
    shown = json.dumps(before, ensure_ascii=False)
    assert [firm for firm in foreign if firm in shown] == []
    assert [firm for firm in own if firm not in shown] == []
    assert before == after
