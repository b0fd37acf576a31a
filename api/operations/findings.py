"""Detection and its findings: `detect`, `findings`, `why` of one, `decide`, `cases`, `labels`, `patterns`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow.csv import write_csv

from api.operations.context import OperationContext
from api.operations.naming import taxpayer_id
from api.operations.parsing import as_of, cents
from api.operations.registry import Answer
from graph.errors import QueryError
from graph.settings import detection_settings, load_settings
from graph.spreadsheets import defused
from graph.store.questions import NOW
from queries.control.catalogue import control_rules
from queries.detection.facts import Facts
from queries.detection.hits import Pattern
from queries.detection.rules import PUBLIC, RuleBook, meanings, read_rules
from queries.dispatch.rules import DispatchRules
from queries.dispatch.suggesting import NAME as DISPATCH
from queries.exporting import write_payload
from queries.findings.cases import Gang
from queries.findings.deciding import FEATURES, Decision, decide, labelled
from queries.findings.gang_view import gang_view
from queries.findings.listing import STANDING, FindingFilter
from queries.findings.listing import findings as listed
from queries.findings.recording import detect as run
from queries.findings.sampling import as_tasks, draw
from queries.findings.telling import Explained, explained
from queries.limits import Limits
from queries.patterns.catalogue import PATTERNS, pattern_named, rules_by_pattern
from queries.results import plain


def rule_book(path: str | None = None) -> RuleBook:
    """The deployment's own thresholds: from this file, else from TAXGRAPH_RULES, else the public ones."""
    place = Path(path) if path else detection_settings().rules
    return read_rules(place, {**rules_by_pattern(), **control_rules(), DISPATCH: DispatchRules}) if place else PUBLIC


def chosen_patterns(names: Sequence[str]) -> list[Pattern[Any]]:
    """Patterns by name; all that are not off where none is named."""
    return [pattern_named(name) for name in names] or [pattern for pattern in PATTERNS if not pattern.off]


def patterns(context: OperationContext, *, rules: bool = False, path: str | None = None) -> Answer:
    """The catalogue; with `rules` the thresholds in force today."""
    del context
    book = rule_book(path) if rules else PUBLIC
    return {"patterns": [_pattern(each, book if rules else None) for each in PATTERNS]}


def _pattern(pattern: Pattern[Any], book: RuleBook | None) -> dict[str, Any]:
    shown: dict[str, Any] = {name: getattr(pattern, name) for name in ("name", "number", "en", "zh", "exact", "off")}
    if book is None:
        return shown
    in_force = book.in_force(pattern.name, pattern.rules, datetime.now(UTC).date())
    values = in_force.rules.values()
    shown["version"] = in_force.version
    shown["rules"] = [plain(each) | {"value": values[each.name]} for each in meanings(pattern.rules)]
    return shown


def detect(
    context: OperationContext,
    *,
    names: Sequence[str] = (),
    rules: str | None = None,
    full: bool = False,
    wait_seconds: float | None = None,
) -> Answer:
    """Search what changed of the patterns, or everything, and keep what was found."""
    chosen, book = chosen_patterns(names), rule_book(rules)
    seconds = load_settings().load_wait_seconds if wait_seconds is None else wait_seconds
    with context.store.turn(seconds=seconds, waiting=context.stop.check):
        facts = Facts(context.store, context.projection(NOW))
        tell, stop = context.progress, context.stop
        done = run(context.store, facts, chosen, book=book, who=context.who, full=full, tell=tell, stop=stop)
    answer: Answer = plain(done)
    return answer | {"patterns": [pattern.name for pattern in chosen]}


def findings(
    context: OperationContext,
    *,
    names: Sequence[str] = (),
    severity: str | None = None,
    states: Sequence[str] = STANDING,
    member: str | None = None,
    limit: int = 100,
    offset: int = 0,
    recorded: str | None = None,
) -> Answer:
    """Findings, the worst first."""
    moment = as_of(None, recorded)
    taxpayer = taxpayer_id(context.store, member, as_of=moment) if member else None
    known = tuple(pattern_named(name).name for name in names)
    wanted = FindingFilter(known, severity, tuple(states), taxpayer)
    found = listed(context.store, wanted, offset=offset, as_of=moment, limits=Limits(rows=limit))
    context.saw("Finding", (str(row["id"]) for row in found.findings))
    return {
        "findings": [_shown(row) for row in found.findings],
        "total": found.total,
        "truncated": bool(found.cut),
        "cut": plain(found.cut),
    }


