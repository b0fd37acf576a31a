"""The one pipeline: files → mapping → contracts → facts → merge → identity → one batch. Called by api and `frames`.

    assigned → for each slice: take_in → resolve_references → check_record ─ state_facts → merge_type …
        → write_identities → write_issues → OpenBatch.add ─ then OpenBatch.commit

Each step works on whole columns in a staging database; nothing here loops over rows. While one slice is merged and
written, the next is read and checked.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pyarrow as pa

from graph.errors import DataError
from graph.progress import Tell, silent
from graph.stopping import Stop
from graph.store.open_batches import OpenBatch
from graph.store.port import BatchRecord, GraphStore
from loaders.batch import header_of, part_of
from loaders.claims.met import Met
from loaders.claims.stored import stored_facts
from loaders.identities import file_beside, hmac_key_of
from loaders.ledger import BatchIdentity, committed_before, identify, known_report
from loaders.manifest import MANIFEST, manifests_of
from loaders.merging import Totals, merge_slice
from loaders.options import LoadOptions, LoadReport, forget, rejects_allowed, too_many_rejects
from loaders.pace import Pace, in_turn
from loaders.preparing import Checked, prepared
from loaders.readers.files import distinct_names
from loaders.readers.limits import file_digest, limits_from_settings
from loaders.resolve.base import Resolver
from loaders.resolve.choosing import chosen_resolver
from loaders.resolve.versions import resolve_anew
from loaders.slicing.plan import Slices, assigned
from loaders.sources.base import Source
from loaders.sources.registry import AUTO, SOURCES, source_named
from loaders.staging.mentions import Mentions
from loaders.staging.quick import prepare

# Folders and files beside an export that are no part of it: the generator's truth, access logs of other systems (which
# `control visits` takes), notes, hidden files.
_PASSED_OVER = ("truth", "access", MANIFEST, "README.md")

PREPARED = ".prepared"  # what saves a later load time, beside an embedded store


@dataclass(frozen=True, slots=True)
class Load:
    """A load in progress: everything that its steps share."""

    store: GraphStore
    options: LoadOptions
    identity: BatchIdentity
    ledger: Sequence[BatchRecord]
    names: tuple[str, ...]
    ranks: tuple[tuple[str, int], ...]
    started: float
    pace: Pace = field(default_factory=Pace)
    met: Met = field(default_factory=Met)
    mentions: Mentions = field(default_factory=Mentions)
    answered: pa.Table | None = None  # earlier refusals that come back in this batch, as they stand in the graph


def load(
    store: GraphStore,
    source: str,
    paths: Sequence[Path],
    *,
    options: LoadOptions | None = None,
    progress: Tell = silent,
    stop: Stop | None = None,
    resolver: Resolver | None = None,
) -> LoadReport:
    """Load files of a source as one batch.

    Args:
        store: where to; its schema must be there.
        source: name of a source mapping, or `auto`.
        paths: files and folders; folders are walked, sorted by name.
        options: see `LoadOptions`.
        progress: is told how far the load is.
        stop: ends the load; nothing of it is seen then.
        resolver: who decides which parties are one taxpayer.

    Raises:
        DataError: a file cannot be read or recognised, or more rows are refused than allowed.
        SettingsError: no HMAC key, or another than the store's.
        StoreBusyError: another load has its turn for too long.
        LimitError: `limit.cancelled`.
    """
    chosen, pace = options or LoadOptions(), Pace(progress, stop)
    with in_turn(store, chosen, pace):
        return _load(store, source, paths, options=chosen, pace=pace, resolver=resolver)


def _load(
    store: GraphStore,
    source: str,
    paths: Sequence[Path],
    *,
    options: LoadOptions,
    pace: Pace,
    resolver: Resolver | None,
) -> LoadReport:
    started = time.monotonic()
    ledger = store.batches()
    found = find_files(paths)
    if source != AUTO and (known := _known_unread(source, found, options, ledger)) is not None:
        return known_report(known, seconds=time.monotonic() - started)
    manifests = manifests_of(paths, found)
    pace.expect(manifests.rows_of(found))
    Thread(target=prepare, daemon=True).start()
    limits = options.limits or limits_from_settings()
    looking = assigned(source, found, slice_rows=options.slice_rows, limits=limits, control=manifests, read=pace.read)
    with looking as looked_at:
        identity = identify(looked_at.sources, looked_at.digests, options.as_at, ledger)
        if (known := committed_before(identity, ledger)) is not None:
            return known_report(known, seconds=time.monotonic() - started)
        job = Load(store, options, identity, ledger, distinct_names(found), source_ranks(), started, pace)
        return run_load(job, looked_at.read(), resolver=resolver)


def _known_unread(
    source: str, found: Sequence[Path], options: LoadOptions, ledger: Sequence[BatchRecord]
) -> BatchRecord | None:
    """The batch that already holds these files of a named source: their digests tell, none is read."""
    digests = [file_digest(path) for path in found]
    return committed_before(identify([source_named(source)], digests, options.as_at, ledger), ledger)


def source_ranks(sources: Iterable[Source] = SOURCES) -> tuple[tuple[str, int], ...]:
    """Rank of each source's claims."""
    return tuple((source.name, source.rank) for source in sources)


