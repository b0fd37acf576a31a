"""Columns that hold one value in all rows of a stage, or none: they are sent once, or not at all. Called by `contents`.

Source, file, currency, dates that no source states: of the values of a batch about a third are of that kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.fields import Kind
from graph.store.neo4j_parts.values import Kinds, stored

_KEYS = frozenset({"id", "from_id", "to_id"})
_FEW = 1_000  # rows; below, many texts of statements would cost the server more than they save


@dataclass(frozen=True, slots=True)
class Uniform:
    """`once`: columns of one value, with it, as the driver takes it. `never`: columns without any value."""

    once: Mapping[str, Any] = field(default_factory=dict)
    never: frozenset[str] = frozenset()

    def sent(self, kinds: Kinds) -> list[str]:
        """The columns that differ from row to row."""
        return [name for name in kinds if name not in self.once and name not in self.never]

    def expressions(self, kinds: Kinds, place: int = 0) -> dict[str, str]:
        """Cypher of the stored form of each column that has values; of a row `r`, the first one sent at `place`."""
        places = {name: f"r[{place + i}]" for i, name in enumerate(self.sent(kinds))}
        return {
            name: f"${_parameter(name)}" if name in self.once else stored(kind, places[name])
            for name, kind in kinds.items()
            if name not in self.never
        }

    @property
    def parameters(self) -> dict[str, Any]:
        """What the expressions name."""
        return {_parameter(name): value for name, value in self.once.items()}


EACH_ROW = Uniform()
"""Of rows whose columns are all sent."""


def _parameter(name: str) -> str:
    return f"each_{name}"


def uniform_columns(rows: pa.Table, kinds: Kinds) -> Uniform:
    """Look through the rows of a stage; few rows are not worth it."""
    if rows.num_rows < _FEW:
        return EACH_ROW
    names = [name for name in kinds if name not in _KEYS]
    never = frozenset(name for name in names if rows[name].null_count == rows.num_rows)
    once = {name: rows[name][0].as_py() for name in names if name not in never and _is_one(rows[name], kinds[name])}
    return Uniform(once, never)


def _is_one(column: pa.ChunkedArray[Any], kind: Kind) -> bool:
    """True for one value in every row. Instants count as many: the driver would send theirs with another zone."""
    if column.null_count or kind is Kind.INSTANT:
        return False
    ends = pc.min_max(column)
    return bool(pc.equal(ends["min"], ends["max"]).as_py())
