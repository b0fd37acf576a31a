"""Clusters: what pairs join, what may not be joined, what people decided; the same in every order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.resolve.clusters import Clusters, Links, clusters
from loaders.resolve.decided import DECISIONS, last_verdicts

Pair = tuple[str, str]
IDS = "abcdefgh"
_EMPTY: dict[Any, Any] = {}


def identifiers(legal: Mapping[str, str] = _EMPTY, branches: str = "", ids: str = IDS) -> pa.Table:
    rows: dict[str, Any] = {
        "id": list(ids),
        "legal": pa.array([legal.get(one) for one in ids], pa.string()),
        "branch": pa.array(["分公司" if one in branches else None for one in ids], pa.string()),
    }
    return pa.table(rows)


def links(
    rules: Sequence[Pair] = (), pairs: Mapping[Pair, int] = _EMPTY, decisions: Sequence[tuple[str, str, bool, int]] = ()
) -> Links:
    def table(rows: Sequence[Sequence[Any]], *columns: tuple[str, Any]) -> pa.Table:
        return pa.table({name: pa.array([row[k] for row in rows], kind) for k, (name, kind) in enumerate(columns)})

    ends = (("left", pa.string()), ("right", pa.string()))
    told = [
        {
            "id": f"{left}{right}{same}",
            "verdict": "same" if same else "different",
            "decided_at": datetime(2026, 1, 1 + at, tzinfo=UTC),
            "left": left,
            "right": right,
        }
        for left, right, same, at in decisions
    ]
    return Links(
        rules=table(rules, *ends),
        pairs=table([(*pair, weight) for pair, weight in pairs.items()], *ends, ("weight", pa.int64())),
        decisions=pa.Table.from_pylist(told, schema=DECISIONS),
    )


def groups(found: Clusters) -> list[str]:
    members: dict[str, str] = {}
    for row in found.members.to_pylist():
        members[row["cluster"]] = members.get(row["cluster"], "") + row["id"]
    assert all(name == group[0] for name, group in members.items())
    return [group for group in members.values() if len(group) > 1]


def refusals(found: Clusters) -> list[tuple[str, str]]:
    return [(row["left"] + row["right"], row["reason"]) for row in found.refused.to_pylist()]


def test_pairs_join_and_whoever_is_in_none_is_alone() -> None:
    found = clusters(identifiers(), links([("a", "b")], {("b", "c"): 5, ("e", "f"): 9}))
    assert groups(found) == ["abc", "ef"]
    assert found.members["id"].to_pylist() == list(IDS)
    assert refusals(found) == []


def test_two_organisation_codes_part_at_the_weakest_pair() -> None:
    weak = {("a", "b"): 9, ("b", "c"): 3, ("c", "d"): 9}
    found = clusters(identifiers({"a": "A", "d": "D"}), links(pairs=weak))
    assert groups(found) == ["ab", "cd"]
    assert found.refused.to_pylist() == [
        {"left": "b", "right": "c", "basis": "weight", "weight": 3, "reason": "two organisation codes"}
    ]


def test_a_rule_outweighs_every_weight() -> None:
    found = clusters(identifiers({"a": "A", "c": "C"}), links([("b", "c")], {("a", "b"): 10**9}))
    assert groups(found) == ["bc"]


def test_a_branch_stays_apart_from_its_head_office() -> None:
    found = clusters(identifiers(branches="bc"), links([("b", "c")], {("a", "b"): 9}))
    assert groups(found) == ["bc"]
    assert refusals(found) == [("ab", "branch and head office")]


def test_a_decision_keeps_apart_what_rules_join_through_others_too() -> None:
    found = clusters(identifiers(), links([("a", "b"), ("b", "c")], decisions=[("a", "c", False, 1)]))
    assert groups(found) == ["ab"]
    assert refusals(found) == [("bc", "decided apart")]


def test_a_decision_joins_two_organisation_codes_and_others_of_either_follow() -> None:
    legal = {"a": "A", "b": "B", "c": "B", "d": "D"}
    found = clusters(identifiers(legal), links([("b", "c"), ("c", "d")], decisions=[("b", "a", True, 1)]))
    assert groups(found) == ["abc"]
    assert refusals(found) == [("cd", "two organisation codes")]


def test_the_last_decision_about_a_pair_counts_and_at_one_moment_the_one_of_the_largest_id() -> None:
    told = [("a", "b", False, 1), ("b", "a", True, 2), ("c", "d", True, 3), ("d", "c", False, 3)]
    assert groups(clusters(identifiers(), links(decisions=told))) == ["ab"]


@pytest.mark.parametrize(("first", "second", "joined"), [(1, 2, "bc"), (2, 1, "ab")])
def test_of_two_decisions_that_a_third_contradicts_the_later_one_joins(first: int, second: int, joined: str) -> None:
    told = [("a", "b", True, first), ("b", "c", True, second), ("a", "c", False, 3)]
    assert groups(clusters(identifiers(), links(decisions=told))) == [joined]


def test_pairs_with_somebody_unknown_are_left_out() -> None:
    found = clusters(identifiers(), links([("a", "z")], decisions=[("y", "a", True, 1), ("b", "x", False, 1)]))
    assert groups(found) == []


PAIRS = st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)).filter(lambda pair: pair[0] != pair[1])
CASES = st.fixed_dictionaries(
    {
        "rules": st.lists(PAIRS, max_size=4, unique=True),
        "pairs": st.dictionaries(PAIRS.map(lambda pair: (min(pair), max(pair))), st.integers(1, 5), max_size=10),
        "decisions": st.lists(
            st.builds(lambda p, s, at: (*p, s, at), PAIRS, st.booleans(), st.integers(0, 3)), max_size=4
        ),
    }
)
LEGAL = st.dictionaries(st.sampled_from(IDS), st.sampled_from("AB"))
BRANCHES = st.text(st.sampled_from(IDS), max_size=2)


def shuffled(case: dict[str, Any], random: Random) -> dict[str, Any]:
    def mixed(pair: Pair) -> Pair:
        return pair if random.random() < 0.5 else (pair[1], pair[0])

    return {
        "rules": [mixed(pair) for pair in random.sample(case["rules"], len(case["rules"]))],
        "pairs": {mixed(pair): weight for pair, weight in random.sample([*case["pairs"].items()], len(case["pairs"]))},
        # Their ids tell of two at one moment which counts, and are made of the ends as they stand.
        "decisions": random.sample(case["decisions"], len(case["decisions"])),
    }


@given(CASES, LEGAL, BRANCHES, st.randoms(use_true_random=False))
def test_no_order_changes_anything(case: Any, legal: Any, branches: str, random: Random) -> None:
    found = clusters(identifiers(legal, branches), links(**case))
    ids = "".join(random.sample(IDS, len(IDS)))
    again = clusters(identifiers(legal, branches, ids), links(**shuffled(case, random)))
    assert again.members.equals(found.members)
    assert again.refused.equals(found.refused)


@given(CASES, LEGAL, BRANCHES)
def test_no_cluster_holds_what_was_decided_apart_nor_undecided_conflicts(case: Any, legal: Any, branches: str) -> None:
    found = clusters(identifiers(legal, branches), links(**case))
    last = last_verdicts(links(**case).decisions)
    for group in groups(found):
        assert not any(said == "different" and set(pair) <= set(group) for pair, said in last.items())
        if "same" not in last.values():
            assert len({legal[one] for one in group if one in legal}) <= 1
            assert len({one in branches for one in group}) == 1
