"""The simulated policies: by hand, against brute force, and what each is good for."""

from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.dispatch.choosing import Work
from queries.dispatch.simulation import POLICIES, Arrival, Pace, Score, Seat, compare

DAY = Pace(minutes_a_day=100, slower=2.0)


def arrival(name: str, minutes: int, *, day: int = 0, due: int = 0, tags: str = "", grid: str = "g") -> Arrival:
    return Arrival(Work(name, None, frozenset(tags.split()), minutes), grid, day, due)


def seat(name: str, tags: str = "", grid: str = "g") -> Seat:
    return Seat(name, grid, frozenset(tags.split()))


def score(policy: str, arrivals: list[Arrival], seats: list[Seat], pace: Pace = DAY) -> Score:
    return next(each for each in compare(arrivals, seats, pace=pace) if each.policy == policy)


def test_round_robin_goes_round_and_least_loaded_evens_out() -> None:
    arrivals = [arrival("1", 300), arrival("2", 100), arrival("3", 100), arrival("4", 100)]
    robin, ours = (score(name, arrivals, [seat("a"), seat("b")]) for name in ("round_robin", "least_loaded"))
    assert robin.fairness == pytest.approx((400 + 200) ** 2 / (2 * (400**2 + 200**2)))
    assert ours.fairness == pytest.approx(1.0)
    # a: 300; b: 100, 200, 300 → finished after 3, 1, 2 and 3 days
    assert ours.days_taken == pytest.approx((3 + 1 + 2 + 3) / 4)


def test_lateness_counts_from_the_end_of_the_due_day() -> None:
    arrivals = [arrival("1", 100, due=0), arrival("2", 100, due=0), arrival("3", 100, due=2)]
    found = score("least_loaded", arrivals, [seat("a")])
    assert found.late == pytest.approx(1 / 3)
    assert found.days_late == pytest.approx(1.0)


def test_backlog_is_worked_off_between_days() -> None:
    arrivals = [arrival("1", 250, day=0), arrival("2", 100, day=2, due=9)]
    assert score("least_loaded", arrivals, [seat("a")]).days_taken == pytest.approx((2.5 + 1.5) / 2)


def test_work_without_the_expertise_takes_longer_and_is_counted() -> None:
    found = score("round_robin", [arrival("1", 100, tags="audit")], [seat("a"), seat("b", "audit")])
    assert (found.unqualified, found.days_taken) == (1.0, 2.0)
    assert score("least_loaded", [arrival("1", 100, tags="audit")], [seat("a"), seat("b", "audit")]).unqualified == 0.0


def test_a_grid_without_officers_is_told() -> None:
    found = score("least_loaded", [arrival("1", 10, grid="empty"), arrival("2", 10)], [seat("a")])
    assert (found.tasks, found.unassigned) == (1, 1)


DRAWN = st.lists(st.tuples(st.integers(1, 5), st.sampled_from(("", "x", "y"))), min_size=1, max_size=4)
TAGS = st.lists(st.sampled_from(("", "x", "x y")), min_size=1, max_size=3)


@settings(max_examples=60, deadline=None)
@given(DRAWN, TAGS)
def test_the_optimum_of_a_day_is_that_of_every_assignment_tried(drawn: list[tuple[int, str]], tags: list[str]) -> None:
    arrivals = [arrival(str(place), 10 * minutes, tags=tag) for place, (minutes, tag) in enumerate(drawn)]
    seats = [seat(f"o{place}", tag) for place, tag in enumerate(tags)]
    totals = {each.policy: each.days_taken * len(arrivals) for each in compare(arrivals, seats, pace=DAY)}
    assert totals["optimal"] == pytest.approx(_least(arrivals, seats))
    assert all(totals["optimal"] <= total + 1e-9 for total in totals.values())


def _least(arrivals: list[Arrival], seats: list[Seat]) -> float:
    """Every assignment and every order within it."""
    best = float("inf")
    for places in product(range(len(seats)), repeat=len(arrivals)):
        total = 0.0
        for place, one in enumerate(seats):
            own = [
                a.work.minutes * (1 if not a.work.expertise or a.work.expertise & one.expertise else DAY.slower)
                for a, at in zip(arrivals, places, strict=True)
                if at == place
            ]
            total += min(
                sum(sum(order[: k + 1]) for k in range(len(order))) / DAY.minutes_a_day for order in permutations(own)
            )
        best = min(best, total)
    return best


def test_every_policy_is_compared_on_the_same_arrivals_in_any_order() -> None:
    arrivals = [
        arrival(str(n), 10 + n % 7 * 20, day=n // 9, due=n // 9 + 3, tags="x" * (n % 3 == 0)) for n in range(80)
    ]
    seats = [seat("a", "x"), seat("b"), seat("c", "x")]
    forwards, backwards = compare(arrivals, seats, pace=DAY), compare(arrivals[::-1], seats[::-1], pace=DAY)
    assert forwards == backwards
    assert [each.policy for each in forwards] == list(POLICIES)
