"""How well dispatching works: the same arrivals under three policies, compared on fairness and lateness.

A day's arrivals of a grid are given out in order of due day, then id. Every officer works `minutes_a_day`: what was
there first, then the day's share, shortest first; work without the expertise takes `slower` times as long. Policies:

* `least_loaded`: `choosing.choose`, as the platform does it;
* `round_robin`: the next officer of the grid, whoever that is;
* `optimal`: the least sum of completion times of the day's arrivals, exactly: on unrelated machines the k-th last task
  of an officer delays k tasks, so that the sum is an assignment problem (Horn 1973; Bruno, Coffman, Sethi 1974), solved
  by SciPy. It looks at one day at a time, like the others.

Complexity: days × (arrivals² × officers) of one grid and day for `optimal`, arrivals × officers for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

import numpy as np
from scipy.optimize import linear_sum_assignment

from queries.dispatch.choosing import Candidate, Work, choose

_BEGIN = datetime(2000, 1, 1)  # noqa: DTZ001 - days of a simulation, in civil time


@dataclass(frozen=True, slots=True)
class Arrival:
    """Work that comes to a grid on a day (days are ordinals); `due` is the last day on which it is in time."""

    work: Work
    grid: str
    day: int
    due: int


@dataclass(frozen=True, slots=True)
class Seat:
    """An officer of a grid."""

    officer: str
    grid: str
    expertise: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast officers work."""

    minutes_a_day: int = 360
    slower: float = 1.5


@dataclass(frozen=True, slots=True)
class Score:
    """One policy over all arrivals.

    `fairness`: Jain's index of minutes given, over officers of a grid, weighted by their number; 1 is equal, 1/n is all
    to one of n (Jain, Chiu, Hawe 1984). `late`: share of tasks done after their due day. `days_late`: mean over the
    late ones. `days_taken`: mean from arrival to completion. `unqualified`: share given to somebody without the
    expertise. `unassigned`: arrivals of grids without officers; they count nowhere else.
    """

    policy: str
    tasks: int
    fairness: float
    late: float
    days_late: float
    days_taken: float
    unqualified: float
    unassigned: int


@dataclass(slots=True)
class _Bench:
    """The officers of one grid with what they have: minutes of backlog, minutes given, day of the last assignment."""

    seats: Sequence[Seat]
    pace: Pace
    backlog: list[float] = field(default_factory=list)
    given: list[float] = field(default_factory=list)
    last: list[int | None] = field(default_factory=list)
    turn: int = 0

    def minutes(self, work: Work, place: int) -> float:
        return work.minutes * (1.0 if self.fits(work, place) else self.pace.slower)

    def fits(self, work: Work, place: int) -> bool:
        return not work.expertise or bool(work.expertise & self.seats[place].expertise)


Policy = Callable[[_Bench, Sequence[Arrival]], list[int]]


def compare(arrivals: Sequence[Arrival], seats: Sequence[Seat], *, pace: Pace | None = None) -> tuple[Score, ...]:
    """Every policy on the same arrivals, in the order of `POLICIES`."""
    return tuple(_score(name, policy, arrivals, seats, pace or Pace()) for name, policy in POLICIES.items())


@dataclass(slots=True)
class _Told:
    """What became of each task."""

    taken: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    misfits: int = 0


def _score(name: str, policy: Policy, arrivals: Sequence[Arrival], seats: Sequence[Seat], pace: Pace) -> Score:
    benches, told = _benches(seats, pace), _Told()
    placed = sorted((a for a in arrivals if a.grid in benches), key=lambda a: (a.grid, a.day, a.due, a.work.task))
    for grid, of_grid in groupby(placed, key=lambda a: a.grid):
        _run(benches[grid], policy, list(of_grid), told)
    behind, count = [each for each in told.late if each > 0], max(1, len(placed))
    return Score(
        policy=name,
        tasks=len(placed),
        fairness=_fairness(benches.values()),
        late=len(behind) / count,
        days_late=sum(behind) / max(1, len(behind)),
        days_taken=sum(told.taken) / count,
        unqualified=told.misfits / count,
        unassigned=len(arrivals) - len(placed),
    )


