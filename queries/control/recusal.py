"""Recusal (回避): an officer acts in a task about a firm in which the officer, or a relative, has a role or a share.

Definition: an event by the officer, or by another one who acts for the officer under a delegation, in a task that
concerns the firm, on a day on which the interest held. Interests are shares, the four roles, control, and keeping the
firm's books; persons are tied by SAME_PERSON and by declared kin (RELATED_TO), never by name. An agent's interest alone
is of the lower severity. One alert for each officer and task, at the first such event.

What the officer could not see does not weaken an own interest: everybody knows the own shares. A relative's interest
that was not in the graph when the event was pinned to a snapshot is of the lower severity, and the alert says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from queries.control.hits import AlertStory, ControlRule, Done, Hit, Interest, Known, Warned
from queries.control.interests import AGENT, KINDS, Interests, interests, joined
from queries.control.work import ABSENT, Longs, Work
from queries.detection.hits import Measure, Sentences
from queries.detection.rules import Rules, rule

UNKNOWN = "unknown"
_WORDS = dict(
    zip(
        KINDS,
        (
            ("holds a share in", "持有股份"),
            ("is the legal representative of", "担任法定代表人"),
            ("is the finance officer of", "担任财务负责人"),
            ("is the tax handler of", "担任办税员"),
            ("collects the invoices of", "担任购票员"),
            ("controls", "实际控制"),
            ("keeps the books of", "代理记账"),
        ),
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class Recusal(Rules):
    """Which interests count."""

    kin: bool = rule(default=True, unit="flag", en="relatives' interests count", zh="亲属利益是否计入")
    agents: bool = rule(default=True, unit="flag", en="keeping the books counts", zh="代理记账是否计入")


def scan(work: Work, rules: Recusal) -> Iterator[Hit]:
    """The first act of each officer in each task of such a firm."""
    held = interests(work)
    task, firm = work.concerns
    left, right = joined(held.taxpayer, firm)
    if len(left) == 0:
        return
    event, interest = _acts(work, held, left, task[right])
    day = work.events.day[event]
    counts = (held.begin[interest] <= day) & (day < held.end[interest])
    counts &= np.ones(len(day), np.bool_) if rules.kin else ~held.kin[interest]
    counts &= np.ones(len(day), np.bool_) if rules.agents else held.kind[interest] != AGENT
    yield from _told(work, held, event[counts], interest[counts])


def _acts(work: Work, held: Interests, interest: Longs, task: Longs) -> tuple[Longs, Longs]:
    """Events in these tasks by the officers of the interests, or for them."""
    events = work.events
    count = events.starts[task + 1] - events.starts[task]
    row = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(events.starts[task], count)
    interest = np.repeat(interest, count)
    own = (events.officer[row] == held.officer[interest]) | (events.acting_for[row] == held.officer[interest])
    return row[own], interest[own]


def _told(work: Work, held: Interests, event: Longs, interest: Longs) -> Iterator[Hit]:
    """One hit an officer and task: the gravest interest first, all events."""
    events, officer = work.events, held.officer[interest]
    grave = held.kin[interest] * 2 + (held.kind[interest] == AGENT)
    order = np.lexsort((held.kind[interest], event, grave, events.task[event], officer))
    event, interest, officer = event[order], interest[order], officer[order]
    width = len(work.nodes("Task")) + 1
    key = officer * width + events.task[event]
    _, first, size = np.unique(key, return_index=True, return_counts=True)
    for begin, count in zip(first.tolist(), size.tolist(), strict=True):
        rows = event[begin : begin + count]
        yield _hit(work, held, int(interest[begin]), np.unique(rows))


def _hit(work: Work, held: Interests, interest: int, rows: Longs) -> Hit:
    events = work.events
    task, kin, kind = int(events.task[rows[0]]), bool(held.kin[interest]), int(held.kind[interest])
    visible = _visible(work, held, interest, int(rows[0]))
    actors = {int(each) for each in events.officer[rows]} - {int(held.officer[interest]), ABSENT}
    return Hit(
        officer=work.officer(held.officer[interest]),
        subject=work.task(task),
        at=int(events.at[rows].min()),
        high=kind != AGENT and not (kin and visible == "no"),
        measures=_measures(KINDS[kind], kin=kin, acts=len(rows), visible=visible),
        task=work.task(task),
        events=tuple(events.number[rows].tolist()),
        taxpayers=(work.taxpayers.id(held.taxpayer[interest]),),
        others=tuple(("delegate", work.officer(each)) for each in sorted(actors)),
    )


def _measures(kind: str, *, kin: bool, acts: int, visible: str = "yes") -> dict[str, int | str]:
    return {"interest": kind, "whose": "kin" if kin else "own", "acts": acts, "visible": visible}


def _visible(work: Work, held: Interests, interest: int, row: int) -> str:
    """Whether the interest was in the graph as the event pinned it: yes, no, or unknown where it pinned nothing."""
    moment = work.pinned(row)
    if moment is None:
        return UNKNOWN
    then = interests(work.recorded_at(moment))
    officer, taxpayer = work.officer(held.officer[interest]), work.taxpayers.id(held.taxpayer[interest])
    return "yes" if (officer, taxpayer, int(held.kind[interest])) in then.named else "no"


def check(act: Done, known: Known, rules: Recusal) -> Warned | None:
    """The gravest interest of the actor, or of whom it is done for, on the day of the act."""
    who = {act.officer, act.acting_for} - {None}
    counting = [each for each in known.interests if each.officer in who and _counts(each, act, known, rules)]
    if not counting:
        return None
    worst = min(counting, key=lambda each: (each.kin, each.kind == "AGENT_OF", KINDS.index(each.kind)))
    return Warned(worst.kind != "AGENT_OF", _measures(worst.kind, kin=worst.kin, acts=1))


def _counts(interest: Interest, act: Done, known: Known, rules: Recusal) -> bool:
    wanted = (rules.kin or not interest.kin) and (rules.agents or interest.kind != "AGENT_OF")
    return wanted and interest.taxpayer in known.taxpayers and interest.holds_on(act.day)


def explain(story: AlertStory) -> Sentences:
    """Whose interest it is, and what was done nevertheless."""
    en, zh = _WORDS[str(story.raw["interest"])]
    kin = story.raw["whose"] == "kin"
    unseen = story.raw["visible"] == "no"
    return Sentences(
        en=f"{story.officer}, {'a relative of whom' if kin else 'who'} {en} {story.taxpayers}, acted in task "
        f"{story.task} about it ({story.counted('acts', 'event')}, the first on {story.on})"
        f"{', when that was not in the graph yet' if unseen else ''}.",
        zh=f"{story.officer}{'的亲属' if kin else '本人'}对 {story.taxpayers} {zh},却参与办理事项 {story.task}"
        f"(共 {story.zh['acts']} 个环节,首次于 {story.on}{',当时尚无该信息' if unseen else ''})。",
    )


RULE = ControlRule(
    name="recusal",
    en="acted in a matter of a firm in which the officer or a relative has an interest",
    zh="应回避未回避",
    rules=Recusal,
    measures={
        "interest": Measure("text", "kind of interest", "利益类型"),
        "whose": Measure("text", "own or of kin", "本人或亲属"),
        "acts": Measure("count", "events", "办理环节数"),
        "visible": Measure("text", "whether it was in the graph when the event was pinned", "当时是否可见"),
    },
    scan=scan,
    check=check,
    explain=explain,
)
