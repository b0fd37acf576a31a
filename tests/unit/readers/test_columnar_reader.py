"""Parquet: typed columns as canonical text."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph.errors import DataError
from loaders.readers import ReadLimits, iter_tables, read_file

if TYPE_CHECKING:
    from pathlib import Path

SHANGHAI = dt.timezone(dt.timedelta(hours=8))


def parquet(folder: Path, **columns: pa.Array[Any]) -> Path:
    file = folder / "rows.parquet"
    pq.write_table(pa.table(columns), file)
    return file


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (pa.array([5]), "5"),
        (pa.array([0.1 + 0.2]), "0.30000000000000004"),
        (pa.array([1e21]), "1000000000000000000000"),
        (pa.array([2.0]), "2"),
        (pa.array([float("nan")]), None),
        (pa.array([Decimal("12.50")]), "12.5"),
        (pa.array([Decimal("0.00000001")]), "0.00000001"),
        (pa.array([True]), "true"),
        (pa.array([dt.date(2026, 3, 1)]), "2026-03-01"),
        (pa.array([dt.datetime.fromisoformat("2026-03-01T12:30:05")]), "2026-03-01T12:30:05"),
        (pa.array([dt.datetime(2026, 3, 1, 12, 30, 5, tzinfo=SHANGHAI)]), "2026-03-01T04:30:05+00:00"),
        (pa.array([dt.datetime.fromisoformat("2026-03-01T12:30:05.250")]), "2026-03-01T12:30:05.250000"),
        (pa.array(["x"]).dictionary_encode(), "x"),
        (pa.array(["x"], pa.string_view()), "x"),
        (pa.array([""]), None),
    ],
)
def test_typed_values_become_canonical_text(tmp_path: Path, column: pa.Array[Any], text: str | None) -> None:
    (table,) = read_file(parquet(tmp_path, value=column)).tables
    assert table.rows["value"].to_pylist() == [text]
    assert table.rows.schema.field("value").type == pa.string()


@pytest.mark.parametrize("column", [pa.array([[1]]), pa.array([{"a": 1}]), pa.array([b"x"])])
def test_a_column_without_text_is_refused_by_name(tmp_path: Path, column: pa.Array[Any]) -> None:
    with pytest.raises(DataError) as caught:
        read_file(parquet(tmp_path, odd=column))
    assert (caught.value.code, caught.value.facts["column"]) == ("data.parquet.column", "odd")


def test_rows_are_numbered_through_all_pieces(tmp_path: Path) -> None:
    file = parquet(tmp_path, value=pa.array(range(1, 200_001)))
    pieces = list(iter_tables(file))
    assert len(pieces) > 1
    assert all(piece.rows["value"].cast(pa.int64()).equals(piece.rows["_row"]) for piece in pieces)


def test_a_table_without_rows_keeps_its_columns(tmp_path: Path) -> None:
    (table,) = read_file(parquet(tmp_path, value=pa.array([], pa.int64()))).tables
    assert (table.columns, table.rows.num_rows) == (("value",), 0)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    file = parquet(tmp_path, value=pa.array([1, 2, 3]))
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(DataError) as caught:
        read_file(file)
    assert caught.value.code == "data.parquet.broken"


def test_a_table_of_too_many_cells_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_file(parquet(tmp_path, value=pa.array(range(100))), limits=ReadLimits(max_cells=99))
    assert caught.value.code == "data.file.too_many_cells"


def test_a_long_text_that_is_stored_once_and_repeated_comes_in_small_pieces(tmp_path: Path) -> None:
    file = parquet(tmp_path, value=pa.array(["x" * 10_000] * 20_000))
    assert file.stat().st_size < 100_000
    pieces = list(iter_tables(file, limits=ReadLimits(max_compression_ratio=1_000_000)))
    assert max(piece.rows.num_rows for piece in pieces) <= 8192
    assert sum(piece.rows.num_rows for piece in pieces) == 20_000
