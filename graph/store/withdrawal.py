"""Which batches go when one is withdrawn, and who must not be written on top. Engine-free; used by both stores.

A batch's line says on which others it was built. Whatever was built on a withdrawn batch, directly or through others,
would not be what it is without it: it goes too, or the withdrawal is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from graph.errors import NotFoundError, StoreBusyError, StoreError
from graph.store.ledger import SYSTEM_BATCH, BatchState
from graph.store.port import BatchHeader, BatchRecord


def to_withdraw(records: Iterable[BatchRecord], batch_id: str, *, with_later: bool) -> list[BatchRecord]:
    """The lines that a withdrawal takes back, newest first.

    Raises:
        NotFoundError: `not_found.batch` if the ledger has no such id.
        StoreError: `store.withdraw` if the batch is not committed, `store.built_on` if later ones build on it.
        StoreBusyError: `store.busy` while a batch is half written: it may build on this one.
    """
    lines = sorted(records, key=lambda line: line.number)
    asked = _committed_line(lines, batch_id)
    if any(line.state == BatchState.PENDING for line in lines):
        raise StoreBusyError(
            "A batch is half written, and may build on the one to be withdrawn.",
            next_step="Wait for that load, or run it again to its end; then withdraw.",
        )
    later = built_on(lines, asked)
    if later and not with_later:
        raise StoreError(
            "Later batches build on this one.",
            code="store.built_on",
            next_step="Withdraw them too with --with-later, and load their files again afterwards.",
            batches=", ".join(line.header.id for line in later),
            files=", ".join(dict.fromkeys(name for line in later for name in line.header.files)),
        )
    return [*reversed(later), asked]


def _committed_line(lines: Sequence[BatchRecord], batch_id: str) -> BatchRecord:
    found = [line for line in lines if line.header.id == batch_id and line.number > SYSTEM_BATCH]
    if not found:
        raise NotFoundError(
            "There is no such batch.", code="not_found.batch", next_step="List the batches with `taxgraph batches`."
        )
    if found[-1].state != BatchState.COMMITTED:
        raise StoreError(
            "Only a committed batch can be withdrawn.",
            code="store.withdraw",
            next_step="See its state with `taxgraph batches`.",
            batch=batch_id,
            state=str(found[-1].state),
        )
    return found[-1]


def built_on(lines: Sequence[BatchRecord], first: BatchRecord) -> list[BatchRecord]:
    """Committed lines that build on `first`, through others too, in order of number (as `lines` are)."""
    gone, later = {first.number}, []
    for line in lines:
        if line.number <= first.number or line.state != BatchState.COMMITTED:
            continue
        if line.header.built_on is None or not gone.isdisjoint(line.header.built_on):
            gone.add(line.number)
            later.append(line)
    return later


def check_ground(records: Iterable[BatchRecord], header: BatchHeader) -> None:
    """Refuse what a load built on a batch that was withdrawn while it ran: StoreBusyError `store.busy`."""
    if not header.built_on:
        return
    gone = {line.number for line in records if line.state == BatchState.WITHDRAWN}
    if not gone.isdisjoint(header.built_on):
        raise StoreBusyError(
            "A batch that this load built on was withdrawn meanwhile; nothing was written.",
            next_step="Run the load again.",
        )
