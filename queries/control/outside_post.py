"""Outside the post (超越岗位): an event under a post that its officer did not hold on that day.

Definition: the event names a post, and on its day the officer neither held a post of that id or name (HOLDS_POST), nor
worked in a grid in the role of that name (WORKS_IN), nor was the chief of any grid (`chief`: chiefs may do what is done
below them), nor acted for an officer of whom one of these is true and who had delegated to the officer on that day
(DELEGATES_TO; a delegation that names a post gives that post alone). Posts that nobody ever held are another system's
words and are left out. One alert for each officer and task, low. The desk pins the post that its officers hold, so
there is nothing to check inside a step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from queries.control.acts import hits_of
from queries.control.hits import AlertStory, ControlRule, Hit
from queries.control.interests import joined
from queries.control.work import ABSENT, Flags, Longs, Work, codes_of
from queries.detection.columns import place_of
from queries.detection.hits import Measure, Sentences
from queries.detection.rules import Rules, rule
from queries.office_words import CHIEF


@dataclass(frozen=True, slots=True)
class OutsidePost(Rules):
    """Who may do everything below."""

    chief: str = rule(CHIEF, "words", en="the chief's role", zh="网格长角色名称")


@dataclass(frozen=True, slots=True)
class _Held:
    """Who holds which word (places in the events' posts; behind them the chief's) from when until when."""

    officer: Longs
    word: Longs
    begin: Longs
    end: Longs


def scan(work: Work, rules: OutsidePost) -> Iterator[Hit]:
    """Every event under a post that somebody once held."""
    events = work.events
    held = _held(work, rules.chief)
    held_words = np.where(held.word == len(events.posts), ABSENT - 1, held.word)
    known = np.isin(events.post, held_words) | np.isin(events.post, codes_of(events.posts, rules.chief))
    rows = np.flatnonzero(known & (events.officer >= 0) & (events.post >= 0))
    rows = rows[~_may(held, events.officer[rows], events.post[rows], events.day[rows], len(events.posts))]
    rows = rows[~_delegated(work, held, rows)]
    words = events.posts
    return hits_of(work, rows, lambda part: {"post": words[int(events.post[part[0]])], "acts": len(part)}, high=False)


def _held(work: Work, chief: str) -> _Held:
    words = pa.array([*work.events.posts, chief], pa.string())
    last = len(work.events.posts)
    roles, posts = work.links("WORKS_IN", "Officer", "Grid", text="role"), work.links("HOLDS_POST", "Officer", "Post")
    by_role = place_of(roles.text, words)
    by_role = np.where(_equal(roles.text, chief), last, by_role)
    table = work.columns("Post", "id", "name")
    place = work.nodes("Post").place
    named, ids = np.full(len(place), ABSENT), np.full(len(place), ABSENT)
    named[place], ids[place] = place_of(table["name"], words), place_of(table["id"], words)
    parts = ((roles, by_role), (posts, ids[posts.target]), (posts, named[posts.target]))
    return _Held(
        np.concatenate([links.source for links, _ in parts]),
        np.concatenate([word for _, word in parts]),
        np.concatenate([links.begin for links, _ in parts]),
        np.concatenate([links.end for links, _ in parts]),
    )


def _equal(texts: pa.Array, word: str) -> Flags:  # type: ignore[type-arg]  # of text
    return np.asarray(place_of(texts, pa.array([word])) == 0, np.bool_)


def _may(held: _Held, officer: Longs, word: Longs, day: Longs, chief: int) -> Flags:
    """Which officers held the word, or were chiefs, on the day. Asked once for each officer, word and day."""
    first, words = int(day.min(initial=0)), chief + 1
    days = int(day.max(initial=0)) - first + 1
    asked, inverse = np.unique((officer * words + word) * days + day - first, return_inverse=True)
    who, what, on = asked // days // words, asked // days % words, asked % days + first
    row, other = joined(who, held.officer)
    same = (held.word[other] == what[row]) | (held.word[other] == chief)
    holds = same & (held.begin[other] <= on[row]) & (on[row] < held.end[other])
    found = np.zeros(len(asked), np.bool_)
    found[row[holds]] = True
    chosen: Flags = found[inverse]
    return chosen


def _delegated(work: Work, held: _Held, rows: Longs) -> Flags:
    """Which of these events were done for somebody who held the post and had delegated it."""
    events = work.events
    given = work.links("DELEGATES_TO", "Officer", "Officer", text="post")
    word = place_of(given.text, pa.array([*events.posts], pa.string()))
    whole = ~np.asarray(given.text.is_valid().to_numpy(zero_copy_only=False), np.bool_)
    width = len(work.nodes("Officer")) + 1
    key = events.acting_for[rows] * width + events.officer[rows]
    row, other = joined(key, given.source * width + given.target)
    day = events.day[rows[row]]
    holds = (given.begin[other] <= day) & (day < given.end[other])
    holds &= whole[other] | (word[other] == events.post[rows[row]])
    row = row[holds]
    at = rows[row]
    may = _may(held, events.acting_for[at], events.post[at], events.day[at], len(events.posts))
    found = np.zeros(len(rows), np.bool_)
    found[row[may]] = True
    return found


def explain(story: AlertStory) -> Sentences:
    """Under which post what was done."""
    return Sentences(
        en=f"{story.officer} acted in task {story.task} on {story.on} as {story.raw['post']} "
        f"({story.counted('acts', 'event')}) "
        "without holding that post on the day, nor by delegation.",
        zh=f"{story.officer} 于 {story.on} 以“{story.raw['post']}”身份办理事项 {story.task}"
        f"(共 {story.zh['acts']} 个环节),"
        "当日并未任该岗位,亦无委托。",
    )


RULE = ControlRule(
    name="outside_post",
    en="acted under a post not held",
    zh="超越岗位办理",
    rules=OutsidePost,
    measures={"post": Measure("text", "post", "岗位"), "acts": Measure("count", "events", "办理环节数")},
    scan=scan,
    explain=explain,
)
