"""Roots about loads: bring files, load them, see how far it is, end it. For the role that loads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path
from typing import Annotated

import strawberry
from strawberry.file_uploads import Upload

from api.access.principals import Right
from api.gql.context import Info, RequestContext
from api.gql.fields import field, mutation
from api.gql.roots.governance import batch_of
from api.gql.types.feeds import FeedInfo, feed_info
from api.gql.types.governance import Batch
from api.gql.types.loads import LoadJobInfo, UploadedFiles, job_info, uploaded
from api.loads.jobs import LoadJob
from api.loads.patience import patiently
from api.loads.uploads import ArrivingFile
from api.operations.parsing import instant
from graph.errors import NotFoundError, QueryError, StoreBusyError
from graph.progress import Tell
from graph.settings import load_settings
from graph.stopping import Stop
from graph.store.port import GraphStore
from loaders.feeds import feed_reports, read_feeds
from loaders.options import LoadOptions, LoadReport
from loaders.resubmission import resubmit
from loaders.run import load
from loaders.sources.registry import AUTO, source_named


@strawberry.input(description="How files are loaded; the options of `taxgraph load`. 加载选项")
class LoadInput:
    """Defaults are those of the command."""

    upload: strawberry.ID = strawberry.field(description="Id that `upload` gave.")
    resubmit: bool = strawberry.field(
        default=False, description="The upload is one file of corrected rejects; `source` is that of their batch."
    )
    source: str = strawberry.field(default="auto", description="Source system, or auto.")
    check: bool = strawberry.field(default=False, description="Do everything but write.")
    as_at: date | None = strawberry.field(default=None, description="The extract's own date, if its rows have none.")
    max_rejects: str | None = strawberry.field(
        default=None, description="N or P%: write nothing if more are refused; default: the server's setting."
    )
    unknown_parties: str = strawberry.field(default="stub", description="stub or reject.")
    currency: str = strawberry.field(default="CNY", description="Of amounts whose record names none.")
    zone: str = strawberry.field(default="Asia/Shanghai", description="Of times without an offset.")


@strawberry.type
class LoadRoots:
    """What was asked to be loaded in this run of the server."""

    @field
    def load(self, info: Info, *, id: strawberry.ID) -> LoadJobInfo | None:  # noqa: A002 - the name of the argument
        """A load of this run of the server, by the id that `startLoad` gave."""
        context = info.context
        context.demand(Right.LEDGER)
        try:
            job = context.loads.job(str(id))
        except NotFoundError:
            return None
        return job_info(job) if may_see(context, job) else None

    @field
    def loads(self, info: Info) -> list[LoadJobInfo]:
        """Loads of this run of the server, newest first; one's own, or all for those who see everything."""
        context = info.context
        context.demand(Right.LEDGER)
        return [job_info(job) for job in context.loads.jobs() if may_see(context, job)]

    @field
    def feeds(self, info: Info, *, on: date | None = None) -> list[FeedInfo]:
        """Expected exports: which came, which are late; at the end of a day, or now. For those who see everything."""
        context = info.context
        context.demand(Right.LEDGER)
        path = load_settings().feeds
        if path is None or not context.scope.everything:
            return []
        now = instant(on.isoformat(), "on") if on else None
        found = feed_reports(read_feeds(path), context.all_batches, now or datetime.now(tz=UTC))
        return [feed_info(report) for report in found]