def _run(bench: _Bench, policy: Policy, arrivals: Sequence[Arrival], told: _Told) -> None:
    """One grid from its first day to its last."""
    before = arrivals[0].day
    for day, group in groupby(arrivals, key=lambda a: a.day):
        today = list(group)
        _work_off(bench, day - before)
        before = day
        given = [(bench.minutes(a.work, place), a.due, a, place) for a, place in _placed(bench, policy, today)]
        for _, _, arrival, place in sorted(given, key=lambda each: each[:2]):
            told.misfits += not bench.fits(arrival.work, place)
            _give(bench, arrival, place)
            spent = bench.backlog[place] / bench.pace.minutes_a_day
            told.taken.append(spent)
            told.late.append(max(0.0, day + spent - (arrival.due + 1)))


def _placed(bench: _Bench, policy: Policy, today: Sequence[Arrival]) -> Iterable[tuple[Arrival, int]]:
    return zip(today, policy(bench, today), strict=True)


def _benches(seats: Sequence[Seat], pace: Pace) -> dict[str, _Bench]:
    ordered = sorted(set(seats), key=lambda seat: (seat.grid, seat.officer))
    found = {}
    for grid, group in groupby(ordered, key=lambda seat: seat.grid):
        own = list(group)
        found[grid] = _Bench(own, pace, [0.0] * len(own), [0.0] * len(own), [None] * len(own))
    return found


def _work_off(bench: _Bench, days: int) -> None:
    done = days * bench.pace.minutes_a_day
    bench.backlog = [max(0.0, each - done) for each in bench.backlog]


def _give(bench: _Bench, arrival: Arrival, place: int) -> None:
    minutes = bench.minutes(arrival.work, place)
    bench.backlog[place] += minutes
    bench.given[place] += minutes
    bench.last[place] = arrival.day


def _least_loaded(bench: _Bench, today: Sequence[Arrival]) -> list[int]:
    backlog, last = list(bench.backlog), list(bench.last)
    places = {seat.officer: place for place, seat in enumerate(bench.seats)}
    chosen = []
    for arrival in today:
        asked = [_candidate(seat, backlog[place], last[place]) for place, seat in enumerate(bench.seats)]
        place = places[str(choose(arrival.work, asked).officer)]
        backlog[place] += bench.minutes(arrival.work, place)
        last[place] = arrival.day
        chosen.append(place)
    return chosen


def _candidate(seat: Seat, backlog: float, last: int | None) -> Candidate:
    given = None if last is None else _BEGIN + timedelta(days=last)
    return Candidate(seat.officer, seat.grid, 0, seat.expertise, round(backlog), given)


def _round_robin(bench: _Bench, today: Sequence[Arrival]) -> list[int]:
    first, bench.turn = bench.turn, bench.turn + len(today)
    return [(first + place) % len(bench.seats) for place in range(len(today))]


def _optimal(bench: _Bench, today: Sequence[Arrival]) -> list[int]:
    """Column i·n + k: officer i does the task as the (k+1)-th last of today's."""
    n, m = len(today), len(bench.seats)
    minutes = np.array([[bench.minutes(arrival.work, place) for place in range(m)] for arrival in today])
    cost = minutes[:, :, None] * np.arange(1, n + 1) + np.asarray(bench.backlog)[None, :, None]
    _, columns = linear_sum_assignment(cost.reshape(n, m * n))
    return [int(column) // n for column in columns]


POLICIES: Mapping[str, Policy] = {
    "least_loaded": _least_loaded,
    "round_robin": _round_robin,
    "optimal": _optimal,
}


def _fairness(benches: Iterable[_Bench]) -> float:
    weights, values = [], []
    for bench in benches:
        given = np.asarray(bench.given)
        if given.any():
            weights.append(len(given))
            values.append(float(given.sum() ** 2 / (len(given) * (given**2).sum())))
    return float(np.average(values, weights=weights)) if values else 1.0
