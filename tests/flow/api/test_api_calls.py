"""The number of store calls is bounded by the depth of a query, never by its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

import pytest

from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from tests.support.serving import Caller, serving
from tests.support.small_graph import Draft, day

VERBS = frozenset({"fetch", "expand", "select", "count_related", "search", "match"})
FIRMS = 12


class Counting:
    """The real store, and how often each reading verb was called."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        if name in VERBS:
            self.calls[name] += 1
        return getattr(self._store, name)


def market(invoices: int) -> Draft:
    """Many firms that sell to each other, each with a registration, a person and a filing."""
    draft = Draft()
    for place in range(FIRMS):
        firm = f"F{place:02}"
        draft.firm(firm, bureau="4401").node("Registration", f"reg-{firm}", name=firm).link(
            "REGISTERS", f"reg-{firm}", firm
        )
        draft.person(f"p-{firm}", represents=firm)
        draft.node("Filing", f"f-{firm}", filed_on=day("2026-02-01")).link("ABOUT", f"Filing:f-{firm}", f"no:{firm}")
    for number in range(invoices):
        seller, buyer = f"F{number % FIRMS:02}", f"F{(number * 5 + 1) % FIRMS:02}"
        draft.invoice(f"I{number:03}", seller=seller, buyer=buyer)
    return draft


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Counting, Caller]]:
    """A server whose store counts."""
    store = cast("GraphStore", DuckdbStore.open(tmp_path_factory.mktemp("market") / "graph.duckdb"))
    store.ensure_schema()
    store.write(market(60).batch())
    counting = Counting(store)
    with serving(cast("GraphStore", counting)) as server:
        yield counting, server.caller()
    store.close()


def calls(counted: tuple[Counting, Caller], query: str, **variables: Any) -> tuple[int, dict[str, Any]]:
    """Store calls of one question, and its answer."""
    counting, caller = counted
    counting.calls.clear()
    data = caller.ask(query, **variables)
    return counting.calls.total(), data


WIDE = """
query ($first: Int!) { invoices(first: $first) { nodes {
  seller { ... on Taxpayer { registrations { nodes { name } } officers { nodes { person { name } } } } }
  buyer { ... on Taxpayer { name filings { nodes { key } } } }
} } }
"""


def test_fifty_invoices_cost_as_many_calls_as_two(counted: tuple[Counting, Caller]) -> None:
    few, _ = calls(counted, WIDE, first=2)
    many, data = calls(counted, WIDE, first=50)
    assert len(data["invoices"]["nodes"]) == 50
    assert many == few


def test_each_level_of_a_query_adds_a_constant_number_of_calls(counted: tuple[Counting, Caller]) -> None:
    one, _ = calls(counted, "{ taxpayers(first: 12) { nodes { name } } }")
    two, _ = calls(counted, "{ taxpayers(first: 12) { nodes { sales { nodes { number } } } } }")
    three, _ = calls(
        counted, "{ taxpayers(first: 12) { nodes { sales { nodes { buyer { ... on Taxpayer { name } } } } } } }"
    )
    assert (one, two, three) == (1, 3, 5)


def test_a_total_costs_no_further_call(counted: tuple[Counting, Caller]) -> None:
    with_total, _ = calls(counted, "{ taxpayers(first: 5) { nodes { sales { totalCount nodes { number } } } } }")
    without, _ = calls(counted, "{ taxpayers(first: 5) { nodes { sales { nodes { number } } } } }")
    assert with_total == without


def test_a_node_asked_for_twice_is_fetched_once(counted: tuple[Counting, Caller]) -> None:
    found, _ = calls(counted, '{ a: taxpayer(id: "F01") { name } b: taxpayer(id: "F01") { name } }')
    assert found == 1
