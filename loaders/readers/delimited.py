"""Delimited text → one raw table. Called by `loaders.readers.files`; knows quoting, ragged rows and line numbers.

pyarrow parses blocks; this module finds encoding, delimiter and header, keeps every row that has another width as a
`BadRow`, and gives each row the line on which it starts.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
from pyarrow import csv as arrow_csv

from graph.errors import DataError
from loaders.readers.charsets import Utf8Stream, allowed_encoding, find_encoding
from loaders.readers.limits import DEFAULT_LIMITS, open_content
from loaders.readers.lines import LineCounter
from loaders.readers.tables import RawTable, check_cells, check_columns, text_table, unique_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from loaders.readers.limits import ReadLimits

DELIMITERS = (",", "\t", ";", "|")
_HEAD_BYTES = 1 << 18
_BLOCK_BYTES = 1 << 24
_SAMPLE_ROWS = 50
# Added as a last line of one field: if it does not come back as one, a quote was opened and never closed.
_SENTINEL = "\x1etaxgraph-end-of-file\x1e"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a delimited text is written in: encoding, delimiter, and its header's names (already unique)."""

    encoding: str
    delimiter: str
    names: tuple[str, ...]


def find_dialect(path: Path, *, limits: ReadLimits = DEFAULT_LIMITS, encoding: str | None = None) -> Dialect:
    """Encoding, delimiter and header of a delimited text.

    Raises:
        DataError: `data.file.encoding`; `data.csv.header` when there is no header.
    """
    known = allowed_encoding(encoding, file=path.name) if encoding else find_encoding(path, limits=limits)
    head = _head(path, known, limits=limits)
    delimiter = find_delimiter(head)
    header = next(_records(head, delimiter), None)
    if header is not None:
        check_columns(len(header), file=path.name, limits=limits)
    else:
        raise DataError(
            f"{path.name} has no header line",
            code="data.csv.header",
            next_step="export the file with its column names in the first line",
            file=path.name,
        )
    return Dialect(encoding=known, delimiter=delimiter, names=unique_names(header))


def find_delimiter(head: str) -> str:
    """The delimiter that cuts the sample into the most rows of one width (its header's), the widest first."""
    scores = {delimiter: _score(head, delimiter) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: scores[delimiter])


def read_delimited(path: Path, *, limits: ReadLimits = DEFAULT_LIMITS, encoding: str | None = None) -> RawTable:
    """A whole delimited text. See `iter_delimited` for errors."""
    pieces = list(iter_delimited(path, limits=limits, encoding=encoding))
    return RawTable(
        name=pieces[0].name,
        rows=pa.concat_tables(piece.rows for piece in pieces),
        file=path.name,
        bad=tuple(bad for piece in pieces for bad in piece.bad),
    )


def delimited_head(path: Path, *, limits: ReadLimits = DEFAULT_LIMITS, encoding: str | None = None) -> RawTable:
    """The columns of a delimited text, and no rows; errors as `find_dialect`."""
    return RawTable(
        name=_table_name(path), rows=_empty(find_dialect(path, limits=limits, encoding=encoding)), file=path.name
    )


def iter_delimited(
    path: Path, *, limits: ReadLimits = DEFAULT_LIMITS, encoding: str | None = None
) -> Iterator[RawTable]:
    """A delimited text in blocks of about 16 MiB, at least one; rows with no value at all are left out.

    Raises:
        DataError: `data.file.*` for size and encoding; `data.csv.header`; `data.csv.row_too_long`.
    """
    dialect = find_dialect(path, limits=limits, encoding=encoding)
    refused: list[arrow_csv.InvalidRow] = []
    lines = LineCounter(dialect.delimiter, sentinel=_SENTINEL)
    total = 0
    with open_content(path, limits=limits) as content:
        ending = f"\n{_SENTINEL}\n".encode()
        text = Utf8Stream(content, encoding=dialect.encoding, file=path.name, ending=ending)
        for batch in _batches(io.BufferedReader(text), dialect, refused, file=path.name):
            rows, bad = lines.place(batch, refused)
            total += rows.num_rows
            check_cells(total, len(dialect.names), file=path.name, limits=limits)
            yield RawTable(name=_table_name(path), rows=rows, file=path.name, bad=bad)
        rows, bad = lines.place(None, refused)
    if bad:
        yield RawTable(name=_table_name(path), rows=_empty(dialect), file=path.name, bad=bad)


def _batches(
    text: io.BufferedReader, dialect: Dialect, refused: list[arrow_csv.InvalidRow], *, file: str
) -> Iterator[pa.RecordBatch]:
    def keep(row: arrow_csv.InvalidRow) -> Literal["skip"]:
        refused.append(row)
        return "skip"

    try:
        yield from arrow_csv.open_csv(
            text,
            # One thread: only then does an invalid row know its number.
            read_options=arrow_csv.ReadOptions(
                column_names=list(dialect.names), use_threads=False, block_size=_BLOCK_BYTES
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=dialect.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=keep,
            ),
            convert_options=_as_text(dialect.names),
        )
    except pa.ArrowException as error:
        # Arrow's own words may quote the row, hence only its kind is told.
        raise DataError(
            f"{file} has a row that cannot be cut: probably a quote that is never closed, or a giant cell",
            code="data.csv.row_too_long",
            next_step="look for an odd quotation mark, or export the file again",
            file=file,
            block_bytes=_BLOCK_BYTES,
            reason=type(error).__name__,
        ) from None


def _as_text(names: tuple[str, ...]) -> arrow_csv.ConvertOptions:
    return arrow_csv.ConvertOptions(
        check_utf8=False,  # the stream has
        column_types=dict.fromkeys(names, pa.string()),
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
        null_values=[""],
    )


def _empty(dialect: Dialect) -> pa.Table:
    return text_table(dict.fromkeys(dialect.names, ()), ())


def _head(path: Path, encoding: str, *, limits: ReadLimits) -> str:
    """The first lines as text, without the last one, which may be cut.

    Raises:
        DataError: `data.csv.header` when the first line is longer than the sample: a cut header names other columns.
    """
    with open_content(path, limits=limits) as content:
        stream = io.BufferedReader(Utf8Stream(content, encoding=encoding, file=path.name))
        data = stream.read(_HEAD_BYTES)
    text = data.decode(errors="ignore")
    if len(data) < _HEAD_BYTES:
        return text
    whole = text[: max(text.rfind("\n"), text.rfind("\r")) + 1]
    if not whole.strip():
        raise DataError(
            f"{path.name} has a first line of more than {_HEAD_BYTES} bytes, which is no header",
            code="data.csv.header",
            next_step="export the file with its column names in the first line",
            file=path.name,
        )
    return whole


def _records(head: str, delimiter: str) -> Iterator[list[str]]:
    """The sample's rows that hold anything."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    try:
        yield from (record for record in reader if any(cell.strip() for cell in record))
    except csv.Error:  # a cell longer than the csv module takes: what came before is sample enough
        return


def _score(head: str, delimiter: str) -> tuple[int, int]:
    records = [record for record, _ in zip(_records(head, delimiter), range(_SAMPLE_ROWS), strict=False)]
    if not records or len(records[0]) == 1:
        return (0, 0)
    width = len(records[0])
    return (sum(len(record) == width for record in records), width)


def _table_name(path: Path) -> str:
    name = path.name.removesuffix(".gz")
    return name.rpartition(".")[0] or name
