"""The events that a slice brings → links of their tasks' chains. Called by `loaders.merging` after the merge.

An event that stands already keeps its link: the merge carries it on. A withdrawn event that comes again is recorded
again, behind what was recorded meanwhile.
"""

from __future__ import annotations

from datetime import UTC, datetime

from graph.store.port import GraphStore
from graph.store.task_heads import EVENT, brought_events, task_heads
from graph.trail.chain import chained_table
from loaders.claims.plans import plan_of
from loaders.claims.stored import Stored
from loaders.staging.engine import Staging

_LINK = ("sequence", "recorded_at", "previous_hash", "hash")


def chain_events(staging: Staging, store: GraphStore, stored: Stored) -> None:
    """Give the new rows of `out_n_task_event` their links: by instant, then position, behind what is recorded."""
    plan = plan_of(EVENT)
    out = f"out_{plan.table}"
    if not staging.has(out):
        return
    new = staging.table(f'FROM {out} WHERE "sequence" IS NULL ORDER BY "at", "position", id')
    if not new.num_rows:
        return
    # The ledger is read anew: the desk may have recorded events since the load began.
    recorded = stored.later or any(brought_events(line) for line in store.batches())
    tasks = [str(task) for task in new["task"].unique().to_pylist()] if recorded else []
    heads = task_heads(store, stored.batch, tasks)
    links = chained_table(new, heads, recorded_at=datetime.now(UTC)).select(["id", *_LINK])
    staging.keep("links", links)
    staging.run(f"ALTER {'VIEW' if staging.is_view(out) else 'TABLE'} {out} RENAME TO unlinked_{out}")
    told = ", ".join(f'coalesce(o."{name}", l."{name}") AS "{name}"' for name in _LINK)
    staging.run(f"CREATE VIEW {out} AS SELECT o.* REPLACE ({told}) FROM unlinked_{out} o LEFT JOIN links l USING (id)")