@strawberry.type
class LoadMutations:
    """Loading and withdrawing."""

    @mutation
    def upload(self, info: Info, *, files: list[Upload]) -> UploadedFiles:
        """Bring files (multipart request); they are deleted when their load has ended, or after an hour."""
        context = info.context
        context.demand(Right.LOAD)
        given: list[object] = list(files)
        arriving = [file for file in given if isinstance(file, ArrivingFile)]
        if len(arriving) < len(given):
            raise QueryError(
                "`files` are not files.",
                code="query.multipart",
                next_step="Send them by the GraphQL multipart request specification.",
            )
        kept = context.uploads.keep(arriving, who=context.who)
        context.did("Upload", kept.id[:8])
        return uploaded(kept)

    @mutation
    def start_load(self, info: Info, *, input: LoadInput) -> LoadJobInfo:  # noqa: A002 - the name of the argument
        """Load the files of an upload as one batch, after the loads that wait already."""
        context = info.context
        context.demand(Right.LOAD)
        return job_info(_started(context, input))

    @mutation
    def cancel_load(self, info: Info, *, id: strawberry.ID) -> LoadJobInfo:  # noqa: A002 - the name of the argument
        """End a load: at once while it waits, within moments while it runs. Nothing is written then."""
        context = info.context
        context.demand(Right.LOAD)
        job = context.loads.job(str(id))
        if not may_see(context, job):
            raise no_such_load()
        context.did("Load", job.id)
        return job_info(context.loads.cancel(job.id))

    @mutation
    def withdraw_batch(
        self,
        info: Info,
        *,
        id: strawberry.ID,  # noqa: A002 - the name of the argument
        with_later: Annotated[bool, strawberry.argument(description="Those that build on it too.")] = False,
    ) -> list[Batch]:
        """Withdraw a batch by its key (撤回批次): from now on as if it had not come; newest first."""
        context = info.context
        context.demand(Right.WITHDRAW)
        if any(not job.ended for job in context.loads.jobs()):
            raise StoreBusyError(
                "A load runs or waits, and may build on the batch to be withdrawn.",
                next_step="Wait until it ends, then withdraw.",
            )
        gone = context.store.withdraw(str(id), with_later=with_later, who=context.who)
        for record in gone:
            context.did("Batch", record.header.id)
        return [batch_of(context, record) for record in gone]


def may_see(context: RequestContext, job: LoadJob) -> bool:
    """One's own loads, or all for those who see everything."""
    return context.scope.everything or job.who == context.who


def no_such_load() -> NotFoundError:
    """The same as for a load that never was."""
    return NotFoundError(
        "There is no such load in this run of the server.",
        code="not_found.load",
        next_step="Look for its batch in `batches`.",
    )


def _started(context: RequestContext, given: LoadInput) -> LoadJob:
    if given.source != AUTO:
        source_named(given.source)  # a wrong name is told now, not when its turn has come
    options = _options(context, given)
    store, uploads = context.store, context.uploads
    upload = uploads.take(str(given.upload), who=context.who)

    def work(tell: Tell, stop: Stop) -> dict[str, object]:
        with patiently(store):
            run = partial(load, store, given.source) if not given.resubmit else partial(_resubmitted, store)
            return run(upload.paths(), options=options, progress=tell, stop=stop).as_json()

    try:
        job = context.loads.submit(
            work, source=given.source, files=upload.names, who=context.who, after=lambda: uploads.discard(upload)
        )
    except BaseException:
        uploads.put_back(upload)
        raise
    context.did("Load", job.id)
    return job


def _options(context: RequestContext, given: LoadInput) -> LoadOptions:
    settings = load_settings()
    return LoadOptions(
        check=given.check,
        as_at=datetime.combine(given.as_at, time.min) if given.as_at else None,
        max_rejects=given.max_rejects if given.max_rejects is not None else settings.max_rejects,
        unknown_parties=given.unknown_parties,
        currency=given.currency.upper(),
        zone=given.zone,
        who=context.who,
        wait_seconds=settings.load_wait_seconds,
        slice_rows=settings.slice_rows,
    )


def _resubmitted(
    store: GraphStore, paths: Sequence[Path], *, options: LoadOptions, progress: Tell, stop: Stop
) -> LoadReport:
    if len(paths) != 1:
        raise QueryError("A resubmission is one file.", code="query.load", next_step="Upload it alone.")
    return resubmit(store, paths[0], options=options, progress=progress, stop=stop)
