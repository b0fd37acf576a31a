"""Changes of workbooks, zip members, Parquet and gzip files, by their own libraries. Called by `mutating`."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable
from random import Random
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl.utils.exceptions import IllegalCharacterError

from tests.support.fuzzing.bytewise import CHANGES
from tests.support.fuzzing.columns import COLUMNS
from tests.support.fuzzing.hostile import HEADERS, VALUES

_CLOCK = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_NO_CLOCK = rb"\g<1>1980-01-01T00:00:00Z"
_CELLS: tuple[object, ...] = (*VALUES, 1e308, -1.5, 10**20, 2**53 + 1, True, 46082.5, -1, "=1/0", "=NOW()", "=A1")


def changed_workbook(chance: Random, data: bytes) -> bytes:
    """A workbook with one to three changes by openpyxl, or with a changed member."""
    if chance.random() < 0.35:
        return changed_members(chance, data)
    book = openpyxl.load_workbook(io.BytesIO(data))
    for _ in range(chance.randrange(3) + 1):
        chance.choice(_BOOK_CHANGES)(chance, book)
    stream = io.BytesIO()
    book.save(stream)
    return without_clock(stream.getvalue())


def without_clock(workbook: bytes) -> bytes:
    """The workbook without the times of its making: the same content gives the same bytes."""
    return _packed({name: _CLOCK.sub(_NO_CLOCK, part) for name, part in _members(workbook)})


def changed_members(chance: Random, data: bytes) -> bytes:
    """A zip file one of whose members is missing, changed, doubled or blown up."""
    members = dict(_members(data))
    name = chance.choice(list(members))
    way = chance.randrange(5)
    if way == 0:
        del members[name]
    elif way == 1:
        members[name] = b" " * (8 << 20)
    elif way == 2:
        members[f"xl/externalLinks/{chance.choice(('a', '../../b', '/c'))}.xml"] = b"<externalLink/>"
    else:
        members[name] = chance.choice(CHANGES)(chance, members[name])
    return _packed(members)


def _members(data: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def _packed(members: dict[str, bytes]) -> bytes:
    """A zip file that is a function of its members: no clock."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _sheet(chance: Random, book: Any) -> Any:
    return chance.choice(book.worksheets)


def _cell(chance: Random, book: Any) -> None:
    sheet = _sheet(chance, book)
    _put(sheet, chance.randrange(sheet.max_row) + 1, chance.randrange(sheet.max_column) + 1, chance.choice(_CELLS))


def _put(sheet: Any, row: int, column: int, value: object) -> None:
    try:
        sheet.cell(row=row, column=column).value = value
    except (IllegalCharacterError, ValueError, AttributeError):  # what the library refuses, a merged cell
        return


def _column(chance: Random, book: Any) -> None:
    sheet = _sheet(chance, book)
    column = chance.randrange(sheet.max_column) + 1
    for row in range(2, sheet.max_row + 1):
        _put(sheet, row, column, chance.choice(_CELLS))


def _header(chance: Random, book: Any) -> None:
    sheet = _sheet(chance, book)
    other = sheet.cell(row=1, column=chance.randrange(sheet.max_column) + 1).value
    _put(sheet, 1, chance.randrange(sheet.max_column) + 1, chance.choice((other, chance.choice(HEADERS))))


def _far_off(chance: Random, book: Any) -> None:
    _put(_sheet(chance, book), chance.choice((70_000, 1_048_576)), chance.choice((1, 40, 16_384)), "x")


def _rows(chance: Random, book: Any) -> None:
    sheet = _sheet(chance, book)
    act = chance.choice((sheet.insert_rows, sheet.delete_rows, sheet.insert_cols, sheet.delete_cols))
    act(chance.randrange(5) + 1, chance.randrange(3) + 1)


def _merge(chance: Random, book: Any) -> None:
    sheet = _sheet(chance, book)
    row, column = chance.randrange(sheet.max_row) + 1, chance.randrange(sheet.max_column) + 1
    sheet.merge_cells(start_row=row, start_column=column, end_row=row + 2, end_column=column + 2)


def _sheets(chance: Random, book: Any) -> None:
    _sheet(chance, book).title = chance.choice(("invoices", "x", "a'b", "甲" * 20, "_row"))
    book.create_sheet(chance.choice(("空", "invoice_lines")))


_BOOK_CHANGES: tuple[Callable[[Random, Any], None], ...] = (
    *(_cell,) * 5,
    _column,
    _column,
    _header,
    _header,
    _far_off,
    _rows,
    _rows,
    _merge,
    _sheets,
)


def changed_parquet(chance: Random, data: bytes) -> bytes:
    """A Parquet file with one to three changed columns, in some version and compression."""
    table = pq.read_table(io.BytesIO(data))
    names, columns = list(table.column_names), list(table.columns)
    for _ in range(chance.randrange(3) + 1):
        place = chance.randrange(len(names))
        way = chance.randrange(4)
        if way == 0:
            names[place] = chance.choice((*HEADERS, chance.choice(names)))
        elif way == 1 and len(names) > 1:
            del names[place], columns[place]
        else:
            columns[place] = chance.choice(COLUMNS)(chance, table.num_rows)
    return _parquet(chance, pa.table(columns, names=names))


def _parquet(chance: Random, table: pa.Table) -> bytes:
    stream = io.BytesIO()
    compression: Any = chance.choice(("none", "snappy", "gzip", "zstd"))
    size = chance.choice((1, 7, 1000))
    pq.write_table(table, stream, compression=compression, row_group_size=size, use_dictionary=chance.random() < 0.5)
    return stream.getvalue()


def changed_gzip(chance: Random, data: bytes, inside: Callable[[Random, bytes], bytes]) -> bytes:
    """A gzip file whose content went through `inside`; perhaps in two members, perhaps gzipped twice, or a bomb."""
    try:
        content = inside(chance, gzip.decompress(data))
    except (OSError, EOFError, zlib.error):
        return data
    way = chance.randrange(12)
    if way == 0:
        half = len(content) // 2
        return gzip.compress(content[:half], mtime=0) + gzip.compress(content[half:], mtime=0)
    if way == 1:
        return gzip.compress(gzip.compress(content, mtime=0), mtime=0)
    if way == 2:
        return gzip.compress(content + b" " * (8 << 20), mtime=0)
    return gzip.compress(content, mtime=0)
