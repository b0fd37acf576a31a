"""An organisation as plain facts, drawn at random, and who answers for what in it, found slowly and day by day.

The reference of `queries.organisation`: one day at a time, no intervals, no batching.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from graph.store.port import WriteBatch
from tests.support.small_graph import Draft

START = date(2026, 1, 1)
DAYS = tuple(START + timedelta(days=number) for number in range(12))
WORDS = {"IN_GRID": "role", "WORKS_IN": "role", "ASSIGNED_TO": "role", "DELEGATES_TO": "post"}
OFFICERS, GRIDS, POSTS, TASKS = ("o1", "o2", "o3", "o4"), ("g1", "g2", "g3"), ("p1", "p2"), ("t1", "t2")
CHIEF = "网格长"
ROLES = (CHIEF, "clerk")
GRID_ENDS = tuple(f"Grid:{grid}" for grid in GRIDS)  # as the ends of a relationship between several types are named
# Relationship: its sources, its targets, its words.
SHAPES: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str | None, ...]]] = {
    "IN_GRID": (("no:A",), GRIDS, (None,)),
    "PART_OF": (GRID_ENDS, GRID_ENDS, (None,)),
    "UNDER": (GRIDS, ("b1",), (None,)),
    "WORKS_IN": (OFFICERS, GRIDS, ROLES),
    "HOLDS_POST": (OFFICERS, POSTS, (None,)),
    "POST_AT": (POSTS, ("Grid:g1", "Grid:g2", "Bureau:b1"), (None,)),
    "CARRIES": (POSTS, ("d1",), (None,)),
    "DELEGATES_TO": (OFFICERS, OFFICERS, (None, "p1", "clerk")),
    "ASSIGNED_TO": (TASKS, OFFICERS, ROLES),
    "HELD_BY": (TASKS, GRIDS, (None,)),
}


class Days(NamedTuple):
    """From a day until the day before another one; None is open."""

    begin: date | None = None
    end: date | None = None

    def hold(self, day: date) -> bool:
        """Does this day lie in them?"""
        return (self.begin is None or self.begin <= day) and (self.end is None or day < self.end)


class Link(NamedTuple):
    """A dated link; `word` is its role or post."""

    relationship: str
    source: str
    target: str
    word: str | None
    days: Days


class Answer(NamedTuple):
    """Who answers, and what for."""

    officer: str
    via: str
    place: str
    level: int
    word: str
    task: str
    duties: tuple[str, ...] = ()
    acting_for: str = ""


@dataclass(frozen=True)
class Facts:
    """Links, the days on which officers, posts and duties are there, and the days on which tasks are open."""

    links: tuple[Link, ...]
    active: dict[str, Days] = field(default_factory=dict)
    tasks: dict[str, Days] = field(default_factory=dict)

    def holding(self, relationship: str, day: date) -> list[Link]:
        """Links of a type that hold that day."""
        return [link for link in self.links if link.relationship == relationship and link.days.hold(day)]

    def there(self, node: str, day: date) -> bool:
        """Is this node there that day?"""
        return self.active.get(node, Days()).hold(day)

    def batch(self) -> WriteBatch:
        """As a batch of a store."""
        graph = Draft().firm("A", bureau="b1", registered_on=START).node("Bureau", "b1")
        for grid in GRIDS:
            graph.node("Grid", grid, name=grid, kind="region")
        for kind, keys in (("Officer", OFFICERS), ("Post", POSTS), ("Duty", ("d1",))):
            for key in keys:
                own = self.active.get(key, Days())
                graph.node(kind, key, name=f"name of {key}", active_from=own.begin, active_to=own.end)
        for task, days in self.tasks.items():
            opened, closed = (None if day is None else datetime.combine(day, time(9)) for day in days)
            graph.node("Task", task, opened_at=opened, closed_at=closed).link("CONCERNS", task, "no:A")
        for link in self.links:
            own_word: dict[str, Any] = {WORDS[link.relationship]: link.word} if link.relationship in WORDS else {}
            dates = {"valid_from": link.days.begin, "valid_to": link.days.end}
            graph.link(link.relationship, link.source, link.target, **dates, **own_word)
        return graph.batch()


@st.composite
def days(draw: st.DrawFn) -> Days:
    """Any days, also some that lie partly or wholly outside the span that is looked at."""
    begin = draw(st.none() | st.integers(-2, 10))
    end = draw(st.none() | st.integers((begin if begin is not None else -2) + 1, 13))
    return Days(*(None if number is None else START + timedelta(days=number) for number in (begin, end)))


@st.composite
def organisations(draw: st.DrawFn) -> Facts:
    """Any organisation of a few officers, grids, posts and tasks."""
    found: dict[tuple[str, str, str, str | None], Link] = {}
    for relationship, (sources, targets, words) in SHAPES.items():
        ends = st.tuples(st.sampled_from(sources), st.sampled_from(targets), st.sampled_from(words), days())
        for source, target, word, held in draw(st.lists(ends, max_size=5)):
            if source != target:
                found[relationship, source, target, word] = Link(relationship, source, target, word, held)
    nodes = st.sampled_from((*OFFICERS, *POSTS, "d1"))
    active = draw(st.dictionaries(nodes, days(), max_size=4))
    return Facts(tuple(found.values()), active, {task: draw(days()) for task in TASKS})


def answers_on(facts: Facts, day: date) -> set[Answer]:
    """Who answers for A on a day, by hand."""
    own = {one for one in _own(facts, day) if facts.there(one.officer, day)}
    return own | {acting for one in own for acting in _acting(facts, one, day)}


def _own(facts: Facts, day: date) -> Iterator[Answer]:
    levels = _levels(facts, day)
    for link in facts.holding("WORKS_IN", day):
        if link.target in levels:
            yield Answer(link.source, "grid", link.target, levels[link.target], link.word or "", "")
    places = {f"Grid:{grid}": level for grid, level in levels.items()}
    for link in facts.holding("UNDER", day):
        if link.source in levels:
            bureau = f"Bureau:{link.target}"
            places[bureau] = min(places.get(bureau, 99), levels[link.source])
    for stands in facts.holding("POST_AT", day):
        for holds in facts.holding("HOLDS_POST", day):
            if stands.target in places and holds.target == stands.source and facts.there(stands.source, day):
                duties = tuple(
                    link.target
                    for link in facts.holding("CARRIES", day)
                    if link.source == stands.source and facts.there(link.target, day)
                )
                place = stands.target.partition(":")[2]
                yield Answer(holds.source, "post", place, places[stands.target], stands.source, "", duties)
    for task, opened in facts.tasks.items():
        if opened.hold(day):
            yield from _of_task(facts, task, day)


def _levels(facts: Facts, day: date) -> dict[str, int]:
    levels = dict.fromkeys((link.target for link in facts.holding("IN_GRID", day)), 0)
    above = [
        (part.removeprefix("Grid:"), whole.removeprefix("Grid:"))
        for _, part, whole, _, _ in facts.holding("PART_OF", day)
    ]
    for step in range(len(GRIDS)):
        for part, whole in above:
            if levels.get(part) == step:
                levels.setdefault(whole, step + 1)
    return levels


def _of_task(facts: Facts, task: str, day: date) -> Iterator[Answer]:
    assigned = [link for link in facts.holding("ASSIGNED_TO", day) if link.source == task]
    for link in assigned:
        yield Answer(link.target, "task", "", 0, link.word or "", task)
    if not any(facts.there(link.target, day) for link in assigned):
        for held in facts.holding("HELD_BY", day):
            for works in facts.holding("WORKS_IN", day):
                if held.source == task and works.target == held.target:
                    yield Answer(works.source, "task", held.target, 0, works.word or "", task)


def _acting(facts: Facts, one: Answer, day: date) -> set[Answer]:
    """Everybody to whom it comes by delegation, however many steps away."""
    names = {None, one.word, *([f"name of {one.word}"] if one.via == "post" else [])}
    reached, frontier = {one.officer}, [one.officer]
    while frontier:
        officer = frontier.pop()
        for link in facts.holding("DELEGATES_TO", day):
            meant = link.source == officer and link.word in names and facts.there(link.target, day)
            if meant and link.target not in reached:
                reached.add(link.target)
                frontier.append(link.target)
    return {one._replace(officer=other, acting_for=one.officer) for other in reached - {one.officer}}
