"""Reads the ledger: the snapshot a reader sees by, and the lines themselves. Used by the store and by writing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from graph.store.ledger import BatchState, Snapshot, fixed_snapshot, from_columns
from graph.store.port import BatchRecord

# How a reading statement is run: `Server.rows` for readers, `Work.rows` inside a write.
Rows = Callable[..., list[list[Any]]]
COLUMNS = (
    *("number", "id", "source", "digest", "state", "read", "accepted", "rejected", "known"),
    *("started_at", "committed_at", "who", "files", "by_type"),
    *("built_on", "withdrawn_at", "withdrawn_by", "ends_again", "resolved_by"),
)
LINE = "[" + ", ".join(f"e.`{name}`" for name in COLUMNS) + "]"
# Look-ups by index, whatever the length of the ledger. `$counted`: a withdrawn batch that counted at that instant.
_WITHDRAWN_LATER = "o.state = $withdrawn AND o.committed_at <= $recorded AND $recorded < o.withdrawn_at"
_SNAPSHOT = f"""
CALL () {{
  OPTIONAL MATCH (e:LedgerEntry) WHERE e.number > 0 AND e.state = $committed
    AND ($recorded IS NULL OR e.committed_at <= $recorded)
  RETURN e.number AS found ORDER BY found DESC LIMIT 1
}}
WITH coalesce(found, 0) AS top
OPTIONAL MATCH (l:Ledger {{id: 'ledger'}})
RETURN top, COLLECT {{
  MATCH (o:LedgerEntry) WHERE o.state IN $others AND NOT coalesce({_WITHDRAWN_LATER}, false) RETURN o.number AS number
  UNION
  MATCH (o:LedgerEntry) WHERE o.committed_at > $recorded RETURN o.number AS number
}} AS uncounted, COLLECT {{
  MATCH (o:LedgerEntry) WHERE {_WITHDRAWN_LATER} RETURN o.number AS number
}} AS counted, coalesce(l.shared, []) AS shared
"""


def snapshot(rows: Rows, recorded: datetime | None) -> Snapshot:
    """What counts at a recorded instant; None: now."""
    top, uncounted, counted, shared = rows(
        _SNAPSHOT,
        recorded=recorded and recorded.astimezone(UTC),
        committed=str(BatchState.COMMITTED),
        withdrawn=str(BatchState.WITHDRAWN),
        others=[str(state) for state in BatchState if state is not BatchState.COMMITTED],
    )[0]
    ends = {shared[place]: (shared[place + 1], shared[place + 2]) for place in range(0, len(shared), 3)}
    return replace(fixed_snapshot(max(top, *counted, 0), uncounted, ends), latest=recorded is None)


def lines(rows: Rows) -> list[BatchRecord]:
    """The whole ledger, in order of number."""
    return [record_of(row[0]) for row in rows(f"MATCH (e:LedgerEntry) RETURN {LINE} AS line ORDER BY e.number")]


def record_of(values: list[Any]) -> BatchRecord:
    """A line from its values in the order of `COLUMNS`."""
    return from_columns({name: _native(value) for name, value in zip(COLUMNS, values, strict=True)})


def _native(value: Any) -> Any:
    return value.to_native().astimezone(UTC) if hasattr(value, "to_native") else value
