"""A slice's results as one part of a batch, and the batch's header. Called by `loaders.run`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from graph.model.vocabulary import NODE_TYPES, STORED_RELATIONSHIP_TYPES
from graph.store.port import NO_HEADER, BatchHeader, WriteBatch
from loaders.claims.plans import Plan, plan_of
from loaders.pace import Pace
from loaders.staging.engine import Staging

if TYPE_CHECKING:
    from loaders.merging import Totals
    from loaders.run import Load


@dataclass(frozen=True, slots=True)
class Part(WriteBatch):
    """One slice of a batch, ready to be written. `rows`: how many of each type."""

    rows: Mapping[str, int] = field(default_factory=dict)


def part_of(staging: Staging, *, number: int, pace: Pace) -> Part:
    """Every `out_<type>` and `ended` row of a slice, whose number the load's pace knows."""
    nodes = _tables(staging, tuple(plan_of(kind.name) for kind in NODE_TYPES))
    links = _tables(staging, tuple(plan_of(kind.name) for kind in STORED_RELATIONSHIP_TYPES))
    rows = {**nodes.rows, **links.rows}
    total = max(1, sum(rows.values()))
    return Part(
        NO_HEADER,
        nodes=nodes,
        relationships=links,
        ended=_ended(staging),
        told=lambda count: pace.did(number, count / total),
        stop=pace.stop,
        rows=rows,
    )


def header_of(job: Load, totals: Totals, *, started_at: datetime | None = None) -> BatchHeader:
    """What the ledger keeps about the batch, as far as it is known.

    What identity, claims and rejects add is no accepted fact of a source, but the ledger must know what a batch
    brought: `loaders.claims.stored` asks it which types the store may hold.
    """
    return BatchHeader(
        id=job.identity.id,
        source=job.identity.source,
        digest=job.identity.digest,
        who=job.options.who,
        started_at=started_at or datetime.now(UTC),
        files=job.names,
        read=totals.read,
        accepted=totals.read - totals.rejected,
        rejected=totals.rejected,
        known=totals.known,
        by_type={**totals.brought, **totals.by_type},
        resolved_by=totals.resolved_by,
    )


class StagedTables(Mapping[str, pa.Table]):
    """The rows to write, by type. A table is made when it is asked for and not kept: a batch may fill the memory.

    `rows`: how many each type has; types without any are left out.
    """

    def __init__(self, staging: Staging, plans: Mapping[str, Plan], rows: Mapping[str, int]) -> None:
        self.rows = rows
        self._staging = staging
        self._plans = plans

    def __getitem__(self, name: str) -> pa.Table:
        plan = self._plans[name]
        columns = ", ".join(f'"{column}"' for column in plan.schema.names)
        # Stores number nodes as they come, and the staging area keeps no order: two loads would number differently.
        order = " ORDER BY id" if plan.node else ""
        table = self._staging.table(f"SELECT {columns} FROM out_{plan.table}{order}")
        return table.cast(pa.schema([_encoded(field, table) for field in plan.schema]))

    def __iter__(self) -> Iterator[str]:
        return iter(self._plans)

    def __len__(self) -> int:
        return len(self._plans)


def _encoded(field: Any, table: pa.Table) -> Any:
    """The field, or as it is where the staging area has text of a short list: indices are cheaper to pass on."""
    given = table.schema.field(field.name)
    return given if pa.types.is_dictionary(given.type) else field


def _tables(staging: Staging, plans: tuple[Plan, ...]) -> StagedTables:
    known = staging.names()
    made = [plan for plan in plans if f"out_{plan.table}" in known]
    found = staging.on_each(lambda plan: int(staging.value(f"SELECT count(*) FROM out_{plan.table}")), made)
    counts = {plan.name: count for plan, count in zip(made, found, strict=True)}
    rows = {name: count for name, count in counts.items() if count}
    return StagedTables(staging, {plan.name: plan for plan in plans if plan.name in rows}, rows)


def _ended(staging: Staging) -> dict[str, pa.Table]:
    types = [row[0] for row in staging.rows("SELECT DISTINCT type FROM ended ORDER BY type")]
    return {
        name: staging.table(f"SELECT DISTINCT {_ended_columns(plan_of(name))} FROM ended WHERE type = '{name}'")
        for name in types
    }


def _ended_columns(plan: Plan) -> str:
    if plan.node:
        return "id"
    ends = ("from_type", "from_id", "to_type", "to_id")
    identity = [name for name in plan.identity if name not in ends]
    casts = [f"CAST(identity->>'{name}' AS {plan.sql_types[name]}) AS \"{name}\"" for name in identity]
    return ", ".join([*ends, *casts])
