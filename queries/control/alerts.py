"""Alerts as rows: what a scan found, compared with what stands in the graph. Pure; `scanning` reads and writes.

* The same id with the same content: nothing. Other content: a new version; an alert that was closed is open again,
  because what was judged is no longer what the data show.
* One that the data no longer show is *settled*, unless it was closed: then it stays as it was judged. If it comes back
  it is open again.
* Alerts from inside a step (`mode` step) stay what they are: a blocked act left nothing that a scan could find.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from graph.model.vocabulary import node_type, relationship_type
from graph.store.port import BatchHeader, WriteBatch
from queries.control.hits import Hit

SOURCE = "control"
OPEN, ANSWERED, CLOSED, REVIEWED, SETTLED = "open", "answered", "closed", "reviewed", "settled"
SCAN, STEP = "scan", "step"
NOTED = "noted"
JUDGED = frozenset({CLOSED, REVIEWED})
CONTENT = ("rule", "subject", "officer", "task", "severity", "raised_at", "measures", "rule_version", "supervisor")
HANDLED = (
    *("answer", "answered_by", "answered_at", "verdict", "reason", "closed_by", "closed_at", "reviewed_by"),
    *("reviewed_at", "appeal", "appealed_by", "appealed_at"),
)
MOST_EVENTS = 2_000  # of one alert; more are counted, not linked
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Row = dict[str, Any]
End = tuple[str, str, str]  # type, id, role


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as a scan makes it: its row and its ends."""

    row: Mapping[str, Any]
    ends: frozenset[End]

    @property
    def id(self) -> str:
        """Its identity."""
        return str(self.row["id"])


@dataclass(frozen=True, slots=True)
class AlertChanges:
    """Rows to write, ends to add and to end, and how many alerts went which way."""

    rows: list[Row] = field(default_factory=list)
    links: list[Row] = field(default_factory=list)
    ended: list[Row] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def batch(self, header: BatchHeader) -> WriteBatch:
        """The batch that writes this."""
        kind = relationship_type("ALERTS")
        rows = sorted(self.rows, key=lambda row: str(row["id"]))
        ends = [pa.field(end, pa.string()) for end in ("from_type", "from_id", "to_type", "to_id")]
        keys = pa.schema([*ends, *(pa.field(p.name, p.kind.arrow) for p in kind.identity)])
        links = {"ALERTS": pa.Table.from_pylist(self.links, schema=kind.schema())} if self.links else {}
        ended = {"ALERTS": pa.Table.from_pylist(self.ended, schema=keys)} if self.ended else {}
        nodes = {"ControlAlert": pa.Table.from_pylist(rows, schema=node_type("ControlAlert").schema())}
        return WriteBatch(header, nodes=nodes, relationships=links, ended=ended)


def alert_id(rule: str, hit: Hit) -> str:
    """Rule, subject, officer and time identify an alert."""
    text = "\x00".join((rule, hit.subject, hit.officer, str(hit.at)))
    return f"ca{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def alert_of(
    rule: str,
    version: str,
    hit: Hit,
    supervisor: str | None,
    *,
    events: Iterable[str] = (),
    parties: Mapping[str, str],
    mode: str = SCAN,
    action: str = NOTED,
) -> Alert:
    """The alert of a hit. `events`: ids of the events behind it; `parties`: at which party each taxpayer's hang."""
    named = tuple(events)
    cut = {"events_left_out": len(named) - MOST_EVENTS} if len(named) > MOST_EVENTS else {}
    row = {
        "id": alert_id(rule, hit),
        "rule": rule,
        "subject": hit.subject,
        "officer": hit.officer or None,
        "task": hit.task,
        "mode": mode,
        "severity": "high" if hit.high else "low",
        "action": action,
        "raised_at": _EPOCH + timedelta(microseconds=hit.at),
        "measures": json.dumps(dict(hit.measures) | cut, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        "rule_version": version,
        "supervisor": supervisor,
        "prov_source": SOURCE,
        "claims": 1,
    }
    ends = {("TaskEvent", event, "event") for event in named[:MOST_EVENTS]}
    ends |= {("Officer", officer, role) for role, officer in hit.others}
    ends |= {("Officer", hit.officer, "officer")} if hit.officer else set()
    ends |= {("Officer", supervisor, "supervisor")} if supervisor else set()
    ends |= {("Task", hit.task, "task")} if hit.task else set()
    ends |= {("Party", parties[each], "taxpayer") for each in hit.taxpayers if each in parties}
    return Alert(row, frozenset(ends))


def alert_changes(stored: Mapping[str, Alert], found: Iterable[Alert], *, rules: Collection[str]) -> AlertChanges:
    """What to write, given all stored alerts and those that a scan of these rules found."""
    made = AlertChanges()
    known = {alert.id: alert for alert in found}
    for key in sorted(known):
        _found(made, stored.get(key), known[key])
    for key in sorted(set(stored) - set(known)):
        row = stored[key].row
        if row["rule"] in rules and row["mode"] == SCAN and row["state"] not in {*JUDGED, SETTLED}:
            made.rows.append(dict(row) | {"state": SETTLED})
            made.counts["settled"] += 1
    return made


def _found(made: AlertChanges, before: Alert | None, alert: Alert) -> None:
    if before is None:
        made.rows.append(dict(alert.row) | {"state": OPEN})
        made.counts["new"] += 1
    elif before.row["mode"] == STEP:
        made.counts["unchanged"] += 1
        return
    else:
        same = all(before.row[name] == alert.row[name] for name in CONTENT) and before.ends == alert.ends
        if same and before.row["state"] != SETTLED:
            made.counts["unchanged"] += 1
            return
        kept = {name: before.row[name] for name in HANDLED}
        state = OPEN if before.row["state"] in {*JUDGED, SETTLED} else before.row["state"]
        made.rows.append(dict(alert.row) | kept | {"state": state})
        made.counts["back" if before.row["state"] == SETTLED else "updated"] += 1
    _relink(made, alert.id, before.ends if before else frozenset(), alert.ends)


def _relink(made: AlertChanges, key: str, before: frozenset[End], after: frozenset[End]) -> None:
    made.ended.extend(_link(key, end) for end in sorted(before - after))
    made.links.extend(_link(key, end) | {"prov_source": SOURCE, "claims": 1} for end in sorted(after - before))


def _link(key: str, end: End) -> Row:
    return {"from_type": "ControlAlert", "from_id": key, "to_type": end[0], "to_id": end[1], "role": end[2]}


def stored_alerts(rows: pa.Table, links: pa.Table) -> dict[str, Alert]:
    """Alerts as they stand, from whole exports of the node and of ALERTS."""
    ends: dict[str, set[End]] = defaultdict(set)
    names = ("from_id", "to_type", "to_id", "role")
    for key, kind, end, role in zip(*(links[name].to_pylist() for name in names), strict=True):
        ends[key].add((kind, end, role or ""))
    return {str(row["id"]): Alert(row, frozenset(ends.get(str(row["id"]), ()))) for row in rows.to_pylist()}
