"""Loading and what the ledger says: `load`, `resubmit`, `batches`, `rejects`, `feeds`, `batch withdraw`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from api.operations.context import OperationContext
from api.operations.parsing import day, instant
from api.operations.registry import Answer
from graph.errors import QueryError, SettingsError
from graph.settings import load_settings
from graph.store.ledger import resubmits
from graph.store.opening import finish_import as finish
from graph.store.opening import initial_store
from graph.store.port import BatchRecord, GraphStore

if TYPE_CHECKING:  # heavy: only loads need the loaders
    from loaders.feeds import FeedReport
    from loaders.options import LoadOptions


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
    rejects_out: str | None = None,
    wait_seconds: float | None = None,
    initial: bool = False,
    files_out: str | None = None,
) -> Answer:
    """Load files as one batch; the answer is `loaders.options.LoadReport` as JSON.

    `initial` fills an empty Neo4j server by its import tool. With `files_out` only the tool's files are written, and
    the answer has `folder` and `command`.
    """
    from loaders.run import load as run  # noqa: PLC0415 - heavy, and only this operation needs the loaders

    given = {"check": check, "currency": currency.upper(), "unknown_parties": unknown_parties, "zone": zone}
    options = _options(context, as_at, rejects_out, wait_seconds, max_rejects=max_rejects, **given)
    files = [Path(path) for path in paths]
    load_into = partial(run, source=source, paths=files, options=options, progress=context.progress, stop=context.stop)
    if not initial:
        return load_into(_no_files(context.store, files_out)).as_json()
    store = initial_store(context.store, files_out=Path(files_out) if files_out else None)
    answer = load_into(store).as_json()
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


def resubmit(
    context: OperationContext,
    *,
    path: str,
    check: bool = False,
    as_at: str | None = None,
    max_rejects: str | None = None,
    unknown_parties: str = "stub",
    currency: str = "CNY",
    zone: str = "Asia/Shanghai",
    rejects_out: str | None = None,
    wait_seconds: float | None = None,
) -> Answer:
    """Load corrected rejects as one batch; the answer is `loaders.options.LoadReport` as JSON."""
    from loaders.resubmission import resubmit as run  # noqa: PLC0415 - heavy, see above

    options = _options(
        context,
        as_at,
        rejects_out,
        wait_seconds,
        max_rejects=max_rejects,
        check=check,
        currency=currency.upper(),
        unknown_parties=unknown_parties,
        zone=zone,
    )
    return run(context.store, Path(path), options=options, progress=context.progress, stop=context.stop).as_json()


def _options(
    context: OperationContext, as_at: str | None, rejects_out: str | None, wait_seconds: float | None, **given: Any
) -> LoadOptions:
    """Options of a load: what the command says goes before the settings."""
    from loaders.corrections import save  # noqa: PLC0415 - heavy, see above
    from loaders.options import LoadOptions, forget  # noqa: PLC0415 - the same

    extracted, settings = day(as_at, "--as-at"), load_settings()
    if given["max_rejects"] is None:
        given["max_rejects"] = settings.max_rejects
    return LoadOptions(
        as_at=datetime.combine(extracted, time.min) if extracted else None,
        who=context.who,
        wait_seconds=settings.load_wait_seconds if wait_seconds is None else wait_seconds,
        slice_rows=settings.slice_rows,
        refused=forget if rejects_out is None else lambda rows: save(rows, Path(rejects_out)),
        **given,
    )


def batches(context: OperationContext) -> Answer:
    """The ledger, oldest first."""
    return {"batches": [_line(record) for record in context.store.batches() if record.number > 0]}


def withdraw(context: OperationContext, *, batch: str, with_later: bool = False) -> Answer:
    """Withdraw a batch, and with `with_later` those that build on it; newest first."""
    gone = context.store.withdraw(batch, with_later=with_later, who=context.who)
    context.saw("Batch", [record.header.id for record in gone])
    return {"withdrawn": [_line(record) for record in gone]}


def rejects(context: OperationContext, *, batch: str, out: str | None = None, settled: bool = False) -> Answer:
    """How many rows of a batch were refused and what became of them; those to correct as a CSV or Parquet file."""
    from loaders.corrections import save  # noqa: PLC0415 - heavy, see above
    from loaders.rejects import counts_by_status, refused_rows_of  # noqa: PLC0415 - the same

    answer: Answer = {"batch": batch, "by_status": counts_by_status(context.store, batch), "rejects": 0, "out": out}
    if out is not None:
        found = refused_rows_of(context.store, batch, settled=settled)
        save(found, Path(out))
        answer["rejects"] = found.num_rows
    return answer


def feeds(context: OperationContext, *, on: str | None = None) -> Answer:
    """Expected feeds: what came, what is late since when; at the end of a day, or now."""
    from loaders.feeds import feed_reports, read_feeds  # noqa: PLC0415 - heavy, see above

    path = load_settings().feeds
    if path is None:
        raise SettingsError(
            "Nothing says which feeds are expected.",
            code="settings.feeds",
            next_step="Write them down as docs/loading.md says, and name the file in TAXGRAPH_FEEDS.",
        )
    now = instant(on, "--on") or datetime.now(tz=UTC)
    return {
        "at": now.isoformat(),
        "feeds": [_feed(each) for each in feed_reports(read_feeds(path), context.store.batches(), now)],
    }


def _feed(report: FeedReport) -> Answer:
    def said(moment: datetime | None) -> str | None:
        return moment.astimezone(ZoneInfo(report.feed.zone)).isoformat() if moment else None

    return {
        "name": report.feed.name,
        "source": report.feed.source,
        "every": str(report.feed.every),
        "state": str(report.state),
        "period": report.period and report.period.isoformat(),
        "due_at": said(report.due_at),
        "batch": report.batch,
        "came_at": said(report.came_at),
        "late_since": said(report.late_since),
        "missing": [period.isoformat() for period in report.missing],
        "next_due_at": said(report.next_due_at),
    }


def _line(record: BatchRecord) -> Answer:
    header = record.header
    return {
        "number": record.number,
        "batch": header.id,
        "resubmits": resubmits(header.id),
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
        "resolved_by": header.resolved_by,
    }
