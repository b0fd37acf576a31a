"""Parquet → one raw table: typed columns as canonical text. Called by `loaders.readers.files`.

Dates and times become ISO 8601 (with `+00:00` where the column has a zone), decimals and floats plain decimal text,
booleans `true` and `false`. Nested and binary columns have no text and are refused by name.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from graph.errors import DataError
from loaders.readers.columns import map_distinct, null_if_blank, pc
from loaders.readers.limits import DEFAULT_LIMITS, check_unpacked, file_size
from loaders.readers.tables import ROW, RawTable, check_cells, check_columns, text_table, unique_names
from loaders.readers.values import canonical_decimal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from loaders.readers.columns import Values
    from loaders.readers.limits import ReadLimits

# A page of one repeated long text unpacks to rows times text: large pieces only where no repeated text is long.
_BATCH_ROWS, _SMALL_BATCH_ROWS = 1 << 17, 8192
_LONGEST_REPEATED = 512  # bytes; a column of a large piece then unpacks to 64 MiB at most
_WHOLE_SECONDS = "%Y-%m-%dT%H:%M:"


def read_parquet(path: Path, *, limits: ReadLimits = DEFAULT_LIMITS) -> RawTable:
    """A whole Parquet file. See `iter_parquet` for errors."""
    pieces = list(iter_parquet(path, limits=limits))
    return RawTable(name=path.stem, rows=pa.concat_tables(piece.rows for piece in pieces), file=path.name)


def encrypted(file: str) -> DataError:
    """The error for a file, or a column of it, that only a key opens."""
    return DataError(
        f"{file} is an encrypted Parquet file",
        code="data.parquet.encrypted",
        next_step="export the file without encryption",
        file=file,
    )


def iter_parquet(
    path: Path, *, limits: ReadLimits = DEFAULT_LIMITS, columns: Sequence[str] | None = None
) -> Iterator[RawTable]:
    """A Parquet file in pieces of some ten thousand rows, at least one (maybe empty).

    `columns`: only these; they are read from the file alone.

    Raises:
        DataError: `data.parquet.broken`, `data.parquet.column`, `data.file.*` for sizes.
    """
    with _opened(path, limits=limits) as parquet:
        yield from _pieces(parquet, path, limits=limits, columns=columns)


def parquet_head(path: Path, *, limits: ReadLimits = DEFAULT_LIMITS) -> RawTable:
    """The columns of a Parquet file, and no rows; errors as `iter_parquet`."""
    with _opened(path, limits=limits) as parquet:
        names = _names(parquet, path, limits=limits)
    return _piece([pa.array([], pa.string()) for _ in names], names, path, start=1)


@contextmanager
def _opened(path: Path, *, limits: ReadLimits) -> Iterator[pq.ParquetFile]:
    file_size(path, limits=limits)
    try:
        # Buffering ahead would keep every column chunk read so far until the file is closed.
        with pq.ParquetFile(path, pre_buffer=False) as parquet:
            yield parquet
    except (pa.ArrowException, OSError, OverflowError, ValueError) as error:  # ValueError: a column name is no text
        raise DataError(
            f"{path.name} is a damaged or truncated Parquet file",
            code="data.parquet.broken",
            next_step="export or copy the file again",
            file=path.name,
            reason=type(error).__name__,
        ) from error


def _names(parquet: pq.ParquetFile, path: Path, *, limits: ReadLimits) -> tuple[str, ...]:
    """Names of the columns; DataError if there are too many, or one that is no plain value."""
    schema = parquet.schema_arrow
    check_columns(len(schema), file=path.name, limits=limits)
    check_cells(parquet.metadata.num_rows, len(schema), file=path.name, limits=limits)
    packed = file_size(path, limits=limits)
    # A column of one value costs nothing in the file, but no export has nothing else: a cell counts as a byte at least.
    cells = parquet.metadata.num_rows * (len(schema) + 1)
    check_unpacked(cells, file=path.name, limits=limits, packed_bytes=packed)
    for field in schema:
        _refuse_without_text(field, file=path.name)
    return unique_names(schema.names)


def _pieces(
    parquet: pq.ParquetFile, path: Path, *, limits: ReadLimits, columns: Sequence[str] | None
) -> Iterator[RawTable]:
    names = _names(parquet, path, limits=limits)
    places = [place for place, name in enumerate(names) if columns is None or name in columns]
    names = tuple(names[place] for place in places)
    own = None if columns is None else [parquet.schema_arrow.names[place] for place in places]
    packed = file_size(path, limits=limits)
    start, unpacked = 1, 0
    size = _batch_rows(parquet, path)
    for batch in parquet.iter_batches(batch_size=size, columns=own):
        unpacked += batch.nbytes
        # Short texts may repeat without end, as codes do; long ones that do are a bomb.
        bounded = packed if size == _SMALL_BATCH_ROWS else None
        check_unpacked(unpacked, file=path.name, limits=limits, packed_bytes=bounded)
        # Columns read for their keys alone are read again with all others, and looked at then.
        yield _piece(batch.columns, names, path, start=start, checked=columns is None)
        start += batch.num_rows
    if start == 1:
        yield _piece([pa.array([], pa.string()) for _ in names], names, path, start=start)


def _batch_rows(parquet: pq.ParquetFile, path: Path) -> int:
    """Rows of a piece: many if no text that is stored once and repeated is long."""
    for place, field in enumerate(parquet.schema_arrow):
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        repeated = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
        for group in range(parquet.num_row_groups):
            if repeated and _longest_repeated(parquet, path, place, group) > _LONGEST_REPEATED:
                return _SMALL_BATCH_ROWS
    return _BATCH_ROWS


def _longest_repeated(parquet: pq.ParquetFile, path: Path, column: int, group: int) -> int:
    """Bytes of the longest text in the dictionary of a column chunk: its first row brings the whole dictionary."""
    chunk = parquet.metadata.row_group(group).column(column)
    if not chunk.has_dictionary_page or not chunk.num_values:
        return 0
    name = chunk.path_in_schema
    with pq.ParquetFile(path, read_dictionary=[name], pre_buffer=False) as encoded:
        first: Any = next(encoded.iter_batches(batch_size=1, row_groups=[group], columns=[name])).column(0)
    if not pa.types.is_dictionary(first.type):  # some kinds of text cannot be kept so: as if it were long
        return _LONGEST_REPEATED + 1
    lengths: Any = pc.binary_length(first.dictionary)
    return int(pc.max(lengths).as_py() or 0)


def _piece(columns: list[Values], names: tuple[str, ...], path: Path, *, start: int, checked: bool = True) -> RawTable:
    count = len(columns[0]) if columns else 0
    texts = dict(zip(names, map(to_text, columns), strict=True))
    if checked:
        for text in texts.values():
            text.validate(full=True)  # the format does not promise that its texts are UTF-8
    rows = text_table(texts, pa.array(np.arange(start, start + count)))
    return RawTable(name=path.stem, rows=rows.select([*names, ROW]), file=path.name)


def _refuse_without_text(field: pa.Field[Any], *, file: str) -> None:
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        raise DataError(
            f"{file} has a column that is not a plain value",
            code="data.parquet.column",
            next_step="export the file without this column, or flatten it",
            file=file,
            column=field.name,
            type=str(field.type),
        )


def to_text(column: Values) -> Values:
    """A typed column as canonical text; empty text becomes null."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    if pa.types.is_timestamp(kind):
        return _instants(column)
    if pa.types.is_floating(kind):
        return _floats(column)
    text = column.cast(pa.string())
    if pa.types.is_decimal(kind):
        return map_distinct(text, lambda value: canonical_decimal(value) or value)
    return null_if_blank(text)


def _instants(column: Values) -> Values:
    """ISO 8601; a fraction of a second only where the column has any; `+00:00` where it has a zone."""
    suffix = "+00:00" if column.type.tz else ""
    if column.type.tz:
        column = column.cast(pa.timestamp(column.type.unit, tz="UTC"))
    whole = column.cast(pa.timestamp("s", tz=column.type.tz), safe=False)
    exact = pc.all(pc.equal(whole.cast(column.type), column)).as_py()
    texts: Values = pc.strftime(whole if exact else column, format=f"{_WHOLE_SECONDS}%S{suffix}")
    return texts


def _floats(column: Values) -> Values:
    """The shortest decimal that is this float; not-a-number and infinities become null, as they state no value."""
    values = column.cast(pa.float64()).to_pylist()
    texts = [None if value is None or not math.isfinite(value) else canonical_decimal(repr(value)) for value in values]
    return pa.array(texts, pa.string())
