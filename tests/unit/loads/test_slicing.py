"""Which rows make one slice: equal keys stay together, groups fill in order, and unordered tables are picked apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loaders.readers.tables import RawTable, text_table
from loaders.slicing.opened import Cursor, OpenTable, Spool, open_file
from loaders.slicing.shares import Keyed, Shared, Shares


def table(keys: list[str], *, piece: int = 4) -> OpenTable:
    """A table of one key column in pieces of so many rows."""
    rows = text_table({"key": keys}, range(1, len(keys) + 1))

    def pieces(_columns: object = None) -> Iterator[RawTable]:
        for start in range(0, max(1, len(keys)), piece):
            yield RawTable("t", rows.slice(start, piece), "t.csv")

    return OpenTable(RawTable("t", rows.schema.empty_table(), "t.csv"), pieces, pieces)


def shared_out(tables: list[list[str]], size: int, folder: Path) -> list[list[list[str]]]:
    """For each table the keys of its rows, group by group."""
    shares, spool, found = Shares(keys=size), Spool(folder), []
    for keys in tables:
        keyed = Keyed(table(keys), ("key",))
        found.append(Shared(keyed, shares.groups_of(keyed), spool))
    groups = [[each.of(group) for group in range(shares.count)] for each in found]
    return [
        [[] if rows is None else [str(key) for key in rows.rows["key"].to_pylist()] for rows in each] for each in groups
    ]


def test_a_group_is_filled_before_the_next_begins(tmp_path: Path) -> None:
    assert shared_out([["a", "b", "c", "d", "e"]], 2, tmp_path) == [[["a", "b"], ["c", "d"], ["e"]]]


def test_rows_of_a_second_table_follow_their_keys(tmp_path: Path) -> None:
    heads, lines = shared_out([["a", "b", "c"], ["a", "a", "c", "x"]], 2, tmp_path)
    assert heads == [["a", "b"], ["c"]]
    assert lines == [["a", "a"], ["c", "x"]]


@pytest.mark.parametrize("seed", range(20))
def test_every_row_is_in_one_group_and_equal_keys_in_the_same(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - a fixed draw, no secret
    tables = [[f"k{chance.randrange(30)}" for _ in range(chance.randrange(40))] for _ in range(3)]
    found = shared_out(tables, chance.randint(1, 7), tmp_path)
    for keys, groups in zip(tables, found, strict=True):
        assert sorted(key for group in groups for key in group) == sorted(keys)
    placed: dict[str, int] = {}
    for groups in found:
        for number, group in enumerate(groups):
            assert all(placed.setdefault(key, number) == number for key in group)


def test_rows_of_a_key_keep_their_order_where_a_table_is_picked_apart(tmp_path: Path) -> None:
    shares = Shares(keys=1)
    keyed = Keyed(table(["b", "a", "b", "a", "b"]), ("key",))
    shared = Shared(keyed, shares.groups_of(keyed), Spool(tmp_path))
    first, second = shared.of(0), shared.of(1)
    assert first is not None
    assert second is not None
    assert first.rows["_row"].to_pylist() == [1, 3, 5]
    assert second.rows["_row"].to_pylist() == [2, 4]


def test_a_cursor_gives_any_number_of_rows_from_pieces_of_another_size() -> None:
    cursor = Cursor(table([str(number) for number in range(10)], piece=4))
    taken = [rows.rows["key"].to_pylist() for count in (3, 5, 9, 1) if (rows := cursor.take(count)) is not None]
    assert taken == [["0", "1", "2"], ["3", "4", "5", "6", "7"], ["8", "9"]]


def test_only_the_columns_asked_for_are_read_from_parquet(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"a": ["1"], "b": ["2"], "c": ["3"]}), path)
    (opened,) = open_file(path, Spool(tmp_path)).tables
    assert opened.head.columns == ("a", "b", "c")
    assert [piece.columns for piece in opened.some(["c", "a"])] == [("a", "c")]
    assert [piece.columns for piece in opened.pieces()] == [("a", "b", "c")]
