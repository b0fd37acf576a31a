"""The ledger of a server as this process read it last; asked again, only what changed since is read. Kept by the store.

Lines are added at the end, and change while they are pending or when they are withdrawn; instants of the ledger ascend.
So what is new is told by number, by instant and by the lines that were pending, whatever the length of the ledger. If
the last line is no longer the one that was read, or the ledger's last instant went back, the database is another one
than before, and everything is read anew.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from graph.store.ledger import BatchState, last_instant
from graph.store.neo4j_parts.snapshots import LINE, Rows, lines, record_of
from graph.store.port import BatchRecord

Lines = tuple[BatchRecord, ...]
_SINCE = f"""
OPTIONAL MATCH (l:Ledger {{id: 'ledger'}})
RETURN l.committed_at, COLLECT {{
  MATCH (e:LedgerEntry) WHERE e.number >= $last RETURN {LINE} AS line
  UNION
  MATCH (e:LedgerEntry) WHERE e.number IN $pending RETURN {LINE} AS line
  UNION
  MATCH (e:LedgerEntry {{state: $withdrawn}}) WHERE e.withdrawn_at > $instant RETURN {LINE} AS line
}}
"""


class KnownLedger:
    """The lines of one server's ledger, in order of number; several threads may ask at once."""

    def __init__(self) -> None:
        self._lines: Lines = ()
        self._guard = threading.Lock()

    def lines(self, rows: Rows) -> Lines:
        """The ledger as it stands."""
        with self._guard:
            known = self._lines
        now = _grown(known, rows)
        with self._guard:
            self._lines = now
        return now


def _grown(known: Lines, rows: Rows) -> Lines:
    if not known:
        return tuple(lines(rows))
    last, instant = known[-1], last_instant(known)
    changed_at, found = rows(
        _SINCE,
        last=last.number,
        pending=[line.number for line in known if line.state == BatchState.PENDING],
        withdrawn=str(BatchState.WITHDRAWN),
        instant=instant or datetime.min.replace(tzinfo=UTC),
    )[0]
    changed = {line.number: line for line in map(record_of, found)}
    went_back = instant is not None and (changed_at is None or changed_at.to_native() < instant)
    if went_back or not _same(last, changed.get(last.number)):
        return tuple(lines(rows))
    if len(changed) == 1 and changed[last.number] == last:
        return known
    merged = {line.number: line for line in known} | changed
    return tuple(merged[number] for number in sorted(merged))


def _same(known: BatchRecord, found: BatchRecord | None) -> bool:
    """Whether it is the same batch, whatever became of it."""
    return found is not None and (known.header.id, known.header.digest, known.header.started_at) == (
        found.header.id,
        found.header.digest,
        found.header.started_at,
    )
