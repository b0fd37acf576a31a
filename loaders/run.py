"""The one pipeline: files → mapping → contracts → facts → merge → identity → one batch. Called by api and `frames`.

    read_files → assign → take_in → resolve_references → check_record → state_facts → merge_type …
        → write_identities → write_issues → store.write

Each step works on whole columns in the staging database; nothing here loops over rows.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Thread

from graph.errors import DataError
from graph.store.port import BatchRecord, GraphStore
from loaders.batch import Outcome, write_batch
from loaders.claims.aliases import follow_aliases
from loaders.claims.history import infer_changes
from loaders.claims.issues import write_claims, write_issues
from loaders.claims.merge import TABLES, merge_type
from loaders.claims.plans import plan_of
from loaders.claims.stored import Stored, stored_facts
from loaders.contracts.check import ISSUES, REJECTS, Defaults, check_record
from loaders.contracts.columns import Record
from loaders.contracts.sums import compare_heads_and_lines
from loaders.contracts.unknown import refuse_unknown_parties
from loaders.identities import hmac_key_of
from loaders.ledger import BatchIdentity, committed_before, identify, known_report
from loaders.options import LoadOptions, LoadReport, Progress, rejects_allowed, silent, too_many_rejects
from loaders.readers.files import read_files
from loaders.readers.limits import file_digest
from loaders.readers.tables import RawFile
from loaders.rejects import add_contents, first_faults, keep_bad_rows, write_rejects
from loaders.resolve.base import Resolver
from loaders.resolve.deterministic import DeterministicResolver
from loaders.resolve.write import write_identities
from loaders.sources.base import Source
from loaders.sources.registry import AUTO, SOURCES, assign, mapped, source_named
from loaders.staging.engine import Staging, open_staging
from loaders.staging.facts import fact_table, made_types, state_facts
from loaders.staging.intake import Arrival, Intake, let_go, show, take_in
from loaders.staging.numbers import resolve_references
from loaders.staging.quick import prepare

_STEPS = ("read", "check", "merge", "resolve", "write")
# Folders and files beside an export that are no part of it: the generator's truth, notes, hidden files.
_PASSED_OVER = ("truth", "manifest.json", "README.md")


@dataclass(frozen=True, slots=True)
class Load:
    """A load in progress: everything that its steps share."""

    store: GraphStore
    options: LoadOptions
    identity: BatchIdentity
    ledger: Sequence[BatchRecord]
    files: tuple[RawFile, ...]
    names: tuple[str, ...]
    ranks: tuple[tuple[str, int], ...]
    started: float
    progress: Progress = silent

    def tell(self, step: str) -> None:
        """Report that a step begins."""
        self.progress(step, _STEPS.index(step), len(_STEPS))


def load(
    store: GraphStore,
    source: str,
    paths: Sequence[Path],
    *,
    options: LoadOptions | None = None,
    progress: Progress = silent,
    resolver: Resolver | None = None,
) -> LoadReport:
    """Load files of a source as one batch.

    Args:
        store: where to; its schema must be there.
        source: name of a source mapping, or `auto`.
        paths: files and folders; folders are walked, sorted by name.
        options: see `LoadOptions`.
        progress: called as (step, steps done, steps in all).
        resolver: who decides which parties are one taxpayer.

    Raises:
        DataError: a file cannot be read or recognised, or more rows are refused than allowed.
        SettingsError: no HMAC key, or another than the store's.
    """
    started = time.monotonic()
    chosen = options or LoadOptions()
    ledger = store.batches()
    found = find_files(paths)
    if source != AUTO and (known := _known_unread(source, found, chosen, ledger)) is not None:
        return known_report(known, seconds=time.monotonic() - started)
    progress("read", 0, len(_STEPS))
    assigned = assign(source, _read(found))
    files = tuple(file for _, group in assigned for file in group)
    identity = identify([each for each, _ in assigned], [file.sha256 for file in files], chosen.as_at, ledger)
    if (known := committed_before(identity, ledger)) is not None:
        return known_report(known, seconds=time.monotonic() - started)
    arrivals = [Arrival(each.name, table) for each, table in mapped(assigned)]
    files = tuple(file.without_rows() for file in sorted(files, key=lambda file: found.index(file.path)))
    assigned.clear()
    job = Load(store, chosen, identity, ledger, files, _names(found), source_ranks(), started, progress)
    return run_load(job, arrivals, resolver=resolver)


def _read(found: Sequence[Path]) -> list[RawFile]:
    Thread(target=prepare, daemon=True).start()
    return read_files(found)


def _names(found: Sequence[Path]) -> tuple[str, ...]:
    return tuple(path.name for path in found)


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
    """Files under these paths in order of name; DataError `data.file.missing` if a path leads nowhere."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = (p for p in path.rglob("*") if p.is_file() and not _passed_over(p.relative_to(path)))
            found.extend(sorted(inside, key=lambda p: p.relative_to(path).as_posix()))
        elif path.is_file():
            found.append(path)
        else:
            raise DataError(
                f"{path.name} does not exist.", code="data.file.missing", next_step="Check the path.", file=path.name
            )
    return found


