"""The staging area's results as one `WriteBatch`. Called by `loaders.run` as its last step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from graph.model.vocabulary import NODE_TYPES, STORED_RELATIONSHIP_TYPES
from graph.store.port import BatchHeader, GraphStore, WriteBatch
from loaders.claims.plans import Plan, plan_of
from loaders.ledger import BatchIdentity
from loaders.options import LoadReport
from loaders.staging.engine import Staging


@dataclass(frozen=True, slots=True)
class Outcome:
    """Distinct accepted facts by type, and quality issues by rule."""

    counts: Mapping[str, int] = field(default_factory=dict)
    issues: Mapping[str, int] = field(default_factory=dict)


def write_batch(
    store: GraphStore, staging: Staging, report: LoadReport, *, identity: BatchIdentity, who: str, started_at: datetime
) -> None:
    """Write every `out_<type>` and `ended` row as one batch."""
    nodes = _tables(staging, tuple(plan_of(kind.name) for kind in NODE_TYPES))
    links = _tables(staging, tuple(plan_of(kind.name) for kind in STORED_RELATIONSHIP_TYPES))
    # What identity, claims and rejects add is no accepted fact of a source, but the ledger must know what a batch
    # brought: `loaders.claims.stored` asks it which types the store may hold.
    brought = {name: table.num_rows for name, table in {**nodes, **links}.items()}
    header = BatchHeader(
        id=identity.id,
        source=identity.source,
        digest=identity.digest,
        who=who,
        started_at=started_at,
        files=report.files,
        read=report.read,
        accepted=report.accepted,
        rejected=report.rejected,
        known=report.known,
        by_type={**brought, **report.by_type},
    )
    store.write(WriteBatch(header=header, nodes=nodes, relationships=links, ended=_ended(staging)))


def _tables(staging: Staging, plans: tuple[Plan, ...]) -> dict[str, pa.Table]:
    """The rows to write, by type; types without any are left out."""
    known = {row[0] for row in staging.rows("SELECT table_name FROM duckdb_tables()")}
    tables = {}
    for plan in plans:
        if f"out_{plan.table}" in known:
            columns = ", ".join(f'"{name}"' for name in plan.schema.names)
            table = staging.table(f"SELECT {columns} FROM out_{plan.table}").cast(plan.schema)
            if table.num_rows:
                tables[plan.name] = table
    return tables


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
