"""From a bureau to the set of bureaus below it: the scope of every question. Read by whatever makes a principal.

The tree is the PART_OF of today. It is asked once a day and for each state of the ledger, so a change counts at once.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import islice

from api.access.principals import Identity, Principal, Role
from graph.civil import civil
from graph.errors import AccessError
from graph.store.ledger import FromLedger
from graph.store.port import BatchRecord, GraphStore
from graph.store.questions import ROOT, AsOf, Scope
from queries.opened import Opened, by_type, evidence_paths, open_tasks
from queries.views.bureau import bureau_subtree
from queries.work.seeing import others

MOST_LATELY = 100  # officers who are asked about together
SECRET_META = "scope_secret"  # noqa: S105 - the name of a stored setting


Mark = tuple[int | date, ...]  # of the ledger, and today


class ScopeBook:
    """Scopes of one store, kept until the ledger changes."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._secret = _secret(store)
        self._lock = threading.Lock()
        self._marks = FromLedger(_marks)
        self._mark: Mark | None = None
        self._others: Mark | None = None
        self._scopes: dict[str, Scope] = {}
        self._opens: dict[str, Opened] = {}
        self._asked: dict[str, None] = {}  # officers who asked since the ledger changed, in order
        self._lately: frozenset[str] = frozenset()  # those who had asked before that
        self._paths: dict[tuple[str, tuple[str, ...]], Opened] = {}

    def principal(self, identity: Identity, ledger: Sequence[BatchRecord]) -> Principal:
        """The identity with its scope.

        Raises:
            AccessError: `access.scope` for an identity that is bound to no bureau and is not root.
        """
        if identity.bureau is not None:
            with self._lock:
                today = self._know(ledger)
                scope = self._below(identity.bureau, today)
                opened = self._opened(identity.officer, today) if identity.officer else ()
            return Principal(identity, replace(scope, opened=opened) if opened else scope)
        if Role.ROOT in identity.roles:
            return Principal(identity, Scope(ROOT.label, None, self._secret))
        raise AccessError(
            "Your token names no bureau, so there is nothing that you may see.",
            code="access.scope",
            next_step="Ask for a token with your bureau, or with the role root.",
        )

    def _know(self, ledger: Sequence[BatchRecord]) -> date:
        """Forget what the ledger has changed; the civil day. Actions in tasks change no bureau and no evidence."""
        today = civil(datetime.now(tz=UTC)).date()
        changes, of_others = self._marks.of(ledger)
        mark, other = (*changes, today), (*of_others, today)
        if mark != self._mark:
            self._mark, self._lately = mark, frozenset(islice(self._asked, MOST_LATELY))
            self._asked, self._opens = {}, {}
        if other != self._others:
            self._others, self._scopes, self._paths = other, {}, {}
        return today

    def _below(self, bureau: str, today: date) -> Scope:
        if bureau not in self._scopes:
            self._scopes[bureau] = Scope(bureau, self._subtree(bureau, today), self._secret)
        return self._scopes[bureau]

    def _opened(self, officer: str, today: date) -> Opened:
        """What the officer's open tasks open, until they close.

        Every action changes the ledger, so those who asked before it are asked about together with the first one.
        """
        self._asked[officer] = None
        if officer not in self._opens:
            as_of, asked = AsOf(valid=today), sorted({officer, *self._lately})
            self._lately = frozenset()
            for each, tasks in open_tasks(self._store, asked, as_of=as_of).items():
                self._opens[each] = self._path(each, tasks, as_of)
        return self._opens[officer]

    def _path(self, officer: str, tasks: tuple[str, ...], as_of: AsOf) -> Opened:
        if (officer, tasks) not in self._paths:
            found = evidence_paths(self._store, tasks, officer=officer, as_of=as_of)
            self._paths[officer, tasks] = by_type(found)
        return self._paths[officer, tasks]

    def _subtree(self, bureau: str, today: date) -> frozenset[str]:
        return frozenset(bureau_subtree(self._store, [bureau], as_of=AsOf(valid=today)))


def _marks(ledger: Sequence[BatchRecord]) -> tuple[tuple[int, int], tuple[int, int, int]]:
    """What every change of the ledger changes, and what only those of others do."""
    counted = sum(record.state == "committed" for record in ledger)
    return (max((record.number for record in ledger), default=0), counted), others(ledger)


def _secret(store: GraphStore) -> bytes:
    kept = store.meta(SECRET_META)
    if kept is None:
        store.set_meta(SECRET_META, secrets.token_hex(32))
        kept = store.meta(SECRET_META) or ""
    return bytes.fromhex(kept)
