"""A batch's Arrow tables made ready for SQL: conformed to the vocabulary, with search text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from graph.errors import StoreError
from graph.model.types import NodeType, RelationshipType
from graph.store.duckdb_parts.schema import LEDGER_TYPE
from graph.store.searching import search_text

if TYPE_CHECKING:
    from graph.store.duckdb_parts.numbering import Ends

pc: Any = pyarrow.compute  # its type stubs lag behind the library


def incoming_name(kind: NodeType | RelationshipType) -> str:
    """Name under which a table of the batch is lent to SQL."""
    return f"in_{kind.table}"


def conformed(kind: NodeType | RelationshipType, table: pa.Table, wanted: Sequence[str]) -> pa.Table:
    """The wanted columns in the vocabulary's types; StoreError `store.batch` if one is missing or of another kind."""
    if kind.name == LEDGER_TYPE:
        raise refused("The ledger writes its own entries.", kind.name)
    missing = [name for name in wanted if name not in table.column_names]
    if missing:
        raise refused("A table of the batch lacks columns.", kind.name, columns=", ".join(missing))
    try:
        return table.select(list(wanted)).cast(encoded_alike(kind.schema(), table, wanted))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        raise refused("A table of the batch has columns of other types.", kind.name) from error


def encoded_alike(schema: pa.Schema, table: pa.Table, wanted: Sequence[str]) -> pa.Schema:
    """The wanted fields of `schema`; text that the table has dictionary-encoded stays so: it is cheaper to pass on."""
    return pa.schema([_alike(schema.field(name), table.schema.field(name)) for name in wanted])


def _alike(field: Any, given: Any) -> Any:
    encoded = pa.types.is_dictionary(given.type) and given.type.value_type == field.type
    return field.with_type(given.type) if encoded else field


def node_rows(kind: NodeType, table: pa.Table) -> pa.Table:
    """Conformed node rows with their search text."""
    rows = conformed(kind, table, kind.schema().names)
    if rows["id"].null_count:
        raise refused("A node row has no id.", kind.name)
    return rows.append_column("search_text", search_text(kind, rows)) if kind.search else rows


def is_ordered(rows: pa.Table) -> bool:
    """True if ids ascend strictly, so that none stands twice."""
    flat: Any = rows["id"].combine_chunks()
    return len(flat) <= 1 or bool(pc.all(pc.less(flat[:-1], flat[1:])).as_py())


def numbered(rows: pa.Table, numbers: np.ndarray) -> pa.Table:
    """Rows with their dense numbers."""
    return rows.append_column("_number", pa.array(numbers))


def with_ends(rows: pa.Table, ends: Ends) -> pa.Table:
    """Rows with their dense ends."""
    given: Any = rows.append_column("from_number", pa.array(ends.source))
    found: pa.Table = given.append_column("to_number", pa.array(ends.target))
    return found


def ascending(numbers: np.ndarray, then: np.ndarray | None = None) -> bool:
    """Whether numbers never fall and, where equal, neither do those of `then`."""
    before, after = numbers[:-1], numbers[1:]
    if then is None:
        return bool((before <= after).all())
    return bool(((before < after) | ((before == after) & (then[:-1] <= then[1:]))).all())


def refused(sentence: str, type_name: str, **facts: object) -> StoreError:
    """The error for a batch that breaks the port's promise."""
    return StoreError(
        sentence, code="store.batch", next_step="Give the tables of the vocabulary's schema.", type=type_name, **facts
    )


def duplicates(type_name: str, keys: int) -> StoreError:
    """The error for a batch that names a key twice."""
    return StoreError(
        "A batch names keys more than once.",
        code="store.duplicates",
        next_step="Merge the rows of one key before writing.",
        type=type_name,
        keys=keys,
    )
