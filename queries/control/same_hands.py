"""Same hands (一人包办): one officer issues a task, handles it and reviews it.

Definition: of one task, events of one officer left it created or dispatched, accepted, in work or submitted, and
reviewed. Always high.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from queries.control.hands import HANDLES, ISSUES, REVIEWS, hand_hits, hands
from queries.control.hits import HANDLING, ISSUING, REVIEWED, AlertStory, ControlRule, Done, Hit, Known, Warned
from queries.control.work import Work
from queries.detection.hits import Measure, Sentences
from queries.detection.rules import Rules

_STEPS = (*ISSUING, *HANDLING, REVIEWED)


@dataclass(frozen=True, slots=True)
class SameHands(Rules):
    """The definition has no threshold."""


def scan(work: Work, _rules: SameHands) -> Iterator[Hit]:
    """Officers who did all three parts of a task."""
    return hand_hits(work, hands(work).parts == ISSUES | HANDLES | REVIEWS, wanted=_STEPS)


def check(act: Done, known: Known, _rules: SameHands) -> Warned | None:
    """A review by who issued and handled."""
    own = [each.status for each in known.events if each.officer == act.officer and each.status in _STEPS]
    if act.status != REVIEWED or not (set(own) & {*ISSUING}) or not (set(own) & {*HANDLING}):
        return None
    return Warned(high=True, measures={"steps": len(own) + 1})


def explain(story: AlertStory) -> Sentences:
    """Who did everything."""
    return Sentences(
        en=f"{story.officer} issued, handled and reviewed task {story.task} alone ({story.en['steps']} steps, "
        f"reviewed on {story.on}).",
        zh=f"{story.officer} 一人发起、办理并审核事项 {story.task}(共 {story.zh['steps']} 个环节,于 {story.on} 审核)。",
    )


RULE = ControlRule(
    name="same_hands",
    en="one officer issued, handled and reviewed",
    zh="一人发起、办理并审核",
    rules=SameHands,
    measures={"steps": Measure("count", "steps by the officer", "办理环节数")},
    scan=scan,
    check=check,
    explain=explain,
)