_SHOWN = ("id", "pattern", "severity", "score", "first_on", "last_on", "state", "label", "truncated", "left_out")


def _shown(row: Any) -> dict[str, Any]:
    told: dict[str, Any] = plain({name: row[name] for name in _SHOWN})
    pattern = pattern_named(str(row["pattern"]))
    return told | {"title_en": pattern.en, "title_zh": pattern.zh, "measures": json.loads(row["measures"] or "{}")}


def why(context: OperationContext, *, finding: str, recorded: str | None = None) -> Answer:
    """Why a finding is one."""
    told = _explained(context, finding, recorded)
    answer: Answer = plain(told)
    row = answer.pop("row")
    return {"finding": {name: row[name] for name in _SHOWN} | {"anchor": row["anchor"]}} | answer


def _explained(context: OperationContext, finding: str, recorded: str | None) -> Explained:
    moment = as_of(None, recorded)
    known = context.store.fetch("Finding", [finding], columns=("pattern",), as_of=moment).to_pylist()
    pattern = pattern_named(str(known[0]["pattern"])) if known else PATTERNS[0]
    told = explained(context.store, pattern, finding, as_of=moment)
    context.saw("Taxpayer", (member.id for member in told.members if member.type == "Taxpayer"))
    context.saw("Person", (member.id for member in told.members if member.type == "Person"))
    return told


def evidence(context: OperationContext, *, finding: str, out: str, recorded: str | None = None) -> Answer:
    """Members and invoices of a finding as files: .graphml or .json is one, .csv and .parquet are two."""
    told = _explained(context, finding, recorded)
    files = write_payload(told.payload(), Path(out))
    return {"files": [str(file) for file in files], "invoices": len(told.evidence), "members": len(told.members)}


def decide_finding(
    context: OperationContext,
    *,
    finding: str,
    label: str,
    reason: str,
    task: str | None = None,
    recovered: str | None = None,
    currency: str = "CNY",
) -> Answer:
    """Close a finding with a label."""
    amount = cents(recovered, "--recovered") if recovered is not None else None
    decision = Decision(finding, label, reason, task, amount, currency.upper() if amount is not None else None)
    row = decide(context.store, decision, who=context.who)
    context.saw("Finding", [finding])
    return {"finding": _shown(row)}


def cases(context: OperationContext, *, limit: int = 100) -> Answer:
    """Findings that share members, joined and ranked."""
    made = gang_view(context.store, [pattern.name for pattern in PATTERNS])
    shown = [_case(gang) for gang in made.cases[:limit]]
    context.saw("Taxpayer", (member["id"] for case in shown for member in case["members"]))
    left = len(made.cases) - len(shown)
    return {
        "cases": shown,
        "total": len(made.cases),
        "joined_nothing": [{"type": kind, "id": key, "findings": count} for (kind, key), count in made.left_out],
        "truncated": left > 0,
        "cut": [{"part": "cases", "limit": "rows", "dropped": left}] if left > 0 else [],
    }


def _case(gang: Gang) -> dict[str, Any]:
    told: dict[str, Any] = plain(gang)
    return told | {"members": [{"type": kind, "id": key, "findings": n} for (kind, key), n in gang.members]}


def sample(context: OperationContext, *, count: int, seed: str, tasks: bool = False) -> Answer:
    """Taxpayers without a finding, drawn at random; with `tasks` a task is opened about each."""
    drawn = draw(context.store, [pattern.name for pattern in PATTERNS], count=count, seed=seed)
    batch = as_tasks(context.store, drawn, seed=seed, who=context.who) if tasks else None
    context.saw("Taxpayer", drawn)
    return {"taxpayers": drawn, "seed": seed, "batch": batch}


def labels(context: OperationContext, *, out: str) -> Answer:
    """Decided findings with their features, as CSV."""
    place = Path(out)
    if place.exists():
        raise QueryError(f"{place.name} is there.", code="query.exists", next_step="Name another file.")
    rows = list(labelled(context.store))
    told = [json.loads(row["measures"] or "{}") for row in rows]
    measures = sorted({name for each in told for name in each})
    columns: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in FEATURES if name != "measures"}
    columns |= {name: [each.get(name) for each in told] for name in measures}
    write_csv(defused(pa.table(columns)), place)
    context.saw("Finding", (str(row["id"]) for row in rows))
    return {"out": str(place), "findings": len(rows), "features": measures}
