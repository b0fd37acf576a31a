"""The access log: who read whom. Filled by every answering face, written by one thread in groups.

A request never waits for the write, yet nothing is dropped: what could not be written is tried again, `close` writes
the rest, and when too much is waiting, requests wait for room, then are refused, until the store takes it.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa

from api.access.principals import Principal
from graph.errors import StoreError
from graph.model.governance import AccessEvent

LOGGER = logging.getLogger("taxgraph.access")
SCHEMA = AccessEvent.__node__.schema()
PEOPLE = ("Taxpayer", "Person")


@dataclass(frozen=True, slots=True)
class Read:
    """One operation: by whom, for what, whom it showed, and `rows` where subjects cannot be named one by one."""

    at: datetime
    principal: Principal
    operation: str
    task: str | None
    subjects: frozenset[tuple[str, str]]  # (type, public id)
    rows: int | None = None


class AccessLog:
    """Reads on their way into the store.

    Args:
        append: `GraphStore.append_access`.
        group_seconds: how long reads are gathered before they are written together.
        most_waiting: how many may wait before `record` waits for room.
        patience_seconds: how long `record` waits before it refuses.
    """

    def __init__(
        self,
        append: Callable[[pa.Table], None],
        *,
        group_seconds: float = 1.0,
        most_waiting: int = 100_000,
        patience_seconds: float = 5.0,
    ) -> None:
        self._append = append
        self._group_seconds = group_seconds
        self._most_waiting = most_waiting
        self._patience_seconds = patience_seconds
        self._waiting: list[tuple[str, Read]] = []
        self._changed = threading.Condition()
        self._writing = 0
        self._written = 0
        self._closing = False
        self._asked = 0  # how many wait for everything to be written
        self._sequence = 0
        self._run = secrets.token_hex(4)  # two processes of one store never give the same sequence
        self._thread = threading.Thread(target=self._work, name="access-log", daemon=True)
        self._thread.start()

    def record(self, read: Read) -> None:
        """Take a read into the log.

        Raises:
            StoreError: `store.access_log` if the store has not taken earlier reads for too long.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closing or self._has_room(), timeout=self._patience_seconds)
            if self._closing or not self._has_room():
                raise StoreError(
                    "The access log cannot be written, so nothing may be read.",
                    code="store.access_log",
                    next_step="Check the store's disk or server; reading goes on once the log is written.",
                    waiting=len(self._waiting),
                )
            self._sequence += 1
            micros = int(read.at.timestamp() * 1_000_000)
            self._waiting.append((f"{micros:017d}-{self._run}-{self._sequence:09d}", read))
            self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """How many were taken and are not written yet."""
        return len(self._waiting) + self._writing

    @property
    def written(self) -> int:
        """How many were written since the start."""
        return self._written

    def _has_room(self) -> bool:
        return len(self._waiting) + self._writing < self._most_waiting

    def flush(self, seconds: float = 30.0) -> bool:
        """Wait until everything taken so far is written; False if that took longer than `seconds`."""
        with self._changed:
            self._asked += 1
            self._changed.notify_all()
            try:
                return self._changed.wait_for(lambda: not self._waiting and not self._writing, timeout=seconds)
            finally:
                self._asked -= 1

    def close(self, seconds: float = 30.0) -> bool:
        """Write what waits and stop; False if something could not be written in time."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(seconds)
        return not self._thread.is_alive() and not self._waiting

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting) or self._closing)
                if not self._waiting:
                    return
                self._changed.wait_for(lambda: self._closing or self._asked > 0, timeout=self._group_seconds)
            self._write_group()

    def _write_group(self) -> None:
        with self._changed:
            group, self._waiting = self._waiting, []
            self._writing = len(group)
        try:
            self._append(_table(group))
            self._written += len(group)
        except Exception as error:  # noqa: BLE001 - whatever the store says, the reads must not be lost
            LOGGER.error("the access log was not written: %s; %d reads wait", type(error).__name__, len(group))  # noqa: TRY400 - the message of a driver may quote data
            with self._changed:
                self._waiting = group + self._waiting
            time.sleep(self._group_seconds)
        with self._changed:
            self._writing = 0
            self._changed.notify_all()


def _table(group: Iterable[tuple[str, Read]]) -> pa.Table:
    return pa.Table.from_pylist([_row(sequence, read) for sequence, read in group], schema=SCHEMA)


def _row(sequence: str, read: Read) -> dict[str, object]:
    people = sorted(key for kind, key in read.subjects if kind in PEOPLE)
    others = sorted(f"{kind}:{key}" for kind, key in read.subjects if kind not in PEOPLE)
    return {
        "id": sequence,
        "at": read.at.astimezone(UTC),
        "principal": read.principal.identity.name,
        "officer": read.principal.identity.officer,
        "operation": read.operation,
        "subjects": ",".join(people + others),
        "rows": len(people) if read.rows is None else read.rows,
        "task": read.task,
        "scope": read.principal.scope.label,
    }
