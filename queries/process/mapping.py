"""The process map of a log: activities, what directly follows what, and variants, each with counts and times.

Pure: numbers in, numbers out. Quantiles are by nearest rank: the smallest duration that at least half (nine tenths) of
all do not exceed, so that every number is one that happened. Linear in events after one sort.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from queries.results import Cut

Longs = npt.NDArray[np.int64]
UNTIMED = np.iinfo(np.int64).min
_MICROS = 1_000_000
_NONE = -1  # a duration of which an end has no instant


@dataclass(frozen=True, slots=True)
class Log:
    """n events, by case and in order inside it.

    `case` int64[n] ascending; `activity` int64[n], places in `names` (sorted); `at` int64[n], microseconds since 1970
    or `UNTIMED`, which stand first in their case.
    """

    names: tuple[str, ...]
    case: Longs
    activity: Longs
    at: Longs


@dataclass(frozen=True, slots=True)
class Bounds:
    """Longest lists of a map; totals are never cut. `path`: steps of a variant that are told."""

    activities: int = 100
    arcs: int = 500
    variants: int = 20
    path: int = 100


EVERYDAY = Bounds()


@dataclass(frozen=True, slots=True)
class Times:
    """Of the durations of which both ends have an instant, in whole seconds; None where there is none."""

    timed: int
    median_seconds: int | None
    p90_seconds: int | None


@dataclass(frozen=True, slots=True)
class Activity:
    """`count` events in `cases`; how many cases begin and end with it."""

    name: str
    count: int
    cases: int
    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class Arc:
    """`target` came directly after `source`, so often, after so long."""

    source: str
    target: str
    count: int
    times: Times


@dataclass(frozen=True, slots=True)
class Variant:
    """`cases` that took this way; `path` may be shorter than its `steps`."""

    path: tuple[str, ...]
    steps: int
    cases: int
    times: Times


@dataclass(frozen=True, slots=True)
class ProcessMap:
    """Activities by count, arcs by count, variants by cases; then by name. Totals are of everything."""

    cases: int
    events: int
    activity_count: int
    arc_count: int
    variant_count: int
    times: Times
    activities: tuple[Activity, ...]
    arcs: tuple[Arc, ...]
    variants: tuple[Variant, ...]
    cut: tuple[Cut, ...]


def process_map(log: Log, bounds: Bounds = EVERYDAY) -> ProcessMap:
    """The map of a log; what of it goes beyond `bounds` is told in `cut`."""
    edges = _edges(log.case)
    durations = _between(log.at[edges[:-1]], log.at[edges[1:] - 1])
    every = _activities(log, edges)
    activities = every[: bounds.activities]
    arcs = _arcs(log)
    known = {each.name for each in activities}
    shown = [arc for arc in arcs if arc.source in known and arc.target in known][: bounds.arcs]
    count, variants, left = _variants(log, edges, durations, bounds)
    cut = [Cut("activities", "activities", len(every) - len(activities)), Cut("arcs", "arcs", len(arcs) - len(shown))]
    cut += [Cut("variants", "variants", count - len(variants)), Cut("paths", "path", left)]
    return ProcessMap(
        cases=len(edges) - 1,
        events=len(log.case),
        activity_count=len(every),
        arc_count=len(arcs),
        variant_count=count,
        times=_times(durations),
        activities=activities,
        arcs=tuple(shown),
        variants=variants,
        cut=tuple(each for each in cut if each.dropped),
    )


def _edges(case: Longs) -> Longs:
    """Where each case begins, and the end of the last."""
    return np.flatnonzero(np.r_[True, np.diff(case) != 0, True]) if len(case) else np.zeros(1, np.int64)


def _between(first: Longs, last: Longs) -> Longs:
    """Microseconds from one instant to another; `_NONE` where one is not told."""
    told = (first != UNTIMED) & (last != UNTIMED)
    return np.where(told, last - np.where(told, first, last), _NONE)


def _activities(log: Log, edges: Longs) -> tuple[Activity, ...]:
    size = len(log.names)
    counts = np.bincount(log.activity, minlength=size)
    case = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
    cases = np.bincount(np.unique(case * max(1, size) + log.activity) % max(1, size), minlength=size)
    starts = np.bincount(log.activity[edges[:-1]], minlength=size)
    ends = np.bincount(log.activity[edges[1:] - 1], minlength=size)
    columns = (each.tolist() for each in (counts, cases, starts, ends))
    found = (Activity(name, *row) for name, *row in zip(log.names, *columns, strict=True))
    return tuple(sorted((each for each in found if each.count), key=lambda each: (-each.count, each.name)))


def _arcs(log: Log) -> list[Arc]:
    follows = log.case[1:] == log.case[:-1]
    size = len(log.names)
    key = (log.activity[:-1] * size + log.activity[1:])[follows]
    duration = _between(log.at[:-1], log.at[1:])[follows]
    order = np.lexsort((duration, key))
    kinds, begins = np.unique(key[order], return_index=True)
    parts = np.split(duration[order], begins[1:])
    pairs = zip(kinds.tolist(), parts, strict=False)
    found = [Arc(log.names[pair // size], log.names[pair % size], len(part), _times(part)) for pair, part in pairs]
    return sorted(found, key=lambda arc: (-arc.count, arc.source, arc.target))


def _variants(log: Log, edges: Longs, durations: Longs, bounds: Bounds) -> tuple[int, tuple[Variant, ...], int]:
    """How many there are, those that most cases took, and of how many of these the path is cut."""
    # As big-endian bytes paths order as their activities do.
    text, width = log.activity.astype(">u4").tobytes(), 4
    taken: dict[bytes, list[int]] = {}
    for place, (begin, end) in enumerate(pairwise(edges.tolist())):
        taken.setdefault(text[begin * width : end * width], []).append(place)
    most = sorted(taken.items(), key=lambda item: (-len(item[1]), item[0]))[: bounds.variants]
    found = [_variant(log.names, path, durations[places], bounds.path) for path, places in most]
    return len(taken), tuple(found), sum(each.steps > len(each.path) for each in found)


def _variant(names: Sequence[str], path: bytes, durations: Longs, longest: int) -> Variant:
    steps = np.frombuffer(path, ">u4").tolist()
    return Variant(tuple(names[each] for each in steps[:longest]), len(steps), len(durations), _times(durations))


def _times(durations: Longs) -> Times:
    told = np.sort(durations[durations != _NONE])
    if not len(told):
        return Times(0, None, None)
    return Times(len(told), _at_rank(told, 50), _at_rank(told, 90))


def _at_rank(ascending: Longs, percent: int) -> int:
    return int(ascending[(len(ascending) * percent + 99) // 100 - 1]) // _MICROS
