"""Batches so large that their ids are told new by hashes: what is known keeps its number, what is new gets one."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from graph.store.duckdb_parts import keys
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import WriteBatch
from tests.support.small_graph import Draft

MANY = keys.FEW + 1_000  # below it keys are searched by their texts


@pytest.fixture(autouse=True, params=["texts held", "texts searched"])
def _held(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to find the number of a known id: in memory, and where a type has too many keys for that."""
    if request.param == "texts searched":
        monkeypatch.setattr(keys, "HELD", MANY // 2)


def batch(name: str, tasks: list[str], links: list[tuple[str, str]]) -> WriteBatch:
    draft = Draft()
    for task in tasks:
        draft.node("Task", task)
    for parent, child in links:
        draft.link("SPAWNED", parent, child)
    return draft.batch(name)


def links_of(store: DuckdbStore) -> set[tuple[str, str]]:
    rows = store.export("SPAWNED").select(["from_id", "to_id"]).to_pylist()
    assert len(rows) == len({(row["from_id"], row["to_id"]) for row in rows})
    return {(row["from_id"], row["to_id"]) for row in rows}


def tasks_of(store: DuckdbStore) -> list[str]:
    ids: list[Any] = store.export("Task")["id"].to_pylist()
    return sorted(ids)


@pytest.mark.parametrize("seed", range(3))
def test_large_batches_give_the_graph_of_their_rows(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    store = DuckdbStore.open(tmp_path / "g.duckdb")
    store.ensure_schema()
    tasks: set[str] = set()
    links: set[tuple[str, str]] = set()
    for number in range(3):
        named = [f"t{chance.randrange(4 * MANY)}" for _ in range(MANY)]
        told = list(dict.fromkeys(named))
        # Ends among the batch's own tasks, among all, among none: the last ones get a key and no version.
        ends = [*told, *chance.sample(sorted(tasks), min(len(tasks), MANY)), *(f"only{n}" for n in range(50))]
        drawn = {(chance.choice(ends), chance.choice(ends)) for _ in range(2 * MANY)}
        store.write(batch(f"b{number}", told, sorted(drawn)))
        tasks.update(told)
        links |= drawn
    assert tasks_of(store) == sorted(tasks)
    assert links_of(store) == links
    store.close()


def test_the_rows_of_a_batch_are_found_by_later_ones(tmp_path: Path) -> None:
    store = DuckdbStore.open(tmp_path / "g.duckdb")
    store.ensure_schema()
    first = [f"t{n}" for n in range(MANY)]
    store.write(batch("first", first, []))
    store.write(batch("second", [*first[: MANY // 2], *(f"u{n}" for n in range(MANY // 2))], [("t1", "u1")]))
    assert len(tasks_of(store)) == MANY + MANY // 2
    assert links_of(store) == {("t1", "u1")}
    store.close()


def test_a_part_finds_all_that_the_parts_before_it_brought(tmp_path: Path) -> None:
    store = DuckdbStore.open(tmp_path / "g.duckdb")
    store.ensure_schema()
    first, second = [f"a{n}" for n in range(MANY)], [f"b{n}" for n in range(MANY)]
    whole = batch("whole", [], [])
    with store.open_batch(whole.header) as opened:
        for tasks, links in ((first, []), (second, []), ([*first, *second], [("a0", "b0"), (f"a{MANY - 1}", "b0")])):
            opened.add(batch("part", tasks, links))
        opened.commit(whole.header)
    assert tasks_of(store) == sorted([*first, *second])
    assert links_of(store) == {("a0", "b0"), (f"a{MANY - 1}", "b0")}
    store.close()