def _passed_over(inside: Path) -> bool:
    return any(part in _PASSED_OVER or part.startswith((".", "_")) for part in inside.parts)


def run_load(job: Load, arrivals: list[Arrival], *, resolver: Resolver | None = None) -> LoadReport:
    """The pipeline from canonical tables on."""
    key = hmac_key_of(job.store, job.options.hmac_key)
    with open_staging(job.options.staging, hmac_key=key, zone=job.options.zone) as staging:
        for statement in (*TABLES, REJECTS, ISSUES):
            staging.run(statement)
        for rank in job.ranks:
            staging.run("INSERT INTO ranks VALUES (?, ?)", list(rank))
        intake = take_in(staging, arrivals)
        bad = keep_bad_rows(staging, job.files)
        read = sum(intake.read.values()) + bad
        if not read:
            return _report(job, "empty", Outcome(), read=0, rejected=0, known=0)
        _check(staging, job, intake)
        rejected = _rejected(staging)
        _stop_at_too_many(staging, job, read, rejected)
        job.tell("merge")
        stored = stored_facts(job.store, job.ledger)
        outcome = _facts(staging, stored, intake.records, resolver or DeterministicResolver(), job)
        known = read - rejected - staging.fresh.count()
        if job.options.check:
            return _report(job, "checked", outcome, read=read, rejected=rejected, known=known)
        job.tell("write")
        report = _report(job, "committed", outcome, read=read, rejected=rejected, known=known)
        write_batch(job.store, staging, report, identity=job.identity, who=job.options.who, started_at=_started_at(job))
        return replace(report, seconds=_seconds(job))


def _started_at(job: Load) -> datetime:
    passed = time.monotonic() - job.started
    return datetime.fromtimestamp(time.time() - passed, tz=UTC)


def _check(staging: Staging, job: Load, intake: Intake) -> None:
    job.tell("check")
    for record in intake.records:
        show(staging, record, intake.raw[record.name])
    resolve_references(staging, intake.records, job.store)
    as_at = job.options.as_at
    defaults = Defaults(job.options.currency, as_at.isoformat(sep=" ") if as_at else None)

    def check(record: Record) -> None:
        show(staging, record, intake.raw[record.name])
        check_record(staging, record, arrived=intake.arrived[record.name], defaults=defaults)

    staging.on_each(check, intake.records)
    if job.options.unknown_parties == "reject":
        refuse_unknown_parties(staging, intake.records, job.store)
    for record in intake.records:  # refused rows are kept as they came; the others are needed no more
        add_contents(staging, record)
        let_go(staging, record)
        del intake.raw[record.name]
    compare_heads_and_lines(staging)
    _note_strange_columns(staging, intake)
    _note_doubts(staging, job.files)


