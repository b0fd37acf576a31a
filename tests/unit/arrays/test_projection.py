"""The projection on disk: whole versions, one writer, readers that never see half of one."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph.arrays.columns import EdgeColumns, edge_columns
from graph.arrays.projection import LOCK, _only_writer, open_projection, write_projection
from graph.errors import DataError, StoreBusyError, StoreError
from graph.kernels.temporal import temporal_rings
from graph.kernels.trace import trace

VERTICES = {"public_id": np.array([b"tp-a", b"tp-b"]), "rank": np.array([0, 1], np.int64)}


def trade(cents: int = 100) -> EdgeColumns:
    return edge_columns(seller=[0, 1], buyer=[1, 0], tick=[1, 2], amount_cents=[cents, cents], invoice=[5, 6])


def write(folder: Path, *, cents: int = 100, batch: int = 1, **changes: Any) -> str:
    options: dict[str, Any] = {
        "edges": {"CNY": trade(cents)},
        "vertices": VERTICES,
        "manifest": {"last_batch": batch, "resolution": "day"},
    }
    return write_projection(folder, **(options | changes))


def test_what_is_written_is_what_is_opened(tmp_path: Path) -> None:
    write(tmp_path, batch=7)
    opened = open_projection(tmp_path)
    assert opened.last_batch == 7
    assert (opened.manifest["edges"], opened.manifest["vertices"]) == ({"CNY": 2}, 2)
    assert opened.manifest["resolution"] == "day"
    assert opened.vertices["public_id"].tolist() == [b"tp-a", b"tp-b"]
    assert opened.trade["CNY"].edges.amount_cents.tolist() == [100, 100]
    assert opened.trade["CNY"].sales(0).tolist() == [0]


def test_kernels_read_the_mapped_files(tmp_path: Path) -> None:
    write(tmp_path)
    opened = open_projection(tmp_path)
    edges = opened.trade["CNY"].edges
    rings = temporal_rings(edges.seller, edges.buyer, edges.tick, edges.amount_cents, opened.vertices["rank"], window=5)
    assert rings.edge_cycles == 1
    found = trace(opened.trade["CNY"].adjacency, start_edges=[0], max_hops=2, span_start=0, span_end=9)
    assert found.edges.tolist() == [0, 1]


def test_writing_to_an_opened_array_leaves_the_file_alone(tmp_path: Path) -> None:
    write(tmp_path)
    open_projection(tmp_path).trade["CNY"].edges.amount_cents[0] = 999
    assert open_projection(tmp_path).trade["CNY"].edges.amount_cents[0] == 100


def test_a_currency_without_edges_can_be_kept(tmp_path: Path) -> None:
    write(tmp_path, edges={"CNY": trade().take(np.array([], np.int64))})
    assert len(open_projection(tmp_path).trade["CNY"].edges) == 0


def test_a_new_version_replaces_the_old_one_and_old_readers_go_on(tmp_path: Path) -> None:
    write(tmp_path, cents=1)
    old = open_projection(tmp_path)
    for cents in (2, 3, 4):
        write(tmp_path, cents=cents)
    assert open_projection(tmp_path).trade["CNY"].edges.amount_cents[0] == 4
    assert old.trade["CNY"].edges.amount_cents.tolist() == [1, 1]


def test_one_version_before_the_current_one_is_kept(tmp_path: Path) -> None:
    versions = [write(tmp_path) for _ in range(4)]
    assert sorted(path.name for path in tmp_path.glob("v*")) == versions[-2:]


def test_a_writer_that_died_leaves_the_old_version_and_hinders_nobody(tmp_path: Path) -> None:
    write(tmp_path, cents=1)
    (tmp_path / ".writing" / "edges").mkdir(parents=True)
    assert open_projection(tmp_path).trade["CNY"].edges.amount_cents[0] == 1
    write(tmp_path, cents=2)
    assert open_projection(tmp_path).trade["CNY"].edges.amount_cents[0] == 2
    assert not (tmp_path / ".writing").exists()


def test_a_second_writer_is_refused_until_the_first_is_done(tmp_path: Path) -> None:
    with _only_writer(tmp_path), pytest.raises(StoreBusyError) as refused:
        write(tmp_path)
    assert (refused.value.code, refused.value.retryable) == ("store.projection.busy", True)
    write(tmp_path)
    assert (tmp_path / LOCK).exists()


def test_readers_see_whole_versions_while_a_writer_works(tmp_path: Path) -> None:
    write(tmp_path, cents=1)
    done = threading.Event()
    seen: set[tuple[int, ...]] = set()

    def read() -> None:
        while not done.is_set():
            seen.add(tuple(open_projection(tmp_path).trade["CNY"].edges.amount_cents.tolist()))

    reader = threading.Thread(target=read)
    reader.start()
    for cents in range(2, 12):
        write(tmp_path, cents=cents)
    done.set()
    reader.join()
    assert seen
    assert all(len(set(amounts)) == 1 for amounts in seen)


def test_a_missing_projection_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as missing:
        open_projection(tmp_path)
    assert missing.value.code == "store.projection.missing"


def test_another_format_is_refused(tmp_path: Path) -> None:
    place = tmp_path / write(tmp_path) / "manifest.json"
    place.write_text(json.dumps(json.loads(place.read_text()) | {"format": 99}))
    with pytest.raises(StoreError) as refused:
        open_projection(tmp_path)
    assert refused.value.code == "store.projection.format"


@pytest.mark.parametrize("content", [b"", b"short"])
def test_a_truncated_file_is_noticed(tmp_path: Path, content: bytes) -> None:
    (tmp_path / write(tmp_path) / "edges" / "CNY" / "tick.npy").write_bytes(content)
    with pytest.raises(StoreError) as broken:
        open_projection(tmp_path)
    assert broken.value.code == "store.projection.broken"


def test_a_lost_version_is_noticed(tmp_path: Path) -> None:
    (tmp_path / write(tmp_path) / "manifest.json").unlink()
    with pytest.raises(StoreError) as broken:
        open_projection(tmp_path)
    assert broken.value.code == "store.projection.broken"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"manifest": {}}, "data.projection.manifest"),
        ({"vertices": {}}, "data.projection.vertices"),
        ({"vertices": {"rank": np.zeros(2), "region": np.zeros(3)}}, "data.projection.vertices"),
        ({"edges": {"../CNY": trade()}}, "data.projection.names"),
        ({"vertices": {"rank": np.zeros(1)}}, "data.edges.vertices"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(tmp_path: Path, changes: dict[str, Any], code: str) -> None:
    version = write(tmp_path)
    with pytest.raises(DataError) as refused:
        write(tmp_path, **changes)
    assert refused.value.code == code
    assert open_projection(tmp_path).version == version
