"""Every reader against every hostile form that it may meet: a clear error that says what, where and what to do."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph.errors import DataError
from loaders.readers import ReadLimits, read_file
from loaders.sources.layouts import folded
from tests.support.fuzzing import plain
from tests.support.old_workbook import old_workbook

_SHEET = "xl/worksheets/sheet1.xml"
_SHEET_OPEN = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
_SHEET_END = "</sheetData></worksheet>"
CSV = '发票号码,名称,金额\n001,示例商贸,1.00\n002,"虚构制造",2.00\n'
BOMB = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]>'


def workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in (["number", "net"], ["001", 1.5]):
        book.worksheets[0].append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_member(content: str, name: str = _SHEET, *, data: bytes | None = None) -> bytes:
    """A workbook with this member."""
    with zipfile.ZipFile(io.BytesIO(data or workbook())) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, text in {**members, name: content.encode()}.items():
            archive.writestr(member, text)
    return stream.getvalue()


def parquet(table: pa.Table | None = None) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table if table is not None else pa.table({"number": ["001"], "net": [1.5]}), stream)
    return stream.getvalue()


FILES: dict[str, bytes] = {
    "delimited": CSV.encode(),
    "delimited gb18030": CSV.encode("gb18030"),
    "delimited gzip": gzip.compress(CSV.encode()),
    "event log csv": plain.EVENTS.encode(),
    "parquet": parquet(),
    "xlsx": workbook(),
    "xls": old_workbook({(0, 0): "number", (0, 1): "net", (1, 0): "001", (1, 1): 1.5}),
    "einvoice": plain.EINVOICE.encode(),
    "xbrl": plain.XBRL.encode(),
    "ubl": plain.UBL.encode(),
    "cii": plain.CII.encode(),
    "xes": plain.XES.encode(),
    "xes gzip": gzip.compress(plain.XES.encode()),
}
TEXTS = ("delimited", "event log csv")
DOCUMENTS = ("einvoice", "xbrl", "ubl", "cii", "xes")
WHOLE = ("parquet", "xlsx", "xls", "delimited gzip", "xes gzip", *DOCUMENTS)


def text_of(name: str) -> str:
    return FILES[name].decode()


def declared(name: str, encoding: str) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>{text_of(name)}'


def in_root(name: str, content: str) -> bytes:
    """The document with `content` before its root's end."""
    head, end, tail = text_of(name).rpartition("</")
    return f"{head}{content}{end}{tail}".encode()


def refusal(folder: Path, content: bytes, limits: ReadLimits) -> DataError:
    file = folder / "export.dat"
    file.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_file(file, limits=limits)
    return caught.value


