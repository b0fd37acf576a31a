"""The line on which each row of a delimited text starts. Used by `loaders.readers.delimited` only.

pyarrow counts records, a user sees lines: a quoted cell may hold line breaks, and rows of another width are taken out
of the batches. This counter puts both kinds back into one order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from loaders.readers.columns import pc, text_bytes
from loaders.readers.tables import ROW, BadRow

if TYPE_CHECKING:
    from pyarrow import csv as arrow_csv

_BREAK = r"\r\n|\r|\n"
_UNCLOSED = "a quote is opened on line {line} and never closed"


class LineCounter:
    """Turns batches and the invalid rows between them into rows with lines; holds what is carried between batches."""

    def __init__(self, delimiter: str, *, sentinel: str) -> None:
        self._delimiter = delimiter
        self._sentinel = sentinel
        self._next_record = 1
        self._extra_lines = 0
        self._header_seen = False

    def place(
        self, batch: pa.RecordBatch | None, refused: list[arrow_csv.InvalidRow]
    ) -> tuple[pa.Table, tuple[BadRow, ...]]:
        """The batch's rows with `_row`, and the refused rows before its end; None places the remaining refused rows.

        Takes from `refused` what it has placed: pyarrow parses one block ahead of the batch it gives.
        """
        table = pa.table({}) if batch is None else pa.Table.from_batches([batch])
        numbers = self._record_numbers(table.num_rows, refused)
        end = int(numbers[-1]) + 1 if len(numbers) else self._next_record
        due = refused[:] if batch is None else [row for row in refused if (row.number or 0) < end]
        del refused[: len(due)]
        starts, bad_starts = self._starts(table, numbers, due)
        self._next_record = end
        rows, swallowed = self._clean(table, starts)
        bad = [self._bad_row(row, line) for row, line in zip(due, bad_starts.tolist(), strict=True)]
        return rows, tuple(entry for entries in [*bad, swallowed] for entry in entries)

    def _record_numbers(self, count: int, refused: list[arrow_csv.InvalidRow]) -> np.ndarray:
        taken = np.array([row.number or 0 for row in refused], dtype=np.int64)
        candidates = np.arange(self._next_record, self._next_record + count + len(taken), dtype=np.int64)
        return candidates[~np.isin(candidates, taken)][:count]

    def _starts(
        self, table: pa.Table, numbers: np.ndarray, due: list[arrow_csv.InvalidRow]
    ) -> tuple[np.ndarray, np.ndarray]:
        """First line of each good and each refused row: its record number plus the line breaks in earlier ones."""
        due_numbers = np.array([row.number or 0 for row in due], dtype=np.int64)
        due_breaks = np.array([_breaks(row.text) for row in due], dtype=np.int64)
        every = np.concatenate([numbers, due_numbers])
        breaks = np.concatenate([_breaks_in(table), due_breaks])
        order = np.argsort(every, kind="stable")
        before = np.empty(len(every), dtype=np.int64)
        before[order] = np.cumsum(breaks[order]) - breaks[order]
        lines = every + before + self._extra_lines
        self._extra_lines += int(breaks.sum())
        return lines[: len(numbers)], lines[len(numbers) :]

    def _clean(self, table: pa.Table, starts: np.ndarray) -> tuple[pa.Table, list[BadRow]]:
        """Without blank rows, the header and the sentinel; a last row that swallowed the sentinel is refused."""
        if not table.num_rows:
            return table, []
        named = table.append_column(ROW, pa.array(starts))
        filled = _filled(table)
        swallowed = self._swallowed(table, int(starts[-1]))
        if swallowed is not None:
            filled[-1] = False
        if not self._header_seen and filled.any():
            filled[int(np.argmax(filled))] = False
            self._header_seen = True
        return _kept(named, filled), swallowed or []

    def _swallowed(self, table: pa.Table, line: int) -> list[BadRow] | None:
        last = [column[-1].as_py() or "" for column in table.columns]
        if not any(self._sentinel in cell for cell in last):
            return None
        return self._refuse_lines(self._delimiter.join(last), line)

    def _bad_row(self, row: arrow_csv.InvalidRow, line: int) -> list[BadRow]:
        if self._sentinel in row.text:
            return self._refuse_lines(row.text, line)
        reason = f"{row.actual_columns} columns instead of {row.expected_columns}"
        return [BadRow(row=line, text=row.text, reason=reason)]

    def _refuse_lines(self, text: str, line: int) -> list[BadRow]:
        """One refused row for each line that an unclosed quote took in, so that none is lost or uncounted."""
        rest = text.replace("\r\n", "\n").replace("\r", "\n").partition(self._sentinel)[0].rstrip("\n")
        reason = _UNCLOSED.format(line=line)
        pieces = enumerate(rest.split("\n"), start=line)
        return [BadRow(row=place, text=piece, reason=reason) for place, piece in pieces if piece]


def _breaks(text: str) -> int:
    return text.replace("\r\n", "\n").replace("\r", "\n").count("\n")


def _breaks_in(table: pa.Table) -> np.ndarray:
    """Line breaks inside the cells of each row; most files have none, so whole columns are passed over."""
    total = np.zeros(table.num_rows, dtype=np.int64)
    for column in table.columns:
        if any(b"\n" in data or b"\r" in data for data in text_bytes(column)):
            total += pc.fill_null(pc.count_substring_regex(column, _BREAK), 0).to_numpy()
    return total


def _filled(table: pa.Table) -> np.ndarray:
    """Which rows hold any value; usually the first columns tell it of all rows."""
    filled = np.zeros(table.num_rows, dtype=bool)
    for column in table.columns:
        if not column.null_count:
            return np.ones(table.num_rows, dtype=bool)
        filled |= pc.is_valid(column).to_numpy()
        if filled.all():
            break
    return filled


def _kept(table: pa.Table, wanted: np.ndarray) -> pa.Table:
    """The wanted rows; without a copy where only the first ones, or none, are left out."""
    first = int(np.argmax(wanted)) if wanted.any() else len(wanted)
    return table.slice(first) if wanted[first:].all() else table.filter(pa.array(wanted))
