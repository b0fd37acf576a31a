"""Runs an operation in this process on a store that it opens itself. Called by `api.commands.session`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from api.access.log import AccessLog, Read
from api.access.principals import Identity, Principal, Role
from api.loads.patience import PATIENT_SECONDS
from api.operations.context import OperationContext
from api.operations.registry import Answer, Operation, operation_named, perform
from api.operations.turns import Patience, open_in_turn
from graph.errors import StoreError
from graph.progress import Meter, Show
from graph.settings import load_settings
from graph.stopping import Stop
from graph.store.opening import embedded_path, is_embedded, open_store
from graph.store.port import BatchRecord, GraphStore
from graph.store.questions import ROOT, AsOf

if TYPE_CHECKING:  # heavy: the kernels are loaded with the first question that needs them
    from graph.store.projecting import TradeProjection


@dataclass(frozen=True, slots=True)
class LocalProjections:
    """The projection beside the store, opened when an operation asks for it."""

    store: GraphStore

    def open(self, as_of: AsOf, _ledger: Sequence[BatchRecord]) -> TradeProjection:
        """The projection as recorded then."""
        from graph.store.projecting import open_projection, projection_folder  # noqa: PLC0415 - heavy, see above

        return open_projection(self.store, projection_folder(self.store.url), as_of=replace(as_of, valid=None))


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who runs an operation, sees how far it is, is told that it waits, and may stop it."""

    who: str
    show: Show = lambda _progress: None
    waits: Callable[[str], None] = lambda _sentence: None
    stop: Stop = field(default_factory=Stop)


def run_locally(name: str, parameters: Mapping[str, Any], *, url: str, watcher: Watcher) -> Answer:
    """Open the store, perform, log whom the answer is about, close."""
    operation = operation_named(name)
    made = is_embedded(url) and not embedded_path(url).exists()
    store = _opened(operation, parameters, url, watcher)
    try:
        context = OperationContext(store, LocalProjections(store), Meter(watcher.show), watcher.who, watcher.stop)
        answer = perform(name, context, parameters)
        log_read(store, context, name, answer)
    finally:
        empty = made and not store.batches()
        store.close()
        if empty:  # a check, or a load that was refused, leaves no store behind where there was none
            embedded_path(url).unlink(missing_ok=True)
    return answer


def _opened(operation: Operation, parameters: Mapping[str, Any], url: str, watcher: Watcher) -> GraphStore:
    timeout = PATIENT_SECONDS if operation.patient else None
    if not operation.queues:
        return open_store(url, create=operation.creates, timeout=timeout)
    given = parameters.get("wait_seconds")
    seconds = load_settings().load_wait_seconds if given is None else float(given)
    patience = Patience(seconds, watcher.waits, watcher.stop)
    return open_in_turn(url, create=operation.creates, timeout=timeout, patience=patience)


def log_read(store: GraphStore, context: OperationContext, name: str, answer: Answer) -> None:
    """What was done and whom it showed goes into the access log before the answer goes out."""
    if not is_logged(context, name):
        return
    log = AccessLog(store.append_access, group_seconds=0.0)
    log.record(read_of(context, name, answer))
    if not log.close():
        raise StoreError(
            "The access log cannot be written, so nothing may be read.",
            code="store.access_log",
            next_step="Check the store's disk or server, and ask again.",
        )


def is_logged(context: OperationContext, name: str) -> bool:
    """Whether a run of an operation leaves a line in the access log."""
    return bool(context.subjects) or not operation_named(name).open


def read_of(context: OperationContext, name: str, answer: Answer) -> Read:
    """The line of the access log: the person at the command line, who is bound to no bureau."""
    identity = Identity(f"local:{context.who}", frozenset({Role.ROOT}))
    return Read(
        at=datetime.now(tz=UTC),
        principal=Principal(identity, ROOT),
        operation=f"taxgraph {name}",
        task=None,
        subjects=frozenset(context.subjects),
        rows=rows_of(answer),
    )


def rows_of(answer: Answer) -> int | None:
    """How much an export, a backup, a list of rejects or a load was about; None where the subjects tell."""
    counted = answer.get("rows", answer.get("rejects", answer.get("read")))
    if isinstance(counted, Mapping):
        counted = sum(number for number in counted.values() if isinstance(number, int))
    return counted if isinstance(counted, int) else None
