"""Events that the platform records itself, with notes: chained behind loads, and whole when a note was erased."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pandas as pd
import pyarrow as pa

from graph.model.organisation import TaskEvent
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import BatchHeader, GraphStore, WriteBatch
from graph.store.task_heads import task_heads
from graph.trail.canonical import note_digest
from graph.trail.chain import chained
from loaders import LoadOptions, load_frames
from tests.flow.trail.conftest import DAYS, Desk, event, recorded
from tests.support.batches import KEY
from tests.support.trails import aged, whole_chains

NOTE = "The firm's keeper of books was ill"
AT = datetime(2026, 3, 3, 4, tzinfo=UTC)


def acted(store: GraphStore) -> None:
    """A closing with a note, recorded behind what stands of task B, whose last link is withdrawn or not."""
    event = {
        "id": "own-1",
        "task": "B",
        "action": "reopened",
        "at": AT,
        "officer": "O2",
        "reason": "new facts",
        "note": NOTE,
        "note_digest": note_digest(NOTE),
        "recorded_at": AT,
    }
    header = BatchHeader("own", "desk", "own", "O2", AT, by_type={"TaskEvent": 1})
    with store.open_batch(header) as batch:
        ((sequence, previous, found),) = chained([event], task_heads(store, batch, ["B"]))
        row = {**event, "sequence": sequence, "previous_hash": previous, "hash": found, "prov_source": "desk"}
        schema = TaskEvent.__node__.schema()
        table = pa.Table.from_pylist([{name: row.get(name) for name in schema.names}], schema)
        batch.add(WriteBatch(header, nodes={"TaskEvent": table}), more=False)
        batch.commit(header)


def acted_in(folder: Path) -> GraphStore:
    folder.mkdir()
    source = recorded(folder / "source.duckdb")
    acted(source)
    return source


def test_an_own_action_stands_behind_what_was_loaded_and_withdrawn(tmp_path: Path) -> None:
    source = acted_in(tmp_path / "acted")
    assert whole_chains(source) == {"A": 4, "B": 5, "C": 1}
    source.close()


def test_an_erased_note_breaks_nothing_and_no_note_leaves_with_the_trail(
    store: GraphStore, desk: Desk, tmp_path: Path
) -> None:
    source, days = acted_in(tmp_path / "acted"), (*DAYS, "2026-03-05")
    aged(source, store, days)
    desk.seal(store)
    before = desk.exported(store)
    text = (tmp_path / "trail.jsonl").read_bytes()
    assert NOTE.encode() not in text
    assert before[8]["event"]["note_digest"] == note_digest(NOTE)
    erased = cast("GraphStore", DuckdbStore.open(tmp_path / "erased.duckdb"))
    erased.ensure_schema()
    aged(source, erased, days, without=("note",))
    assert [row["note"] for row in erased.export("TaskEvent").to_pylist() if row["id"] == "own-1"] == [None]
    assert desk.verified(desk.exported(erased), until="2026-03-05").faults == []
    assert (tmp_path / "trail.jsonl").read_bytes() == text
    assert desk.seal(erased).days == ()
    erased.close()
    source.close()


def test_a_loaded_note_is_kept_beside_the_chain_and_its_digest_inside(tmp_path: Path) -> None:
    source = recorded(tmp_path / "noted.duckdb")
    rows = [
        event("A", "noted", 15) | {"note": NOTE},
        event("A", "noted too", 15) | {"note": NOTE, "note_digest": note_digest(NOTE)},
        event("A", "told by digest", 15) | {"note_digest": note_digest("kept elsewhere")},
        event("A", "of another note", 16) | {"note": NOTE, "note_digest": note_digest("kept elsewhere")},
    ]
    options = LoadOptions(hmac_key=KEY, as_at=datetime(2026, 3, 9))  # noqa: DTZ001  # civil time
    report = load_frames(source, {"task_events": pd.DataFrame(rows)}, options=options)
    assert (report.rejected, [row["rule"] for row in source.export("Reject").to_pylist()]) == (1, ["digest"])
    kept = {row["action"]: (row["note"], row["note_digest"]) for row in source.export("TaskEvent").to_pylist()}
    assert kept["noted"] == kept["noted too"] == (NOTE, note_digest(NOTE))
    assert kept["told by digest"] == (None, note_digest("kept elsewhere"))
    assert whole_chains(source)["A"] == 7
    source.close()
