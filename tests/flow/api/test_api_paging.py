"""Pages: every row once, in order, as recorded when the first page was asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from tests.support.serving import Caller, serving
from tests.support.small_graph import Draft
from tests.support.two_cities import two_cities

PAGE = "totalCount pageInfo { hasNextPage hasPreviousPage endCursor } nodes { key }"


def all_pages(caller: Caller, query: str, name: str, size: int) -> list[str]:
    """Keys of all pages of a root list, one page after another."""
    keys: list[str] = []
    after = None
    while True:
        page: dict[str, Any] = caller.ask(query, first=size, after=after)[name]
        keys += [node["key"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return keys
        after = page["pageInfo"]["endCursor"]


def test_pages_of_a_list_hold_every_row_once_and_in_order(root: Caller) -> None:
    query = "query ($first: Int!, $after: String) { invoices(first: $first, after: $after) { @page } }".replace(
        "@page", PAGE
    )
    assert all_pages(root, query, "invoices", 4) == ["I1", "I2", "I3", "I4", "I5", "I6"]


def test_pages_of_what_hangs_on_a_node_hold_every_row_once(root: Caller) -> None:
    query = 'query ($after: String) { taxpayer(id: "A1") { sales(first: 1, after: $after) { @page } } }'.replace(
        "@page", PAGE
    )
    first = root.ask(query)["taxpayer"]["sales"]
    second = root.ask(query, after=first["pageInfo"]["endCursor"])["taxpayer"]["sales"]
    assert [first["nodes"], second["nodes"]] == [[{"key": "I1"}], [{"key": "I4"}]]
    assert first["totalCount"] == second["totalCount"] == 2
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)


def test_pages_of_a_search_and_of_an_answer_go_on_where_they_stopped(root: Caller) -> None:
    first = root.ask('{ search(text: "trading", types: [TAXPAYER], first: 2) { @page } }'.replace("@page", PAGE))[
        "search"
    ]
    second = root.ask(
        'query ($a: String) { search(text: "trading", types: [TAXPAYER], first: 10, after: $a) { @page } }'.replace(
            "@page", PAGE
        ),
        a=first["pageInfo"]["endCursor"],
    )["search"]
    assert len({node["key"] for node in first["nodes"] + second["nodes"]}) == 5
    assert second["pageInfo"]["hasPreviousPage"]


def test_no_rows_are_sent_where_only_the_total_is_wanted(root: Caller) -> None:
    found = root.ask(
        "{ taxpayers(first: 0) { totalCount nodes { key } }"
        ' taxpayer(id: "A1") { sales(first: 0) { totalCount nodes { key } } } }'
    )
    assert found["taxpayers"] == {"totalCount": 5, "nodes": []}
    assert found["taxpayer"]["sales"] == {"totalCount": 2, "nodes": []}


def test_a_batch_that_lands_between_two_pages_moves_no_row(tmp_path: Path) -> None:
    store = cast("GraphStore", DuckdbStore.open(tmp_path / "graph.duckdb"))
    store.ensure_schema()
    store.write(two_cities())
    query = "query ($after: String) { taxpayers(first: 2, after: $after) { @page } }".replace("@page", PAGE)
    with serving(store) as server:
        root = server.caller()
        first = root.ask(query)["taxpayers"]
        store.write(Draft().firm("A0", bureau="4401").batch("later"))
        second = root.ask(query, after=first["pageInfo"]["endCursor"])["taxpayers"]
        afresh = root.ask(query)["taxpayers"]
    store.close()
    assert [node["key"] for node in first["nodes"] + second["nodes"]] == ["A1", "A2", "A3", "B1"]
    assert second["totalCount"] == 5
    assert [node["key"] for node in afresh["nodes"]] == ["A0", "A1"]


def test_a_cursor_that_is_not_ours_is_refused(root: Caller) -> None:
    assert root.error('{ taxpayers(after: "nonsense") { totalCount } }')["code"] == "query.cursor"
