"""Alerts to be shown: listed by filters, and one explained in sentences with the events behind its numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graph.civil import CIVIL_MINUTES
from graph.errors import QueryError
from graph.model.governance import ALERT_STATES
from graph.store.port import GraphStore, Rows
from graph.store.questions import NOW, ROOT, AsOf, Filter, Op, Order, Page, Scope
from queries.control.alerts import ANSWERED, CLOSED, OPEN
from queries.control.catalogue import control_rule
from queries.control.hits import AlertStory, ControlRule
from queries.findings.telling import in_words
from queries.reading import IN, OUT, missing, names, related, rows

WAITING = (OPEN, ANSWERED, CLOSED)
ORDER = (Order("severity"), Order("raised_at", descending=True))  # high before low, the latest first


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts; empty conditions do not count. `states`: by default those that somebody has still to do with."""

    rules: tuple[str, ...] = ()
    severity: str | None = None
    states: tuple[str, ...] = WAITING
    officer: str | None = None
    supervisor: str | None = None
    task: str | None = None

    def __post_init__(self) -> None:
        for name in self.rules:
            control_rule(name)
        if unknown := sorted(set(self.states) - set(ALERT_STATES)):
            raise QueryError(
                f"There is no state {unknown[0]}.", code="query.state", next_step=f"Use {', '.join(ALERT_STATES)}."
            )

    def conditions(self) -> tuple[Filter, ...]:
        """As the store asks."""
        plain = {"severity": self.severity, "officer": self.officer, "supervisor": self.supervisor, "task": self.task}
        found = [Filter(name, Op.EQ, value) for name, value in plain.items() if value is not None]
        found += [Filter("rule", Op.IN, self.rules)] if self.rules else []
        found += [Filter("state", Op.IN, self.states)] if self.states else []
        return tuple(found)


@dataclass(frozen=True, slots=True)
class EventBehind:
    """An event behind an alert's numbers."""

    id: str
    task: str | None
    action: str | None
    at: datetime | None
    officer: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """A measure in words."""

    name: str
    en: str
    zh: str
    value_en: str
    value_zh: str


@dataclass(frozen=True, slots=True)
class ExplainedAlert:
    """An alert with its row, what it says in a sentence each, its measures and the events behind them, in time."""

    row: Mapping[str, Any]
    title_en: str
    title_zh: str
    sentence_en: str
    sentence_zh: str
    measures: tuple[Told, ...]
    events: tuple[EventBehind, ...]
    taxpayers: tuple[str, ...]


def alerts(store: GraphStore, wanted: AlertFilter, *, limit: int = 100, offset: int = 0, as_of: AsOf = NOW) -> Rows:
    """Alerts, the graver and later ones first. Unscoped: who may see which is the caller's filter."""
    page = Page(limit, offset=offset)
    return store.select("ControlAlert", where=wanted.conditions(), order=ORDER, page=page, as_of=as_of)


def officers_of(store: GraphStore, bureaus: Iterable[str], *, as_of: AsOf = NOW) -> tuple[str, ...]:
    """Officers who work, or worked, in a grid under one of these bureaus: whose alerts an auditor of theirs sees."""
    under = related(store, "Bureau", sorted(bureaus), "UNDER", IN, columns=(), as_of=as_of, scope=ROOT).table
    grids = sorted({str(row["from_id"]) for row in rows(under)})
    working = related(store, "Grid", grids, "WORKS_IN", IN, columns=(), as_of=as_of, scope=ROOT).table
    return tuple(sorted({str(row["from_id"]) for row in rows(working)}))


def explained_alert(store: GraphStore, alert: str, *, as_of: AsOf = NOW, scope: Scope = ROOT) -> ExplainedAlert:
    """Why an alert is one. Who may see the alert is the caller's matter; `scope`: which taxpayers are named to them.

    Raises:
        NotFoundError: `not_found.controlalert`.
    """
    found = rows(store.fetch("ControlAlert", [alert], as_of=as_of))
    if not found:
        raise missing("ControlAlert")
    row, rule = found[0], control_rule(str(found[0]["rule"]))
    ends = rows(
        related(store, "ControlAlert", [alert], "ALERTS", OUT, columns=("role",), as_of=as_of, scope=ROOT).table
    )
    concerned = sorted({str(end["to_id"]) for end in ends if end["to_type"] == "Taxpayer"})
    taxpayers = tuple(
        str(key) for key in store.fetch("Taxpayer", concerned, columns=(), as_of=as_of, scope=scope)["id"].to_pylist()
    )
    ends = [end for end in ends if end["to_type"] != "Taxpayer" or end["to_id"] in taxpayers]
    hidden = len(concerned) - len(taxpayers)
    events = _events(store, [str(end["to_id"]) for end in ends if end["to_type"] == "TaskEvent"], as_of)
    story = _story(store, row, ends, hidden, as_of)
    said = rule.explain(story)
    return ExplainedAlert(row, rule.en, rule.zh, said.en, said.zh, _told(rule, story), tuple(events), taxpayers)


def _events(store: GraphStore, ids: list[str], as_of: AsOf) -> list[EventBehind]:
    columns = ("task", "action", "at", "officer")
    table = store.fetch("TaskEvent", sorted(ids), columns=columns, as_of=as_of)
    found = [EventBehind(str(row["id"]), *(row[name] for name in columns)) for row in rows(table)]
    return sorted(found, key=lambda each: (each.at is not None, each.at, each.id))


def _story(
    store: GraphStore, row: Mapping[str, Any], ends: list[dict[str, Any]], hidden: int, as_of: AsOf
) -> AlertStory:
    rule = control_rule(str(row["rule"]))
    taxpayers = sorted({str(end["to_id"]) for end in ends if end["to_type"] == "Taxpayer"})
    raw: dict[str, int | str] = json.loads(row["measures"] or "{}")
    words = {name: in_words(rule.measures.get(name), value, "") for name, value in raw.items()}
    others = [str(end["to_id"]) for end in ends if end["to_type"] == "Officer"]
    named = names(store, "Officer", [*others, *([row["officer"]] if row["officer"] else [])], as_of=as_of, scope=ROOT)
    firms = names(store, "Taxpayer", taxpayers, as_of=as_of, scope=ROOT)
    besides = sorted(
        o for end in ends if (o := str(end["to_id"])) in others and end["role"] not in {"officer", "supervisor"}
    )
    civil = row["raised_at"] + timedelta(minutes=CIVIL_MINUTES) if row["raised_at"] else None
    return AlertStory(
        officer=_label(row["officer"], named),
        task=str(row["task"] or ""),
        on=civil.date().isoformat() if civil else "",
        raw=raw,
        en={name: both[0] for name, both in words.items()},
        zh={name: both[1] for name, both in words.items()},
        others=", ".join(_label(officer, named) for officer in dict.fromkeys(besides)),
        taxpayers=", ".join([*(_label(firm, firms) for firm in taxpayers), *(["…"] if hidden else [])]),
    )


def _label(key: str | None, named: Mapping[str, str]) -> str:
    if key is None:
        return "nobody known"
    return f"{named[key]} ({key})" if key in named else key


def _told(rule: ControlRule[Any], story: AlertStory) -> tuple[Told, ...]:
    known = [(name, rule.measures[name]) for name in story.raw if name in rule.measures]
    return tuple(Told(name, each.en, each.zh, story.en[name], story.zh[name]) for name, each in known)
