"""The error tree of taxgraph, ordered by whose move it is. Raised everywhere, translated once by `api.problems`.

    TaxgraphError
    ├── SettingsError      settings.*   the operator: a setting is missing or wrong
    ├── DataError          data.*       the owner of the data: a file or row breaks its contract
    ├── StoreError         store.*      the operator: the store is away, owned, of another schema
    │   └── StoreBusyError store.busy   the same, and trying again later helps (retryable)
    ├── QueryError         query.*      the caller: the question has no meaning as asked
    ├── WorkError          work.*       the officer: the task does not stand so that this can be done
    ├── LimitError         limit.*      the caller: ask for less
    ├── AccessError        access.*     the caller: not allowed
    └── NotFoundError      not_found    the caller: nothing there (or nothing visible in this scope)

An error carries a sentence (what, where), facts as data, a stable dotted `code` and the next step. It holds no HTTP
status and never personal data: facts are file names, row numbers, column names and counts.
"""

from __future__ import annotations

from typing import ClassVar


class TaxgraphError(Exception):
    """Root of the tree.

    Args:
        message: what happened and where, one sentence.
        code: stable dotted code; the class's own by default.
        next_step: what to do about it.
        **facts: data for programs (names, numbers, counts; never personal data).
    """

    default_code: ClassVar[str] = "taxgraph"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, code: str | None = None, next_step: str | None = None, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.next_step = next_step
        self.facts = facts

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        tail = f" ({shown})" if shown else ""
        step = f" Next step: {self.next_step}" if self.next_step else ""
        return f"{self.message}{tail}{step}"


class SettingsError(TaxgraphError):
    """A setting is missing or wrong; the operator moves."""

    default_code = "settings"


class DataError(TaxgraphError):
    """A file or a row breaks its contract; the owner of the data moves."""

    default_code = "data"


class StoreError(TaxgraphError):
    """The store is unreachable, owned by another process, or of another schema; the operator moves."""

    default_code = "store"


class StoreBusyError(StoreError):
    """The store is busy with another writer; the same call may succeed later."""

    default_code = "store.busy"
    retryable = True


class QueryError(TaxgraphError):
    """The question has no meaning as asked; the caller moves."""

    default_code = "query"


class WorkError(TaxgraphError):
    """A task does not stand so that this can be done, or not by this officer; the officer moves."""

    default_code = "work"


class LimitError(TaxgraphError):
    """The question is too large; the caller asks for less."""

    default_code = "limit"


class AccessError(TaxgraphError):
    """The principal may not do this; the caller moves."""

    default_code = "access"


class NotFoundError(TaxgraphError):
    """Nothing is there, or nothing that this principal may see: both answer alike."""

    default_code = "not_found"