def _note_strange_columns(staging: Staging, intake: Intake) -> None:
    for name, column in intake.unknown:
        staging.run(
            "INSERT INTO issues VALUES ('unknown_column', 'Table', ?, ?, 'no record declares this column', "
            "NULL, NULL, NULL)",
            [name, column],
        )


def _note_doubts(staging: Staging, files: tuple[RawFile, ...]) -> None:
    """Cells that a reader kept although their file cannot hold them exactly."""
    for file in files:
        for table in file.tables:
            for doubt in table.doubts:
                place = f"{file.path.name}:{table.name}:{doubt.row}"
                staging.run(
                    "INSERT INTO issues VALUES ('doubt', 'Row', ?, ?, ?, NULL, ?, ?)",
                    [place, doubt.column, doubt.reason, file.path.name, doubt.row],
                )


def _rejected(staging: Staging) -> int:
    """Refused source rows: each row once, and each line that no reader could cut."""
    return int(staging.value("SELECT count(DISTINCT rid) + count(*) FILTER (WHERE rid IS NULL) FROM rejects"))


def _stop_at_too_many(staging: Staging, job: Load, read: int, rejected: int) -> None:
    allowed = rejects_allowed(job.options.max_rejects, read=read)
    if allowed is not None and rejected > allowed:
        raise too_many_rejects(allowed, rejected, first_faults(staging))


def _facts(staging: Staging, stored: Stored, records: tuple[Record, ...], resolver: Resolver, job: Load) -> Outcome:
    """State, merge and resolve; leaves an `out_<type>` table for every type to write."""
    made = state_facts(staging, records)
    follow_aliases(staging, stored, made)
    counts = {}
    if "Registration" in made:
        counts["Registration"] = merge_type(staging, stored, plan_of("Registration"))
        infer_changes(staging, made)
        _complete_parties(staging, made)
    if "Party" in made:
        staging.run("UPDATE in_n_party SET taxpayer_id = taxpayer_of(id)")
    plans = [plan for plan in made_types(made) if plan.name != "Registration"]
    merged = staging.on_each(partial(merge_type, staging, stored), plans)
    counts |= {plan.name: count for plan, count in zip(plans, merged, strict=True)}
    job.tell("resolve")
    write_identities(staging, stored, resolver)
    stubs = staging.value("SELECT count(*) FROM out_n_taxpayer WHERE stub")
    write_claims(staging)
    issues = write_issues(staging, stored)
    write_rejects(staging, job.identity.id)
    counts = {name: counts[name] for name in sorted(counts) if counts[name]}
    return Outcome(counts=counts, issues={**issues, **({"stub": int(stubs)} if stubs else {})})


def _complete_parties(staging: Staging, made: set[str]) -> None:
    """Numbers that only inferred changes name are parties too, so that their taxpayer can be found."""
    if "RegistrationChange" not in made:
        return
    party = fact_table(staging, plan_of("Party"), made)
    for column in ("old_value", "new_value"):
        staging.run(
            f"INSERT INTO {party} BY NAME SELECT 'no:' || {column} AS _key, 'no:' || {column} AS id, "
            f"'number' AS kind, min(CASE WHEN NOT starts_with({column}, 'h') THEN {column} END) AS number, "
            f"min(_source) AS _source, min(_file) AS _file, min(_row) AS _row, NULL AS _as_at, NULL AS _rid, "
            f"false AS _counts "
            f"FROM in_n_registration_change WHERE item IN ('tax_number', 'uscc') AND {column} IS NOT NULL "
            f"AND starts_with(id, 'inferred:') GROUP BY {column}"
        )


def _seconds(job: Load) -> float:
    return round(time.monotonic() - job.started, 3)


def _report(job: Load, state: str, outcome: Outcome, *, read: int, rejected: int, known: int) -> LoadReport:
    return LoadReport(
        batch=job.identity.id,
        state=state,
        files=job.names,
        read=read,
        accepted=read - rejected,
        rejected=rejected,
        known=known,
        by_type=outcome.counts,
        issues=outcome.issues,
        seconds=_seconds(job),
    )
