"""One table: error code → how each outward face says it. Read by `api.app`, `api.gql` and `api.cli`."""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graph.errors import TaxgraphError

LOGGER = logging.getLogger("taxgraph.api")


@dataclass(frozen=True, slots=True)
class Problem:
    """How errors whose code starts with `prefix` are shown."""

    prefix: str
    category: str  # GraphQL `extensions.category`, beside the error's own `extensions.code`
    http_status: int
    exit_code: int
    retry_after: int | None = None  # seconds; where there is one, asking again later helps


INTERNAL = Problem("internal", "INTERNAL", 500, 1)
# The longest prefix that fits wins, so the special cases stand beside their family.
PROBLEMS: tuple[Problem, ...] = (
    Problem("query", "QUERY", 400, 2),
    Problem("settings", "SETTINGS", 500, 3),
    Problem("data", "DATA", 422, 4),
    Problem("store", "STORE", 503, 5),
    Problem("store.busy", "STORE", 503, 5, 2),
    Problem("work", "WORK", 409, 9),
    Problem("limit", "LIMIT", 413, 6),
    Problem("limit.time", "LIMIT", 503, 6),
    Problem("limit.arrival", "LIMIT", 408, 6),
    Problem("limit.busy", "LIMIT", 429, 6, 1),
    Problem("limit.stopping", "LIMIT", 503, 6, 10),
    Problem("limit.cancelled", "LIMIT", 499, 130),
    Problem("access", "ACCESS", 403, 7),
    Problem("access.token", "ACCESS", 401, 7),
    Problem("not_found", "NOT_FOUND", 404, 8),
)


def problem_of(code: str) -> Problem:
    """The row of the table for an error code; `INTERNAL` for a code that no row covers."""
    fitting = [row for row in PROBLEMS if code == row.prefix or code.startswith(f"{row.prefix}.")]
    return max(fitting, key=lambda row: len(row.prefix), default=INTERNAL)


def described(error: BaseException) -> dict[str, Any]:
    """An error as data for a caller: `message` and `extensions`.

    What is not of our own tree is a fault of ours: the caller gets a reference, the log the place, nobody the content.
    """
    if not isinstance(error, TaxgraphError):
        return _internal(error)
    problem = problem_of(error.code)
    extensions: dict[str, Any] = {"code": error.code, "category": problem.category, "retryable": _retryable(error)}
    if error.facts:
        extensions["facts"] = {name: _plain(value) for name, value in error.facts.items()}
    if error.next_step:
        extensions["nextStep"] = error.next_step
    return {"message": error.message, "extensions": extensions}


def retry_after(error: BaseException) -> int | None:
    """Seconds after which the same request may succeed; None where waiting does not help."""
    return problem_of(error.code).retry_after if isinstance(error, TaxgraphError) else None


def http_status(error: BaseException) -> int:
    """The HTTP status of a request that this error ended."""
    return problem_of(error.code).http_status if isinstance(error, TaxgraphError) else INTERNAL.http_status


def exit_code(error: BaseException) -> int:
    """The exit code of a command that this error ended."""
    return problem_of(error.code).exit_code if isinstance(error, TaxgraphError) else INTERNAL.exit_code


def _retryable(error: TaxgraphError) -> bool:
    return error.retryable or problem_of(error.code).retry_after is not None


def _internal(error: BaseException) -> dict[str, Any]:
    reference = secrets.token_hex(6)
    # The message of a foreign exception may quote data; type and places never do.
    places = " < ".join(f"{f.filename.rpartition('/')[2]}:{f.lineno}" for f in _frames(error))
    LOGGER.error("internal error %s: %s at %s", reference, type(error).__name__, places)
    return {
        "message": "Something went wrong inside taxgraph.",
        "extensions": {
            "code": "internal",
            "category": INTERNAL.category,
            "retryable": False,
            "reference": reference,
            "nextStep": "Ask the operator to look for this reference in the server's log.",
        },
    }


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    return list(reversed(traceback.extract_tb(error.__traceback__)))[:8]


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
