"""The desk through which every own action passes: one writer, many actions in one small batch, each judged in its turn.

Callers prepare in their own threads and wait. The writer opens a batch, takes all that wait by then, judges each on the
state that those before it left, and commits once: a crash leaves whole groups or nothing. On a server several desks may
work at once; what each reads in its batch stands until it commits. Pages of tasks are kept between groups (`pages`).
"""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Final

from graph.errors import LimitError
from graph.store.open_batches import SmallBatch
from graph.store.port import BatchHeader, GraphStore
from graph.store.questions import ROOT, Scope
from queries.work.actions import SOURCE, Done
from queries.work.book import Book
from queries.work.catalogue import DEFAULT
from queries.work.hidden import HiddenHeads
from queries.work.kinds import Kinds
from queries.work.pages import Pages
from queries.work.performing import perform
from queries.work.preparing import Asked, Check, Request, prepared, unchecked
from queries.work.seeing import Now, Surroundings

MOST: Final = 200  # actions of one group
Clock = Callable[[], datetime]
Outcome = tuple[Request, Done | Exception]


def utc_now() -> datetime:
    """The clock of the desk."""
    return datetime.now(UTC)


def act(
    store: GraphStore,
    asked: Asked,
    *,
    officer: str,
    scope: Scope = ROOT,
    kinds: Kinds = DEFAULT,
    check: Check = unchecked,
    clock: Clock = utc_now,
) -> Done:
    """Do one action, or open one task, in a batch of its own.

    Raises:
        NotFoundError: `not_found.task` and the like, alike for what is not there and what is out of scope.
        AccessError: `access.officer`.
        StoreBusyError: `store.changed` when something was done since the officer looked.
        WorkError: `work.*`, see `judging`, `preparing` and `performing`.
    """
    now = Surroundings(store, clock=clock).now()
    request = prepared(asked, officer, scope, now=now, kinds=kinds, check=check)
    _settle(_Office(store, kinds, clock, HiddenHeads(store)).write(lambda: [request]))
    return request.answer.result()


class Desk:
    """The desk of one store in one process.

    Args:
        store: where to.
        kinds: of the deployment.
        check: internal control, asked before an action reaches the desk.
        most: actions of one group.
        clock: gives instants with an offset.
    """

    def __init__(
        self,
        store: GraphStore,
        kinds: Kinds = DEFAULT,
        *,
        check: Check = unchecked,
        most: int = MOST,
        clock: Clock = utc_now,
    ) -> None:
        self.kinds = kinds
        self._office = _Office(store, kinds, clock, HiddenHeads(store))
        self._check, self._most = check, most
        self._surroundings = Surroundings(store, clock=clock)
        self._waiting: deque[Request] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._writer: threading.Thread | None = None

    def act(self, asked: Asked, *, officer: str, scope: Scope = ROOT, seconds: float | None = None) -> Done:
        """Do an action or open a task; waits for the group that holds it. Errors as `act`.

        Raises:
            LimitError: `limit.time` after so many seconds: it was not begun, or may be done; `limit.stopping`.
        """
        request = prepared(asked, officer, scope, now=self.now(), kinds=self.kinds, check=self._check)
        self._enter(request)
        try:
            return request.answer.result(seconds)
        except TimeoutError:
            begun = not request.answer.cancel()
            raise _too_slow(begun=begun) from None

    @property
    def waiting(self) -> int:
        """Actions that no group has taken yet."""
        return len(self._waiting)

    def now(self) -> Now:
        """The surroundings of actions as the ledger stands."""
        return self._surroundings.now()

    def close(self) -> None:
        """Take no more; what waits is done before this returns."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            writer = self._writer
        if writer is not None:
            writer.join()

    def _enter(self, request: Request) -> None:
        with self._changed:
            if self._closed:
                raise LimitError(
                    "The server is stopping.", code="limit.stopping", next_step="Try again when it is up again."
                )
            self._waiting.append(request)
            if self._writer is None:
                self._writer = threading.Thread(target=self._run, name="desk", daemon=True)
                self._writer.start()
            self._changed.notify_all()

    def _run(self) -> None:
        while self._wait():
            taken: list[Request] = []
            try:
                done = self._office.write(partial(self._take, taken))
            except Exception as error:  # noqa: BLE001 - whoever waits is told; the writer goes on
                done = [(request, error) for request in taken or self._take(taken)]
            _settle(done)

    def _wait(self) -> bool:
        """Until something waits; False when nothing will any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            return bool(self._waiting)

    def _take(self, taken: list[Request]) -> list[Request]:
        """What waits by now, without those whose callers went away."""
        with self._changed:
            while self._waiting and len(taken) < self._most:
                request = self._waiting.popleft()
                if request.answer.set_running_or_notify_cancel():
                    taken.append(request)
        return taken


def _settle(done: Sequence[Outcome]) -> None:
    for request, outcome in done:
        if isinstance(outcome, Exception):
            request.answer.set_exception(outcome)
        else:
            request.answer.set_result(outcome)


@dataclass(frozen=True, slots=True)
class _Office:
    """What a group is judged and written with."""

    store: GraphStore
    kinds: Kinds
    clock: Clock
    hidden: HiddenHeads
    pages: Pages = field(default_factory=Pages)

    def write(self, take: Callable[[], Sequence[Request]]) -> list[Outcome]:
        """Judge and write one group. Nothing is written where nothing may be done."""
        with self.store.small_batch() as batch:
            requests = take()  # once nobody else writes: while another batch was written, more came
            kept = self.pages.under(batch.ledger)
            asked = (request.task for request in requests)
            book, now = Book(batch, self.hidden, asked, self.kinds, kept=kept), self.clock()
            done = [(request, _outcome(book, request, self.kinds, now)) for request in requests]
            self._settled(batch, book, requests)
        return done

    def _settled(self, batch: SmallBatch, book: Book, requests: Sequence[Request]) -> None:
        if not book.events:
            self.pages.keep(book.pages, batch.ledger)
            return
        try:
            record = batch.write(book.batch(_header(self.clock(), book, requests)))
        except BaseException:
            self.pages.forget()  # they hold what the store may not
            raise
        book.written(record.number)
        self.pages.keep(book.pages, (*batch.ledger, record))


def _outcome(book: Book, request: Request, kinds: Kinds, now: datetime) -> Done | Exception:
    try:
        return perform(book, request, kinds, now)
    except Exception as error:  # noqa: BLE001 - one caller's fault, or ours, does not end the others' actions
        return error


def _header(now: datetime, book: Book, requests: Sequence[Request]) -> BatchHeader:
    key, count = uuid.uuid4().hex, book.events
    officers = {request.officer.id for request in requests}
    return BatchHeader(
        f"work-{key[:16]}",
        SOURCE,
        key,
        officers.pop() if len(officers) == 1 else SOURCE,
        now,
        read=count,
        accepted=count,
        by_type={"TaskEvent": count},
        built_on=book.built_on(),
    )


def _too_slow(*, begun: bool) -> LimitError:
    if begun:
        return LimitError(
            "The action is being written; whether it was done is not known yet.",
            code="limit.time",
            next_step="Ask again with the same key: it is done once.",
        )
    return LimitError(
        "The desk had no time for the action; nothing was done.", code="limit.time", next_step="Ask again."
    )
