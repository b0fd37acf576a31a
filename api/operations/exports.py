"""The graph for other tools: a table a type (csv, parquet), trade and control (graphml), tasks as an event log (xes).

Restricted properties and the access log never leave the store this way. See also `graphml` and `xes`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from api.operations.context import OperationContext
from api.operations.registry import Answer
from graph.errors import DataError, QueryError
from graph.model.fields import Personal
from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import NODE_TYPES, STORED_RELATIONSHIP_TYPES
from graph.spreadsheets import defused

# The ledger has its own command; the access log is for internal control alone; claims are content of other rows; what
# identity resolution keeps for itself is for nobody else.
KEPT_BACK: Final = frozenset({"Batch", "AccessEvent", "Claim", "PersonDocument", "SCORED"})
Kind = NodeType | RelationshipType
Writer = Callable[[pa.Table, Path], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the graph: `types` of tables, the `period` of indicators as known at `recorded`."""

    types: Sequence[str] = ()
    period: str | None = None
    recorded: str | None = None


def export(
    context: OperationContext,
    *,
    kind: str,
    out: str,
    types: Sequence[str] = (),
    period: str | None = None,
    recorded: str | None = None,
) -> Answer:
    """Write an export: csv and parquet into the folder `out`, graphml, xes and indicators into the file `out`.

    Raises:
        QueryError: `query.export` for another kind, `query.type` for a type that cannot be exported.
        DataError: `data.export.path` if the place cannot be written.
    """
    if kind not in KINDS:
        raise QueryError(
            f"There is no export of kind {kind!r}.", code="query.export", next_step=f"Use one of {', '.join(KINDS)}."
        )
    context.saw("Export", [kind])
    try:
        return {"kind": kind, "out": out, **KINDS[kind](context, Path(out), Asked(types, period, recorded))}
    except OSError as error:
        raise DataError(
            f"The export cannot be written: {error.strerror}.",
            code="data.export.path",
            next_step="Name a place that this user may write.",
            file=Path(out).name,
        ) from None


def exported_kinds(types: Sequence[str]) -> list[Kind]:
    """The types of these names (all that may be exported, if none), in the vocabulary's order."""
    every: list[Kind] = [*NODE_TYPES, *STORED_RELATIONSHIP_TYPES]
    known = {kind.name: kind for kind in every if kind.name not in KEPT_BACK}
    unknown = [name for name in types if name not in known]
    if unknown:
        raise QueryError(
            f"This type cannot be exported: {unknown[0]}.",
            code="query.type",
            next_step="`taxgraph schema` lists the types.",
        )
    return [kind for name, kind in known.items() if not types or name in types]


def _tables(context: OperationContext, out: Path, types: Sequence[str], ending: str, write: Writer) -> Answer:
    out.mkdir(parents=True, exist_ok=True)
    kinds, files = exported_kinds(types), {}
    for place, kind in enumerate(kinds):
        context.progress(f"export {kind.name}", place, len(kinds))
        table = _open_columns(kind, context.store.export(kind.name))
        if table.num_rows:
            name = f"{kind.table}.{ending}"
            write(table, out / name)
            files[name] = table.num_rows
    return {"files": files, "rows": sum(files.values())}


def _open_columns(kind: Kind, table: pa.Table) -> pa.Table:
    """Rows in order of key, without restricted properties."""
    hidden = [each.name for each in kind.properties if each.personal is Personal.RESTRICTED]
    ends = ("id",) if isinstance(kind, NodeType) else ("from_type", "from_id", "to_type", "to_id")
    extra = () if isinstance(kind, NodeType) else (each.name for each in kind.identity)
    return table.drop_columns(hidden).sort_by([(name, "ascending") for name in (*ends, *extra)])


def _write_csv(table: pa.Table, path: Path) -> None:
    csv.write_csv(defused(table), path)


def _csv(context: OperationContext, out: Path, asked: Asked) -> Answer:
    return _tables(context, out, asked.types, "csv", _write_csv)


def _parquet(context: OperationContext, out: Path, asked: Asked) -> Answer:
    return _tables(context, out, asked.types, "parquet", pq.write_table)


def _graphml(context: OperationContext, out: Path, _asked: Asked) -> Answer:
    from api.operations.graphml import write_graphml  # noqa: PLC0415 - it opens the projection, which is heavy

    return write_graphml(context, out)


def _xes(context: OperationContext, out: Path, _asked: Asked) -> Answer:
    from api.operations.xes import write_xes  # noqa: PLC0415 - as above: only what is asked for is loaded

    return write_xes(context, out)


def _indicators(context: OperationContext, out: Path, asked: Asked) -> Answer:
    from api.operations.indicators import write_delivery  # noqa: PLC0415 - as above

    return write_delivery(context, out, asked.period, asked.recorded)


KINDS: Final[Mapping[str, Callable[[OperationContext, Path, Asked], Answer]]] = {
    "csv": _csv,
    "parquet": _parquet,
    "graphml": _graphml,
    "xes": _xes,
    "indicators": _indicators,
}
