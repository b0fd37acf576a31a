"""Random small graphs in a few batches, random questions: the embedded store answers like the obvious model."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.model.vocabulary import NODE_TYPES, STORED_RELATIONSHIP_TYPES, relationship_type
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import WriteBatch
from graph.store.questions import ROOT, Direction, Scope
from tests.support.model_store import ModelStore, View
from tests.support.small_graph import Draft, day, ends
from tests.support.thorough import examples

FIRMS = "ABC"
DAYS = [None, "2026-01-01", "2026-01-10", "2026-01-20"]
SCOPES = [ROOT, Scope("one", frozenset({"11"}), b"1"), Scope("two", frozenset({"11", "22"}), b"2")]
# Relationships and the ids that may stand at their stored ends.
PARTIES = [f"no:{firm}" for firm in FIRMS]
POOLS: dict[str, list[str]] = {
    "Party": PARTIES,
    "Taxpayer": list(FIRMS),
    "Invoice": ["1", "2", "3"],
    "Person": ["p", "q"],
    "Task": ["t", "u"],
    "Finding": ["f"],
    "Case": ["c"],
    "Phone": ["h"],
    "TaskEvent": ["e"],
    "FundTransfer": ["m"],
}
RELATED = (
    "PARTY_OF",
    "SOLD",
    "BOUGHT_BY",
    "ISSUED",
    "REVERSES",
    "LEGAL_REPRESENTATIVE_OF",
    "HOLDS_SHARE",
    "USES",
    "CONCERNS",
    "SPAWNED",
    "HAS_EVENT",
    "INVOLVES",
    "JOINS",
    "PAID_BY",
)


@st.composite
def nodes(draw: st.DrawFn) -> tuple[str, str, dict[str, Any]]:
    """A node row, perhaps dated or in a bureau."""
    name = draw(st.sampled_from(sorted(POOLS)))
    node_id = draw(st.sampled_from(POOLS[name]))
    values: dict[str, Any] = {}
    if name == "Taxpayer":
        values = {"bureau": draw(st.sampled_from([None, "11", "22", "33"])), "region": "440301"}
    if name == "Party":
        values = {"taxpayer_id": f"tp-{node_id[3:]}"}
    if name == "Invoice":
        values = {
            "issued_at": datetime.fromisoformat(str(draw(st.sampled_from(DAYS[1:])))),
            "net_cents": 1,
            "tax_cents": 0,
            "currency": "CNY",
        }
    if name == "TaskEvent":
        values = {"task": "t"}
    return name, node_id, values


@st.composite
def links(draw: st.DrawFn) -> tuple[str, str, str, dict[str, Any]]:
    """A relationship row between ids of the pools."""
    kind = relationship_type(draw(st.sampled_from(RELATED)))
    source, target = (
        draw(st.sampled_from([f"{name}:{node_id}" for name in types if name in POOLS for node_id in POOLS[name]]))
        for types in (kind.stored_sources(), kind.stored_targets())
    )
    values: dict[str, Any] = {"name": "written"} if kind.name in ("SOLD", "BOUGHT_BY") else {}
    if kind.dated:
        dates = [None if text is None else day(text) for text in draw(st.tuples(*[st.sampled_from(DAYS)] * 2))]
        values = {"valid_from": dates[0], "valid_to": dates[1]}
    return kind.name, source, target, values


@st.composite
def batches(draw: st.DrawFn) -> list[WriteBatch]:
    """One to three batches; each names a key once, and a party is one taxpayer at a time."""
    made = []
    owners: dict[str, str] = {}
    for number in range(draw(st.integers(1, 3))):
        graph, seen = Draft(), set[Any]()
        for name, node_id, values in draw(st.lists(nodes(), max_size=8)):
            if (name, node_id) not in seen:
                seen.add((name, node_id))
                graph.node(name, node_id, **values)
        _link(draw(st.lists(links(), max_size=14)), graph, seen, owners)
        _end_some(draw, graph, seen)
        made.append(graph.batch(f"b{number}"))
    return made


def _link(
    rows: list[tuple[str, str, str, dict[str, Any]]], graph: Draft, seen: set[Any], owners: dict[str, str]
) -> None:
    for name, source, target, values in rows:
        row = ends(name, source, target)
        key = (name, *row.values(), values.get("valid_from"))
        if key in seen or (name == "PARTY_OF" and ("moved", source) in seen):
            continue
        seen.add(key)
        if name == "PARTY_OF":
            seen.add(("moved", source))
            before = owners.get(source)
            if before not in (None, target):
                graph.end(name, source, str(before))
            owners[source] = target
        graph.link(name, source, target, **values)


def _end_some(draw: st.DrawFn, graph: Draft, seen: set[Any]) -> None:
    if draw(st.booleans()):
        name = draw(st.sampled_from(["Taxpayer", "Invoice", "Person"]))
        node_id = draw(st.sampled_from(POOLS[name]))
        if (name, node_id) not in seen:
            graph.end(name, node_id)


@pytest.fixture(scope="module")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with its schema and nothing else, to be copied: making the tables takes longer than a test."""
    path = tmp_path_factory.mktemp("store") / "empty.duckdb"
    store = DuckdbStore.open(path)
    store.ensure_schema()
    store.close()
    return path


