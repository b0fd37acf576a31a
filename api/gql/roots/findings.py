"""Roots about findings: `findings`, `finding`, `patterns`, `cases`; detecting, deciding; news of what was found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from decimal import Decimal

import strawberry

from api.access.principals import Right
from api.gql.building import built
from api.gql.connections import Asked, Connection, select_page
from api.gql.context import AsOfInput, Info, RequestContext
from api.gql.fields import field, mutation, subscription
from api.gql.scalars import Count, cents
from api.gql.types.answers import cuts
from api.gql.types.findings import CaseInfo, CaseMember, CasesAnswer, PatternInfo, pattern_info
from api.gql.types.governance import Finding
from api.gql.types.loads import LoadJobInfo, job_info
from api.operations.findings import chosen_patterns, rule_book
from graph.progress import Tell
from graph.settings import load_settings
from graph.stopping import Stop
from graph.store.port import GraphStore
from graph.store.questions import AsOf, Filter, Op, Page
from queries.detection.facts import Facts
from queries.findings.cases import Gangs
from queries.findings.changes import SOURCE
from queries.findings.deciding import Decision, decide
from queries.findings.gang_view import gang_view
from queries.findings.listing import ORDER, STANDING, FindingFilter
from queries.findings.recording import detect
from queries.patterns.catalogue import PATTERNS
from queries.results import Cut, plain

MOST_NEWS = 100
MOST_CASES = 200


@strawberry.input(description="What was found out about a finding. 结论")
class DecisionInput:
    """A finding closes with it."""

    finding: strawberry.ID = strawberry.field(description="Key of the finding.")
    label: str = strawberry.field(description="confirmed, refuted or insufficient.")
    reason: str = strawberry.field(description="Why, in a sentence.")
    task: strawberry.ID | None = strawberry.field(default=None, description="Key of the task that decided it.")
    tax_recovered: Decimal | None = strawberry.field(default=None, description="Of confirmed findings.")
    currency: str = "CNY"
    snapshot: int | None = strawberry.field(
        default=None, description="`provenance.batch.number` as it was read: refused if the finding changed since."
    )


@strawberry.type
class FindingRoots:
    """What detection found."""

    @field
    def findings(
        self,
        info: Info,
        *,
        first: int = 20,
        after: str | None = None,
        as_of: AsOfInput | None = None,
        patterns: list[str] | None = None,
        severity: str | None = None,
        states: list[str] | None = None,
    ) -> Connection[Finding]:
        """Findings all of whose members are in scope, the worst first; by default those that wait for a decision."""
        info.context.demand(Right.READ)
        known = tuple(pattern.name for pattern in chosen_patterns(patterns)) if patterns else ()
        wanted = FindingFilter(known, severity, tuple(states) if states is not None else STANDING)
        return select_page(info, Finding, Asked(first, after, as_of, tuple(wanted.conditions()), ORDER))

    @field
    def finding(self, info: Info, *, key: strawberry.ID, as_of: AsOfInput | None = None) -> Finding | None:
        """A finding by its key."""
        context = info.context
        context.demand(Right.READ)
        clocks = context.asked(as_of)
        rows = context.store.fetch("Finding", [str(key)], as_of=clocks, scope=context.scope).to_pylist()
        return built(Finding, rows[0], clocks, context) if rows else None

    @field
    def patterns(self, info: Info) -> list[PatternInfo]:
        """The catalogue; thresholds are shown to the rules role only."""
        context = info.context
        context.demand(Right.READ)
        sees = context.may(Right.RULES)
        book = rule_book() if sees else None
        return [
            pattern_info(each, book.in_force(each.name, each.rules, context.today) if book else None)
            for each in PATTERNS
        ]

    @field
    def cases(self, info: Info, *, limit: int = 50) -> CasesAnswer:
        """Standing findings in scope that share members, joined and ranked."""
        context = info.context
        context.demand(Right.READ)
        found = gang_view(context.store, [each.name for each in PATTERNS], as_of=context.now, scope=context.scope)
        most = min(max(limit, 1), MOST_CASES)
        left = max(0, len(found.cases) - most)
        return _cases(context, found, most, (Cut("cases", "rows", left),) if left else ())


def _cases(context: RequestContext, found: Gangs, most: int, cut: tuple[Cut, ...]) -> CasesAnswer:
    for gang in found.cases[:most]:
        for (kind, key), _ in gang.members:
            context.saw(kind, key)
    return CasesAnswer(
        cut=cuts(cut),
        total=Count(len(found.cases)),
        cases=[
            CaseInfo(
                key=gang.id,
                rank=gang.rank,
                severity=gang.severity,
                first_on=gang.first_on,
                last_on=gang.last_on,
                patterns=list(gang.patterns),
                findings=list(gang.findings),
                members=[CaseMember(type=kind, key=key, findings=count) for (kind, key), count in gang.members],
            )
            for gang in found.cases[:most]
        ],
        joined_nothing=[CaseMember(type=kind, key=key, findings=count) for (kind, key), count in found.left_out],
    )


@strawberry.type
class FindingMutations:
    """Detecting and deciding."""

    @mutation
    def start_detection(self, info: Info, *, patterns: list[str] | None = None, full: bool = False) -> LoadJobInfo:
        """Search the patterns (all, or these) after the loads that wait already; `load` and `loadProgress` tell.

        What changed since the last run is searched, with `full` everything; the findings are the same.
        """
        context = info.context
        context.demand(Right.DETECT)
        chosen, book = chosen_patterns(patterns or ()), rule_book()
        store, present, who = context.store, context.present(), context.who
        seconds = load_settings().load_wait_seconds

        def work(tell: Tell, stop: Stop) -> dict[str, object]:
            with store.turn(seconds=seconds, waiting=stop.check):
                facts = Facts(store, present())
                done = detect(store, facts, chosen, book=book, who=who, full=full, tell=tell, stop=stop)
            return {"detection": plain(done)}

        job = context.loads.submit(work, source=SOURCE, files=(), who=who)
        context.did("Load", job.id)
        return job_info(job)

    @mutation
    def decide_finding(self, info: Info, *, input: DecisionInput) -> Finding:  # noqa: A002 - the name of the argument
        """Close a finding with a label (疑点结论)."""
        context = info.context
        context.demand(Right.DECIDE)
        key = str(input.finding)
        currency = input.currency.upper()
        recovered = cents(input.tax_recovered, currency) if input.tax_recovered is not None else None
        decision = Decision(
            finding=key,
            label=input.label,
            reason=input.reason,
            task=str(input.task) if input.task else None,
            tax_recovered_cents=recovered,
            currency=currency if recovered is not None else None,
            seen=input.snapshot,
        )
        row = decide(context.store, decision, who=context.who, scope=context.scope)
        context.did("Finding", key)
        return built(Finding, row, AsOf(), context)  # the request's own clock ends before its change


@strawberry.type(description="What one run of detection found. 新疑点")
class FindingsFound:
    """At most a hundred findings a run; `total` counts all."""

    batch: str
    total: Count
    findings: list[Finding]
    truncated: bool


@strawberry.type
class FindingNews:
    """What is found from now on."""

    @subscription
    async def new_findings(
        self, info: Info, *, patterns: list[str] | None = None, severity: str | None = None
    ) -> AsyncGenerator[FindingsFound, None]:
        """Findings in scope that runs from now on open, update or reopen: one message a run, however many they are."""
        context = info.context
        context.demand(Right.READ)
        known = tuple(pattern.name for pattern in chosen_patterns(patterns)) if patterns else ()
        wanted = FindingFilter(known, severity)
        last = _newest(context.store)
        while True:
            await context.check_stream()
            await asyncio.sleep(context.tick_seconds)
            newest = await asyncio.to_thread(_newest, context.store)
            if newest > last:
                found = await asyncio.to_thread(_found_since, context, wanted, last)
                last = newest
                if found is not None:
                    yield found


def _newest(store: GraphStore) -> int:
    """Ledger number of the newest batch of findings."""
    own = (each.number for each in store.batches() if each.header.source == SOURCE and each.state == "committed")
    return max(own, default=0)


def _found_since(context: RequestContext, wanted: FindingFilter, last: int) -> FindingsFound | None:
    clocks = AsOf()
    where = (*wanted.conditions(), Filter("batch_from", Op.GT, last))
    found = context.store.select(
        "Finding", where=where, order=ORDER, page=Page(MOST_NEWS), as_of=clocks, scope=context.scope
    )
    if not found.total:
        return None
    newest = max(context.store.batches(), key=lambda each: each.number if each.header.source == SOURCE else 0)
    return FindingsFound(
        batch=newest.header.id,
        total=Count(found.total),
        findings=[built(Finding, row, clocks, context) for row in found.table.to_pylist()],
        truncated=found.more,
    )
