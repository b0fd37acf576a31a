"""Tables to files as bureaus export them: GB18030 or UTF-8 with mark, workbook, Parquet. Same table, same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook
from pyarrow import csv as arrow_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from loaders.synthetic.text import Text

_MARK = b"\xef\xbb\xbf"
_SPECIAL = np.isin(np.arange(256), [ord(sign) for sign in '",\r\n'])
_CHUNK = 200_000
# The first instant a zip can hold; a real clock would make two runs differ.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_CLOCK = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def write_csv(path: Path, table: pa.Table, *, encoding: str = "utf-8-sig") -> None:
    """A comma-separated file with a header; `encoding` is `utf-8-sig` or `gb18030`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = _plain(table)
    options = arrow_csv.WriteOptions(
        include_header=False,  # the writer would put every name into quotes
        quoting_style="needed" if _needs_quotes(table) else "none",
        batch_size=8192,
    )
    with path.open("wb") as file:
        if encoding == "utf-8-sig":
            file.write(_MARK + _header(table))
            arrow_csv.write_csv(table, file, options)
            return
        buffer = io.BytesIO()
        arrow_csv.write_csv(table, buffer, options)
        file.write((_header(table) + buffer.getvalue()).decode().encode(encoding))


class ParquetFile:
    """A Parquet file of text columns, written table by table; only columns of few words get a dictionary."""

    def __init__(self, path: Path) -> None:
        """Nothing is written before the first table."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._writer: pq.ParquetWriter | None = None

    def add(self, table: pa.Table) -> None:
        """Append a row group; all tables have the same columns."""
        if self._writer is None:
            coded = [each.name for each in table.schema if pa.types.is_dictionary(each.type)]
            # Readers should see text, not the dictionaries that happened to be in memory: no Arrow schema.
            self._writer = pq.ParquetWriter(
                self._path,
                table.schema,
                compression="zstd",
                use_dictionary=coded,  # type: ignore[arg-type]  # the stubs know no list of columns
                store_schema=False,
                write_statistics=False,  # of whole texts they cost a sixth of the time
            )
        self._writer.write_table(table)

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.close()


def write_workbook(path: Path, sheets: Mapping[str, pa.Table]) -> None:
    """A workbook whose sheets hold text cells under one header row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = Workbook(write_only=True)
    for title, table in sheets.items():
        sheet = book.create_sheet(title)
        sheet.append(table.column_names)
        for row in _rows(table):
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    path.write_bytes(_without_clock(buffer))


def _plain(table: pa.Table) -> pa.Table:
    """The table with text instead of places in dictionaries."""
    return table.cast(pa.schema([(name, pa.string()) for name in table.column_names]))


def _rows(table: pa.Table) -> Iterator[tuple[str | None, ...]]:
    for batch in table.to_batches(max_chunksize=_CHUNK):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _without_clock(book: io.BytesIO) -> bytes:
    """The same workbook with every clock in it set to one instant."""
    result = io.BytesIO()
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist()):
            data = _CLOCK.sub(rb"\g<1>2026-01-01T00:00:00Z", source.read(name))
            entry = zipfile.ZipInfo(name, date_time=_ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, data)
    return result.getvalue()


def _header(table: pa.Table) -> bytes:
    return (",".join(table.column_names) + "\n").encode()


def _needs_quotes(table: pa.Table) -> bool:
    return any(_is_special(chunk) for column in table.columns for chunk in column.chunks if len(chunk))


def _is_special(text: Text) -> bool:
    """Whether any byte of the texts is a comma, a quote or an end of line."""
    _, ends, signs = text.buffers()
    if ends is None or signs is None:
        return False
    edges = np.frombuffer(memoryview(ends), np.int32)[text.offset : text.offset + len(text) + 1]
    return bool(_SPECIAL[np.frombuffer(memoryview(signs), np.uint8)[edges[0] : edges[-1]]].any())
