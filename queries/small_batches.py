"""Headers of batches that the platform itself writes: findings, decisions, alerts, appeals."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from graph.store.port import BatchHeader, GraphStore


def small_header(store: GraphStore, source: str, kind: str, who: str, *, type_name: str) -> BatchHeader:
    """A header of its own at every call.

    It builds on batches of the same source, whose versions it may end, and on no load: loads can be withdrawn
    afterwards. `kind` begins its id; `type_name` is the type that it holds.
    """
    ledger, now = store.batches(), datetime.now(UTC)
    number = max((each.number for each in ledger), default=0) + 1
    digest = hashlib.sha256(f"{number}\x00{source}\x00{kind}\x00{now.isoformat()}".encode()).hexdigest()
    return BatchHeader(
        id=f"{kind}-{digest[:16]}",
        source=source,
        digest=digest,
        who=who,
        started_at=now,
        by_type={type_name: 1},
        built_on=tuple(each.number for each in ledger if each.header.source == source),
    )
