"""A reader that began amid changes of the ledger sees it as its transaction does, reading only what changed."""

from __future__ import annotations

from pathlib import Path

from graph.store.duckdb_parts.writing import read_ledger
from graph.store.duckdb_store import DuckdbStore
from tests.support.small_graph import Draft


def test_a_reader_knows_what_was_written_and_withdrawn_after_it_looked(tmp_path: Path) -> None:
    store = DuckdbStore.open(tmp_path / "graph.duckdb")
    store.ensure_schema()
    seen = [store.ledger.lines()]
    for number in range(4):
        store.write(Draft().firm(f"F{number}").batch(f"b{number}"))
        seen.append(store.ledger.lines())
    store.withdraw("b2", with_later=True)
    store.write(Draft().firm("F4").batch("b4"))
    with store.ledger.engine.reading() as reader:
        whole = tuple(read_ledger(reader))
        assert [line.state for line in whole] == ["committed", "committed", "withdrawn", "withdrawn", "committed"]
        for lines in seen:
            assert store.ledger.as_seen(reader, lines) == whole
    store.close()
