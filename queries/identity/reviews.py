"""Pairs of registrations about which a person should decide: listed, one of them, and how one came to be what it is.

Written by loads (`loaders.resolve.write_reviews`); a decision settles them (`loaders.deciding`). Both registrations of
a pair must be in the scope of whoever asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graph.errors import QueryError
from graph.model.governance import REVIEW_REASONS, REVIEW_STATES
from graph.store.port import BatchRecord, GraphStore
from graph.store.questions import NOW, ROOT, AsOf, Filter, Op, Order, Page, Scope
from queries.limits import DEFAULT_LIMITS, Limits
from queries.reading import missing, rows
from queries.results import Cut

OPEN = ("open",)
ORDER = (Order("reason"), Order("weight", descending=True))


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """Which pairs: all of the given conditions; empty: any.

    Raises:
        QueryError: `query.state`, `query.reason`.
    """

    states: tuple[str, ...] = OPEN
    reasons: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for given, known, code in (
            (self.states, REVIEW_STATES, "query.state"),
            (self.reasons, REVIEW_REASONS, "query.reason"),
        ):
            if unknown := sorted(set(given) - set(known)):
                raise QueryError(f"There is no “{unknown[0]}”.", code=code, next_step=f"Use {', '.join(known)}.")

    def conditions(self) -> tuple[Filter, ...]:
        """As filters of the store."""
        named = (("state", self.states), ("reason", self.reasons))
        return tuple(Filter(name, Op.IN, values) for name, values in named if values)


@dataclass(frozen=True, slots=True)
class ReviewRows:
    """Rows of reviews, how many there are in all, what was cut."""

    reviews: tuple[Mapping[str, Any], ...]
    total: int
    cut: tuple[Cut, ...]


def identity_reviews(
    store: GraphStore,
    wanted: ReviewFilter = ReviewFilter(),
    *,
    as_of: AsOf = NOW,
    scope: Scope = ROOT,
    limits: Limits = DEFAULT_LIMITS,
) -> ReviewRows:
    """Reviews in scope, by reason, the heaviest evidence first."""
    page = Page(limit=limits.rows)
    found = store.select("IdentityReview", where=wanted.conditions(), order=ORDER, page=page, as_of=as_of, scope=scope)
    listed = tuple(rows(found.table))
    left = found.total - len(listed)
    return ReviewRows(listed, found.total, (Cut("reviews", "rows", left),) if left > 0 else ())


def review_of(
    store: GraphStore, one: str, other: str, *, as_of: AsOf = NOW, scope: Scope = ROOT
) -> Mapping[str, Any] | None:
    """The review of two registrations, if there is one in scope."""
    left, right = sorted((one, other))
    where = (Filter("left", Op.EQ, left), Filter("right", Op.EQ, right))
    found = rows(store.select("IdentityReview", where=where, page=Page(limit=1), as_of=as_of, scope=scope).table)
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class ReviewVersion:
    """What a review said from an instant on; `batch` and `who`: the load that wrote it."""

    at: datetime
    batch: str
    who: str
    row: Mapping[str, Any]


def review_history(
    store: GraphStore, review: str, *, as_of: AsOf = NOW, scope: Scope = ROOT
) -> tuple[ReviewVersion, ...]:
    """Every state that led to the one at `as_of`, the oldest first.

    Raises:
        NotFoundError: `not_found.identityreview`.
    """
    ledger = {line.number: line for line in store.batches()}
    found: list[ReviewVersion] = []
    clock = as_of
    while row := next(iter(rows(store.fetch("IdentityReview", [review], as_of=clock, scope=scope))), None):
        version = _version(row, ledger[row["batch_from"]])
        found.append(version)
        clock = AsOf(as_of.valid, version.at - timedelta(microseconds=1))
    if not found:
        raise missing("IdentityReview")
    return tuple(reversed(found))


def _version(row: Mapping[str, Any], line: BatchRecord) -> ReviewVersion:
    return ReviewVersion(line.committed_at or line.header.started_at, line.header.id, line.header.who, row)
