"""Prepared rows are kept beside the store: what is read is what would be prepared, and nothing else is."""

from __future__ import annotations

import logging
import resource
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest

from loaders.resolve.linkage import kept_rows
from loaders.resolve.linkage.fields import prepare
from loaders.resolve.linkage.kept_rows import KeptRows
from tests.support.registrations import country


@pytest.fixture(scope="module")
def register() -> tuple[pa.Table, pa.Table]:
    drawn = country(1_000, 8)[0]
    return drawn.registrations, drawn.changes


@pytest.fixture
def kept(tmp_path: Path) -> KeptRows:
    return KeptRows(tmp_path / "store.prepared")


def counted(prepared: list[int]) -> Callable[[pa.Table], pa.Table]:
    """Notes how many rows had to be prepared; a row is its id here."""

    def prepare_some(rows: pa.Table) -> pa.Table:
        prepared.append(rows.num_rows)
        return rows.select(["id"])

    return prepare_some


def test_rows_are_those_that_are_prepared_anew(register: tuple[pa.Table, pa.Table], kept: KeptRows) -> None:
    registrations, changes = register
    plain = prepare(registrations, changes).sort_by("id")
    prepare(registrations.slice(100), changes, kept)
    for _ in range(2):
        assert prepare(registrations, changes, kept).equals(plain)


def test_what_differs_in_anything_is_prepared_again(register: tuple[pa.Table, pa.Table], kept: KeptRows) -> None:
    rows = register[0].slice(0, 50)
    done: list[int] = []
    kept.prepared(rows, counted(done))
    for name in ("phone", "registered_on", "name"):
        column = rows[name].to_pylist()
        column[7] = None if column[7] is not None else rows[name].to_pylist()[8]
        rows = rows.set_column(rows.schema.get_field_index(name), rows.schema.field(name), pa.array(column))
        kept.prepared(rows, counted(done))
    assert done == [50, 1, 1, 1]


def test_many_files_become_one(register: tuple[pa.Table, pa.Table], kept: KeptRows) -> None:
    rows = register[0]
    done: list[int] = []
    for count in range(1, 15):
        kept.prepared(rows.slice(0, 10 * count), counted(done))
    assert done == [10] * 14
    assert len(list(kept.folder.iterdir())) < 14
    assert kept.prepared(rows.slice(0, 140), counted(done)).equals(rows.slice(0, 140).select(["id"]).sort_by("id"))
    assert done[14:] == [0]


def test_rows_of_other_code_are_neither_read_nor_left(
    register: tuple[pa.Table, pa.Table], kept: KeptRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []
    kept.prepared(register[0], counted(done))
    monkeypatch.setattr(kept_rows, "_code", lambda: "0" * 16)
    kept.prepared(register[0], counted(done))
    assert done == [1_000, 1_000]
    (only,) = kept.folder.iterdir()
    assert only.name.startswith("0" * 16)


def test_nobody_else_may_read_them(register: tuple[pa.Table, pa.Table], kept: KeptRows) -> None:
    kept.prepared(register[0], counted([]))
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (kept.folder, *kept.folder.iterdir())]
    assert modes == [0o700, 0o600]


@pytest.mark.parametrize("left", [0, 8, 1_000, -20])
def test_a_file_that_is_not_whole_is_dropped_and_its_rows_are_prepared(
    register: tuple[pa.Table, pa.Table], kept: KeptRows, left: int, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[int] = []
    whole = kept.prepared(register[0], counted(done))
    (path,) = kept.folder.iterdir()
    path.write_bytes(path.read_bytes()[:left])
    for _ in range(2):
        assert kept.prepared(register[0], counted(done)).equals(whole)
    assert done == [1_000, 1_000, 0]
    (warning,) = caplog.messages
    assert "prepared again" in warning


def test_what_a_killed_load_left_is_not_read_and_goes(register: tuple[pa.Table, pa.Table], kept: KeptRows) -> None:
    done: list[int] = []
    kept.prepared(register[0].slice(0, 10), counted(done))
    (path,) = kept.folder.iterdir()
    unfinished = path.with_name(f"{path.stem[:16]}-a1b2.coming")
    unfinished.write_bytes(path.read_bytes()[:100])
    kept.prepared(register[0].slice(0, 20), counted(done))
    assert done == [10, 10]
    assert not unfinished.exists()
    assert len(list(kept.folder.iterdir())) == 2


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may become longer than 500 bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_rows_that_cannot_be_written_are_not_kept(
    register: tuple[pa.Table, pa.Table], kept: KeptRows, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[int] = []
    with full_disk():
        found = kept.prepared(register[0], counted(done))
    assert found.equals(register[0].select(["id"]).sort_by("id"))
    assert list(kept.folder.iterdir()) == []
    assert caplog.record_tuples == [("taxgraph.loading", logging.WARNING, caplog.messages[0])]
    kept.prepared(register[0], counted(done))
    assert done == [1_000, 1_000]


def test_a_folder_that_cannot_be_made_fails_no_load(register: tuple[pa.Table, pa.Table], kept: KeptRows) -> None:
    kept.folder.write_text("a file")
    done: list[int] = []
    for _ in range(2):
        assert kept.prepared(register[0], counted(done)).num_rows == 1_000
    assert done == [1_000, 1_000]
    assert kept.folder.read_text() == "a file"
