"""Gaps and overlaps of any organisation are those of each day by itself, of everything and of each subject alone."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from graph.store.duckdb_store import DuckdbStore
from queries.organisation.days import span
from queries.organisation.gaps import Gap, responsibility_gaps
from queries.organisation.overlaps import Overlap, responsibility_overlaps
from tests.support.organisation_reference import CHIEF, DAYS, GRIDS, POSTS, START, Days, Facts, organisations
from tests.support.thorough import examples

SLOW = settings(
    max_examples=examples(25, 8),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
WIDE = [START + timedelta(days=number) for number in range(-4, 16)]  # all that is drawn lies within
Found = set[tuple[str, str, date]]
Subject = tuple[str, str, list[Days], Callable[[date], bool]]


def gaps_by_hand(facts: Facts) -> Found:
    """Kind, subject and day, wherever a subject is there and nothing covers it."""
    found: Found = set()
    for kind, subject, lives, covered in _subjects(facts):
        first = next((day for day in WIDE if covered(day)), WIDE[-1])
        begun = [(life, first if life.begin is None and covered(first) else WIDE[0]) for life in lives]
        alive = {day for day in DAYS for life, since in begun if life.hold(day) and day >= since}
        found |= {(kind, subject, day) for day in alive if not covered(day)}
    return found


def _subjects(facts: Facts) -> Iterator[Subject]:
    """Each with its kind, the spans of its life, and what covers it on a day."""
    placed = any(link.relationship == "IN_GRID" for link in facts.links)
    kind = "taxpayer_without_grid" if placed else "taxpayer_never_in_grid"
    yield kind, "A", [Days(START)], lambda day: bool(facts.holding("IN_GRID", day))
    for grid in GRIDS:
        lives = _spans(facts, ("UNDER", "PART_OF"), grid)
        yield "grid_without_officer", grid, lives, lambda day, grid=grid: bool(_workers(facts, grid, day))  # type: ignore[misc]
        yield "grid_without_chief", grid, lives, lambda day, grid=grid: bool(_chiefs(facts, grid, day))  # type: ignore[misc]
    for post in POSTS:
        own = facts.active.get(post, Days())
        lives = [_both(life, own) for life in _spans(facts, ("POST_AT",), post)]
        yield "post_without_holder", post, lives, lambda day, post=post: bool(_holders(facts, post, day))  # type: ignore[misc]
    for task, opened in facts.tasks.items():
        yield "task_without_officer", task, [opened], lambda day, task=task: _handled(facts, task, day)  # type: ignore[misc]


def _spans(facts: Facts, relationships: Sequence[str], source: str) -> list[Days]:
    links = (link for link in facts.links if link.relationship in relationships)
    return [link.days for link in links if link.source.removeprefix("Grid:") == source] or [Days()]


def _both(one: Days, other: Days) -> Days:
    begin = max((each.begin for each in (one, other) if each.begin is not None), default=None)
    return Days(begin, min((each.end for each in (one, other) if each.end is not None), default=None))


def _workers(facts: Facts, grid: str, day: date) -> set[str]:
    return {x.source for x in facts.holding("WORKS_IN", day) if x.target == grid and facts.there(x.source, day)}


def _chiefs(facts: Facts, grid: str, day: date) -> set[str]:
    works = [x for x in facts.holding("WORKS_IN", day) if x.target == grid and x.word == CHIEF]
    return {x.source for x in works if facts.there(x.source, day)}


def _holders(facts: Facts, post: str, day: date) -> set[str]:
    return {x.source for x in facts.holding("HOLDS_POST", day) if x.target == post and facts.there(x.source, day)}


def _handled(facts: Facts, task: str, day: date) -> bool:
    assigned = [x for x in facts.holding("ASSIGNED_TO", day) if x.source == task and facts.there(x.target, day)]
    held = [x.target for x in facts.holding("HELD_BY", day) if x.source == task]
    return bool(assigned) or any(_workers(facts, grid, day) for grid in held)


def overlaps_by_hand(facts: Facts) -> set[tuple[str, str, date, str]]:
    """Kind, subject and day with each member, wherever there are several."""
    found = set()
    for day in DAYS:
        groups = [("two_chiefs_of_a_grid", grid, _chiefs(facts, grid, day)) for grid in GRIDS]
        groups += [("two_holders_of_a_post", post, _holders(facts, post, day)) for post in POSTS]
        groups.append(("two_grids_of_a_kind", "A", {link.target for link in facts.holding("IN_GRID", day)}))
        found |= {(kind, key, day, one) for kind, key, members in groups if len(members) > 1 for one in members}
    return found


def days_of(gaps: Iterable[Gap]) -> Found:
    return {(gap.kind, gap.subject, day) for gap in gaps for day in DAYS if span(gap.from_, gap.to).holds(day)}


@SLOW
@given(organisations())
def test_gaps_and_overlaps_are_those_of_every_day(facts: Facts) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = DuckdbStore.open(Path(folder) / "graph.duckdb")
        store.ensure_schema()
        store.write(facts.batch())
        gaps, overlaps = responsibility_gaps(store), responsibility_overlaps(store)
        subjects = [("Taxpayer", "A"), *(("Grid", grid) for grid in GRIDS), *(("Post", post) for post in POSTS)]
        subjects += [("Task", task) for task in facts.tasks] + [("Duty", "d1")]
        alone = [gap for each in subjects for gap in responsibility_gaps(store, subject=each).gaps]
        apart = [one for each in subjects for one in responsibility_overlaps(store, subject=each).overlaps]
        cut = responsibility_gaps(store, since=DAYS[3], until=DAYS[6])
        store.close()
    kinds = {kind for kind, *_ in _subjects(facts)}
    assert days_of(gap for gap in gaps.gaps if gap.kind in kinds) == gaps_by_hand(facts)
    assert sorted(alone, key=str) == sorted(gaps.gaps, key=str)
    within = {each for each in days_of(gaps.gaps) if DAYS[3] <= each[2] < DAYS[6]}
    assert days_of(cut.gaps) == within
    _check_overlaps(facts, overlaps.overlaps)
    assert sorted(apart, key=str) == sorted(overlaps.overlaps, key=str)


def _check_overlaps(facts: Facts, found: Sequence[Overlap]) -> None:
    by_hand = overlaps_by_hand(facts)
    told = {(each.kind, each.subject, day) for each in found for day in DAYS if span(each.from_, each.to).holds(day)}
    assert told == {each[:3] for each in by_hand}
    for each in found:
        days = [day for day in DAYS if span(each.from_, each.to).holds(day)]
        members = {one for kind, key, day, one in by_hand if (kind, key) == (each.kind, each.subject) and day in days}
        assert members <= set(each.members), "some may meet it outside the days that are looked at"