Form = Callable[[str], bytes]
# What is wrong, which files, how they are made so, the code that answers.
TABLE: list[tuple[str, tuple[str, ...], Form, str]] = [
    ("empty", tuple(FILES), lambda _: b"", "data.file.empty"),
    ("cut off", WHOLE, lambda name: FILES[name][: len(FILES[name]) * 2 // 3], "data."),
    ("larger than allowed", tuple(FILES), lambda name: FILES[name] + b" " * 20_000, "data.file.too_large"),
    ("nothing but NUL", tuple(FILES), lambda name: bytes(len(FILES[name])), "data.file.format"),
    ("NUL behind the text", TEXTS, lambda name: FILES[name] * 60 + b"\0\0", "data.file.binary"),
    ("UTF-32", (*TEXTS, *DOCUMENTS), lambda name: text_of(name).encode("utf-32"), "data.file.encoding"),
    ("Latin-1", TEXTS, lambda name: (text_of(name) + "Müller").encode("latin-1", "replace"), "data.file.encoding"),
    ("two encodings", TEXTS, lambda name: FILES[name] + "示例制造有限公司销".encode("gb18030"), "data.file.encoding"),
    (
        "a lone surrogate",
        TEXTS,
        lambda name: (text_of(name) + "\ud800").encode("utf-16", "surrogatepass"),
        "data.file.",
    ),
    ("another encoding than declared", DOCUMENTS, lambda n: declared(n, "UTF-8").encode() + b"\xff", "data."),
    ("an unknown encoding", DOCUMENTS, lambda name: declared(name, "EBCDIC").encode(), "data.file.encoding"),
    ("NUL in a document", DOCUMENTS, lambda name: FILES[name].replace(b"><", b">\0<", 1), "data.xml.broken"),
    ("entities", DOCUMENTS, lambda name: f"{BOMB}{text_of(name)}".encode(), "data.xml.forbidden"),
    (
        "an external DTD",
        DOCUMENTS,
        lambda name: f'<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd">{text_of(name)}'.encode(),
        "data.xml.forbidden",
    ),
    ("deep nesting", DOCUMENTS, lambda name: in_root(name, "<a>" * 3000 + "</a>" * 3000), "data.xml.depth"),
    ("a giant name", DOCUMENTS, lambda name: in_root(name, f"<{'a' * 5000}/>"), "data.xml.name"),
    (
        "a decompression bomb",
        ("delimited gzip",),
        lambda _: gzip.compress(bytes(range(32, 64)) * 600_000),
        "data.file.",
    ),
    ("many members, all blank", ("xlsx",), lambda _: with_member(" " * (9 << 20), "xl/a.xml"), "data.file.ratio"),
    (
        "one text in many cells",
        ("xlsx",),
        lambda _: with_member(
            f"<sst><si><t>{'x' * 30_000}</t></si></sst>",
            "xl/sharedStrings.xml",
            data=with_member(
                _SHEET_OPEN
                + "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 4001))
                + _SHEET_END
            ),
        ),
        "data.file.ratio",
    ),
    (
        "a cell far off",
        ("xls",),
        lambda _: old_workbook({(0, 0): "a", (65535, 65535): 1.0}),
        "data.file.too_many_cells",
    ),
    ("a password", ("xls",), lambda _: old_workbook({(0, 0): "a"}, locked=True), "data.workbook.password"),
    ("100,000 columns", ("delimited",), lambda _: b"a," * 100_000 + b"b\n1\n", "data.file.too_many_columns"),
    ("a header that never ends", ("delimited",), lambda _: b"x" * 300_000, "data.csv.header"),
    ("no header", ("delimited",), lambda _: b",,,\n\n,,,\n", "data.csv.header"),
    (
        "a long text repeated",
        ("parquet",),
        lambda _: parquet(pa.table({"a": ["x" * 10_000] * 20_000})),
        "data.file.ratio",
    ),
    ("no rows but many", ("parquet",), lambda _: parquet(pa.table({"a": pa.nulls(90_000_000)})), "data.file.ratio"),
    ("a nested column", ("parquet",), lambda _: parquet(pa.table({"a": [[1]]})), "data.parquet.column"),
    ("an encrypted file", ("parquet",), lambda name: b"PARE" + FILES[name][4:-4] + b"PARE", "data.parquet.encrypted"),
    (
        "a footer that lies",
        ("parquet",),
        lambda name: FILES[name][:-8] + b"\xff\xff\xff\x7f" + b"PAR1",
        "data.parquet.broken",
    ),
]
CELLS = [pytest.param(form, name, code, id=f"{what}-{name}") for what, names, form, code in TABLE for name in names]
SIZES = ReadLimits(max_file_bytes=15_000)


@pytest.mark.parametrize(("form", "name", "code"), CELLS)
def test_a_hostile_file_is_refused_with_what_where_and_what_to_do(
    tmp_path: Path, form: Form, name: str, code: str
) -> None:
    limits = SIZES if code == "data.file.too_large" else ReadLimits()
    error = refusal(tmp_path, form(name), limits)
    assert error.code.startswith(code)
    assert error.next_step
    assert "export.dat" in error.message
    assert str(tmp_path) not in str(error)


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_read_before_it_is_made_hostile(tmp_path: Path, name: str) -> None:
    file = tmp_path / "export.dat"
    file.write_bytes(FILES[name])
    assert any(table.rows.num_rows for table in read_file(file).tables)


FORMULA_SHEET = (
    f'{_SHEET_OPEN}<row r="1"><c r="A1" t="inlineStr"><is><t>net</t></is></c></row><row r="2"><c r="A2">'
    f'<f>1+1</f><v>2</v></c></row><row r="3"><c r="A3" t="str"><f>HYPERLINK("x")</f><v>=1+1</v></c></row>{_SHEET_END}'
)


@pytest.mark.parametrize(
    ("content", "values"),
    [
        pytest.param(b"net\n=1+1\n@SUM(A1)\n-1\n", ["=1+1", "@SUM(A1)", "-1"], id="delimited"),
        pytest.param(parquet(pa.table({"net": ["=1+1"]})), ["=1+1"], id="parquet"),
        pytest.param(with_member(FORMULA_SHEET), ["2", "=1+1"], id="xlsx: the value that the sheet last showed"),
    ],
)
def test_a_formula_is_text_or_its_last_value_and_never_evaluated(
    tmp_path: Path, content: bytes, values: list[str]
) -> None:
    file = tmp_path / "export.dat"
    file.write_bytes(content)
    assert read_file(file).tables[0].rows["net"].to_pylist() == values


def test_a_dimension_that_lies_and_external_links_change_nothing(tmp_path: Path) -> None:
    sheet = (
        f'{_SHEET_OPEN.replace("<sheetData>", "")}<dimension ref="A1:XFD1048576"/><sheetData><row r="1">'
        f'<c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>5</v></c></row>{_SHEET_END}'
    )
    file = tmp_path / "export.xlsx"
    file.write_bytes(with_member("<externalLink/>", "xl/externalLinks/externalLink1.xml", data=with_member(sheet)))
    (table,) = read_file(file).tables
    assert table.rows.to_pylist() == [{"1": "5", "_row": 2}]


def test_merged_cells_hold_their_value_once(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["number", "net"], ["001", 1], ["002", 2]):
        book.worksheets[0].append(row)
    book.worksheets[0].merge_cells("A2:A3")
    file = tmp_path / "export.xlsx"
    book.save(file)
    assert read_file(file).tables[0].rows["number"].to_pylist() == ["001", None]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_gives_the_same_rows(tmp_path: Path, end: str) -> None:
    file = tmp_path / "export.csv"
    file.write_bytes(CSV.replace("\n", end).encode())
    assert read_file(file).tables[0].rows["_row"].to_pylist() == [2, 3]


def test_events_that_each_bring_a_name_of_their_own_do_not_fill_the_memory(tmp_path: Path) -> None:
    events = "".join(f'<event><string key="k{number}" value="1"/></event>' for number in range(7000))
    file = tmp_path / "export.xes"
    file.write_text(f"<log><trace>{events}</trace></log>", encoding="utf-8")
    rows = read_file(file).table("events").rows
    assert (rows.num_rows, rows.num_columns) == (7000, 9)
    assert rows.nbytes < 2_000_000


def test_names_of_our_own_columns_step_aside_and_many_equal_names_take_no_time(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text("_row,_file," + "x," * 9000 + "y\n" + "1," * 9002 + "1\n", encoding="utf-8")
    (table,) = read_file(file).tables
    assert table.columns[:4] == ("_row (2)", "_file (2)", "x", "x (2)")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("number", ["1" * 1_000_000, "1" * 1_000_000 + "x", "." + "1" * 1_000_000 + "e"])
def test_a_number_of_a_million_digits_is_read_in_no_time(tmp_path: Path, number: str) -> None:
    file = tmp_path / "export.xml"
    file.write_text(plain.UBL.replace("119.00", number), encoding="utf-8")
    assert read_file(file).table("en16931").rows["BT-112"].to_pylist() == [number]


@pytest.mark.timeout(60)
def test_a_name_of_nothing_but_brackets_takes_no_time() -> None:
    assert folded("(" * 250_000) == "(" * 250_000
    assert folded("金额(元)") == "金额"
