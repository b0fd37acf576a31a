"""From a bureau to the set of bureaus below it: the scope of every question. Read by whatever makes a principal.

The tree is the PART_OF of today. It is asked once a day and for each state of the ledger, so a change counts at once.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from api.access.principals import Identity, Principal, Role
from graph.errors import AccessError
from graph.store.port import BatchRecord, GraphStore
from graph.store.questions import ROOT, AsOf, Scope
from queries.opened import Opened, opened_by_tasks
from queries.views.bureau import bureau_subtree

SECRET_META = "scope_secret"  # noqa: S105 - the name of a stored setting


Mark = tuple[int, int, date]  # last batch, committed batches, today


class ScopeBook:
    """Scopes of one store, kept until the ledger changes."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._secret = _secret(store)
        self._lock = threading.Lock()
        self._mark: Mark | None = None
        self._scopes: dict[str, Scope] = {}
        self._opens: dict[str, Opened] = {}

    def principal(self, identity: Identity, ledger: Sequence[BatchRecord]) -> Principal:
        """The identity with its scope.

        Raises:
            AccessError: `access.scope` for an identity that is bound to no bureau and is not root.
        """
        if identity.bureau is not None:
            mark = _mark(ledger)
            scope = self._below(identity.bureau, mark)
            opened = self._opened(identity.officer, mark) if identity.officer else ()
            return Principal(identity, replace(scope, opened=opened) if opened else scope)
        if Role.ROOT in identity.roles:
            return Principal(identity, Scope(ROOT.label, None, self._secret))
        raise AccessError(
            "Your token names no bureau, so there is nothing that you may see.",
            code="access.scope",
            next_step="Ask for a token with your bureau, or with the role root.",
        )

    def _below(self, bureau: str, mark: Mark) -> Scope:
        with self._lock:
            if mark != self._mark:
                self._mark, self._scopes, self._opens = mark, {}, {}
            if bureau not in self._scopes:
                self._scopes[bureau] = Scope(bureau, self._subtree(bureau, mark[2]), self._secret)
            return self._scopes[bureau]

    def _opened(self, officer: str, mark: Mark) -> Opened:
        """What the officer's open tasks open, until they close."""
        with self._lock:
            if mark != self._mark:
                self._mark, self._scopes, self._opens = mark, {}, {}
            if officer not in self._opens:
                self._opens[officer] = opened_by_tasks(self._store, officer, as_of=AsOf(valid=mark[2]))
            return self._opens[officer]

    def _subtree(self, bureau: str, today: date) -> frozenset[str]:
        return frozenset(bureau_subtree(self._store, [bureau], as_of=AsOf(valid=today)))


def _mark(ledger: Sequence[BatchRecord]) -> Mark:
    last = max((record.number for record in ledger), default=0)
    return last, sum(record.state == "committed" for record in ledger), datetime.now(tz=UTC).date()


def _secret(store: GraphStore) -> bytes:
    kept = store.meta(SECRET_META)
    if kept is None:
        store.set_meta(SECRET_META, secrets.token_hex(32))
        kept = store.meta(SECRET_META) or ""
    return bytes.fromhex(kept)
