"""Who should handle a task about a taxpayer: level by tier, grids by level, officers by expertise and load."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from graph.store.port import GraphStore
from graph.store.projecting import TradeProjection
from graph.store.questions import ROOT, AsOf, Scope
from queries.detection.rules import PUBLIC, InForce, RuleBook
from queries.dispatch.candidates import candidates
from queries.dispatch.choosing import Candidate, Choice, Work, choose, overridden
from queries.dispatch.places import Place, places
from queries.dispatch.rules import DispatchRules
from queries.reading import OUT, node, related, rows
from queries.views.trade_items import MonthTotals
from queries.views.trading import trading

NAME = "dispatch"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A choice with what it rests on.

    `sales_cents`: of the taxpayer over the rules' days, in their currency; `level` follows from it. `load` and
    `next_load` of the choice are minutes. `rule_version` names the rules.
    """

    choice: Choice
    taxpayer: str | None
    level: int
    sales_cents: int
    places: tuple[Place, ...]
    candidates: tuple[Candidate, ...]
    rule_version: str


@dataclass(frozen=True, slots=True)
class Override:
    """Another officer than suggested, by a person, and why."""

    officer: str
    reason: str


def suggest(
    store: GraphStore,
    task: str,
    *,
    on: date,
    recorded: datetime | None = None,
    book: RuleBook = PUBLIC,
    override: Override | None = None,
    projection: TradeProjection | None = None,
    scope: Scope = ROOT,
) -> Suggestion:
    """Who should handle a task of the graph on that day.

    Raises:
        NotFoundError: `not_found.task`.
        QueryError: `query.reason`, `query.dispatch` of an override.
    """
    as_of = AsOf(valid=on, recorded=recorded)
    head = node(store, "Task", task, as_of=as_of, scope=scope)
    ends = rows(related(store, "Task", [task], "CONCERNS", OUT, as_of=as_of, scope=ROOT).table)
    taxpayers = sorted(str(row["to_id"]) for row in ends if row["to_type"] == "Taxpayer")
    force = book.in_force(NAME, DispatchRules, on)
    work = Work(task, head["kind"], force.rules.tags(head["kind"]), force.rules.minutes(head["kind"]))
    return suggest_for(store, work, taxpayers, force=force, as_of=as_of, override=override, projection=projection)


def suggest_for(
    store: GraphStore,
    work: Work,
    taxpayers: Sequence[str],
    *,
    force: InForce[DispatchRules],
    as_of: AsOf,
    override: Override | None = None,
    projection: TradeProjection | None = None,
) -> Suggestion:
    """The same for work that is not in the graph yet. Of several taxpayers the one with most sales decides."""
    sales = {each: _sales(store, each, force.rules, as_of, projection) for each in taxpayers}
    about = min(sales, key=lambda each: (-sales[each], each), default=None)
    level = force.rules.level(sales.get(about or "", 0))
    found = places(store, about, level=level, as_of=as_of) if about is not None else ()
    asked = candidates(store, found, rules=force.rules, as_of=as_of)
    chosen = choose(work, asked) if override is None else overridden(work, asked, override.officer, override.reason)
    return Suggestion(chosen, about, level, sales.get(about or "", 0), found, asked, force.version)


def _sales(
    store: GraphStore, taxpayer: str, rules: DispatchRules, as_of: AsOf, projection: TradeProjection | None
) -> int:
    """Net sales of the whole months that lie in the days before `as_of.valid`, and of the month of that day."""
    shown = trading(store, taxpayer, as_of=as_of, scope=ROOT, top=0, projection=projection)
    first = (as_of.valid - timedelta(days=rules.days)).strftime("%Y-%m") if as_of.valid else ""
    return sum(month.output_cents for month in shown.months if _counts(month, first, rules.tier_currency))


def _counts(month: MonthTotals, first: str, currency: str) -> bool:
    return month.month > first and month.currency == currency
