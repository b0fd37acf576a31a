"""Backdated (补录倒签): an event recorded long after its instant, before what was recorded earlier.

Definition: of one task, an event was recorded more than `days` days after its instant, and another event of the task
with a later instant had been recorded at least `days` days before it. A log that is loaded for the first time, however
old, backdates nothing; what is slipped in between events that were known does. One alert an officer and task, high.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from queries.control.acts import hits_of
from queries.control.hits import AlertStory, ControlRule, Hit
from queries.control.work import Longs, Work
from queries.detection.hits import Measure, Sentences
from queries.detection.rules import Rules, rule
from queries.event_days import MICROS_A_DAY

_UNKNOWN = 0


@dataclass(frozen=True, slots=True)
class Backdated(Rules):
    """How long after."""

    days: int = rule(3, "days", en="days between instant and recording", zh="补录天数", least=1)


def scan(work: Work, rules: Backdated) -> Iterator[Hit]:
    """Events that were recorded at all."""
    events = work.events
    wait = rules.days * MICROS_A_DAY
    known = (events.recorded > _UNKNOWN) & (events.officer >= 0)
    late = np.flatnonzero(known & (events.recorded - events.at > wait))
    late = late[_earliest_after(work)[late] <= events.recorded[late] - wait]
    days = (events.recorded - events.at) // MICROS_A_DAY
    return hits_of(work, late, lambda rows: {"days": int(days[rows].max())}, high=True)


def _earliest_after(work: Work) -> Longs:
    """When the first of the later events of its task was recorded, for each event; the greatest number if none was."""
    events = work.events
    never = np.iinfo(np.int64).max
    recorded = np.where(events.recorded > _UNKNOWN, events.recorded, never)
    found = np.full(len(events), never)
    # Backwards through each task, all tasks at once: step k looks at the k-th event from each task's end.
    sizes = np.diff(events.starts)
    best = np.full(len(sizes), never)
    for step in range(1, int(sizes.max(initial=0)) + 1):
        tasks = np.flatnonzero(sizes >= step)
        rows = events.starts[tasks + 1] - step
        found[rows] = best[tasks]
        best[tasks] = np.minimum(best[tasks], recorded[rows])
    return found


def explain(story: AlertStory) -> Sentences:
    """How long after it was written in."""
    return Sentences(
        en=f"An event of {story.officer} in task {story.task}, dated {story.on}, was recorded {story.en['days']} "
        "later, after later events of the task were known.",
        zh=f"{story.officer} 在事项 {story.task} 中日期为 {story.on} 的环节于 {story.zh['days']}后补录,"
        "而其后环节早已入库。",
    )


RULE = ControlRule(
    name="backdated",
    en="written in long after its date",
    zh="补录倒签",
    rules=Backdated,
    measures={"days": Measure("days", "days from its instant to its recording", "补录间隔")},
    scan=scan,
    explain=explain,
)
