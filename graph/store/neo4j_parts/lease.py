"""The lease that keeps one bulk writer in and the others out: a mark on the ledger that expires. Called by writers.

`LOCK` begins every statement that looks at it: whoever holds the ledger's lock decides, the others wait.
"""

from __future__ import annotations

from dataclasses import dataclass

from graph.errors import StoreBusyError
from graph.store.neo4j_parts.connection import Server, Work

NOW = "datetime.realtime().epochMillis"  # the server's clock, not that of the statement's start: locks may have waited
LOCK = "MATCH (l:Ledger {id: 'ledger'}) SET l.touched = " + NOW


@dataclass(frozen=True, slots=True)
class Habits:
    """How a store writes.

    Rows of one transaction, seconds a silent writer keeps its lease, seconds to wait for it, connections that write
    relationships side by side.
    """

    chunk: int = 10_000
    lease: float = 30.0
    wait: float = 60.0
    lanes: int = 2

    @property
    def span(self) -> int:
        """Milliseconds of a lease."""
        return int(self.lease * 1000)


def take(work: Work, owner: str, habits: Habits) -> None:
    """Have the lease. The caller holds the ledger's lock and knows that nobody else has it."""
    work.rows(
        f"MATCH (l:Ledger {{id: 'ledger'}}) SET l.owner = $owner, l.expires = {NOW} + $span",
        owner=owner,
        span=habits.span,
    )


def keep(work: Work, owner: str, habits: Habits) -> None:
    """Lock the ledger and keep the lease for another span; StoreBusyError `store.lease` if it was lost."""
    found = work.rows(
        f"{LOCK} WITH l WHERE l.owner = $owner SET l.expires = {NOW} + $span RETURN true",
        owner=owner,
        span=habits.span,
    )
    if not found:
        raise lost()


def renew(server: Server, owner: str, habits: Habits) -> None:
    """Keep the lease while nothing is written."""
    server.write(lambda work: keep(work, owner, habits))


def release(server: Server, owner: str) -> None:
    """Give the lease back."""
    server.write(lambda work: work.rows(f"{LOCK} WITH l WHERE l.owner = $owner REMOVE l.owner, l.expires", owner=owner))


def lost() -> StoreBusyError:
    """The error of a writer that was silent for too long."""
    return StoreBusyError(
        "Another writer took over because this one was silent for too long.",
        code="store.lease",
        next_step="Run this load again; nothing of it was committed.",
    )
