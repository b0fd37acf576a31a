"""Columns whose every cell is written in the usual form, parsed at once. Called by `loaders.staging.intake`.

Most columns of most files write amounts, dates and numbers in one form. Kernels read such a column straight from its
bytes, a hundred times faster than SQL can; a column with any other writing is left to the macros of
`loaders.staging.values`, which define what each text means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.arrays.text_index import text_buffers
from graph.kernels import texts
from loaders.contracts.columns import Form

_MICROSECONDS = 1_000_000
_PRECISIONS = pa.array(["day", "second"])
Parsed = dict[str, Any]


def prepare() -> None:
    """Load the compiled kernels, which takes half a second: called while the files are still being read."""
    cells: Any = pa.chunked_array([pa.array(["1"])])
    outer_blanks(cells)
    for form in _READERS:
        parse("cell", cells, form)


def outer_blanks(text: Any) -> bool:
    """Whether any cell of this string column (chunked) begins or ends with white space."""
    return any(bool(texts.has_outer_blanks(*text_buffers(chunk))) for chunk in text.chunks)


def has_empty(text: Any) -> bool:
    """Whether any cell is the empty text."""
    lengths: Any = pc.binary_length(text)
    return bool(pc.any(pc.equal(lengths, pa.scalar(0, pa.int32()))).as_py())


def parse(name: str, text: Any, form: Form) -> Parsed | None:
    """The typed column `name`, and what comes with it, if every cell is written in the form's usual way.

    Args:
        name: of the column.
        text: chunked string column.
        form: how it is to be read.

    Returns:
        Columns by name, chunked as `text` is: `name` in minor units of two decimals (int64, MONEY), millionths (int64,
        RATE), int64 (INTEGER), date32 (DATE), timestamp[us] (TIME, beside it `<name>_precision`), or the text itself
        (DECIMAL). None if a cell is written otherwise, or the form has no usual writing.
    """
    reader = _READERS.get(form)
    if reader is None:
        return None
    pieces: list[Parsed] = []
    for chunk in text.chunks:
        piece = reader(name, chunk)
        if piece is None:
            return None
        pieces.append(piece)
    return {key: pa.chunked_array([piece[key] for piece in pieces]) for key in pieces[0]} if pieces else None


def _column(values: np.ndarray, chunk: Any) -> Any:
    """The values with null where the text is null."""
    if not chunk.null_count:
        return pa.array(values)
    return pa.array(values, mask=chunk.is_null().to_numpy(zero_copy_only=False))


def _integers(parser: Callable[..., Any]) -> Callable[[str, Any], Parsed | None]:
    def read(name: str, chunk: Any) -> Parsed | None:
        values, usual = parser(*text_buffers(chunk))
        return {name: _column(values, chunk)} if usual.all() else None

    return read


def _decimals(name: str, chunk: Any) -> Parsed | None:
    return {name: chunk} if texts.plain_decimals(*text_buffers(chunk)).all() else None


def _dates(name: str, chunk: Any) -> Parsed | None:
    values, usual = texts.days(*text_buffers(chunk))
    return {name: _column(values.astype(np.int32), chunk).view(pa.date32())} if usual.all() else None


def _times(name: str, chunk: Any) -> Parsed | None:
    values, usual, timed = texts.seconds(*text_buffers(chunk))
    if not usual.all():
        return None
    moments = _column(values * _MICROSECONDS, chunk).view(pa.timestamp("us"))
    precision = pa.DictionaryArray.from_arrays(_column(timed.astype(np.int8), chunk), _PRECISIONS)
    return {name: moments, f"{name}_precision": precision}


_READERS: Mapping[Form, Callable[[str, Any], Parsed | None]] = {
    Form.MONEY: _integers(texts.hundredths),
    Form.RATE: _integers(texts.millionths),
    Form.INTEGER: _integers(texts.whole_numbers),
    Form.DECIMAL: _decimals,
    Form.DATE: _dates,
    Form.TIME: _times,
}
