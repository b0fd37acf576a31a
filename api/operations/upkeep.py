"""What keeps a store fit: `compact`, and `schema migrate`, which alone may open a store of an earlier version."""

from __future__ import annotations

from api.operations.context import OperationContext
from api.operations.registry import Answer
from graph.store.opening import open_unchecked


def compact(context: OperationContext) -> Answer:
    """Sort the runs that daily batches left into one."""
    before = context.store.runs()
    tables = context.store.compact(progress=context.progress)
    return {"runs_before": before, "runs": context.store.runs(), "tables": tables}


def migrate(url: str) -> Answer:
    """Bring the store at an address up to this release; StoreError `store.migration` if no way leads there."""
    store = open_unchecked(url)
    try:
        done = store.migrate()
        store.ensure_schema()
    finally:
        store.close()
    return {"migrations": done}
