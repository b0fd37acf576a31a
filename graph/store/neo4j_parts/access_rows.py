"""Rows of the access log, outside any batch. Called by the store's `append_access`; loads do not hold them up."""

from __future__ import annotations

import pyarrow as pa

from graph.model.vocabulary import node_type
from graph.store.ledger import SYSTEM_BATCH, Snapshot
from graph.store.neo4j_parts.connection import Server, Work
from graph.store.neo4j_parts.contents import Does, Stage
from graph.store.neo4j_parts.stages import Writing, apply


def append_access(server: Server, rows: pa.Table) -> None:
    """Append AccessEvent rows under batch 0. An attempt whose answer was lost is found by its ids."""
    kind = node_type("AccessEvent")
    stage = Stage(Does.WRITE_NODES, kind.name, rows.select(kind.schema().names).cast(kind.schema()).sort_by("id"))

    def append(work: Work) -> None:
        known = work.rows(
            "UNWIND $ids AS id MATCH (n:AccessEvent {id: id}) RETURN n.id", ids=stage.rows["id"].to_pylist()
        )
        if not known:
            apply(work, stage, stage.rows, Writing(SYSTEM_BATCH, Snapshot(SYSTEM_BATCH), {}))

    if rows.num_rows:
        server.write(append)
