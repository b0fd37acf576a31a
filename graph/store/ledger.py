"""Which batches a reader sees, and how a ledger line is kept. Engine-free; used by both stores.

A reader fixes a `Snapshot` once and reads every version by the same rule: written by a batch that counts, and not
ended by a batch that counts. Batch 0 is the system's own and counts for ever. A withdrawn batch counts for instants
between its commit and its withdrawal. An end number of `BatchRecord.ends_again` counts if either of its batches does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar

from graph.store.port import BatchHeader, BatchRecord

T = TypeVar("T")
SYSTEM_BATCH = 0
MOST_SNAPSHOTS = 100  # remembered of one ledger
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

    `latest`: no batch that was ever committed stands above the ceiling, so a store whose tables hold committed rows
    alone may read `batch_to is null` instead when `excluded` is empty. `void`: every known number that does not count,
    above the ceiling too.
    """

    ceiling: int
    excluded: frozenset[int] = frozenset()
    latest: bool = True
    void: frozenset[int] = field(default=frozenset(), compare=False)

    def counts(self, number: int | None) -> bool:
        """True if the batch of that number is part of this snapshot."""
        return number is not None and number <= self.ceiling and number not in self.excluded

    def sees(self, batch_from: int, batch_to: int | None) -> bool:
        """True if a version with these stamps is visible."""
        return self.counts(batch_from) and not self.counts(batch_to)


def snapshot_of(records: Iterable[BatchRecord], recorded: datetime | None) -> Snapshot:
    """The snapshot at a recorded instant (None: now), from the whole ledger in any order."""
    lines = list(records)
    counting = {line.number for line in lines if counts_at(line, recorded)}
    shared = {number: (line.number, former) for line in lines for number, former in line.ends_again.items()}
    top = max(counting, default=SYSTEM_BATCH)
    fixed = fixed_snapshot(top, (line.number for line in lines if line.number not in counting), shared)
    known = (BatchState.COMMITTED, BatchState.WITHDRAWN)
    return replace(fixed, latest=not any(line.state in known and line.number > fixed.ceiling for line in lines))


class SnapshotBook:
    """Remembers the snapshots of one ledger: requests read many times from it, as of now and of few instants."""

    def __init__(self) -> None:
        self._last: tuple[object, dict[datetime | None, Snapshot]] = (None, {})

    def at(self, lines: tuple[BatchRecord, ...], recorded: datetime | None) -> Snapshot:
        """`snapshot_of` for a ledger that is not changed; the same tuple is the same ledger."""
        known_of, known = self._last
        if known_of is not lines or len(known) > MOST_SNAPSHOTS:
            known = {}
            self._last = (lines, known)
        found = known.get(recorded)
        if found is None:
            found = known[recorded] = snapshot_of(lines, recorded)
        return found


class FromLedger(Generic[T]):
    """What `work` makes of a whole ledger, made once for each state of it; several threads may ask."""

    def __init__(self, work: Callable[[Sequence[BatchRecord]], T]) -> None:
        self._work = work
        self._last: tuple[list[BatchRecord], T] | None = None

    def of(self, ledger: Sequence[BatchRecord]) -> T:
        """Of this ledger. Lines that did not change are the same objects, so that comparing them takes no time."""
        last, lines = self._last, list(ledger)
        if last is None or last[0] != lines:
            last = self._last = (lines, self._work(lines))
        return last[1]


def fixed_snapshot(top: int, uncounted: Iterable[int], shared: Mapping[int, tuple[int, int]]) -> Snapshot:
    """The snapshot of the highest counting batch, all batches that do not count, and the shared end numbers.

    `shared`: end number → (batch, former end number); the former one is smaller, so ascending order settles all.
    """
    void, ceiling = set(uncounted), top
    for number in sorted(shared):
        if void.issuperset(shared[number]):
            void.add(number)
        else:
            ceiling = max(ceiling, number)
    return Snapshot(ceiling, frozenset(each for each in void if each <= ceiling), void=frozenset(void))


def counts_at(line: BatchRecord, recorded: datetime | None) -> bool:
    """True if the batch counts at the recorded instant (None: now)."""
    if recorded is None:
        return line.state == BatchState.COMMITTED
    if line.state not in (BatchState.COMMITTED, BatchState.WITHDRAWN) or line.committed_at is None:
        return False
    return line.committed_at <= recorded and (line.withdrawn_at is None or recorded < line.withdrawn_at)


def last_instant(records: Iterable[BatchRecord]) -> datetime | None:
    """When the ledger changed last: a commit or a withdrawal."""
    instants = (each for line in records for each in (line.committed_at, line.withdrawn_at))
    return max((each for each in instants if each is not None), default=None)


def next_instant(records: Iterable[BatchRecord]) -> datetime:
    """Now, or just after the last change where the clock went back: the ledger's instants ascend."""
    now, last = datetime.now(UTC), last_instant(records)
    return now if last is None else max(now, last + timedelta(microseconds=1))


def next_number(records: Iterable[BatchRecord]) -> int:
    """The number of the next batch: above every line and every shared end number."""
    given = (number for line in records for number in (line.number, *line.ends_again))
    return max(given, default=SYSTEM_BATCH) + 1


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
        "built_on": None if header.built_on is None else json.dumps(sorted(header.built_on)),
        "withdrawn_at": record.withdrawn_at and record.withdrawn_at.astimezone(UTC),
        "withdrawn_by": record.withdrawn_by,
        "resolved_by": header.resolved_by,
        "ends_again": json.dumps({str(number): record.ends_again[number] for number in sorted(record.ends_again)}),
    }


def from_columns(row: Mapping[str, Any]) -> BatchRecord:
    """Inverse of `to_columns`; instants come back in UTC."""
    header = BatchHeader(
        id=row["id"],
        source=row["source"],
        digest=row["digest"],
        who=row["who"],
        started_at=_instant(row["started_at"]),
        files=tuple(json.loads(row["files"])),
        read=row["read"],
        accepted=row["accepted"],
        rejected=row["rejected"],
        known=row["known"],
        by_type=json.loads(row["by_type"]),
        built_on=None if row.get("built_on") is None else tuple(json.loads(row["built_on"])),
        resolved_by=row.get("resolved_by"),
    )
    return BatchRecord(
        header,
        row["number"],
        row["state"],
        _utc(row["committed_at"]),
        withdrawn_at=_utc(row.get("withdrawn_at")),
        withdrawn_by=row.get("withdrawn_by"),
        ends_again={int(number): former for number, former in json.loads(row.get("ends_again") or "{}").items()},
    )


def _instant(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _utc(value: datetime | None) -> datetime | None:
    return None if value is None else _instant(value)