def find_files(paths: Sequence[Path]) -> list[Path]:
    """Files under these paths in order of name, each once; DataError `data.file.missing` if a path leads nowhere."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = (p for p in path.rglob("*") if p.is_file() and not _passed_over(p.relative_to(path)))
            found.extend(sorted(inside, key=lambda p: p.relative_to(path).as_posix()))
        elif path.is_file():
            found += [] if path.name == MANIFEST else [path]
        else:
            raise DataError(
                f"{path.name} does not exist.", code="data.file.missing", next_step="Check the path.", file=path.name
            )
    return list({path.resolve(): path for path in reversed(found)}.values())[::-1]


def _passed_over(inside: Path) -> bool:
    return any(part in _PASSED_OVER or part.startswith((".", "_")) for part in inside.parts)


def run_load(job: Load, slices: Slices, *, resolver: Resolver | None = None) -> LoadReport:
    """The pipeline from slices of canonical tables on."""
    key = hmac_key_of(job.store, job.options.hmac_key)
    totals = Totals()
    with job.store.open_batch(header_of(job, totals)) as batch:
        if batch.known is not None:
            return known_report(batch.known, seconds=_seconds(job))
        with prepared(job, slices, key) as coming:
            _merge_all(job, batch, coming, resolver or chosen_resolver(), totals)
        _hand_out(job, totals)
        if not totals.read:
            return _report(job, "empty", totals)
        _stop_at_too_many(job, totals, whole=True)
        if job.options.check:
            return _report(job, "checked", totals)
        ground = job.met.numbers(job.store.batches(), own=batch.number)
        batch.commit(replace(header_of(job, totals, started_at=_started_at(job)), built_on=ground))
    return _report(job, "committed", totals)


def _merge_all(job: Load, batch: OpenBatch, coming: Iterable[Checked], resolver: Resolver, totals: Totals) -> None:
    stored = stored_facts(batch, job.ledger, job.met)
    stored.beside = file_beside(job.store.url, PREPARED)
    totals.resolved_anew = resolve_anew(stored, job.ledger, resolver.version)
    for checked in coming:
        with checked.staging as staging:
            totals.add(merge_slice(job, stored, checked, resolver))
            _stop_at_too_many(job, totals, whole=False)
            if job.options.check and checked.last:  # nothing comes after it that would need to see it
                return
            job.pace.begin(checked.number, "write")
            part = part_of(staging, number=checked.number, pace=job.pace)
            batch.add(part, more=not checked.last)
            totals.wrote(part)
            stored.bring(part.rows)


def _stop_at_too_many(job: Load, totals: Totals, *, whole: bool) -> None:
    """A share of the rows can be judged only when all have been read."""
    limit = job.options.max_rejects
    if limit is None or (limit.endswith("%") and not whole):
        return
    allowed = rejects_allowed(limit, read=totals.read)
    if allowed is not None and totals.rejected > allowed:
        if not whole:
            _hand_out(job, totals)
        raise too_many_rejects(allowed, totals.rejected, totals.first_faults)


def _hand_out(job: Load, totals: Totals) -> None:
    """Give the refused rows to whoever asked for them."""
    if job.options.refused is not forget and totals.refused:
        job.options.refused(totals.refused_rows())


def _started_at(job: Load) -> datetime:
    passed = time.monotonic() - job.started
    return datetime.fromtimestamp(time.time() - passed, tz=UTC)


def _seconds(job: Load) -> float:
    return round(time.monotonic() - job.started, 3)


def _report(job: Load, state: str, totals: Totals) -> LoadReport:
    return LoadReport(
        batch=job.identity.id,
        state=state,
        files=job.names,
        read=totals.read,
        accepted=totals.read - totals.rejected,
        rejected=totals.rejected,
        known=totals.known,
        by_type=totals.by_type,
        issues=dict(totals.issues),
        seconds=_seconds(job),
        resolved_by=totals.resolved_by,
        resolved_anew=totals.resolved_anew,
    )
