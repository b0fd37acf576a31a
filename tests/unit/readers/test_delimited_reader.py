"""Delimited text: encodings, delimiters, quotes, ragged rows, the line of each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from graph.errors import DataError
from loaders.readers import ReadLimits, read_file
from loaders.readers.delimited import find_dialect, iter_delimited, read_delimited

if TYPE_CHECKING:
    from pathlib import Path

    from loaders.readers import RawTable

INVOICES = "发票号码,购买方名称,金额\n001,示例商贸有限公司,1.00\n002,示例制造有限公司,2.00\n"


def read(folder: Path, content: bytes | str, *, encoding: str | None = None) -> RawTable:
    file = folder / "invoices.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_delimited(file, encoding=encoding)


def cells(table: RawTable) -> list[dict[str, object]]:
    return table.rows.to_pylist()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_every_encoding_of_the_bureaus_gives_the_same_rows(tmp_path: Path, encoding: str) -> None:
    assert cells(read(tmp_path, INVOICES.encode(encoding))) == [
        {"发票号码": "001", "购买方名称": "示例商贸有限公司", "金额": "1.00", "_row": 2},
        {"发票号码": "002", "购买方名称": "示例制造有限公司", "金额": "2.00", "_row": 3},
    ]


def test_chinese_far_behind_plain_ascii_is_still_found_to_be_gb18030(tmp_path: Path) -> None:
    filler = "".join(f"{number},plain\n" for number in range(150_000))
    table = read(tmp_path, ("number,name\n" + filler + "1,示例商贸有限公司\n").encode("gb18030"))
    assert table.rows["name"][-1].as_py() == "示例商贸有限公司"


def test_a_damaged_utf8_text_is_refused_with_its_byte_and_not_read_as_gb18030(tmp_path: Path) -> None:
    damaged = INVOICES.encode().replace("示例制造".encode(), "示例制造".encode()[:-1])
    with pytest.raises(DataError) as caught:
        read(tmp_path, damaged)
    assert caught.value.code == "data.file.encoding"
    assert caught.value.facts["byte"] == damaged.index("有限公司,2".encode()) - 2


def test_latin_1_text_is_refused_rather_than_turned_into_rare_chinese_signs(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, "name;city\nMüller;München\n".encode("iso-8859-1"))
    assert caught.value.code == "data.file.encoding"


def test_latin_1_text_is_read_when_its_encoding_is_named(tmp_path: Path) -> None:
    table = read(tmp_path, "name;city\nMüller;München\n".encode("iso-8859-1"), encoding="ISO-8859-1")
    assert cells(table) == [{"name": "Müller", "city": "München", "_row": 2}]


def test_a_codec_that_is_no_text_encoding_cannot_be_asked_for(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, "a,b\n1,2\n", encoding="zlib")
    assert caught.value.code == "data.file.encoding"


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_the_one_that_cuts_rows_of_one_width(tmp_path: Path, delimiter: str) -> None:
    other = "," if delimiter != "," else ";"
    lines = [("number", "name", "note"), ("1", f"a{other}b", "c"), ("2", "d", f"e{other}f{other}g")]
    table = read(tmp_path, "\n".join(delimiter.join(line) for line in lines))
    assert [tuple(row.values())[:3] for row in cells(table)] == lines[1:]


def test_ragged_rows_come_back_as_refused_with_their_lines(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b\n1,2\n3\n4,5,6\n7,8\n")
    assert [row["_row"] for row in cells(table)] == [2, 5]
    assert [(bad.row, bad.text, bad.reason) for bad in table.bad] == [
        (3, "3", "1 columns instead of 2"),
        (4, "4,5,6", "3 columns instead of 2"),
    ]


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_rows_behind_quoted_line_breaks_and_blank_lines_keep_their_true_line(tmp_path: Path, line_break: str) -> None:
    text = line_break.join(["a,b", '1,"x', 'y"', "", '"p', 'q",2,3', "4,5", ""])
    table = read(tmp_path, text)
    assert [(row["a"], row["_row"]) for row in cells(table)] == [("1", 2), ("4", 7)]
    assert [bad.row for bad in table.bad] == [5]


def test_doubled_quotes_and_delimiters_inside_quotes_belong_to_the_cell(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,b\n"1,5","said ""yes"""\n')
    assert cells(table) == [{"a": "1,5", "b": 'said "yes"', "_row": 2}]


@pytest.mark.parametrize("columns", [1, 2])
def test_a_quote_that_is_never_closed_refuses_each_line_that_it_took_in(tmp_path: Path, columns: int) -> None:
    head, tail = ("a", '"2') if columns == 1 else ("a,b", '2,"x')
    first = ",".join(["1"] * columns)
    table = read(tmp_path, f"{head}\n{first}\n{tail}\n3\n4\n")
    assert [row["_row"] for row in cells(table)] == [2]
    assert [bad.row for bad in table.bad] == [3, 4, 5]
    assert {bad.reason for bad in table.bad} == {"a quote is opened on line 3 and never closed"}


def test_header_names_are_normalised_and_made_unique(tmp_path: Path) -> None:
    table = read(tmp_path, "\ufeff（金额） ,,a,a,_row\n1,2,3,4,5\n")
    assert table.columns == ("(金额)", "column_2", "a", "a (2)", "_row (2)")


def test_an_empty_cell_is_null_quoted_or_not(tmp_path: Path) -> None:
    assert cells(read(tmp_path, 'a,b,c\n1,,""\n')) == [{"a": "1", "b": None, "c": None, "_row": 2}]


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b\n")
    assert (table.columns, table.rows.num_rows, table.bad) == (("a", "b"), 0, ())


def test_blank_lines_above_the_header_are_passed_over(tmp_path: Path) -> None:
    assert cells(read(tmp_path, "\n\na,b\n1,2\n")) == [{"a": "1", "b": "2", "_row": 4}]


def test_a_file_of_blank_lines_has_no_header(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, "\n \n")
    assert caught.value.code == "data.csv.header"


def test_lines_are_right_across_blocks(tmp_path: Path) -> None:
    name = "a name that is long enough for a block to end early" * 2
    numbers = range(2, 200_000)
    lines = [f"{number}" if number % 1000 == 0 else f"{number},{name}" for number in numbers]
    file = tmp_path / "long.csv"
    file.write_text("\n".join(["number,name", *lines]), encoding="utf-8")
    pieces = list(iter_delimited(file))
    assert len(pieces) > 1
    for piece in pieces:
        assert piece.rows["number"].cast(pa.int64()).equals(piece.rows["_row"])
        assert all(int(bad.text) == bad.row for bad in piece.bad)
    assert sum(len(piece.bad) for piece in pieces) == 199


def test_a_table_of_too_many_cells_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "wide.csv"
    file.write_text("a,b\n" + "1,2\n" * 100, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_file(file, limits=ReadLimits(max_cells=100))
    assert caught.value.code == "data.file.too_many_cells"


def test_the_dialect_tells_what_a_file_is_written_in(tmp_path: Path) -> None:
    file = tmp_path / "x.txt"
    file.write_bytes("编号\t名称\n1\t示例商贸有限公司\n".encode("gb18030"))
    dialect = find_dialect(file)
    assert (dialect.encoding, dialect.delimiter, dialect.names) == ("gb18030", "\t", ("编号", "名称"))