@contextmanager
def both(empty: Path, written: list[WriteBatch]) -> Iterator[tuple[DuckdbStore, ModelStore]]:
    """A store and the model after the same batches."""
    path = empty.with_name("copy.duckdb")
    shutil.copy(empty, path)
    store, model = DuckdbStore.open(path), ModelStore()
    try:
        for batch in written:
            store.write(batch)
            model.write(batch)
        yield store, model
    finally:
        store.close()
        path.unlink()


views = st.builds(
    View,
    ceiling=st.sampled_from([None, None, 0, 1, 2]),
    valid=st.sampled_from([None if text is None else day(text) for text in DAYS]),
    scope=st.sampled_from(SCOPES),
)
quick = settings(max_examples=examples(25, 8), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def clock(store: DuckdbStore, view: View) -> Any:
    """The view's snapshot as a recorded instant of the store."""
    ledger = store.batches()
    if view.ceiling is None or view.ceiling >= len(ledger):
        return View(None, view.valid).as_of(None)
    at = ledger[view.ceiling - 1].committed_at if view.ceiling else ledger[0].header.started_at
    return view.as_of(at)


@quick
@given(written=batches(), views=st.lists(views, min_size=2, max_size=4))
def test_every_type_shows_the_same_nodes(empty_file: Path, written: list[WriteBatch], views: list[View]) -> None:
    with both(empty_file, written) as (store, model):
        for view in views:
            at = clock(store, view)
            for name, pool in POOLS.items():
                expected = model.select(name, view=view)
                assert store.select(name, as_of=at, scope=view.scope).table["id"].to_pylist() == expected, (name, view)
                asked = [*pool, "tp-A", "tp-B"]
                meant = [m for m in (model.present(name, key, view) for key in asked) if m is not None]
                assert store.fetch(name, asked, as_of=at, scope=view.scope)["id"].to_pylist() == meant, (name, view)


@quick
@given(written=batches(), view=views, data=st.data())
def test_every_expansion_shows_the_same_rows(
    empty_file: Path, written: list[WriteBatch], view: View, data: st.DataObject
) -> None:
    with both(empty_file, written) as (store, model):
        at = clock(store, view)
        for relationship in data.draw(st.lists(st.sampled_from(RELATED), min_size=4, max_size=6, unique=True)):
            kind = relationship_type(relationship)
            for direction, types in ((Direction.OUT, kind.sources), (Direction.IN, kind.targets)):
                for name in set(types) & set(POOLS):
                    asked = [*POOLS[name], "tp-A"]
                    expected = model.expand(name, asked, relationship, direction, view)
                    found = store.expand(name, asked, relationship, direction, as_of=at, scope=view.scope)
                    columns = [
                        "key",
                        "from_id",
                        "to_id",
                        "hidden",
                        "province",
                        "party",
                        *(p.name for p in kind.properties),
                    ]
                    rows = found.table.select(columns).to_pylist()
                    assert _sorted(rows, view) == _sorted([{c: row[c] for c in columns} for row in expected], view)
                    counts = store.count_related(name, asked, relationship, direction, as_of=at, scope=view.scope)
                    assert sum(counts.values()) == len(expected)


def _sorted(rows: list[dict[str, Any]], view: View) -> list[Any]:
    """Rows as they are where nothing can be hidden; opaque ids have an order of their own."""
    return rows if view.scope.everything else sorted(map(str, rows))


def test_the_pools_cover_the_relationships() -> None:
    stored = {kind.name for kind in STORED_RELATIONSHIP_TYPES}
    assert set(RELATED) <= stored
    assert set(POOLS) <= {kind.name for kind in NODE_TYPES}
