"""Who gets a piece of work: the written rule, by hand and against a slow reading of it."""

from datetime import datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import QueryError
from queries.dispatch.choosing import Candidate, Choice, Ground, Work, choose, overridden
from queries.dispatch.telling import sentence

INSPECTION = Work("t", "inspection", frozenset({"audit"}), 960)
ANY = Work("t", "service", frozenset(), 60)


def at(officer: str, *, load: int = 0, distance: int = 0, tags: str = "", given: datetime | None = None) -> Candidate:
    return Candidate(officer, f"g{distance}", distance, frozenset(tags.split()), load, given)


def test_the_least_loaded_of_the_qualified_in_the_nearest_grid_is_taken() -> None:
    chosen = choose(INSPECTION, [at("a", load=10, tags="audit"), at("b", load=5, tags="audit"), at("c", load=0)])
    assert (chosen.officer, chosen.ground) == ("b", Ground.QUALIFIED)
    assert (chosen.asked, chosen.qualified, chosen.load) == (3, 2, 5)
    assert (chosen.next_best, chosen.next_load) == ("a", 10)


def test_equal_loads_go_to_whoever_waited_longest_then_to_the_smaller_id() -> None:
    early, late = datetime(2026, 1, 1), datetime(2026, 2, 1)  # noqa: DTZ001 - civil time
    assert choose(ANY, [at("a", given=late), at("b", given=early), at("c", given=late)]).officer == "b"
    assert choose(ANY, [at("a", given=late), at("b", given=early), at("c")]).officer == "c"
    assert choose(ANY, [at("b", given=late), at("a", given=late)]).officer == "a"


def test_without_anybody_qualified_nearer_a_farther_grid_is_asked_and_said() -> None:
    chosen = choose(INSPECTION, [at("a"), at("b", distance=4, tags="audit", load=900)])
    assert (chosen.officer, chosen.ground) == ("b", Ground.FARTHER)
    assert "audit" in sentence(chosen).en
    assert "audit" in sentence(chosen).zh


def test_without_anybody_qualified_the_nearest_grid_does_it_and_the_reason_says_so() -> None:
    chosen = choose(INSPECTION, [at("a", load=3), at("b", distance=1)])
    assert (chosen.officer, chosen.ground) == ("a", Ground.UNQUALIFIED)
    assert "qualified" in sentence(chosen).en


def test_without_anybody_nobody_is_chosen() -> None:
    chosen = choose(ANY, [])
    assert (chosen.officer, chosen.ground) == (None, Ground.NOBODY)
    assert "Nobody" in sentence(chosen).en


def test_a_person_may_choose_another_candidate_with_a_reason() -> None:
    asked = [at("a"), at("b", load=50)]
    chosen = overridden(ANY, asked, "b", "knows the firm")
    assert (chosen.officer, chosen.ground, chosen.next_best) == ("b", Ground.OVERRIDDEN, "a")
    assert "knows the firm" in sentence(chosen).en
    with pytest.raises(QueryError) as unsaid:
        overridden(ANY, asked, "b", " ")
    with pytest.raises(QueryError) as stranger:
        overridden(ANY, asked, "z", "because")
    assert (unsaid.value.code, stranger.value.code) == ("query.reason", "query.dispatch")


CANDIDATES = st.lists(
    st.builds(
        Candidate,
        st.sampled_from("abcde"),
        st.sampled_from(("g", "h")),
        st.integers(0, 3),
        st.frozensets(st.sampled_from(("x", "y"))),
        st.integers(0, 3),
        st.none() | st.sampled_from((datetime(2026, 1, 1), datetime(2026, 1, 2))),  # noqa: DTZ001 - civil time
    ),
    max_size=8,
    unique_by=lambda one: (one.officer, one.distance, one.grid),
)


@settings(max_examples=300, deadline=None)
@given(CANDIDATES, st.frozensets(st.sampled_from(("x", "y", "z"))), st.randoms(use_true_random=False))
def test_no_order_of_candidates_and_no_other_candidate_is_better(
    asked: list[Candidate], needed: frozenset[str], random: Random
) -> None:
    work = Work("t", None, needed, 60)
    chosen = choose(work, asked)
    shuffled = list(asked)
    random.shuffle(shuffled)
    assert choose(work, shuffled) == chosen
    assert chosen.officer == slow(work, asked)


def slow(work: Work, asked: list[Candidate]) -> str | None:
    """The rule, one comparison at a time."""
    nearest = [
        one
        for one in asked
        if not any(o.officer == one.officer and (o.distance, o.grid) < (one.distance, one.grid) for o in asked)
    ]
    fit = [one for one in nearest if not work.expertise or one.expertise & work.expertise]
    pool = fit or nearest
    pool = [one for one in pool if all(one.distance <= other.distance for other in pool)]
    for load in range(4):
        for given_at in (None, datetime(2026, 1, 1), datetime(2026, 1, 2)):  # noqa: DTZ001 - civil time
            for officer in "abcde":
                if any((one.officer, one.load, one.last_given) == (officer, load, given_at) for one in pool):
                    return officer
    return None


def test_a_choice_is_told_without_empty_places() -> None:
    for ground in Ground:
        told = Choice("t", "o", "g", ground, ("audit",), 2, 1, 3, "p", 4, "why")
        for text in (sentence(told).en, sentence(told).zh):
            assert "None " not in text.removeprefix("None of")
            assert "{" not in text
