"""Findings by pattern, severity, state and member; one row each, the worst first. Scope and limits apply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.errors import QueryError
from graph.model.governance import FINDING_STATES
from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT, AsOf, Filter, Op, Order, Page, Scope
from queries.limits import DEFAULT_LIMITS, Limits
from queries.reading import IN, related, rows
from queries.results import Cut

SEVERITIES = ("abnormal", "high")
ORDER = (Order("severity", descending=True), Order("score", descending=True), Order("first_on", descending=True))
STANDING = ("open", "reopened")


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings: all of the given conditions. `states` empty: those that wait for a decision."""

    patterns: tuple[str, ...] = ()
    severity: str | None = None
    states: tuple[str, ...] = STANDING
    member: str | None = None

    def __post_init__(self) -> None:
        if self.severity is not None and self.severity not in SEVERITIES:
            raise QueryError(
                "There is no such severity.", code="query.severity", next_step=f"Use {', '.join(SEVERITIES)}."
            )
        if unknown := sorted(set(self.states) - set(FINDING_STATES)):
            raise QueryError(
                f"There is no state {unknown[0]}.", code="query.state", next_step=f"Use {', '.join(FINDING_STATES)}."
            )

    def conditions(self) -> list[Filter]:
        """As filters of the store."""
        found = [Filter("state", Op.IN, self.states)] if self.states else []
        found += [Filter("pattern", Op.IN, self.patterns)] if self.patterns else []
        found += [Filter("severity", Op.EQ, self.severity)] if self.severity else []
        return found


@dataclass(frozen=True, slots=True)
class FindingRows:
    """Rows of findings, how many there are in all, what was cut."""

    findings: tuple[Mapping[str, Any], ...]
    total: int
    cut: tuple[Cut, ...]


def findings(
    store: GraphStore,
    wanted: FindingFilter = FindingFilter(),
    *,
    offset: int = 0,
    as_of: AsOf = NOW,
    scope: Scope = ROOT,
    limits: Limits = DEFAULT_LIMITS,
) -> FindingRows:
    """Findings in scope, high before abnormal, then by score, then newest first."""
    where = wanted.conditions()
    if wanted.member is not None:
        where.append(Filter("id", Op.IN, tuple(_of_member(store, wanted.member, as_of=as_of, scope=scope))))
    page = Page(limit=limits.rows, offset=offset)
    found = store.select("Finding", where=where, order=ORDER, page=page, as_of=as_of, scope=scope)
    listed = tuple(rows(found.table))
    left = found.total - offset - len(listed)
    return FindingRows(listed, found.total, (Cut("findings", "rows", left),) if left > 0 else ())


def _of_member(store: GraphStore, taxpayer: str, *, as_of: AsOf, scope: Scope) -> Sequence[str]:
    table = related(store, "Taxpayer", [taxpayer], "INVOLVES", IN, as_of=as_of, scope=scope).table
    return sorted({str(row["from_id"]) for row in rows(table)})
