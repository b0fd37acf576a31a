"""Acted out of office (离职后办理): an event by an officer before the first or after the last day in office.

Definition: the civil day of the event lies before `active_from` or on or after `active_to` (first day no longer) of the
officer. One alert for each officer and task. Always high: somebody uses an account that should be closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from queries.control.acts import hits_of
from queries.control.hits import AlertStory, ControlRule, Done, Hit, Known, Office, Value, Warned
from queries.control.work import FOREVER, Longs, Work
from queries.detection.columns import day_of
from queries.detection.hits import Measure, Sentences
from queries.detection.rules import Rules


@dataclass(frozen=True, slots=True)
class AfterLeaving(Rules):
    """The definition has no threshold."""


def scan(work: Work, _rules: AfterLeaving) -> Iterator[Hit]:
    """Every event of a known officer."""
    events = work.events
    begin, end = (np.append(days, day) for days, day in zip(work.in_office, (-FOREVER, FOREVER), strict=True))
    outside = (events.day < begin[events.officer]) | (events.day >= end[events.officer])

    def measures(rows: Longs) -> Mapping[str, Value]:
        officer = events.officer[rows[0]]
        late = events.day[rows[0]] >= end[officer]
        limit = end[officer] if late else begin[officer]
        return {"side": "after" if late else "before", "limit": day_of(int(limit)).isoformat(), "acts": len(rows)}

    return hits_of(work, np.flatnonzero(outside & (events.officer >= 0)), measures, high=True)


def check(act: Done, known: Known, _rules: AfterLeaving) -> Warned | None:
    """An act on a day out of office."""
    office = known.offices.get(act.officer or "", Office())
    if office.end is not None and act.day >= office.end:
        return Warned(high=True, measures={"side": "after", "limit": office.end.isoformat(), "acts": 1})
    if office.begin is not None and act.day < office.begin:
        return Warned(high=True, measures={"side": "before", "limit": office.begin.isoformat(), "acts": 1})
    return None


def explain(story: AlertStory) -> Sentences:
    """When the officer came or left, and what was done."""
    after = story.raw["side"] == "after"
    return Sentences(
        en=f"{story.officer} acted in task {story.task} on {story.on} "
        f"({story.counted('acts', 'event')}), "
        f"{'no longer in office from' if after else 'in office only from'} {story.raw['limit']} on.",
        zh=f"{story.officer} 自 {story.raw['limit']} 起{'已离任' if after else '方任职'},"
        f"却于 {story.on} 办理事项 {story.task}(共 {story.zh['acts']} 个环节)。",
    )


RULE = ControlRule(
    name="after_leaving",
    en="acted out of office",
    zh="非任职期间办理",
    rules=AfterLeaving,
    measures={
        "side": Measure("text", "before or after the time in office", "任职前或离任后"),
        "limit": Measure("text", "first day, or first day no longer", "任职起止日"),
        "acts": Measure("count", "events", "办理环节数"),
    },
    scan=scan,
    check=check,
    explain=explain,
)
