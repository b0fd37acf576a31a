"""Issues to be shown: what is wrong, where, about whom, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graph.errors import QueryError
from graph.store.port import GraphStore
from queries.quality.handling import STATES, Handling, handlings
from queries.quality.subjects import subjects_of


@dataclass(frozen=True, slots=True)
class ShownIssue:
    """An issue. `taxpayer`: who answers for it; `state`, `task`: of `Handling`; `source`, `file`, `row`: its origin."""

    state: str
    task: str | None
    taxpayer: str | None
    id: str
    rule: str
    subject_type: str | None
    subject: str | None
    columns: str | None
    what: str | None
    source: str | None
    file: str | None
    row: int | None


@dataclass(frozen=True, slots=True)
class ShownIssues:
    """Some issues of `total` that fit."""

    issues: tuple[ShownIssue, ...]
    total: int


def issues(
    store: GraphStore, *, rule: str | None = None, states: Sequence[str] = (), limit: int = 100, offset: int = 0
) -> ShownIssues:
    """Issues that stand, by rule, then id; of one rule, or in some states only. Unscoped.

    Raises:
        QueryError: `query.state`.
    """
    if unknown := sorted(set(states) - set(STATES)):
        raise QueryError(f"There is no state {unknown[0]}.", code="query.state", next_step=f"Use {', '.join(STATES)}.")
    every = [row["id"] for row in store.export("QualityIssue").to_pylist() if rule in {None, row["rule"]}]
    fitting = [each for each in handlings(store, every) if not states or each.state in states]
    fitting.sort(key=lambda each: (str(each.issue["rule"]), str(each.issue["id"])))
    page = fitting[offset : offset + limit]
    subjects = subjects_of(store, [each.issue for each in page])
    return ShownIssues(tuple(_shown(each, subjects[str(each.issue["id"])].taxpayer) for each in page), len(fitting))


def _shown(each: Handling, taxpayer: str | None) -> ShownIssue:
    names = ("id", "rule", "subject_type", "subject", "columns", "what", "prov_source", "prov_file", "prov_row")
    return ShownIssue(each.state, each.task, taxpayer, *(each.issue[name] for name in names))
