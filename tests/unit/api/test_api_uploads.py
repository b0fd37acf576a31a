"""Uploads on disk: names, room, leftovers."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from api.loads.uploads import ArrivingFile, UploadBook, plain_name, upload_book
from graph.errors import DataError, LimitError, NotFoundError

MEGABYTE = 1 << 20


def files(**contents: bytes) -> list[ArrivingFile]:
    """Files of these names."""
    return [ArrivingFile(name, io.BytesIO(content)) for name, content in contents.items()]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a.csv", "a.csv"),
        ("x/y/a.csv", "a.csv"),
        (r"C:\\x\\a.csv", "a.csv"),
        ("../../a", "a"),
        ("全量 发票.xlsx", "全量 发票.xlsx"),
    ],
)
def test_of_a_name_the_last_part_is_kept(given: str, kept: str) -> None:
    assert plain_name(given) == kept


@pytest.mark.parametrize("given", ["", "/", "..", "x/..", "a\0b", "a\nb", "票" * 67, " "])
def test_a_name_that_cannot_name_a_file_is_refused(given: str) -> None:
    with pytest.raises(DataError) as refused:
        plain_name(given)
    assert refused.value.code == "data.upload"


def test_what_a_killed_server_left_is_removed_by_the_next(tmp_path: Path) -> None:
    store = f"duckdb:///{tmp_path}/graph.duckdb"
    killed = upload_book(store, None, most_bytes=MEGABYTE)
    left = killed.keep(files(a=b"1"), who="li").paths()[0]
    assert left.exists()
    upload_book(store, None, most_bytes=MEGABYTE)
    assert not left.exists()


def test_an_own_folder_is_shared_with_other_servers_and_keeps_what_is_theirs(tmp_path: Path) -> None:
    first = upload_book("bolt://here", tmp_path, most_bytes=MEGABYTE)
    theirs = first.keep(files(a=b"1"), who="li").paths()[0]
    second = upload_book("bolt://here", tmp_path, most_bytes=MEGABYTE)
    second.keep(files(a=b"2"), who="li")
    second.close()
    assert theirs.read_bytes() == b"1"
    first.close()
    assert not theirs.exists()


def test_what_waits_together_is_bounded(tmp_path: Path) -> None:
    book = UploadBook(tmp_path, alone=False, most_bytes=3)
    kept = book.keep(files(a=b"123"), who="li")
    with pytest.raises(LimitError) as refused:
        book.keep(files(b=b"4"), who="li")
    assert refused.value.code == "limit.busy"
    book.discard(book.take(kept.id, who="li"))
    assert book.keep(files(b=b"4"), who="li").size == 1


def test_an_upload_is_taken_once_and_by_its_owner_alone(tmp_path: Path) -> None:
    book = UploadBook(tmp_path, alone=False, most_bytes=MEGABYTE)
    kept = book.keep(files(b=b"2", a=b"1"), who="li")
    assert kept.names == ("a", "b")
    with pytest.raises(NotFoundError):
        book.take(kept.id, who="wang")
    assert book.take(kept.id, who="li") == kept
    with pytest.raises(NotFoundError):
        book.take(kept.id, who="li")
