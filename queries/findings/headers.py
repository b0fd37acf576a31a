"""Headers of batches that hold findings: runs of detection, and decisions."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from graph.store.port import BatchHeader, GraphStore
from queries.findings.changes import SOURCE


def findings_header(store: GraphStore, kind: str, who: str) -> BatchHeader:
    """A header of its own at every call.

    It builds on batches of findings, whose versions it may end, and on no load: loads can be withdrawn afterwards, and
    the next run looks at what hung on them.
    """
    ledger, now = store.batches(), datetime.now(UTC)
    number = max((each.number for each in ledger), default=0) + 1
    digest = hashlib.sha256(f"{number}\x00{kind}\x00{now.isoformat()}".encode()).hexdigest()
    return BatchHeader(
        id=f"{kind}-{digest[:16]}",
        source=SOURCE,
        digest=digest,
        who=who,
        started_at=now,
        by_type={"Finding": 1},
        built_on=tuple(each.number for each in ledger if each.header.source == SOURCE),
    )
