"""Whose turn it is to load: a node that names the loader and expires when it falls silent. Used by the store's `turn`.

The lease of `writing` is held while rows are written; a turn is held for the whole load, because what a load writes was
worked out from what it read at its beginning. Small writes need no turn.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from graph.errors import StoreBusyError, TaxgraphError
from graph.store.neo4j_parts.connection import Server

_NOW = "datetime.realtime().epochMillis"
_OWN = "MATCH (t:Ledger {id: 'turn', owner: $owner})"


def take(server: Server, owner: str, lease: float) -> bool:
    """Have the turn for `lease` seconds, if nobody else has it."""
    found = server.alter(
        f"MERGE (t:Ledger {{id: 'turn'}}) SET t.touched = {_NOW} "
        f"WITH t WHERE t.owner IS NULL OR t.owner = $owner OR t.expires < {_NOW} "
        f"SET t.owner = $owner, t.expires = {_NOW} + $span RETURN true",
        owner=owner,
        span=int(lease * 1000),
    )
    return bool(found)


def renew(server: Server, owner: str, lease: float) -> None:
    """Keep the turn; StoreBusyError `store.lease` if another loader has it by now."""
    found = server.alter(f"{_OWN} SET t.expires = {_NOW} + $span RETURN true", owner=owner, span=int(lease * 1000))
    if not found:
        raise StoreBusyError(
            "Another load took its turn because this one was silent for too long.",
            code="store.lease",
            next_step="Run this load again; nothing of it was committed.",
        )


@contextmanager
def kept(server: Server, owner: str, lease: float) -> Iterator[None]:
    """Renew a turn that was taken, from a thread of its own, until the block ends; then give it back."""
    over = threading.Event()

    def keep() -> None:
        while not over.wait(lease / 3):
            with suppress(TaxgraphError):  # the write itself looks whether the turn is still held
                renew(server, owner, lease)

    keeper = threading.Thread(target=keep, name="turn", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()
        with suppress(TaxgraphError):  # it expires by itself
            server.alter(f"{_OWN} REMOVE t.owner, t.expires", owner=owner)
