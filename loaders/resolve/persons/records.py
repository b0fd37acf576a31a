"""Records of persons in the form in which they are compared, and how each field is. Read by `linking`."""

from __future__ import annotations

import pyarrow as pa

from loaders.resolve.columns import Text, made, pc, shaped, whole
from loaders.resolve.linkage.comparisons import Comparison, Level
from loaders.resolve.linkage.database import EDITS
from loaders.resolve.names.folding import folded

_FOLDED = ("given_name", "surname", "street", "street_number", "locality")
_PLAIN = ("postcode", "region", "birth_date", "document")
PERSONS = shaped(
    *((name, pa.string()) for name in ("id", "source", *_FOLDED, *_PLAIN)), ("document_gaps", pa.list_(pa.string()))
)
COMPARED = (*_FOLDED, *_PLAIN, "document_gaps")
FREQUENT = ("given_name", "surname")
OTHER = "different"
_CLOSE = 0.88  # Jaro-Winkler similarity from which two texts are one with slips


def prepare_persons(records: pa.Table) -> pa.Table:
    """The columns of `PERSONS`, folded; birth dates are eight digits, documents are hashes, what is missing is null."""
    known = set(records.column_names)
    columns = {
        field.name: records[field.name].cast(field.type)
        if field.name in known
        else pa.nulls(records.num_rows, field.type)
        for field in PERSONS
    }
    table = made(columns, PERSONS).combine_chunks()
    ready = {
        name: folded(whole(table, name)) if name in _FOLDED else _given(whole(table, name)) for name in PERSONS.names
    }
    return made(ready, PERSONS)


def _given(column: Text) -> Text:
    """Null for empty text."""
    if column.type != pa.string():
        return column
    trimmed = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def _unknown(column: str) -> str:
    return f"{column}_l IS NULL OR {column}_r IS NULL"


def _close(column: str, other: str) -> str:
    return f"jaro_winkler_similarity({column}_l, {other}_r) >= {_CLOSE}"


def _text(column: str, *, frequency: str = "", swapped: str = "") -> Comparison:
    """Texts that are the same, close, or stand in the `swapped` column of the other, be it with slips."""
    cross = f"{_close(column, swapped)} AND {_close(swapped, column)}" if swapped else "false"
    return Comparison(
        column,
        _unknown(column),
        (
            Level("same", f"{column}_l = {column}_r", frequency=frequency),
            Level("swapped", cross),
            Level("close", _close(column, column)),
            Level(OTHER, ""),
        ),
    )


def _digits(column: str, *between: Level) -> Comparison:
    """Numbers that are the same, or one edit apart; other levels `between` that and different ones."""
    return Comparison(
        column,
        _unknown(column),
        (
            Level("same", f"{column}_l = {column}_r"),
            Level("one edit", f"{EDITS}({column}_l, {column}_r) = 1"),
            *between,
            Level(OTHER, ""),
        ),
    )


# Whoever is a parent of the other is older by more.
NEAR_IN_AGE = "less than twelve years apart"
_YEARS_APART = "abs(try_cast(left(birth_date_l, 4) AS INTEGER) - try_cast(left(birth_date_r, 4) AS INTEGER)) < 12"
DOCUMENT = Comparison(
    "document",
    _unknown("document"),
    (
        Level("same", "document_l = document_r"),
        Level("one edit", "list_has_any(document_gaps_l, document_gaps_r)"),
        Level(OTHER, ""),
    ),
)
COMPARISONS = (
    DOCUMENT,
    _text("given_name", frequency="given_name", swapped="surname"),
    _text("surname", frequency="surname", swapped="given_name"),
    _digits("birth_date", Level(NEAR_IN_AGE, _YEARS_APART)),
    _text("street"),
    _digits("street_number"),
    _text("locality"),
    _digits("postcode"),
)
AGREEING = ("same", "swapped", "close", "one edit")
PLACE = ("street", "locality", "postcode")
