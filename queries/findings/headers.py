"""Headers of batches that hold findings: runs of detection, and decisions."""

from __future__ import annotations

from graph.store.port import BatchHeader, GraphStore
from queries.findings.changes import SOURCE
from queries.small_batches import small_header


def findings_header(store: GraphStore, kind: str, who: str) -> BatchHeader:
    """A header of its own at every call; the next run looks at what hung on loads that are withdrawn meanwhile."""
    return small_header(store, SOURCE, kind, who, type_name="Finding")
