"""The process map of drawn logs against one that is counted with loops over plain rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from queries.process.mapping import UNTIMED, Bounds, Log, ProcessMap, Times, process_map

NAMES = ("accept", "close", "接收", "退回")
SECOND = 1_000_000
EVENT = st.tuples(st.sampled_from(NAMES), st.none() | st.integers(0, 40).map(lambda tick: tick * SECOND // 3))
CASES = st.lists(st.lists(EVENT, min_size=1, max_size=7), max_size=9)
Drawn = list[list[tuple[str, int | None]]]


def in_order(case: list[tuple[str, int | None]]) -> list[tuple[str, int | None]]:
    """Events without an instant first, else by instant; ties stay as they were drawn."""
    return sorted(case, key=lambda event: -1 if event[1] is None else event[1])


def log_of(cases: Drawn) -> Log:
    rows = [(place, NAMES.index(name), at) for place, case in enumerate(cases) for name, at in in_order(case)]
    columns: Any = zip(*rows, strict=True) if rows else ((), (), ())
    case, activity, at = columns
    told = [UNTIMED if each is None else each for each in at]
    return Log(NAMES, np.array(case, np.int64), np.array(activity, np.int64), np.array(told, np.int64))


def rank(values: list[int], percent: int) -> int:
    """The smallest of which at least so many per cent of all are not greater."""
    return next(v for v in sorted(values) if 100 * sum(w <= v for w in values) >= percent * len(values))


def times(pairs: list[tuple[int | None, int | None]]) -> Times:
    known = [last - first for first, last in pairs if first is not None and last is not None]
    if not known:
        return Times(0, None, None)
    return Times(len(known), rank(known, 50) // SECOND, rank(known, 90) // SECOND)


def told(found: ProcessMap) -> tuple[Any, ...]:
    return (
        {each.name: (each.count, each.cases, each.starts, each.ends) for each in found.activities},
        {(each.source, each.target): (each.count, each.times) for each in found.arcs},
        {each.path: (each.steps, each.cases, each.times) for each in found.variants},
        (found.cases, found.events, found.activity_count, found.arc_count, found.variant_count, found.times),
    )


def expected(cases: Drawn) -> tuple[Any, ...]:
    ordered = [in_order(case) for case in cases]
    steps: dict[tuple[str, str], list[Any]] = defaultdict(list)
    ways: dict[tuple[str, ...], list[Any]] = defaultdict(list)
    for case in ordered:
        for before, after in pairwise(case):
            steps[before[0], after[0]].append((before[1], after[1]))
        ways[tuple(name for name, _ in case)].append((case[0][1], case[-1][1]))
    count = Counter(name for case in ordered for name, _ in case)
    holds = Counter(name for case in ordered for name in {name for name, _ in case})
    starts, ends = (Counter(case[place][0] for case in ordered) for place in (0, -1))
    return (
        {name: (count[name], holds[name], starts[name], ends[name]) for name in count},
        {pair: (len(own), times(own)) for pair, own in steps.items()},
        {way: (len(way), len(own), times(own)) for way, own in ways.items()},
        (
            len(cases),
            sum(count.values()),
            len(count),
            len(steps),
            len(ways),
            times([(c[0][1], c[-1][1]) for c in ordered]),
        ),
    )


@given(CASES)
def test_a_map_is_what_loops_count(cases: Drawn) -> None:
    assert told(process_map(log_of(cases), Bounds(variants=100))) == expected(cases)


@given(CASES, st.integers(1, 3))
def test_what_is_cut_is_told_and_the_most_frequent_stays(cases: Drawn, most: int) -> None:
    whole = process_map(log_of(cases), Bounds(variants=100))
    found = process_map(log_of(cases), Bounds(activities=most, arcs=most, variants=most, path=most))
    assert found.activities == whole.activities[:most]
    assert [(v.path, v.cases) for v in found.variants] == [(v.path[:most], v.cases) for v in whole.variants[:most]]
    names = {each.name for each in found.activities}
    assert found.arcs == tuple(a for a in whole.arcs if {a.source, a.target} <= names)[:most]
    dropped = {each.part: each.dropped for each in found.cut}
    assert dropped.get("activities", 0) == len(whole.activities) - len(found.activities)
    assert dropped.get("arcs", 0) == len(whole.arcs) - len(found.arcs)
    assert dropped.get("variants", 0) == len(whole.variants) - len(found.variants)
    assert dropped.get("paths", 0) == sum(each.steps > most for each in found.variants)
    assert (found.cases, found.events, found.times) == (whole.cases, whole.events, whole.times)


@given(CASES)
def test_lists_are_in_a_total_order(cases: Drawn) -> None:
    found = process_map(log_of(cases))
    assert [*found.activities] == sorted(found.activities, key=lambda each: (-each.count, each.name))
    assert [*found.arcs] == sorted(found.arcs, key=lambda each: (-each.count, each.source, each.target))
    assert [*found.variants] == sorted(found.variants, key=lambda each: (-each.cases, each.path))
