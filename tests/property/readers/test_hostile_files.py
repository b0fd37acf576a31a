"""Mutated files: whatever the bytes, a reader answers with tables or with a DataError, and loses no line."""

from __future__ import annotations

import gzip
import io
import tempfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import DataError
from loaders.readers import ReadLimits, read_file
from loaders.readers.delimited import read_delimited

LIMITS = ReadLimits(max_uncompressed_bytes=1 << 24, max_cells=1 << 20)
XES = b'<log><trace><string key="concept:name" value="c"/><event><int key="cost" value="5"/></event></trace></log>'
CII = (
    b'<a:CrossIndustryInvoice xmlns:a="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100">'
    b"<ExchangedDocument><ID>1</ID><TypeCode>380</TypeCode></ExchangedDocument></a:CrossIndustryInvoice>"
)


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["number", "amount"], ["001", 1.5], ["002", 2]):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def parquet() -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table({"number": ["001", "002"], "amount": [1.5, None]}), stream)
    return stream.getvalue()


SEEDS = {
    "utf-8": '发票号码,名称\n001,示例\n002,"示例\n二"\n'.encode(),
    "gb18030": "发票号码,名称\n001,示例\n002,示例二\n".encode("gb18030"),
    "utf-16": "number\tname\n1\tx\n".encode("utf-16"),
    "workbook": workbook(),
    "parquet": parquet(),
    "einvoice": "<EInvoice><EIid>1</EIid><SellerName>示例</SellerName></EInvoice>".encode(),
    "xbrl": b'<xbrl xmlns:e="http://x/einv"><e:InvoiceNumber contextRef="c">1</e:InvoiceNumber></xbrl>',
    "cii": CII,
    "xes": XES,
    "gzip": gzip.compress(XES),
}
MUTATIONS = st.lists(st.tuples(st.integers(0, 1 << 16), st.binary(min_size=0, max_size=4)), min_size=1, max_size=6)


def mutated(seed: bytes, changes: list[tuple[int, bytes]], cut: int | None) -> bytes:
    """The seed with a few bytes overwritten (or taken out, where the change is empty), perhaps cut off."""
    data = bytearray(seed)
    for place, change in changes:
        start = place % (len(data) + 1)
        data[start : start + max(len(change), 1)] = change
    return bytes(data if cut is None else data[: cut % (len(data) + 1)])


def refusal(content: bytes) -> DataError | None:
    """The DataError that answers the bytes, complete with its parts, or None where they are read."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "export.dat"
        file.write_bytes(content)
        try:
            for table in read_file(file, limits=LIMITS).tables:
                table.rows.to_pylist()
        except DataError as error:
            refused = error
        else:
            return None
    assert refused.code.startswith("data.")
    assert refused.next_step
    assert folder not in str(refused)
    return refused


@pytest.mark.parametrize("seed", SEEDS)
def test_each_seed_is_read_before_it_is_mutated(seed: str) -> None:
    assert refusal(SEEDS[seed]) is None


@pytest.mark.parametrize("seed", SEEDS)
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(changes=MUTATIONS, cut=st.one_of(st.none(), st.integers(0, 1 << 16)))
def test_a_mutated_file_gives_tables_or_a_data_error(
    seed: str, changes: list[tuple[int, bytes]], cut: int | None
) -> None:
    refusal(mutated(SEEDS[seed], changes, cut))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(content=st.binary(max_size=300))
def test_any_bytes_give_tables_or_a_data_error(content: bytes) -> None:
    refusal(content)


CELLS = st.text(st.sampled_from('ab,;"\n\r 示\t'), max_size=6)


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


@settings(max_examples=200, deadline=None, derandomize=True)
@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=8), encoding=st.sampled_from(["utf-8", "gb18030", "utf-16"]))
def test_written_cells_come_back_with_the_line_they_began_on(rows: list[tuple[str, str]], encoding: str) -> None:
    records = [f"{number},{quoted(a)},{quoted(b)}" for number, (a, b) in enumerate(rows)]
    text = "\n".join(["编号,第一栏,第二栏", *records])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.csv"
        file.write_bytes(text.encode(encoding))
        table = read_delimited(file)
    read = table.rows.to_pylist()
    assert [(row["第一栏"] or "", row["第二栏"] or "") for row in read] == rows
    assert [row["_row"] for row in read] == [
        2 + _breaks("\n".join(records[:n]) + "\n" * (n > 0)) for n in range(len(rows))
    ]


def _breaks(text: str) -> int:
    return text.replace("\r\n", "\n").replace("\r", "\n").count("\n")


@settings(max_examples=200, deadline=None, derandomize=True)
@given(lines=st.lists(st.text(st.sampled_from('ab,"示 '), max_size=8), max_size=12))
def test_every_line_that_holds_anything_is_a_row_or_a_refused_row(lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.csv"
        file.write_text("\n".join(["first,second", *lines]), encoding="utf-8")
        table = read_delimited(file)
    covered: set[int] = set()
    for row in table.rows.to_pylist():
        inside = sum((row[name] or "").count("\n") for name in table.columns)
        covered |= set(range(row["_row"], row["_row"] + inside + 1))
    for bad in table.bad:
        covered |= set(range(bad.row, bad.row + bad.text.count("\n") + 1))
    meant = {place for place, line in enumerate(lines, start=2) if line.replace(",", "").replace('"', "")}
    assert meant <= covered
