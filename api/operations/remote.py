"""Sends an operation to the server that owns the embedded file. Called by `api.commands.session`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

import httpx

from api.operations.errors import error_from
from api.operations.registry import Answer
from graph.errors import StoreError
from graph.progress import Progress, Show
from graph.store.owner import Owner

_CONNECT_SECONDS: Final = 5.0
# The owner is this machine: a proxy of the environment has no part in it.
_NO_PROXY: Final = False


def run_remotely(
    name: str, parameters: Mapping[str, Any], *, owner: Owner, who: str, show: Show = lambda _progress: None
) -> Answer:
    """The server's answer; what waits its turn there shows how far it is.

    Raises:
        TaxgraphError: what the server raised, with its code.
        StoreError: `store.server` if it does not answer.
    """
    try:
        with (
            httpx.Client(timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS), trust_env=_NO_PROXY) as client,
            client.stream(
                "POST",
                f"{owner.address}/operate/{name}",
                json={"parameters": dict(parameters), "who": who},
                headers={"x-owner-secret": owner.secret or ""},
            ) as response,
        ):
            told = _last(response.iter_lines(), show)
    except (httpx.HTTPError, ValueError, TypeError):
        told = {}
    if isinstance(told.get("answer"), dict):
        return dict(told["answer"])
    if isinstance(told.get("error"), dict):
        raise error_from(told["error"])
    raise StoreError(
        "The server that owns this store does not answer.",
        code="store.server",
        next_step="Check that `taxgraph serve` still runs, or end it and ask again.",
        address=owner.address,
        pid=owner.pid,
    )


def _last(lines: Iterable[str], show: Show) -> dict[str, Any]:
    """The last line; those before it are progress, or empty."""
    told: dict[str, Any] = {}
    for line in lines:
        parsed = json.loads(line) if line.strip() else {}
        if "progress" in parsed:
            show(Progress(**parsed["progress"]))
        told = parsed
    return told
