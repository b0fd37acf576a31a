"""One call of the command line: which store, JSON or tables, and where operations run. Made by `api.cli`."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import typer

from api.commands.waiting import Waiting
from api.operations.registry import Answer
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
        with Waiting(operation) as waiting:
            owner = self.serving_owner()
            if owner is not None:
                from api.operations.remote import run_remotely  # noqa: PLC0415 - the HTTP client, only when needed

                return run_remotely(operation, parameters or {}, owner=owner, who=user_name(), progress=waiting.tell)
            from api.operations.local import run_locally  # noqa: PLC0415 - drivers, only when needed

            return run_locally(
                operation, parameters or {}, url=self.store_url(), progress=waiting.tell, who=user_name()
            )

    def show(self, answer: Answer, as_tables: Callable[[Answer], None]) -> None:
        """The answer on standard output: one JSON document, or tables."""
        if self.json:
            sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
        else:
            as_tables(answer)


def session_of(context: typer.Context) -> Session:
    """The session that the global options made."""
    return cast("Session", context.find_root().obj)


def user_name() -> str:
    """Who is at the command line, for the ledger and the access log."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return "unknown"
