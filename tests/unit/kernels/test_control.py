"""Shared control on drawn examples: what joins, what is weak, who controls."""

from __future__ import annotations

import math

import numpy as np
import pytest

from graph.kernels.control import Control, shared_control

LEGAL, FINANCE, PHONE = 0, 1, 2
FAMILY = [0, 0, 1]


def control_of(*links: tuple[int, int, int], least_weight: float = 0.5, least_members: int = 3) -> Control:
    """Groups of links (member, tie, kind)."""
    members, ties, kinds = zip(*links, strict=True)
    ranks = np.arange(max(members) + 1), np.arange(max(ties) + 1)
    return shared_control(
        members, ties, kinds, *ranks, least_weight=least_weight, least_members=least_members, family=FAMILY
    )


def test_three_firms_of_one_person_and_one_phone_are_a_group() -> None:
    found = control_of((0, 0, LEGAL), (1, 0, LEGAL), (1, 1, PHONE), (2, 1, PHONE))
    assert (found.members.tolist(), found.ties.tolist(), found.families.tolist()) == ([0, 1, 2], [0, 1], [2])
    assert found.scores.tolist() == [2 / math.log(3)]
    assert found.controllers.tolist() == [0]


@pytest.mark.parametrize(
    "links",
    [
        ((0, 0, LEGAL), (1, 0, LEGAL), (2, 0, LEGAL), (0, 1, LEGAL), (1, 1, LEGAL)),
        ((0, 0, LEGAL), (1, 0, LEGAL), (0, 1, PHONE), (1, 1, PHONE)),
    ],
    ids=["one family, no crossing", "two members"],
)
def test_there_is_no_group_with(links: tuple[tuple[int, int, int], ...]) -> None:
    assert len(control_of(*links).scores) == 0


def test_a_person_in_two_roles_is_evidence_enough() -> None:
    found = control_of((0, 0, LEGAL), (1, 0, FINANCE), (2, 0, FINANCE))
    assert (found.members.tolist(), found.families.tolist(), found.crossings.tolist()) == ([0, 1, 2], [1], [1])


def test_an_agent_joins_nobody_but_is_listed_and_weighed() -> None:
    agent = [(firm, 9, FINANCE) for firm in range(12)]
    found = control_of((0, 0, LEGAL), (1, 0, FINANCE), (2, 0, LEGAL), *agent)
    assert found.members.tolist() == [0, 1, 2]
    assert (found.ties.tolist(), found.strong.tolist(), found.covered.tolist()) == ([0, 9], [1, 0], [3, 3])
    assert found.scores[0] == pytest.approx(1 / math.log(4) + 1 / math.log(13))
    assert (found.controllers.tolist(), found.weak_ties, found.weak_ties_listed) == ([0], 1, 1)


def test_a_link_that_stands_twice_counts_once() -> None:
    once = control_of((0, 0, LEGAL), (1, 0, FINANCE), (2, 0, LEGAL))
    twice = control_of((0, 0, LEGAL), (0, 0, LEGAL), (1, 0, FINANCE), (2, 0, LEGAL), (1, 0, FINANCE))
    assert twice.scores.tolist() == once.scores.tolist()


def test_groups_without_evidence_are_counted() -> None:
    found = control_of((0, 0, LEGAL), (1, 0, LEGAL), (2, 1, PHONE), (3, 1, PHONE))
    assert (len(found.scores), found.groups_left_out) == (0, 2)


def test_of_equal_controllers_the_first_by_rank_is_named() -> None:
    links = ([0, 1, 2, 0, 1, 2], [0, 0, 0, 1, 1, 1], [0, 1, 0, 0, 1, 0])
    found = shared_control(*links, [0, 1, 2], [5, 4], least_weight=0.5)
    assert (found.ties.tolist(), found.controllers.tolist()) == ([1, 0], [1])


def test_kinds_beyond_the_families_are_refused() -> None:
    with pytest.raises(ValueError, match="kind must lie in"):
        control_of((0, 0, 3))
