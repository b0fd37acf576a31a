"""Loads one after another, outside of request threads. Owned by `api.service`; asked by mutations and by `route`.

A job's state is kept in memory until the process ends; what it committed stands in the ledger. Whoever watches a job is
told of each change, from the thread that makes it.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from api.priority import behind_readers
from api.problems import described
from graph.errors import LimitError, NotFoundError, TaxgraphError
from graph.progress import Meter, Progress, Tell
from graph.stopping import Stop, cancelled_error

LOGGER = logging.getLogger("taxgraph.loads")
KEPT_JOBS: Final = 200
Answer = Mapping[str, Any]
Work = Callable[[Tell, Stop], Answer]


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED: Final = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


@dataclass(frozen=True, slots=True)
class LoadJob:
    """A load as it stands: never changed, only replaced.

    Attributes:
        id: of the job; the batch's own id stands in `report`.
        who: the identity that asked for it.
        progress: how far it is, once it runs.
        report: `loads.options.LoadReport` as JSON, once it is done.
        error: message and extensions of `api.problems`, if it failed.
    """

    id: str
    source: str
    files: tuple[str, ...]
    who: str
    queued_at: datetime
    state: JobState = JobState.QUEUED
    started_at: datetime | None = None
    ended_at: datetime | None = None
    progress: Progress | None = None
    report: Answer | None = None
    error: Answer | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ENDED


@dataclass(slots=True, eq=False)
class _Entry:
    job: LoadJob
    work: Work
    after: Callable[[], None]
    stop: Stop = field(default_factory=Stop)
    fault: Exception | None = None
    watchers: list[Callable[[LoadJob], None]] = field(default_factory=list)


class JobBook:
    """The jobs of one server.

    Args:
        most_waiting: how many jobs may wait for their turn.
    """

    def __init__(self, *, most_waiting: int = 20) -> None:
        self._most_waiting = most_waiting
        self._entries: dict[str, _Entry] = {}
        self._queue: deque[_Entry] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="loads", daemon=True)
        self._thread.start()

    def submit(
        self, work: Work, *, source: str, files: tuple[str, ...], who: str, after: Callable[[], None] = lambda: None
    ) -> LoadJob:
        """Queue a load.

        Args:
            work: told where to tell its progress and what will stop it, loads and answers with the report; it leaves
                by `limit.cancelled` when it was stopped.
            source: name of the source mapping.
            files: names for people, without folders.
            who: who asks.
            after: called once the job has ended, whichever way.

        Raises:
            LimitError: `limit.busy` when too many wait, `limit.stopping` when the server stops.
        """
        now = datetime.now(tz=UTC)
        entry = _Entry(LoadJob(secrets.token_hex(8), source, files, who, now), work, after)
        with self._changed:
            if self._closing:
                raise LimitError(
                    "The server is stopping.", code="limit.stopping", next_step="Try again when it is up again."
                )
            if len(self._queue) >= self._most_waiting:
                raise LimitError("Too many loads are waiting.", code="limit.busy", next_step="Try again later.")
            self._forget_oldest()
            self._entries[entry.job.id] = entry
            self._queue.append(entry)
            self._changed.notify_all()
        return entry.job

    def job(self, job_id: str) -> LoadJob:
        """A job as it stands; NotFoundError `not_found.load`."""
        return self._entry(job_id).job

    def jobs(self) -> tuple[LoadJob, ...]:
        """Every job that is remembered, newest first."""
        with self._changed:
            return tuple(entry.job for entry in reversed(self._entries.values()))

    def cancel(self, job_id: str) -> LoadJob:
        """End a job: at once while it waits, soon while it runs; one that has ended stays as it is."""
        entry = self._entry(job_id)
        entry.stop.request()
        with self._changed:
            waiting = entry in self._queue
            if waiting:
                self._queue.remove(entry)
        if waiting:
            self._end(entry, JobState.CANCELLED)
        return entry.job

    def result(self, job_id: str) -> Answer:
        """Wait for the end of a job: its report, or the error that ended it."""
        entry = self._entry(job_id)
        with self._changed:
            self._changed.wait_for(lambda: entry.job.ended)
        if entry.fault is not None:
            raise entry.fault
        if entry.job.report is None:
            raise cancelled_error()
        return entry.job.report

    @contextmanager
    def watching(self, job_id: str, tell: Callable[[LoadJob], None]) -> Iterator[LoadJob]:
        """Be told of each change inside the block; gives the job as it stands when watching begins."""
        entry = self._entry(job_id)
        with self._changed:
            entry.watchers.append(tell)
            now = entry.job
        try:
            yield now
        finally:
            with self._changed:
                entry.watchers.remove(tell)

    def end_all(self) -> None:
        """Take no more, and cancel what waits and what runs; does not wait for it."""
        with self._changed:
            self._closing = True
            open_jobs = [entry.job.id for entry in self._entries.values() if not entry.job.ended]
            self._changed.notify_all()
        for job_id in open_jobs:
            self.cancel(job_id)

    def close(self, seconds: float = 30.0) -> bool:
        """End all; False if the running load did not end in time."""
        self.end_all()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _entry(self, job_id: str) -> _Entry:
        found = self._entries.get(job_id)
        if found is None:
            raise NotFoundError(
                "There is no such load in this run of the server.",
                code="not_found.load",
                next_step="Look for its batch in `batches`.",
            )
        return found

    def _run(self) -> None:
        behind_readers()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._queue) or self._closing)
                if not self._queue:
                    return
                entry = self._queue.popleft()
            self._perform(entry)

    def _perform(self, entry: _Entry) -> None:
        self._change(entry, state=JobState.RUNNING, started_at=datetime.now(tz=UTC))
        try:
            report = entry.work(Meter(lambda now: self._change(entry, progress=now)), entry.stop)
        except Exception as error:  # noqa: BLE001 - whatever ends a load is told to whoever asks for it
            entry.fault = error
            given_up = isinstance(error, TaxgraphError) and error.code == "limit.cancelled"
            self._end(entry, JobState.CANCELLED if given_up else JobState.FAILED, error=None if given_up else error)
        else:
            self._end(entry, JobState.DONE, report=report)

    def _end(
        self, entry: _Entry, state: JobState, *, report: Answer | None = None, error: Exception | None = None
    ) -> None:
        try:
            entry.after()
        except OSError as fault:
            LOGGER.error("what a load left could not be removed: %s", type(fault).__name__)  # noqa: TRY400 - paths
        shown = described(error) if error is not None else None
        self._change(entry, state=state, ended_at=datetime.now(tz=UTC), report=report, error=shown)

    def _change(self, entry: _Entry, **changes: Any) -> None:
        with self._changed:
            entry.job = replace(entry.job, **changes)
            told = tuple(entry.watchers)
            self._changed.notify_all()
        for tell in told:
            tell(entry.job)

    def _forget_oldest(self) -> None:
        ended = [key for key, entry in self._entries.items() if entry.job.ended]
        for key in ended[: max(0, len(self._entries) + 1 - KEPT_JOBS)]:
            del self._entries[key]
