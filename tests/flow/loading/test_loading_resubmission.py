"""Refused rows go out, are corrected and come back, whatever they came from; their refusals are settled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from graph.errors import DataError
from graph.store.digest import digest
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from loaders import LoadOptions, LoadReport, load, rejects_of, resubmit
from loaders.corrections import save
from loaders.rejects import counts_by_status, refused_rows_of
from loaders.synthetic.writing import write_workbook
from tests.support.batches import KEY
from tests.support.corrections import Row, correct, rejects_in
from tests.support.rows import column

OPTIONS = LoadOptions(hmac_key=KEY)
INVOICES = "number,seller,buyer,issued_at,net,tax,remark\n"
EINVOICE = (
    "<EInvoice><Header><EIid>23440000000000000001</EIid><InherentLabel><InIssuType><LabelCode>Y</LabelCode>"
    "</InIssuType></InherentLabel></Header><EInvoiceData><SellerInformation><SellerIdNum>91440300A</SellerIdNum>"
    "</SellerInformation><BuyerInformation><BuyerIdNum>91440300B</BuyerIdNum></BuyerInformation><BasicInformation>"
    "<TotalAmWithoutTax>{net}</TotalAmWithoutTax><TotalTaxAm>13.00</TotalTaxAm><RequestTime>2026-03-01 09:00:00"
    "</RequestTime></BasicInformation></EInvoiceData></EInvoice>"
)
REGISTER = "DJXH,NSRMC,NSRSBH,NSRZT_DM,DJRQ,HY_DM,TQRQ\n1001,甲公司,91440300A,03,{day},5110,2026-01-31\n"


def workbook(folder: Path, net: str) -> Path:
    """Two invoices of the bureau's query; the second one's net amount is given."""
    header = ["数电发票号码", "销方识别号", "销方名称", "购方识别号", "购买方名称", "开票日期", "金额", "税额", "备注"]
    rows = [
        ["26440000000000000001", "91440300A", "甲", "91440300B", "乙", "2026-03-01 09:00:00", "100.00", "13.00", "=1"],
        ["26440000000000000002", "91440300A", "甲", "91440300B", "乙", "2026-03-02 09:00:00", net, "13.00", "-x"],
    ]
    sheet = pa.table({name: pa.array([row[place] for row in rows]) for place, name in enumerate(header)})
    write_workbook(folder / "全量发票查询.xlsx", {"发票基础信息": sheet})
    return folder / "全量发票查询.xlsx"


def text_file(name: str, content: str, encoding: str = "utf-8") -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / name).write_text(content, encoding=encoding)
        return folder / name

    return write


@dataclass(frozen=True)
class Kind:
    """A file with a fault, the same without it, and how the fault is corrected in the list of rejects."""

    source: str
    wrong: Callable[[Path], Path]
    right: Callable[[Path], Path]
    correction: dict[str, str] = field(default_factory=dict)
    line: tuple[str, str] | None = None

    def __call__(self, row: Row) -> None:
        row.update(self.correction)
        if self.line:
            assert self.line[0] in row["_line"]
            row["_line"] = row["_line"].replace(*self.line)


KINDS = {
    "workbook": Kind(
        "invoice-workbook", lambda at: workbook(at, "1O0"), lambda at: workbook(at, "100"), {"net": "100"}
    ),
    "register": Kind(
        "registrations",
        text_file("登记.csv", REGISTER.format(day="2018-13-05"), "gb18030"),
        text_file("登记.csv", REGISTER.format(day="2018-12-05"), "gb18030"),
        {"registered_on": "2018-12-05"},
    ),
    "document": Kind(
        "einvoice",
        text_file("a.xml", EINVOICE.format(net="zero")),
        text_file("a.xml", EINVOICE.format(net="100.00")),
        {"net": "100.00"},
    ),
    "uncut line": Kind(
        "canonical",
        text_file("invoices.csv", INVOICES + "1,A,B,2026-03-01,1.00,0,\n2,A,B,2026-03-01,2,00,0,x\n"),
        text_file("invoices.csv", INVOICES + "1,A,B,2026-03-01,1.00,0,\n2,A,B,2026-03-01,2.00,0,x\n"),
        line=("2,00", "2.00"),
    ),
    "missing value": Kind(
        "canonical",
        text_file("invoices.csv", INVOICES + "0007,,B,2026-03-01,1.00,0,@x\n0008,A,B,2026-03-01,1.00,0,\n"),
        text_file("invoices.csv", INVOICES + "0007,A,B,2026-03-01,1.00,0,@x\n0008,A,B,2026-03-01,1.00,0,\n"),
        {"seller": "A"},
    ),
}


def listed(store: GraphStore, report: LoadReport, folder: Path) -> Path:
    """The open refusals of a load, in a file."""
    save(refused_rows_of(store, report.batch), folder / "rejects.csv")
    return folder / "rejects.csv"


@pytest.mark.parametrize("name", KINDS)
def test_a_corrected_row_comes_back_as_if_its_file_had_been_right(store: GraphStore, tmp_path: Path, name: str) -> None:
    kind = KINDS[name]
    first = load(store, kind.source, [kind.wrong(tmp_path)], options=OPTIONS)
    assert first.rejected == 1
    again = resubmit(store, correct(listed(store, first, tmp_path), kind), options=OPTIONS)
    assert (again.state, again.read, again.accepted, again.rejected) == ("committed", 1, 1, 0)
    other = DuckdbStore.open(tmp_path / "undisturbed.duckdb")
    other.ensure_schema()
    load(other, kind.source, [kind.right(tmp_path)], options=OPTIONS)
    assert digest(store) == digest(other)
    other.close()
    assert counts_by_status(store, first.batch) == {"open": 0, "resubmitted": 0, "settled": 1}
    assert set(rejects_of(store, first.batch).column("answered_by").to_pylist()) == {again.batch}


def faulty(folder: Path, *nets: str) -> Path:
    """A file of invoices with these net amounts."""
    rows = "".join(f"{place},A,B,2026-03-01,{net},0,\n" for place, net in enumerate(nets, start=1))
    return text_file("invoices.csv", INVOICES + rows)(folder)


def test_a_resubmission_names_its_original_batch_file_and_row(store: GraphStore, tmp_path: Path) -> None:
    first = load(store, "canonical", [faulty(tmp_path, "1.00", "x")], options=OPTIONS)
    path = correct(listed(store, first, tmp_path), lambda row: row.update(net="2.00"))
    again = resubmit(store, path, options=OPTIONS)
    assert again.batch.startswith(f"{first.batch}-r")
    lines = {line.header.id: line.header for line in store.batches()}
    assert (lines[again.batch].source, lines[again.batch].files) == ("canonical", ("rejects.csv",))
    (row,) = [each for each in store.export("Invoice").to_pylist() if each["net_cents"] == 200]
    assert (row["prov_file"], row["prov_row"]) == ("invoices.csv", 3)


def test_the_same_resubmission_again_is_known(store: GraphStore, tmp_path: Path) -> None:
    first = load(store, "canonical", [faulty(tmp_path, "x")], options=OPTIONS)
    path = correct(listed(store, first, tmp_path), lambda row: row.update(net="2.00"))
    reports = [resubmit(store, path, options=OPTIONS) for _ in range(2)]
    assert [report.state for report in reports] == ["committed", "known"]
    assert reports[0].batch == reports[1].batch


def test_a_row_that_is_refused_again_is_a_new_reject_and_the_other_one_is_settled(
    store: GraphStore, tmp_path: Path
) -> None:
    first = load(store, "canonical", [faulty(tmp_path, "x", "y", "z")], options=OPTIONS)

    def some(row: Row) -> object:
        row["net"] = {"2": "2.00", "3": "still wrong"}.get(row["_at_row"], "")
        return row["_at_row"] != "4"

    second = resubmit(store, correct(listed(store, first, tmp_path), some), options=OPTIONS)
    assert (second.read, second.accepted, second.rejected) == (2, 1, 1)
    assert counts_by_status(store, first.batch) == {"open": 1, "resubmitted": 1, "settled": 1}
    third = resubmit(
        store, correct(listed(store, second, tmp_path), lambda row: row.update(net="3.00")), options=OPTIONS
    )
    assert third.rejected == 0
    assert counts_by_status(store, second.batch)["settled"] == 1
    assert [row["prov_row"] for row in store.export("Invoice").sort_by("prov_row").to_pylist()] == [2, 3]
    assert column(store, "Invoice", "net_cents") == [200, 300]


def test_rows_that_are_settled_already_are_told_and_nothing_is_written(store: GraphStore, tmp_path: Path) -> None:
    first = load(store, "canonical", [faulty(tmp_path, "x", "y")], options=OPTIONS)
    path = listed(store, first, tmp_path)
    whole = path.read_bytes()
    resubmit(
        store, correct(path, lambda row: row["_at_row"] == "2" and row.update(net="1.00") is None), options=OPTIONS
    )
    path.write_bytes(whole)
    with pytest.raises(DataError) as caught:
        resubmit(store, correct(path, lambda row: row.update(net="2.00")), options=OPTIONS)
    assert (caught.value.code, caught.value.facts["rows"]) == ("data.resubmit.not_open", 1)
    assert len(store.batches()) == len([line for line in store.batches() if line.number <= 0]) + 2


def test_the_date_of_the_original_load_holds_for_what_comes_back(store: GraphStore, tmp_path: Path) -> None:
    dated = LoadOptions(hmac_key=KEY, as_at=datetime(2026, 3, 31))  # noqa: DTZ001 - civil time
    first = load(store, "canonical", [faulty(tmp_path, "x")], options=dated)
    resubmit(store, correct(listed(store, first, tmp_path), lambda row: row.update(net="1.00")), options=OPTIONS)
    assert column(store, "Invoice", "prov_as_at") == [datetime(2026, 3, 31)]  # noqa: DTZ001 - the same


def test_a_file_that_is_no_list_of_rejects_is_refused_with_words(store: GraphStore, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        resubmit(store, faulty(tmp_path, "1.00"), options=OPTIONS)
    assert caught.value.code == "data.resubmit.file"
    first = load(store, "canonical", [faulty(tmp_path, "x")], options=OPTIONS)
    path = listed(store, first, tmp_path)
    correct(path, lambda row: row.update(_reject="b0:r0"))
    with pytest.raises(DataError) as caught:
        resubmit(store, path, options=OPTIONS)
    assert caught.value.code == "data.resubmit.batch"


def test_what_a_spreadsheet_would_change_stands_behind_an_apostrophe(store: GraphStore, tmp_path: Path) -> None:
    first = load(store, "invoice-workbook", [workbook(tmp_path, "1O0")], options=OPTIONS)
    path = listed(store, first, tmp_path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    (row,) = rejects_in(path)
    assert (row["digital_number"], row["remark"]) == ("'26440000000000000002", "'-x")
