"""Four eyes (双人审核): the review is done by who handled the task, where two officers are asked for.

Definition: of a task of one of the `kinds`, events of one officer left it accepted, in work or submitted, and reviewed.
Always high. Who issued it does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from queries.control.hands import HANDLES, REVIEWS, hand_hits, hands
from queries.control.hits import HANDLING, REVIEWED, AlertStory, ControlRule, Done, Hit, Known, Warned
from queries.control.work import Work, codes_of
from queries.detection.hits import Measure, Sentences
from queries.detection.rules import Rules, rule

_STEPS = (*HANDLING, REVIEWED)


@dataclass(frozen=True, slots=True)
class FourEyes(Rules):
    """Where two officers are asked for."""

    kinds: str = rule("inspection,confirmation", "words", en="kinds of tasks, comma separated", zh="适用事项类型")


def scan(work: Work, rules: FourEyes) -> Iterator[Hit]:
    """Reviewers who had handled the task themselves."""
    found, tasks = hands(work), work.tasks
    both = (found.parts & (HANDLES | REVIEWS)) == HANDLES | REVIEWS
    asked = np.isin(tasks.kind[found.task], codes_of(tasks.kinds, rules.kinds))
    return hand_hits(work, both & asked, wanted=_STEPS)


def check(act: Done, known: Known, rules: FourEyes) -> Warned | None:
    """A review by who handled."""
    if act.status != REVIEWED or known.kind not in {kind.strip() for kind in rules.kinds.split(",")}:
        return None
    own = [each.status for each in known.events if each.officer == act.officer and each.status in _STEPS]
    return Warned(high=True, measures={"steps": len(own) + 1}) if set(own) & {*HANDLING} else None


def explain(story: AlertStory) -> Sentences:
    """Who reviewed the own work."""
    return Sentences(
        en=f"{story.officer} reviewed task {story.task} on {story.on} after having handled it; "
        "two officers are asked for.",
        zh=f"{story.officer} 于 {story.on} 审核本人办理的事项 {story.task},未落实双人审核。",
    )


RULE = ControlRule(
    name="four_eyes",
    en="the handler reviewed where two officers are asked for",
    zh="审核未落实双人",
    rules=FourEyes,
    measures={"steps": Measure("count", "steps by the officer", "办理环节数")},
    scan=scan,
    check=check,
    explain=explain,
)
