"""Invoices out of their lines, where an export has one table for both. Used by `invoice_workbook`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from graph.arrays.key_set import KeySet
from graph.arrays.text_index import fold_texts
from loaders.readers.columns import pc
from loaders.readers.tables import ROW
from loaders.readers.values import parse_minor_units
from loaders.sources.base import FILE

if TYPE_CHECKING:
    from typing import TypeAlias

    from loaders.readers.columns import Values

    Numbers: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]

_SUMMED = ("net", "tax", "total")
_CENTS = 100
_SURELY_FITS = 2.0**62


def sum_up(rows: pa.Table, key: Values, columns: Sequence[str]) -> pa.Table:
    """One row an invoice, in order of its first line: amounts summed, everything else as the first line says.

    Args:
        rows: lines under canonical header names, with `_row` and `_file`.
        key: the invoice of each line.
        columns: header columns to keep.
    """
    first, group = _groups(key)
    kept = [name for name in (*columns, ROW, FILE) if name in rows.column_names]
    places: Any = pa.array(first)
    heads = rows.select(kept).take(places)
    for name in _SUMMED:
        if name in kept:
            summed = _sums(rows.column(name).combine_chunks(), group, len(first))
            heads = heads.set_column(heads.schema.get_field_index(name), name, summed)
    return heads


def line_numbers(key: Values) -> Values:
    """The number of each line within its invoice, counted from 1 in the order of the export, as text.

    Counted by file, so that an invoice that stands in two exports has the same lines in both.
    """
    count = len(key)
    if count == 0:
        return pa.array([], pa.string())
    starts = np.ones(count, dtype=bool)
    starts[1:] = pc.not_equal(key.slice(1), key.slice(0, count - 1)).to_numpy(zero_copy_only=False)
    if _all_differ(key.filter(pa.array(starts))):
        order, sorted_starts = None, starts
    else:  # an invoice's lines stand apart
        group = _groups(key)[1]
        order = np.argsort(group, kind="stable")
        sorted_starts = np.concatenate([[True], np.diff(group[order]) != 0])
    place = np.arange(count)
    first = np.maximum.accumulate(np.where(sorted_starts, place, 0))
    number = place - first + 1
    if order is not None:
        number[order] = number.copy()
    return pa.array(number).cast(pa.string())


def _all_differ(key: Values) -> bool:
    """True only if no text stands twice: texts of different hashes differ."""
    return KeySet().add(fold_texts(pa.chunked_array([key]), np.zeros(len(key), np.int64))) == len(key)


def _groups(
    key: Values,
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Place of each group's first row, and each row's group; groups count in order of appearance."""
    group = np.asarray(key.dictionary_encode().indices, dtype=np.int64)
    return np.unique(group, return_index=True)[1], group


def _sums(amounts: Values, group: np.ndarray[tuple[int], np.dtype[np.int64]], count: int) -> Values:
    """Exact sums as text; where a line's amount is no number, that text, so that the contract can name it."""
    parsed = parse_minor_units(amounts)
    cents = np.asarray(pc.fill_null(parsed.value, 0))
    total = np.zeros(count, dtype=np.int64)
    np.add.at(total, group, cents)
    text = [_amount(value) for value in total.tolist()]
    for place in _beyond_int64(cents, group, count):  # int64 would wrap around to some other amount in silence
        text[place] = _amount(sum(cents[group == place].tolist()))
    faulty = np.flatnonzero(np.asarray(parsed.failed))
    for place in faulty.tolist():
        text[group[place]] = amounts[place].as_py()
    empty = np.ones(count, dtype=bool)
    empty[group[np.asarray(pc.is_valid(amounts))]] = False
    return pa.array(text, pa.string(), mask=empty)


def _beyond_int64(cents: Numbers, group: Numbers, count: int) -> list[int]:
    """The groups whose sum may not fit, judged by the sum of magnitudes."""
    most = np.zeros(count, dtype=np.float64)
    np.add.at(most, group, np.abs(cents).astype(np.float64))
    places: list[int] = np.flatnonzero(most > _SURELY_FITS).tolist()
    return places


def _amount(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // _CENTS}.{abs(cents) % _CENTS:02d}"
