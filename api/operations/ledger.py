"""Loading and what the ledger says of it: `load`, `batches`, `rejects`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from functools import partial
from pathlib import Path

from api.operations.context import OperationContext
from api.operations.parsing import day
from api.operations.registry import Answer
from graph.errors import QueryError
from graph.store.opening import finish_import as finish
from graph.store.opening import initial_store
from graph.store.port import BatchRecord, GraphStore


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
    initial: bool = False,
    files_out: str | None = None,
) -> Answer:
    """Load files as one batch; the answer is `loaders.options.LoadReport` as JSON.

    `initial` fills an empty Neo4j server by its import tool. With `files_out` only the tool's files are written, and
    the answer has `folder` and `command`.
    """
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
    load_into = partial(run, source=source, paths=[Path(path) for path in paths], options=options)
    if not initial:
        return load_into(_no_files(context.store, files_out), progress=context.progress).as_json()
    store = initial_store(context.store, files_out=Path(files_out) if files_out else None)
    answer = load_into(store, progress=context.progress).as_json()
    return answer | {"state": "written", "folder": files_out, "command": store.command} if store.command else answer


def _no_files(store: GraphStore, files_out: str | None) -> GraphStore:
    if files_out is not None:
        raise QueryError(
            "--files-out is for first loads.", code="query.parameters", next_step="Give --initial too, or leave it out."
        )
    return store


def finish_import(context: OperationContext) -> Answer:
    """Commit what the import tool brought into a server by the files of `load --initial --files-out`."""
    return _line(finish(context.store))


def batches(context: OperationContext) -> Answer:
    """The ledger, oldest first."""
    return {"batches": [_line(record) for record in context.store.batches() if record.number > 0]}


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
    }
