"""Excel workbooks: sheets, headers, numbers and dates as text, and hostile archives."""

from __future__ import annotations

import datetime as dt
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest

from graph.errors import DataError
from loaders.readers import ReadLimits, read_file
from loaders.readers.workbooks import read_workbook

if TYPE_CHECKING:
    from pathlib import Path

    from loaders.readers import RawTable

_FAR_OFF = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    "</sheetData></worksheet>"
)


def workbook(folder: Path, **sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = folder / "query.xlsx"
    book.save(file)
    return file


def only(tables: tuple[RawTable, ...]) -> RawTable:
    (table,) = tables
    return table


def test_every_sheet_is_a_table_under_its_name(tmp_path: Path) -> None:
    file = workbook(tmp_path, 发票基础信息=[["发票号码", "金额"], ["001", 1]], 信息汇总表=[["序号", "税额"], [1, 2]])
    read = read_file(file)
    assert (read.format, [table.name for table in read.tables]) == ("xlsx", ["发票基础信息", "信息汇总表"])


def test_a_title_above_the_header_is_passed_over_and_rows_keep_their_number(tmp_path: Path) -> None:
    rows: list[list[object]] = [["全量发票查询"], [], ["发票号码", "金额", "税额"], ["001", 1, 2], [], ["002", 3, 4]]
    table = only(read_workbook(workbook(tmp_path, s=rows)))
    assert table.columns == ("发票号码", "金额", "税额")
    assert [(row["发票号码"], row["_row"]) for row in table.rows.to_pylist()] == [("001", 4), ("002", 6)]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (5, "5"),
        (5.0, "5"),
        (0.1 + 0.2, "0.3"),
        (1234.5, "1234.5"),
        (0.00001, "0.00001"),
        ("007", "007"),
        (True, "true"),
        (dt.datetime.fromisoformat("2026-03-01"), "2026-03-01"),
        (dt.datetime.fromisoformat("2026-03-01T12:30:05"), "2026-03-01 12:30:05"),
        (dt.time(12, 3), "12:03:00"),
        (dt.timedelta(hours=30), "1.25"),
    ],
)
def test_cells_are_the_text_that_the_sheet_shows(tmp_path: Path, cell: object, text: str) -> None:
    table = only(read_workbook(workbook(tmp_path, s=[["value"], [cell]])))
    assert table.rows["value"].to_pylist() == [text]


def test_a_number_too_long_for_a_sheet_is_kept_and_doubted(tmp_path: Path) -> None:
    table = only(read_workbook(workbook(tmp_path, s=[["发票号码", "金额"], [23440000000000100001, 1]])))
    assert [(doubt.row, doubt.column) for doubt in table.doubts] == [(2, "发票号码")]
    assert "E" not in str(table.rows["发票号码"][0]).upper()


def test_a_workbook_without_any_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_workbook(workbook(tmp_path, s=[]))
    assert caught.value.code == "data.workbook.empty"


def test_a_truncated_workbook_is_refused(tmp_path: Path) -> None:
    file = workbook(tmp_path, s=[["a"], [1]])
    file.write_bytes(file.read_bytes()[:-400])
    with pytest.raises(DataError) as caught:
        read_file(file)
    assert caught.value.code == "data.workbook.broken"


def test_a_file_that_only_begins_like_an_old_workbook_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "old.xls"
    file.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(DataError) as caught:
        read_file(file)
    assert caught.value.code == "data.workbook.broken"


def test_one_cell_far_off_does_not_ask_for_billions_of_cells(tmp_path: Path) -> None:
    file = workbook(tmp_path, s=[["a"], [1]])
    _replace_member(file, "xl/worksheets/sheet1.xml", _FAR_OFF.encode())
    with pytest.raises(DataError) as caught:
        read_file(file)
    assert caught.value.code == "data.file.too_many_cells"


def test_a_member_that_unpacks_to_far_more_than_its_size_is_refused(tmp_path: Path) -> None:
    file = workbook(tmp_path, s=[["a"], [1]])
    _replace_member(file, "xl/media/blank.bin", bytes(32 << 20))
    with pytest.raises(DataError) as caught:
        read_file(file)
    assert caught.value.code == "data.file.ratio"


def test_members_together_may_not_unpack_to_more_than_allowed(tmp_path: Path) -> None:
    file = workbook(tmp_path, s=[["a"], [1]])
    with pytest.raises(DataError) as caught:
        read_file(file, limits=ReadLimits(max_uncompressed_bytes=5000))
    assert caught.value.code == "data.file.too_large"


def _replace_member(file: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(file) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in {**members, name: content}.items():
            archive.writestr(member, data)
