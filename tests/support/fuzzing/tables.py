"""Changes of delimited text: cells, rows, columns, headers, quotes, line ends, encodings. Called by `mutating`."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from random import Random

from tests.support.fuzzing.hostile import HEADERS, VALUES

Rows = list[list[str]]
_ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-32", "utf-16-le", "iso-8859-1", "big5")
_DELIMITERS = (",", "\t", ";", "|", "^")
_ENDS = ("\n", "\r\n", "\r")


def changed_text(chance: Random, data: bytes) -> bytes:
    """The text with one to three changes of its table, written anew in some dialect; as it is, if it is no text."""
    found = decoded(data)
    if found is None:
        return data
    text, encoding = found
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if not rows or not rows[0]:
        return data
    for _ in range(chance.randrange(3) + 1):
        chance.choice(_TABLE_CHANGES)(chance, rows)
    return _written(chance, rows, encoding)


def decoded(data: bytes) -> tuple[str, str] | None:
    """The text and its encoding, or None."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return None


def _place(chance: Random, rows: Rows) -> tuple[int, int]:
    row = chance.randrange(len(rows))
    return row, chance.randrange(len(rows[row])) if rows[row] else 0


def _cell(chance: Random, rows: Rows) -> None:
    row, column = _place(chance, rows)
    if rows[row]:
        rows[row][column] = chance.choice(VALUES)


def _column_of_values(chance: Random, rows: Rows) -> None:
    column = chance.randrange(len(rows[0])) if rows[0] else 0
    for row in rows[1:]:
        if column < len(row):
            row[column] = chance.choice(VALUES)


def _header(chance: Random, rows: Rows) -> None:
    if rows[0]:
        rows[0][chance.randrange(len(rows[0]))] = chance.choice((*HEADERS, chance.choice(rows[0])))


def _new_column(chance: Random, rows: Rows) -> None:
    place = chance.randrange(len(rows[0]) + 1)
    name = chance.choice((*HEADERS, *rows[0]))
    for number, row in enumerate(rows):
        row.insert(place, chance.choice(VALUES) if number else name)


def _drop_column(chance: Random, rows: Rows) -> None:
    place = chance.randrange(len(rows[0]) + 1)
    for row in rows:
        del row[place : place + 1]


def _swap_columns(chance: Random, rows: Rows) -> None:
    first, second = (chance.randrange(len(rows[0]) or 1) for _ in range(2))
    for row in rows[chance.randrange(2) :]:
        if max(first, second) < len(row):
            row[first], row[second] = row[second], row[first]


def _wide(chance: Random, rows: Rows) -> None:
    count = chance.choice((3, 300, 3000))
    rows[0].extend(f"extra {number}" for number in range(count))


def _drop_row(chance: Random, rows: Rows) -> None:
    if len(rows) > 1:
        del rows[chance.randrange(len(rows))]


def _repeat_row(chance: Random, rows: Rows) -> None:
    row = list(chance.choice(rows))
    if row and chance.random() < 0.5:  # the same key with other content
        row[chance.randrange(len(row))] = chance.choice(VALUES)
    rows.insert(chance.randrange(len(rows) + 1), row)


def _ragged(chance: Random, rows: Rows) -> None:
    row = chance.choice(rows)
    row[:] = row[: chance.randrange(len(row) + 1)] if chance.random() < 0.5 else [*row, "", chance.choice(VALUES)]


def _title(chance: Random, rows: Rows) -> None:
    rows[:0] = [["全量发票查询"], []][: chance.randrange(2) + 1]


def _only_header(_chance: Random, rows: Rows) -> None:
    del rows[1:]


def _shuffle(chance: Random, rows: Rows) -> None:
    chance.shuffle(rows)


_TABLE_CHANGES: tuple[Callable[[Random, Rows], None], ...] = (
    *(_cell,) * 5,
    _column_of_values,
    _column_of_values,
    _header,
    _header,
    _new_column,
    _drop_column,
    _swap_columns,
    _wide,
    _drop_row,
    _repeat_row,
    _repeat_row,
    _ragged,
    _title,
    _only_header,
    _shuffle,
)


def _written(chance: Random, rows: Rows, encoding: str) -> bytes:
    odd = chance.random() < 0.25
    quoting: tuple[object, ...] = (csv.QUOTE_ALL, csv.QUOTE_MINIMAL)
    stream = io.StringIO(newline="")
    writer = csv.writer(
        stream,
        delimiter=chance.choice(_DELIMITERS) if odd else ",",
        lineterminator=chance.choice(_ENDS) if odd else "\n",
        quoting=chance.choice(quoting) if odd else csv.QUOTE_MINIMAL,  # type: ignore[arg-type]  # constants, untyped
    )
    writer.writerows(rows)
    text = stream.getvalue()
    if chance.random() < 0.04:
        half = chance.randrange(len(text) + 1)
        return _encoded(text[:half], "gb18030") + _encoded(text[half:], "utf-8")
    return _encoded(text, chance.choice(_ENCODINGS) if chance.random() < 0.1 else encoding)


def _encoded(text: str, encoding: str) -> bytes:
    return text.encode(encoding, errors="replace")
