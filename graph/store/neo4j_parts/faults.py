"""Turns what the driver raises into our own errors. Nothing of the query, its parameters or the password travels on.

Used by `connection` alone: a driver's exception ends here.
"""

from __future__ import annotations

from neo4j.exceptions import (
    AuthError,
    ConfigurationError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)

from graph.errors import LimitError, QueryError, SettingsError, StoreBusyError, StoreError, TaxgraphError

DriverFault = (Neo4jError, DriverError)
_MEMORY = ("MemoryPoolOutOfMemory", "TransactionOutOfMemory", "OutOfMemoryError", "StackOverFlowError")
_ATTACHED = "https://neo4j.com/docs/status-codes/"


def is_memory_fault(error: Exception) -> bool:
    """True if one transaction ran out of memory: the server calls that transient, but a retry never helps."""
    return isinstance(error, Neo4jError) and any(name in (error.code or "") for name in _MEMORY)


def may_retry(error: Exception) -> bool:
    """True if the same transaction may succeed when it is run again.

    That holds for a commit of unknown outcome too: every write of ours looks first whether it is in already.
    """
    if is_memory_fault(error):
        return False
    if isinstance(error, IncompleteCommit):
        return True
    return isinstance(error, (Neo4jError, DriverError)) and error.is_retryable()


def translated(error: Exception) -> TaxgraphError:
    """Our error for a driver's; it holds the status code (a name), never the message, which may quote data."""
    if isinstance(error, AuthError):
        return StoreError(
            "The Neo4j server refused the user name or the password.",
            code="store.credentials",
            next_step="Check NEO4J_USERNAME and TAXGRAPH_NEO4J_PASSWORD (or its _FILE).",
        )
    if isinstance(error, (ServiceUnavailable, SessionExpired)):
        return StoreBusyError(
            "The Neo4j server cannot be reached.",
            code="store.unavailable",
            next_step="Check that it runs and that the address is right; then try again.",
        )
    if isinstance(error, ConfigurationError):
        return SettingsError(
            "The address of the Neo4j server is not understood.",
            code="settings.store",
            next_step="Write neo4j://host:7687, neo4j+s://host or bolt://host:7687.",
        )
    return _server_fault(error.code or "") if isinstance(error, Neo4jError) else _driver_fault(error)


def _server_fault(code: str) -> TaxgraphError:
    name = code.rsplit(".", 1)[-1]
    if "TransactionTimedOut" in name or name == "Terminated":
        return LimitError(
            "The question took longer than the store allows.",
            code="limit.time",
            next_step="Ask for less: fewer keys, a narrower filter, a smaller limit.",
        )
    if any(known in name for known in _MEMORY):
        return LimitError(
            "The question needs more memory than the Neo4j server allows one transaction.",
            code="limit.memory",
            next_step="Ask for less, or raise dbms.memory.transaction.total.max.",
        )
    if name == "AccessMode":
        return QueryError(
            "A read-only question tried to write.", code="query.read_only", next_step="Leave the writing clause out."
        )
    if code.startswith("Neo.TransientError"):
        return StoreBusyError(
            "The Neo4j server is busy with something else.", next_step="Try again in a moment.", status=code
        )
    return StoreError(
        "The Neo4j server refused a statement.",
        code="store.failed",
        next_step=f"Look the status up under {_ATTACHED} and in the server's log.",
        status=code,
    )


def _driver_fault(error: Exception) -> StoreError:
    return StoreError(
        "The Neo4j driver failed.",
        code="store.failed",
        next_step="Try again; if it lasts, restart the program.",
        kind=type(error).__name__,
    )
