"""Loading and what the ledger says of it: `load`, `batches`, `rejects`, `batch withdraw`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from pathlib import Path

from api.operations.context import OperationContext
from api.operations.parsing import day
from api.operations.registry import Answer
from graph.store.port import BatchRecord


def load(
    context: OperationContext,
    *,
    source: str,
    paths: Sequence[str],
    check: bool = False,
    as_at: str | None = None,
    max_rejects: str | None = None,
    unknown_parties: str = "stub",
    currency: str = "CNY",
    zone: str = "Asia/Shanghai",
) -> Answer:
    """Load files as one batch; the answer is `loaders.options.LoadReport` as JSON."""
    from loaders.options import LoadOptions  # noqa: PLC0415 - heavy, and only this operation needs the loaders
    from loaders.run import load as run  # noqa: PLC0415 - the same

    extracted = day(as_at, "--as-at")
    options = LoadOptions(
        check=check,
        as_at=datetime.combine(extracted, time.min) if extracted else None,
        max_rejects=max_rejects,
        unknown_parties=unknown_parties,
        currency=currency.upper(),
        zone=zone,
        who=context.who,
    )
    report = run(context.store, source, [Path(path) for path in paths], options=options, progress=context.progress)
    return report.as_json()


def batches(context: OperationContext) -> Answer:
    """The ledger, oldest first."""
    return {"batches": [_line(record) for record in context.store.batches() if record.number > 0]}


def withdraw(context: OperationContext, *, batch: str, with_later: bool = False) -> Answer:
    """Withdraw a batch, and with `with_later` those that build on it; newest first."""
    gone = context.store.withdraw(batch, with_later=with_later, who=context.who)
    context.saw("Batch", [record.header.id for record in gone])
    return {"withdrawn": [_line(record) for record in gone]}


def rejects(context: OperationContext, *, batch: str, out: str) -> Answer:
    """Write the refused rows of a batch to a CSV or Parquet file."""
    from loaders.rejects import rejects_of, save_rejects  # noqa: PLC0415 - heavy, see above

    found = rejects_of(context.store, batch)
    save_rejects(found, Path(out))
    return {"batch": batch, "rejects": found.num_rows, "out": out}


def _line(record: BatchRecord) -> Answer:
    header = record.header
    return {
        "number": record.number,
        "batch": header.id,
        "source": header.source,
        "state": str(record.state),
        "files": list(header.files),
        "read": header.read,
        "accepted": header.accepted,
        "rejected": header.rejected,
        "known": header.known,
        "who": header.who,
        "started_at": header.started_at.isoformat(),
        "committed_at": record.committed_at.isoformat() if record.committed_at else None,
        "withdrawn_at": record.withdrawn_at.isoformat() if record.withdrawn_at else None,
        "withdrawn_by": record.withdrawn_by,
    }
