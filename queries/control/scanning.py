"""A scan of all work: search by the rules, compare with the alerts that stand, write the difference as one batch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from graph.civil import CIVIL_MINUTES
from graph.progress import Tell, silent
from graph.stopping import Stop
from graph.store.port import BatchHeader, GraphStore, WriteBatch
from queries.control.alerts import SOURCE, Alert, AlertChanges, alert_changes, alert_of, stored_alerts
from queries.control.catalogue import CONTROL_RULES
from queries.control.hits import ControlRule, Hit
from queries.control.supervisors import Supervisors
from queries.control.work import ABSENT, Work
from queries.detection.columns import longs_of
from queries.detection.rules import PUBLIC, RuleBook
from queries.event_days import MICROS_A_DAY
from queries.findings.parties import smallest_parties
from queries.small_batches import small_header

Found = Sequence[tuple[ControlRule[Any], str, Sequence[Hit]]]  # rule, version, hits
_CHUNK = 100_000  # events whose ids are asked for at once


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one scan did. `counts`: alerts that are new, updated, unchanged, back, settled; `found` by rule."""

    found: Mapping[str, int]
    counts: Mapping[str, int]
    batch: str | None
    on: date


def search(
    work: Work,
    rules: Iterable[ControlRule[Any]],
    book: RuleBook,
    day: date,
    *,
    tell: Tell = silent,
    stop: Stop | None = None,
) -> Found:
    """What the rules find, with the version of each that was in force."""
    chosen, found = list(rules), []
    for place, rule in enumerate(chosen):
        if stop is not None:
            stop.check()
        tell(f"scan {rule.name}", place, len(chosen))
        in_force = book.in_force(rule.name, rule.rules, day)
        found.append((rule, in_force.version, list(rule.scan(work, in_force.rules))))
    return found


def scan(
    store: GraphStore,
    *,
    on: date,
    rules: Sequence[ControlRule[Any]] = CONTROL_RULES,
    book: RuleBook = PUBLIC,
    who: str = "unknown",
    tell: Tell = silent,
    stop: Stop | None = None,
) -> Scanned:
    """Search everything and keep what was found; again on the same data it writes nothing.

    The caller holds the store's turn. `on`: the day on which open tasks are looked at.

    Raises:
        LimitError: what reads and writes of the store raise, and `stop`.
    """
    work = Work(store, on=on)
    found = search(work, rules, book, on, tell=tell, stop=stop)
    alerts = list(alerts_of(work, found))
    names = {rule.name for rule, _, _ in found}
    made = alert_changes(_stored(store), alerts, rules=names)
    batch = _write(store, alerts, names, who) if made.rows else None
    totals = {rule.name: len(hits) for rule, _, hits in found}
    return Scanned(totals, dict(sorted(made.counts.items())), batch, on)


def alerts_of(work: Work, found: Found) -> Iterator[Alert]:
    """The alerts of these hits."""
    hits = [hit for _, _, each in found for hit in each]
    events = _event_ids(work, hits)
    taxpayers = {taxpayer for hit in hits for taxpayer in hit.taxpayers}
    parties = smallest_parties(work.store.parties(as_of=work.as_of), taxpayers)
    chiefs = Supervisors(work)
    for rule, version, own in found:
        for hit in own:
            named = (events[number] for number in hit.events)
            yield alert_of(rule.name, version, hit, _supervisor(work, chiefs, hit), events=named, parties=parties)


def _supervisor(work: Work, chiefs: Supervisors, hit: Hit) -> str | None:
    if not hit.officer:
        return None
    officer, task = work.place("Officer", hit.officer), work.place("Task", hit.task)
    grid = int(work.grid_of[task]) if task != ABSENT else ABSENT
    day = (hit.at + CIVIL_MINUTES * 60_000_000) // MICROS_A_DAY
    found = chiefs.of(officer, day, grid=grid)
    return work.officer(found) if found != ABSENT else None


def _event_ids(work: Work, hits: Sequence[Hit]) -> dict[int, str]:
    numbers = np.unique(np.array([number for hit in hits for number in hit.events], np.int64))
    found: dict[int, str] = {}
    for begin in range(0, len(numbers), _CHUNK):
        table = work.store.node_columns("TaskEvent", ("id",), numbers=numbers[begin : begin + _CHUNK], as_of=work.as_of)
        found |= dict(zip(longs_of(table["number"]).tolist(), table["id"].to_pylist(), strict=True))
    return found


def _stored(store: GraphStore) -> dict[str, Alert]:
    rows = store.export("ControlAlert")
    return stored_alerts(rows, store.export("ALERTS")) if rows.num_rows else {}


def _write(store: GraphStore, alerts: Sequence[Alert], rules: Collection[str], who: str) -> str | None:
    """Write the difference, made again where nothing else is written: an answer of meanwhile must not be lost."""
    header = control_header(store, "scan", who)
    with store.open_batch(header) as batch:
        batch.add(WriteBatch(header))  # a server admits others until the first part
        rows = batch.export("ControlAlert")
        stored = stored_alerts(rows, batch.export("ALERTS")) if rows.num_rows else {}
        made: AlertChanges = alert_changes(stored, alerts, rules=rules)
        if not made.rows:
            return None
        batch.add(made.batch(header))
        count = len(made.rows)
        batch.commit(replace(header, read=count, accepted=count, by_type={"ControlAlert": count}))
    return header.id


def control_header(store: GraphStore, kind: str, who: str) -> BatchHeader:
    """A header of its own at every call; it builds on batches of alerts alone, so that loads can be withdrawn."""
    return small_header(store, SOURCE, f"control-{kind}", who, type_name="ControlAlert")
