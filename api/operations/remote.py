"""Sends an operation to the server that owns the embedded file. Called by `api.commands.session`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx

from api.operations.errors import error_from
from api.operations.registry import Answer
from graph.errors import StoreError
from graph.store.owner import Owner

_CONNECT_SECONDS: Final = 5.0
# The owner is this machine: a proxy of the environment has no part in it.
_NO_PROXY: Final = False


def run_remotely(name: str, parameters: Mapping[str, Any], *, owner: Owner, who: str) -> Answer:
    """The server's answer.

    Raises:
        TaxgraphError: what the server raised, with its code.
        StoreError: `store.server` if it does not answer.
    """
    try:
        with httpx.Client(timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS), trust_env=_NO_PROXY) as client:
            response = client.post(
                f"{owner.address}/operate/{name}",
                json={"parameters": dict(parameters), "who": who},
                headers={"x-owner-secret": owner.secret or ""},
            )
        body = response.json()
    except (httpx.HTTPError, ValueError):
        raise StoreError(
            "The server that owns this store does not answer.",
            code="store.server",
            next_step="Check that `taxgraph serve` still runs, or end it and ask again.",
            address=owner.address,
            pid=owner.pid,
        ) from None
    if isinstance(body, dict) and isinstance(body.get("answer"), dict):
        return dict(body["answer"])
    raise error_from(body.get("error", {}) if isinstance(body, dict) else {})
