"""Each rule finds its drawn case, and nothing once a single precondition is taken away; a check says the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from graph.store.port import GraphStore
from graph.store.questions import NOW
from queries.control.catalogue import control_rule
from queries.control.knowing import known_at, known_before
from queries.control.work import Work
from queries.work.catalogue import DEFAULT
from queries.work.seeing import Surroundings
from queries.work.standing import standing
from tests.support.small_graph import Draft, day
from tests.support.stores import written

ON = date(2026, 6, 1)
STEPS = (
    ("created", "chief", 0),
    ("dispatched", "chief", 0),
    ("accepted", "wang", 1),
    ("in_work", "wang", 2),
    ("submitted", "wang", 3),
    ("reviewed", "chief", 4),
    ("closed", "chief", 5),
)
OPENED = datetime(2026, 3, 2, 2, tzinfo=UTC)
Change = dict[str, Any]


def drawn_events(graph: Draft, own: Change) -> None:
    """The steps of the task as events."""
    for place, (status, officer, after) in enumerate(own["steps"], start=1):
        extra = own.get("events", {}).get(status, {})
        at = OPENED + timedelta(days=after, minutes=place)
        post = "网格长" if officer == "chief" else "网格员"
        values = {"task": "t", "position": place, "action": status, "at": at, "officer": officer, "post": post, **extra}
        graph.node("TaskEvent", f"e{place}", **values).link("HAS_EVENT", "t", f"e{place}")


def story(**change: Any) -> Draft:
    """A task about firm A, handled by Wang; `change` names what differs."""
    own = {
        "steps": STEPS,
        "due": "2026-03-20",
        "kind": "inspection",
        "kin": "kin",
        "share": {},
        "holder": "p2",
        **change,
    }
    graph = Draft().firm("A").firm("B")
    graph.node("Grid", "g1", name="g1").node("Grid", "g0", name="g0").link("PART_OF", "Grid:g1", "Grid:g0")
    for officer in ("wang", "li", "chief"):
        graph.node("Officer", officer, name=officer, **own.get(officer, {}))
        graph.link("WORKS_IN", officer, "g1", role="网格长" if officer == "chief" else "网格员")
    graph.person("p1").person("p2").link("SAME_PERSON", "wang", "p1")
    if own["kin"]:
        graph.link("RELATED_TO", "p2", "p1", kind=own["kin"])
    graph.link("HOLDS_SHARE", f"Person:{own['holder']}", f"no:{own.get('held', 'A')}", ratio=100_000, **own["share"])
    closed = OPENED + timedelta(days=own["steps"][-1][2]) if own["steps"][-1][0] == "closed" else None
    graph.node(
        "Task",
        "t",
        kind=own["kind"],
        status=own["steps"][-1][0],
        due_on=day(own["due"]),
        opened_at=OPENED.replace(tzinfo=None),
        closed_at=closed.replace(tzinfo=None) if closed else None,
        outcome="未发现异常",
    )
    graph.link("CONCERNS", "t", "no:A").link("HELD_BY", "t", "g1")
    for officer, begin, end in own.get("handlers", (("wang", "2026-03-02", None),)):
        graph.link(
            "ASSIGNED_TO", "t", officer, role="网格员", valid_from=day(begin), valid_to=day(end) if end else None
        )
    drawn_events(graph, own)
    more: Callable[[Draft], Draft] = own.get("more", lambda drawn: drawn)
    return more(graph)


def without(*left_out: str) -> tuple[tuple[str, str, int], ...]:
    return tuple(step for step in STEPS if step[0] not in left_out)


def by(officer: str, *statuses: str) -> tuple[tuple[str, str, int], ...]:
    return tuple((status, officer if status in statuses else who, after) for status, who, after in STEPS)


def closed_on(after: int) -> tuple[tuple[str, str, int], ...]:
    return (*STEPS[:-1], ("closed", "chief", after))


def looked(**own: Any) -> Callable[[Draft], Draft]:
    """Li looked at a firm on the third of March."""
    values = {"at": datetime(2026, 3, 3, 3, tzinfo=UTC), "officer": "li", "subjects": "A", "operation": "read", **own}
    return lambda graph: graph.node("AccessEvent", "a1", **values)


def and_then(*changes: Callable[[Draft], Draft]) -> Callable[[Draft], Draft]:
    def all_of(graph: Draft) -> Draft:
        for change in changes:
            graph = change(graph)
        return graph

    return all_of


def linked(*link: str, **own: Any) -> Callable[[Draft], Draft]:
    return lambda graph: graph.link(*link, **own)


BARE = without("in_work", "submitted")
HANDED_OVER = (("li", "2026-03-02", "2026-03-06"), ("wang", "2026-03-06", None))
ONE_HAND = by("wang", "created", "dispatched", "reviewed")
ACTING = {"reviewed": {"post": "网格长", "acting_for": "chief"}}
# Rule, what makes a case of the story, and what makes it innocent again.
TABLE: dict[str, tuple[Change, dict[str, Change]]] = {
    "recusal": (
        {},
        {
            "no kin": {"kin": None},
            "another firm": {"held": "B"},
            "ended before": {"share": {"valid_to": day("2026-03-02")}},
            "began after": {"share": {"valid_from": day("2026-04-01")}},
            "another handles": {"steps": by("li", "accepted", "in_work", "submitted")},
            "a stranger's share": {"more": lambda graph: graph.person("p3"), "holder": "p3"},
        },
    ),
    "without_evidence": (
        {"steps": BARE},
        {
            "a step of work": {"steps": without("submitted")},
            "evidence named": {"events": {"closed": {"evidence": "合同"}}},
            "not closed": {"steps": BARE[:-1]},
        },
    ),
    "late": (
        {"steps": closed_on(25)},
        {
            "on the due day": {"steps": closed_on(18)},
            "due later": {"due": "2026-04-20"},
            "waited": {
                "steps": (*STEPS[:4], ("waiting", "wang", 5), ("submitted", "wang", 20), ("closed", "chief", 25))
            },
        },
    ),
    "reassigned_before_closing": (
        {"handlers": HANDED_OVER},
        {
            "long before": {"handlers": (("li", "2026-03-02", "2026-03-03"), ("wang", "2026-03-03", None))},
            "left": {"li": {"active_to": day("2026-03-06")}},
            "away": {"more": linked("DELEGATES_TO", "li", "wang", valid_from=day("2026-03-05"))},
            "nobody else": {"handlers": HANDED_OVER[:1]},
            "not closed": {"steps": STEPS[:-1]},
        },
    ),
    "same_hands": (
        {"steps": ONE_HAND},
        {
            "another issues": {"steps": by("wang", "reviewed")},
            "another reviews": {"steps": by("wang", "created", "dispatched")},
            "another handles": {
                "steps": tuple((s, "li" if s in {"accepted", "in_work", "submitted"} else w, n) for s, w, n in ONE_HAND)
            },
        },
    ),
    "four_eyes": (
        {"steps": by("wang", "reviewed")},
        {"another kind": {"kind": "service"}, "another reviews": {"steps": by("li", "reviewed")}},
    ),
    "access_without_task": (
        {"more": looked()},
        {
            "own grid": {"more": and_then(looked(), linked("IN_GRID", "no:A", "g1"))},
            "grid below": {
                "more": and_then(looked(), linked("IN_GRID", "no:A", "g1"), linked("WORKS_IN", "li", "g0", role="组员"))
            },
            "own task": {"more": looked(officer="wang")},
            "names the task": {"more": looked(task="t")},
            "delegated": {"more": and_then(looked(), linked("DELEGATES_TO", "wang", "li"))},
            "another thing": {"more": looked(subjects="Grid:g1")},
        },
    ),
    "after_leaving": (
        {"wang": {"active_to": day("2026-03-04")}},
        {"left later": {"wang": {"active_to": day("2026-03-06")}}, "never left": {"wang": {}}},
    ),
    "outside_post": (
        {"steps": by("li", "reviewed"), "events": {"reviewed": {"post": "网格长"}}},
        {
            "delegated": {"events": ACTING, "more": linked("DELEGATES_TO", "chief", "li", post="网格长")},
            "the chief": {"steps": STEPS},
            "another system's word": {"events": {"reviewed": {"post": "审核岗"}}},
        },
    ),
    "backdated": (
        {
            "events": {
                "submitted": {"recorded_at": datetime(2026, 4, 1, tzinfo=UTC)},
                "closed": {"recorded_at": datetime(2026, 3, 8, tzinfo=UTC)},
            }
        },
        {
            "loaded together": {"events": {s: {"recorded_at": datetime(2026, 4, 1, tzinfo=UTC)} for s, _, _ in STEPS}},
            "nothing later known": {"events": {"closed": {"recorded_at": datetime(2026, 4, 1, tzinfo=UTC)}}},
        },
    ),
}
KNOCKED_OUT = [(rule, name) for rule, (_, innocent) in TABLE.items() for name in innocent]


def hits(store: GraphStore, rule: str, change: Change) -> list[str]:
    written(store, story(**change).batch())
    own = control_rule(rule)
    return [hit.subject for hit in own.scan(Work(store, on=ON), own.rules())]


@pytest.mark.parametrize("rule", TABLE)
def test_the_drawn_case_is_found(store: GraphStore, rule: str) -> None:
    assert hits(store, rule, TABLE[rule][0]) == ["li" if rule == "access_without_task" else "t"]


@pytest.mark.parametrize(("rule", "name"), KNOCKED_OUT)
def test_it_vanishes_with_any_one_of_its_preconditions(store: GraphStore, rule: str, name: str) -> None:
    case, innocent = TABLE[rule]
    assert hits(store, rule, case | innocent[name]) == []


def warned(store: GraphStore, rule: str) -> bool:
    """Does the check of some step of the task say anything, from what was done before it?"""
    own = control_rule(rule)
    actors, kept = ("wang", "li", "chief"), Surroundings(store).now()
    known = known_before(store, "t", actors, as_of=NOW)
    for _ in range(2):  # the desk has read the task, and keeps what no action changes
        assert known_at(store, standing(store, "t", DEFAULT), actors, as_of=NOW, once=kept.once) == known
    befores = ((act, replace(known, events=known.events[:place])) for place, act in enumerate(known.events))
    return own.check is not None and any(own.check(act, before, own.rules()) for act, before in befores)


CHECKED = [
    (rule, name)
    for rule, (_, innocent) in TABLE.items()
    for name in ("", *innocent)
    if control_rule(rule).check is not None
]


@pytest.mark.parametrize(("rule", "name"), CHECKED)
def test_a_check_inside_the_steps_says_what_a_scan_says(store: GraphStore, rule: str, name: str) -> None:
    case, innocent = TABLE[rule]
    change = case | innocent.get(name, {})
    assert bool(hits(store, rule, change)) is warned(store, rule) is (name == "")
