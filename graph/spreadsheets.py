"""Text that a spreadsheet would run as a formula, made harmless in CSV and given back. Used by all that writes CSV.

A cell that begins with = + - @, their full-width forms, a tab or a line end gets an apostrophe before it (OWASP, CSV
injection), and so does one that begins with an apostrophe, because else nobody could tell the two apart: what was
written comes back exactly, as refused rows must that are corrected and loaded again.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_DANGEROUS = r"=+\-@\t\r\n＝＋－＠'"
_BEGINS = rf"^([{_DANGEROUS}])"
_DEFUSED = rf"^'([{_DANGEROUS}])"


def defused(table: pa.Table) -> pa.Table:
    """The table with an apostrophe before every dangerous text; other columns as they are."""
    return _changed(table, _BEGINS, r"'\1")


def restored(table: pa.Table) -> pa.Table:
    """The table as it was before `defused`."""
    return _changed(table, _DEFUSED, r"\1")


def _changed(table: pa.Table, pattern: str, replacement: str) -> pa.Table:
    columns: list[Any] = [
        pc.replace_substring_regex(column, pattern, replacement) if _is_text(column.type) else column
        for column in table.columns
    ]
    return pa.table(columns, names=table.column_names)


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)
