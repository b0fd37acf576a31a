"""Full-invoice queries as workbooks, as files, and as one table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from graph.errors import DataError
from loaders.readers import read_file
from loaders.readers.tables import RawFile
from loaders.sources.base import CanonicalTable
from loaders.sources.invoice_workbook import SOURCE
from tests.unit.sources.conftest import ExportMaker

HEADERS = (
    "发票代码,发票号码,{digital},销方识别号,销方名称,购方识别号,购买方名称,开票日期,"
    "金额,税额,价税合计,发票票种,发票状态,是否正数发票,开票人,备注"
)
LINES = (
    "发票代码,发票号码,数电发票号码,税收分类编码,特定业务类型,货物或应税劳务名称,规格型号,单位,数量,单价,金额,税率,税额"
)
NUMBER = "26440000000000100001"


def header(digital: str = NUMBER, status: str = "正常", positive: str = "是", net: str = "100.00") -> str:
    return (
        f",,{digital},SELLER,卖方,BUYER,买方,2026-03-01 10:00:00,{net},13.00,113.00,"
        f"数电票（增值税专用发票）,{status},{positive},张三,"
    )


def line(digital: str = NUMBER, business: str = "", net: str = "100.00", rate: str = "13%") -> str:
    return f",,{digital},1090101010000000000,{business},*设备*轴承,,件,2,50,{net},{rate},13.00"


def rows(tables: list[CanonicalTable], record: str) -> list[dict[str, Any]]:
    return [row for table in tables if table.record == record for row in table.rows.to_pylist()]


def mapped(*files: RawFile) -> list[CanonicalTable]:
    assert all(SOURCE.matches(file) for file in files)
    return SOURCE.tables(files)


@pytest.mark.parametrize("name", ["数电发票号码", "数电票号码", "全电发票号码"])
def test_old_and_new_names_of_the_digital_number_are_the_same_column(export: ExportMaker, name: str) -> None:
    (invoice,) = rows(mapped(export("a.csv", HEADERS.format(digital=name), header())), "invoices")
    assert invoice["digital_number"] == NUMBER
    assert (invoice["seller"], invoice["buyer"], invoice["net"], invoice["total"]) == (
        "SELLER",
        "BUYER",
        "100.00",
        "113.00",
    )
    assert (invoice["kind"], invoice["issuer_name"], invoice["_row"]) == ("digital_special", "张三", 2)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("正常", "normal"),
        ("已作废", "void"),
        ("已红冲-全额", "reversed"),
        ("已红冲", "reversed"),
        ("已红冲-部分", "reversed_in_part"),
        ("从未见过", "从未见过"),
    ],
)
def test_status_words_become_ours_and_unknown_ones_stay(export: ExportMaker, word: str, status: str) -> None:
    (invoice,) = rows(mapped(export("a.csv", HEADERS.format(digital="数电发票号码"), header(status=word))), "invoices")
    assert invoice["status"] == status


def test_a_negative_invoice_is_red(export: ExportMaker) -> None:
    file = export("a.csv", HEADERS.format(digital="数电发票号码"), header(), header(positive="否"))
    assert [row["red"] for row in rows(mapped(file), "invoices")] == ["false", "true"]


def test_a_header_row_pasted_in_between_is_left_out(export: ExportMaker) -> None:
    names = HEADERS.format(digital="数电发票号码")
    file = export("a.csv", names, header(), names, header(NUMBER[:-1] + "2"))
    assert [row["_row"] for row in rows(mapped(file), "invoices")] == [2, 4]


def test_full_width_header_names_with_notes_are_found(export: ExportMaker) -> None:
    names = HEADERS.format(digital="数电发票号码").replace("金额", "金额（元）").replace("备注", "备 注")
    assert rows(mapped(export("a.csv", names, header())), "invoices")[0]["net"] == "100.00"


def test_headers_and_lines_in_two_files_belong_together(export: ExportMaker) -> None:
    head = export("head.csv", HEADERS.format(digital="数电发票号码"), header())
    lines = export("lines.csv", LINES, line(business="农产品收购"), line())
    tables = mapped(head, lines)
    (invoice,) = rows(tables, "invoices")
    assert (invoice["business_kind"], invoice["issuer"]) == ("农产品收购", "BUYER")
    assert [row["line"] for row in rows(tables, "invoice_lines")] == ["1", "2"]
    assert all(table.counted for table in tables)


def test_lines_of_one_invoice_are_numbered_though_they_stand_apart(export: ExportMaker) -> None:
    other = NUMBER[:-1] + "2"
    file = export("lines.csv", LINES, line(), line(other), line(), line(other))
    assert [row["line"] for row in rows(mapped(file), "invoice_lines")] == ["1", "1", "2", "2"]


@pytest.mark.parametrize(("word", "rate"), [("13%", "13%"), ("免税", None), ("不征税", None), ("***", None)])
def test_words_in_place_of_a_rate_are_no_rate(export: ExportMaker, word: str, rate: str | None) -> None:
    (found,) = rows(mapped(export("lines.csv", LINES, line(rate=word))), "invoice_lines")
    assert found["rate"] == rate


def whole_table(export: ExportMaker, *nets: str) -> RawFile:
    names = f"{HEADERS.format(digital='数电发票号码')},税收分类编码,货物或应税劳务名称,税率"
    return export("all.csv", names, *(header(net=f'"{net}"') + ",109010101,*设备*轴承,13%" for net in nets))


def test_one_table_with_everything_gives_summed_invoices(export: ExportMaker) -> None:
    tables = mapped(whole_table(export, "1,000.10", "-0.20", "３"))
    (invoice,) = rows(tables, "invoices")
    assert (invoice["net"], invoice["tax"], invoice["_row"]) == ("1002.90", "39.00", 2)
    assert [table.counted for table in tables if table.record == "invoices"] == [False]
    assert len(rows(tables, "invoice_lines")) == 3


def test_an_amount_that_is_no_number_reaches_the_contract(export: ExportMaker) -> None:
    (invoice,) = rows(mapped(whole_table(export, "100.00", "一百")), "invoices")
    assert invoice["net"] == "一百"


def test_an_invoice_with_a_header_is_not_summed_up_again(export: ExportMaker) -> None:
    head = export("head.csv", HEADERS.format(digital="数电发票号码"), header(net="7.00"))
    (invoice,) = rows(mapped(head, whole_table(export, "100.00")), "invoices")
    assert invoice["net"] == "7.00"


def test_both_sheets_of_a_workbook_are_read(tmp_path: Path) -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    book.create_sheet("说明").append(["导出说明"])
    for title, names, row in (
        ("发票基础信息", HEADERS.format(digital="全电发票号码"), header()),
        ("信息汇总表", LINES, line()),
    ):
        sheet = book.create_sheet(title)
        sheet.append(names.split(","))
        sheet.append(row.split(","))
    book.save(tmp_path / "全量发票查询.xlsx")
    tables = mapped(read_file(tmp_path / "全量发票查询.xlsx"))
    assert [(table.record, table.name, table.rows.num_rows) for table in tables] == [
        ("invoices", "发票基础信息", 1),
        ("invoice_lines", "信息汇总表", 1),
    ]


def test_a_file_of_another_kind_is_refused_with_the_columns_wanted(export: ExportMaker) -> None:
    with pytest.raises(DataError, match="invoice-workbook") as caught:
        SOURCE.tables([export("other.csv", "a,b", "1,2")])
    assert caught.value.code == "data.source.columns"
    assert "发票号码" in str(caught.value.next_step)
