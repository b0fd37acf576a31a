"""Closed without evidence (无依据办结): nothing was done or proved since the task was last opened.

Definition: the task is closed, and since it was last opened (created or reopened) no event, the closing one included,
names evidence and none is a step of work (in work, waiting, submitted). With `evidence_named` a step of work is not
enough. The alert is about who closed it; the officer who handled it is named too. Always high.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from queries.control.hits import CLOSED, OPENING, WORKING, AlertStory, ControlRule, Done, Hit, Known, Warned
from queries.control.work import ABSENT, Longs, Work
from queries.detection.hits import Measure, Sentences
from queries.detection.rules import Rules, rule


@dataclass(frozen=True, slots=True)
class WithoutEvidence(Rules):
    """What counts as evidence."""

    evidence_named: bool = rule(
        default=False, unit="flag", en="evidence has to be named; a step of work is not enough", zh="必须列明依据"
    )


def scan(work: Work, rules: WithoutEvidence) -> Iterator[Hit]:
    """Tasks that stand closed."""
    events = work.events
    proof = events.evidence if rules.evidence_named else events.evidence | events.left(*WORKING)
    counted = np.concatenate([[0], np.cumsum(proof)])
    opened = opened_rows(work)
    tasks = np.flatnonzero(work.closings >= 0)
    closing = work.closings[tasks]
    bare = counted[closing + 1] == counted[opened[tasks]]
    for task, row in zip(tasks[bare].tolist(), closing[bare].tolist(), strict=True):
        yield _hit(work, task, row, int(opened[task]))


def opened_rows(work: Work) -> Longs:
    """The row from which on each task's events count: that of its last opening, else its first."""
    events = work.events
    opened = events.starts[:-1].copy()
    rows = np.flatnonzero(events.left(*OPENING))
    opened[events.task[rows]] = rows
    return opened


def _hit(work: Work, task: int, row: int, opened: int) -> Hit:
    events = work.events
    closer, handler = int(events.officer[row]), int(work.last_handler[task])
    about = closer if closer != ABSENT else handler
    return Hit(
        officer=work.officer(about) if about != ABSENT else "",
        subject=work.task(task),
        at=int(events.at[row]),
        high=True,
        measures={"events": row + 1 - opened},
        task=work.task(task),
        events=tuple(events.number[opened : row + 1].tolist()),
        taxpayers=work.firms_of(task),
        others=(("handler", work.officer(handler)),) if handler not in {about, ABSENT} else (),
    )


def check(act: Done, known: Known, rules: WithoutEvidence) -> Warned | None:
    """A closing step with nothing before it."""
    if act.status != CLOSED:
        return None
    done = (*known.since_opened(), act)
    proved = any(each.evidence or (each.status in WORKING and not rules.evidence_named) for each in done)
    return None if proved else Warned(high=True, measures={"events": len(done)})


def explain(story: AlertStory) -> Sentences:
    """What little was done."""
    return Sentences(
        en=f"{story.officer} closed task {story.task} on {story.on}; of its {story.en['events']} events since it was "
        "opened none names evidence or is a step of work.",
        zh=f"{story.officer} 于 {story.on} 办结事项 {story.task};"
        f"开启以来 {story.zh['events']} 个环节均无依据、无核实过程。",
    )


RULE = ControlRule(
    name="without_evidence",
    en="closed without evidence",
    zh="无依据办结",
    rules=WithoutEvidence,
    measures={"events": Measure("count", "events since it was opened", "开启以来环节数")},
    scan=scan,
    check=check,
    explain=explain,
)
