"""Which batches a reader sees, and how a ledger line is kept. Engine-free; used by both stores.

A reader fixes a `Snapshot` once and reads every version by the same rule: written by a batch that counts, and not
ended by a batch that counts. Batch 0 is the system's own and counts for ever.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from graph.store.port import BatchHeader, BatchRecord

SYSTEM_BATCH = 0
RESUBMISSION = (
    "-r"  # in the id of a batch of corrected rejects, between the id of the batch it answers and its own part
)


class BatchState(StrEnum):
    """Life of a batch. Only a committed one is seen."""

    PENDING = "pending"
    COMMITTED = "committed"
    WITHDRAWN = "withdrawn"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Batches up to `ceiling` count, except `excluded` ones.

    `latest`: no committed batch stands above the ceiling, so a store whose tables hold committed rows alone may read
    `batch_to is null` instead when `excluded` is empty.
    """

    ceiling: int
    excluded: frozenset[int] = frozenset()
    latest: bool = True

    def counts(self, number: int | None) -> bool:
        """True if the batch of that number is part of this snapshot."""
        return number is not None and number <= self.ceiling and number not in self.excluded

    def sees(self, batch_from: int, batch_to: int | None) -> bool:
        """True if a version with these stamps is visible."""
        return self.counts(batch_from) and not self.counts(batch_to)


def snapshot_of(records: Iterable[BatchRecord], recorded: datetime | None) -> Snapshot:
    """The snapshot at a recorded instant (None: now), from the whole ledger in any order."""
    lines = list(records)
    seen = {line.number for line in lines if _committed_by(line, recorded)}
    ceiling = max(seen, default=SYSTEM_BATCH)
    excluded = frozenset(line.number for line in lines if line.number <= ceiling) - seen
    latest = not any(line.state == BatchState.COMMITTED and line.number > ceiling for line in lines)
    return Snapshot(ceiling, excluded, latest)


def _committed_by(line: BatchRecord, recorded: datetime | None) -> bool:
    if line.state != BatchState.COMMITTED:
        return False
    return recorded is None or (line.committed_at is not None and line.committed_at <= recorded)


def resubmits(batch_id: str) -> str | None:
    """The batch whose rejects this batch brought back corrected; None for any other batch."""
    return batch_id.rpartition(RESUBMISSION)[0] or None


def already_committed(records: Iterable[BatchRecord], header: BatchHeader) -> BatchRecord | None:
    """The committed batch of the same id or digest, if there is one."""
    for line in records:
        same = header.digest == line.header.digest or header.id == line.header.id
        if line.state == BatchState.COMMITTED and same:
            return line
    return None


def to_columns(record: BatchRecord) -> dict[str, Any]:
    """A ledger line as primitive values: what both stores keep. Instants are UTC, lists and maps JSON text."""
    header = record.header
    return {
        "number": record.number,
        "id": header.id,
        "source": header.source,
        "digest": header.digest,
        "state": str(record.state),
        "read": header.read,
        "accepted": header.accepted,
        "rejected": header.rejected,
        "known": header.known,
        "started_at": header.started_at.astimezone(UTC),
        "committed_at": record.committed_at and record.committed_at.astimezone(UTC),
        "who": header.who,
        "files": json.dumps(list(header.files), ensure_ascii=False),
        "by_type": json.dumps(dict(header.by_type), sort_keys=True),
    }


def from_columns(row: Mapping[str, Any]) -> BatchRecord:
    """Inverse of `to_columns`; instants come back in UTC."""
    header = BatchHeader(
        id=row["id"],
        source=row["source"],
        digest=row["digest"],
        who=row["who"],
        started_at=_utc(row["started_at"]),
        files=tuple(json.loads(row["files"])),
        read=row["read"],
        accepted=row["accepted"],
        rejected=row["rejected"],
        known=row["known"],
        by_type=json.loads(row["by_type"]),
    )
    committed = row["committed_at"]
    return BatchRecord(header, row["number"], row["state"], None if committed is None else _utc(committed))


def _utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
