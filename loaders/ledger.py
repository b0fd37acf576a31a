"""Which batch a load is: its digest, its id, and whether the ledger knows it already. Called by `loaders.run`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from graph.store.ledger import RESUBMISSION
from graph.store.port import BatchRecord
from loaders.options import LoadReport
from loaders.sources.base import Source

_COMMITTED = "committed"


@dataclass(frozen=True, slots=True)
class BatchIdentity:
    """A batch before it is written. `digest` is a function of source, contents, date and mapping alone."""

    id: str
    source: str
    digest: str


def identify(
    sources: Sequence[Source], digests: Sequence[str], as_at: datetime | None, ledger: Sequence[BatchRecord]
) -> BatchIdentity:
    """Digest and id of a batch of files with these sha256 digests; an id of a withdrawn batch is not given again."""
    name = "+".join(sorted({source.name for source in sources}))
    versions = ",".join(sorted({f"{source.name}={source.version}" for source in sources}))
    text = "\n".join([name, versions, as_at.isoformat() if as_at else "", *sorted(digests)])
    digest = hashlib.sha256(text.encode()).hexdigest()
    return BatchIdentity(_free_id(f"b{digest[:16]}", ledger), name, digest)


def identify_resubmission(
    original: BatchRecord,
    sources: Sequence[Source],
    digest: str,
    as_at: datetime | None,
    ledger: Sequence[BatchRecord],
) -> BatchIdentity:
    """As `identify`, of a file of corrected rejects. The id says whose: `<original>-r<digest>`."""
    found = identify(sources, [f"resubmission of {original.header.id}", digest], as_at, ledger)
    return replace(found, id=_free_id(f"{original.header.id}{RESUBMISSION}{found.digest[:8]}", ledger))


def _free_id(base: str, ledger: Sequence[BatchRecord]) -> str:
    taken = {line.header.id for line in ledger if line.state != _COMMITTED}
    free, number = base, 1
    while free in taken:
        number += 1
        free = f"{base}-{number}"
    return free


def committed_before(identity: BatchIdentity, ledger: Sequence[BatchRecord]) -> BatchRecord | None:
    """The committed batch of the same digest, if there is one."""
    same = (line for line in ledger if line.state == _COMMITTED and line.header.digest == identity.digest)
    return next(same, None)


def known_report(line: BatchRecord, *, seconds: float) -> LoadReport:
    """The report of a batch that was loaded before: everything it accepted is known."""
    header = line.header
    return LoadReport(
        batch=header.id,
        state="known",
        files=header.files,
        read=header.read,
        accepted=header.accepted,
        rejected=header.rejected,
        known=header.accepted,
        by_type=dict(header.by_type),
        issues={},
        seconds=seconds,
        resolved_by=header.resolved_by,
    )
