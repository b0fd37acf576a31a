"""Pairs in doubt: everything that would join two who are not joined and not decided about, once, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from graph.model.governance import REVIEW_REASONS
from loaders.resolve.base import REVIEWS
from loaders.resolve.clusters import clusters
from loaders.resolve.columns import shaped
from loaders.resolve.decided import DECISIONS, last_verdicts
from loaders.resolve.firms import links_of
from loaders.resolve.linkage.rules import REFUSALS, RULES
from loaders.resolve.linkage.scoring import REVIEW, SAME, Scored
from loaders.resolve.reviews import BELOW, CONTRADICT, NAMES_DIFFER, reviews_of
from tests.support.registrations import small_model

IDS = "abcdefg"
MODEL = small_model().with_thresholds(link=3.0, review=1.0)
TEXTS = [(name, pa.string()) for name in ("left", "right", "rule", "reason", "verdict")]
PAIRS = st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)).filter(lambda p: p[0] < p[1])
WEIGHED = st.tuples(st.sampled_from([SAME, REVIEW]), st.integers(1, 6))
CASES = st.fixed_dictionaries(
    {
        "rules": st.dictionaries(PAIRS, st.sampled_from(RULES), max_size=4),
        "refused": st.dictionaries(PAIRS, st.sampled_from(REFUSALS), max_size=3),
        "pairs": st.dictionaries(PAIRS, WEIGHED, max_size=8),
        "decisions": st.dictionaries(PAIRS, st.sampled_from(["same", "different"]), max_size=4),
        "legal": st.dictionaries(st.sampled_from(IDS), st.sampled_from("AB")),
    }
)


def rows(told: list[dict[str, Any]], *names: str) -> pa.Table:
    kinds = dict([*TEXTS, ("weight", pa.int64())])
    return pa.Table.from_pylist(told, schema=shaped(*((name, kinds[name]) for name in names)))


def scored(case: dict[str, Any]) -> Scored:
    def ends(pair: tuple[str, str]) -> dict[str, Any]:
        return dict(zip(("left", "right"), pair, strict=True))

    return Scored(
        identifiers=pa.table(
            {
                "id": [*IDS],
                "legal": pa.array([case["legal"].get(one) for one in IDS], pa.string()),
                "branch": pa.nulls(len(IDS), pa.string()),
            }
        ),
        rules=rows([{**ends(p), "rule": rule} for p, rule in case["rules"].items()], "left", "right", "rule"),
        refused=rows(
            [{**ends(p), "rule": RULES[0], "reason": why} for p, why in case["refused"].items()],
            *("left", "right", "rule", "reason"),
        ),
        pairs=rows(
            [{**ends(p), "weight": bits * 1_000_000, "verdict": said} for p, (said, bits) in case["pairs"].items()],
            *("left", "right", "weight", "verdict"),
        ),
        oversized=pa.table({}),
    )


def decisions(said: dict[tuple[str, str], str]) -> pa.Table:
    told = [
        {"id": str(day), "verdict": verdict, "decided_at": datetime(2026, 1, day, tzinfo=UTC), "left": a, "right": b}
        for day, ((a, b), verdict) in enumerate(said.items(), start=1)
    ]
    return pa.Table.from_pylist(told, schema=DECISIONS)


@given(CASES)
def test_whatever_would_join_two_who_are_not_joined_is_in_doubt_unless_it_was_decided(case: dict[str, Any]) -> None:
    told, said = scored(case), decisions(case["decisions"])
    found = clusters(told.identifiers, links_of(told, said))
    of = {row["id"]: row["cluster"] for row in found.members.to_pylist()}
    answer = reviews_of(told, found, said, MODEL)
    assert answer.schema.equals(REVIEWS)
    doubted = [(row["left"], row["right"]) for row in answer.to_pylist()]
    assert doubted == sorted(set(doubted))
    decided = last_verdicts(said)
    evidence = {*case["rules"], *case["refused"], *case["pairs"]}
    expected = {pair for pair in evidence if of[pair[0]] != of[pair[1]] and pair not in decided}
    expected |= {pair for pair, verdict in decided.items() if verdict == "same" and of[pair[0]] != of[pair[1]]}
    assert set(doubted) == expected


@given(CASES)
def test_the_gravest_reason_is_told_with_what_would_join_them(case: dict[str, Any]) -> None:
    told, said = scored(case), decisions(case["decisions"])
    found = clusters(told.identifiers, links_of(told, said))
    for row in reviews_of(told, found, said, MODEL).to_pylist():
        pair = row["left"], row["right"]
        if row["reason"] == CONTRADICT:
            assert case["decisions"][pair] == "same"
        elif pair in case["refused"]:
            assert REVIEW_REASONS.index(row["reason"]) <= REVIEW_REASONS.index(case["refused"][pair])
        elif row["reason"] in {NAMES_DIFFER, BELOW}:
            assert case["pairs"][pair] == (REVIEW, row["weight"] // 1_000_000)
            assert (row["reason"] == NAMES_DIFFER) == (row["weight"] >= MODEL.link * 1_000_000)
        elif row["rule"] is not None:
            assert case["rules"][pair] == row["rule"]
