"""One call of the command line: which store, JSON or tables, and where operations run. Made by `api.cli`."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, cast

import typer

from api.commands.signals import stopping_on_signals
from api.commands.waiting import Waiting
from api.operations.registry import Answer, operation_named
from graph.errors import StoreError
from graph.settings import store_settings
from graph.store.opening import embedded_path, is_embedded
from graph.store.owner import Owner, read_owner


@dataclass(frozen=True, slots=True)
class Session:
    """What the global options say. `url` None: TAXGRAPH_STORE, else the default of the settings."""

    url: str | None = None
    json: bool = False

    def store_url(self) -> str:
        """Address of the store."""
        return self.url or store_settings().store

    def serving_owner(self) -> Owner | None:
        """The process that serves the embedded file, if one does."""
        url = self.store_url()
        owner = read_owner(embedded_path(url)) if is_embedded(url) else None
        return owner if owner is not None and owner.address else None

    def perform(self, operation: str, parameters: Mapping[str, Any] | None = None) -> Answer:
        """Have an operation done: by the server that owns the file, else here."""
        asked = parameters or {}
        with Waiting(operation, quiet=self.json) as waiting:
            if (owner := self.serving_owner()) is not None:
                return _remotely(operation, asked, owner, waiting)
            try:
                return self._locally(operation, asked, waiting)
            except StoreError as error:  # a server may have come up while a load waited for its turn
                if error.code != "store.owned" or (owner := self.serving_owner()) is None:
                    raise
                return _remotely(operation, asked, owner, waiting)

    def _locally(self, operation: str, parameters: Mapping[str, Any], waiting: Waiting) -> Answer:
        from api.operations.local import Watcher, run_locally  # noqa: PLC0415 - drivers, only when needed

        watcher = Watcher(user_name(), waiting.show, waiting.waits)
        with stopping_on_signals(watcher.stop) if operation_named(operation).queues else nullcontext():
            return run_locally(operation, parameters, url=self.store_url(), watcher=watcher)

    def show(self, answer: Answer, as_tables: Callable[[Answer], None]) -> None:
        """The answer on standard output: one JSON document, or tables."""
        if self.json:
            sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
        else:
            as_tables(answer)


def _remotely(operation: str, parameters: Mapping[str, Any], owner: Owner, waiting: Waiting) -> Answer:
    from api.operations.remote import run_remotely  # noqa: PLC0415 - the HTTP client, only when needed

    return run_remotely(operation, parameters, owner=owner, who=user_name(), show=waiting.show)


def session_of(context: typer.Context) -> Session:
    """The session that the global options made."""
    return cast("Session", context.find_root().obj)


def user_name() -> str:
    """Who is at the command line, for the ledger and the access log."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return "unknown"
