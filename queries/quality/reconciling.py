"""Reconciliation: issues as the graph shows them, compared with those that stand; the difference is one batch.

An issue that the data no longer show ends: it stays visible as known before. One that they show and nobody filed is
new, or is back. Conflicts end with the load that settles them, and what only a file shows stays until a reviewer gives
a reason (`closing`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import pyarrow as pa

from graph.model.vocabulary import node_type
from graph.progress import Tell, silent
from graph.stopping import Stop
from graph.store.port import GraphStore, WriteBatch
from queries.quality.comparing import rule_of, wrong_now
from queries.small_batches import small_header

SOURCE: Final = "quality"
ISSUE: Final = "QualityIssue"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one run did. `found` by rule; `counts`: issues that are new, unchanged, settled; `batch`: None for none."""

    found: Mapping[str, int]
    counts: Mapping[str, int]
    batch: str | None


def reconcile(store: GraphStore, *, who: str, tell: Tell = silent, stop: Stop | None = None) -> Reconciled:
    """Compare everything, and keep the difference; again on the same data it writes nothing.

    The caller holds the store's turn, so that no load comes between.

    Raises:
        LimitError: what reads and writes of the store raise, and `stop`.
    """
    now = wrong_now(store, tell=tell, stop=stop)
    stood = {str(row["id"]) for row in store.export(ISSUE).to_pylist() if rule_of(row) is not None}
    new, over = sorted(now.keys() - stood), sorted(stood - now.keys())
    counts = {"new": len(new), "unchanged": len(stood & now.keys()), "settled": len(over)}
    found = Counter(str(row["rule"]) for row in now.values())
    if not new and not over:
        return Reconciled(dict(sorted(found.items())), counts, None)
    header = small_header(store, SOURCE, "quality-reconcile", who, type_name=ISSUE)
    schema = node_type(ISSUE).schema()
    rows = [dict.fromkeys(schema.names) | now[key] for key in new]
    nodes = {ISSUE: pa.Table.from_pylist(rows, schema=schema)} if rows else {}
    ended = {ISSUE: pa.table({"id": pa.array(over, pa.string())})} if over else {}
    header = replace(header, read=len(new), accepted=len(new), by_type={ISSUE: len(new)})
    store.write(WriteBatch(header, nodes=nodes, ended=ended))
    return Reconciled(dict(sorted(found.items())), counts, header.id)
