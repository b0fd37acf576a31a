"""A DuckDB in memory that knows how to count edits by sign, and what of prepared registrations it holds.

Opened by `rules`, `scoring` and `training` for one call each; nothing outlives the call.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa
from duckdb.func import PythonUDFType
from duckdb.sqltypes import BIGINT, VARCHAR

from graph.kernels.edits import edit_distances
from loaders.resolve.columns import buffers

EDITS = "sign_edits"


@contextmanager
def opened(**tables: pa.Table) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with these tables, and `sign_edits(text, text)`: 0 to 3, or 4 for more."""
    connection = duckdb.connect(config={"threads": "2", "preserve_insertion_order": "false"})
    try:
        connection.execute("SET enable_progress_bar = false")
        connection.create_function(EDITS, _sign_edits, [VARCHAR, VARCHAR], BIGINT, type=PythonUDFType.ARROW)
        for name, table in tables.items():
            connection.register(name, table)  # read where it is: a copy costs more than it saves
        yield connection
    finally:
        connection.close()


def arrow(connection: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    """The answer as one Arrow table."""
    answer: pa.Table = connection.sql(query).to_arrow_table()
    return answer.combine_chunks()


def _sign_edits(left: Any, right: Any) -> Any:
    """Edits between the texts of each row; DuckDB reads these annotations, so they are plain."""
    columns = (column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column for column in (left, right))
    return pa.array(edit_distances(*(part for column in columns for part in buffers(column.cast(pa.string())))))
